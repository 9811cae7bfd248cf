// SPDX-License-Identifier: Apache-2.0
// Keys made by `openssl genpkey` and `openssl pkey -pubout`.
#include "crypto/pem.h"

#include <gtest/gtest.h>

namespace cose::crypto {
namespace {

constexpr std::string_view kEcPrivate = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgY5Je3KwkGqKb2btj
MqVCKzHE5+ibHuEJxx27XvFRzcWhRANCAASA+LHSzBAYlsMSLOYXtdWN+s6AX8ti
Kh+OVeHa6Jr/qmxJ+44rKG3rGkvFmQnlhn4R9LjZF8/byyE2wEj0ojjP
-----END PRIVATE KEY-----
)";
constexpr std::string_view kEcPublic = R"(-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEgPix0swQGJbDEizmF7XVjfrOgF/L
YiofjlXh2uia/6psSfuOKyht6xpLxZkJ5YZ+EfS42RfP28shNsBI9KI4zw==
-----END PUBLIC KEY-----
)";
constexpr std::string_view kRsaPrivate = R"(-----BEGIN PRIVATE KEY-----
MIICdwIBADANBgkqhkiG9w0BAQEFAASCAmEwggJdAgEAAoGBAK9jJ/kG4PiMz2cF
sFZCc8/w1ZN8plNnGzw80oYYbuj4T9pZI4yVMTJyxW5DgMmZguPC0/YZPQy27n14
+Vo9Jd3k7cLqSZLTsKX2NBSrJgkQtKDa3Lf3ZFs6mWkRhktEVYUugHf+86KTWfBg
5Vp1Ynv5Yj83CjBVgtFp7AR2q0ohAgMBAAECgYAKFXFe5/5XTAFAsxsIWpm+AuLE
sA4ADZWLSRPxkcYOrvgoXaellY5WkDK5vDfTX3gfEDyPkbPo3zunCyWLAqkCmJ5I
7uffsCexO3Tlrlgdpr4zI88zmMKA8PJoQ0Sik/PJ8UCmmlR4eDXq4Mnjdcmv3yFo
USvtG0Gv5c1iFujw4QJBANqZvqV5n/Coc0ODKMpE6239jvAXA+oAzRHEISnndwp1
m1jDawVCJ74l9NNkoYWwiqtr2xNeKpjy0e6Paliq988CQQDNZMKxdlzfRPqARTns
/JBllCgQqO/XtYMN+RJA+B0EuGERWZh1aHUUXImAImdt/JCAbF+drTn4bqDxfcOt
SSsPAkEAv16K3NhN4WPGjFrdMb4GEONB6ANuBMQwwpXdpo6g0wJEPf/Nx+uzWS5n
V0yobp4vt4QTZLAyQHWKvPrGUdtSVwJATv+9XrJu4DVQwDtgH0W5aEiG7Hl93pLi
+GHfYnvL9X/RXfH/ENF/jrhU7qLM82HcVnjYgfYZwPMUFi5QL/tfgwJBAJukMw2N
nwApfYQg9Fq5rSa+CIXPbACtqJ4imnitUk05SntKmn+VW10fI3Pyl3CZMOfwubxg
vNJ179btO3id2vk=
-----END PRIVATE KEY-----
)";
constexpr std::string_view kRsaLocked = R"(-----BEGIN ENCRYPTED PRIVATE KEY-----
MIIC3TBXBgkqhkiG9w0BBQ0wSjApBgkqhkiG9w0BBQwwHAQIjaFNQhfKWtsCAggA
MAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAECBBBhnMIH71k1yXvL/ACg4yGNBIIC
gHPMoGcA/YQRHwCRWyXdeQ3yMdEoJkMRJZ25dAOJOYqQm04m1o3jm3EQxO+RwV0h
mMFT7rEzYfq/4v+g1VU2bVoW5V1BvsrxmgnRb7vpTbvdWjw4ZhnFHj4cE9UXOFIH
a5Mhsn2TvBJAZOh+yADtZP5rBtHXjzD9NCUqxbONwmWvbqfTyPA5Qk9gj0xUyCOd
xTBEGAWrjbmjOjtSa1Wbi00s17i2YRuNqDWT2plRvNzxGn6Ij0jGnIB1C8RL7+z5
G0DFAFnGLv2m/yni0vbWsmt6xmn8RfOu89WG9f7GtN6IoTT0W8Bhn1htWwEyKJF9
n+jmLSYx/BuV22J1/hABOJTSZku+IsNIUuFkyQFIAOPSmNIrbQpdwNTSHDebmAkF
vbIeRzqaBSJDZFwEBbgkuVHJEo8On4OiuJNr5Tj/LGt/8dAD+hxLD76/tbyHnVCG
zV89RCHlzpZDpmkf/jvDarPr2v/YjwFNtr5zZ87RaQTPgLKCpNfNIdA5yEDhr2QI
OK2ggJnLUJxQPtp3Ia6s6WPuBAuXEmSHsOzKj9Ne1FIgBwai3KCmo1LItHLycaOb
k9WDNldPcFJq3JBmFco8KQnO+OdLjEFqeOzIBfo23HAmfbxM56XJxi5My3rP/Ji2
l+VXb2EfFB0OTAmc0HvxIsgoiUwtbdogFPhBtDP+boZJU+95Ro1VBffzhwS3arYs
5lVqjGjatuZ6J0IuwZA2qCxYEkEQorl/kAs/hxzG04vlVx4wtI1LbFxYwy0QMyZk
4VF1iAQ9TgyPUB79nSSBouxAbSh3Av1/66q7K8VUY+m2ou5pbaR+MSjcSPGDCoHp
teQ/BRueP83udtTgfxczDLw=
-----END ENCRYPTED PRIVATE KEY-----
)";

TEST(Pem, ReadsEllipticCurveKeys) {
  const auto key = read_private_key(kEcPrivate);
  ASSERT_TRUE(key.has_value()) << key.error().message;
  const auto own = std::get<EcPrivateKey>(*key).public_key();
  for (const auto pem : {kEcPublic, kEcPrivate}) {
    const auto read = read_public_key(pem);
    ASSERT_TRUE(read.has_value()) << read.error().message;
    EXPECT_EQ(std::get<EcPublicKey>(*read).point(), own->point());
  }
}

TEST(Pem, ReadsRsaKeysWithTheirPassword) {
  const auto key = read_private_key(kRsaPrivate);
  ASSERT_TRUE(key.has_value()) << key.error().message;
  EXPECT_EQ(std::get<RsaPrivateKey>(*key).bits(), 1024U);
  const auto locked = read_public_key(kRsaLocked, "secret");
  ASSERT_TRUE(locked.has_value()) << locked.error().message;
  EXPECT_EQ(std::get<RsaPublicKey>(*locked).modulus(), std::get<RsaPrivateKey>(*key).modulus());
  EXPECT_EQ(read_public_key(kRsaLocked, "wrong").error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(read_private_key(kRsaLocked).error().kind, ErrorKind::kInvalid);
}

TEST(Pem, RefusesWhatIsNoKey) {
  EXPECT_EQ(read_public_key("").error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(read_private_key(kEcPublic).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(read_public_key(std::string(kMaximumPem + 1, 'A')).error().kind, ErrorKind::kInvalid);
}

}  // namespace
}  // namespace cose::crypto
