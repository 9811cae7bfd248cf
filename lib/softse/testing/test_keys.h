// SPDX-License-Identifier: Apache-2.0
// Keys by name for tests: "p256:issuer", "brainpool384:card", "rsa1024:issuer", "rsa2048:issuer", "aes:receipts",
// "des:receipts". The same name is the same key on every machine, and guards nothing. One thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <variant>

#include "bytes/bytes.h"
#include "bytes/hex.h"
#include "bytes/testing/seeded_rng.h"
#include "crypto/ec_key.h"
#include "crypto/rsa.h"
#include "scp/certificate.h"
#include "scp/signature.h"

namespace cose::softse::testing {

class TestKeys {
 public:
  using Key = std::variant<crypto::RsaPrivateKey, crypto::EcPrivateKey, scp::SymmetricKey>;

  [[nodiscard]] Result<const Key*> find(const std::string& name) {
    auto& known = keys_[name];
    if (!known) {
      COSE_TRY(auto made, make(name));
      known = std::make_unique<Key>(std::move(made));
    }
    return known.get();
  }

  [[nodiscard]] Result<const crypto::EcPrivateKey*> curve_key(const std::string& name) {
    COSE_TRY(const auto* key, find(name));
    const auto* found = std::get_if<crypto::EcPrivateKey>(key);
    if (found == nullptr) return fail(ErrorKind::kInvalid, name + " is not on a curve");
    return found;
  }

  [[nodiscard]] Result<scp::SigningKey> signing_key(const std::string& name) {
    COSE_TRY(const auto* key, find(name));
    return std::visit([](const auto& each) { return scp::SigningKey(&each); }, *key);
  }

  [[nodiscard]] Status verify(const std::string& name, ByteView message, ByteView signature) {
    COSE_TRY(const auto* key, find(name));
    if (const auto* symmetric = std::get_if<scp::SymmetricKey>(key)) return scp::verify(symmetric, message, signature);
    if (const auto* curve = std::get_if<crypto::EcPrivateKey>(key)) {
      COSE_TRY(const auto open, curve->public_key());
      return scp::verify(&open, message, signature);
    }
    COSE_TRY(const auto open, std::get<crypto::RsaPrivateKey>(*key).public_key());
    return scp::verify(&open, message, signature);
  }

  // 7F21. The serial number is the subject's name.
  [[nodiscard]] Result<Bytes> certificate(const std::string& subject, const std::string& issuer,
                                          scp::CertificateUse use) {
    COSE_TRY(const auto* subject_key, curve_key(subject));
    COSE_TRY(const auto* issuer_key, curve_key(issuer));
    COSE_TRY(const auto open, subject_key->public_key());
    const auto serial = to_bytes(as_bytes(subject));
    return scp::issue_certificate(
        {serial, as_bytes(issuer), as_bytes(subject), use, Bytes{0x20, 0x99, 0x12, 0x31}, open}, *issuer_key, rng_);
  }

  [[nodiscard]] Rng& rng() { return rng_; }

 private:
  static Result<Key> make(const std::string& name) {
    const auto colon = name.find(':');
    const auto kind = name.substr(0, colon);
    std::uint64_t seed = 0;
    for (const auto letter : name) seed = seed * 31 + static_cast<std::uint8_t>(letter);
    cose::testing::SeededRng rng(seed);
    if (kind == "p256") return on_curve(crypto::CurveName::kP256, rng);
    if (kind == "brainpool384") return on_curve(crypto::CurveName::kBrainpoolP384r1, rng);
    if (kind.starts_with("rsa")) return crypto::RsaPrivateKey::generate(std::stoul(kind.substr(3)), rng);
    if (kind != "aes" && kind != "des") return fail(ErrorKind::kInvalid, "no such kind of key: " + name);
    Bytes octets(16);
    COSE_CHECK(rng.fill(octets));
    return scp::SymmetricKey{kind == "aes" ? scp::KeyAlgorithm::kAes : scp::KeyAlgorithm::kDes,
                             Secret::take(std::move(octets))};
  }
  static Result<Key> on_curve(crypto::CurveName name, Rng& rng) {
    COSE_TRY(const auto curve, crypto::EcCurve::named(name));
    return crypto::EcPrivateKey::generate(curve, rng);
  }

  std::map<std::string, std::unique_ptr<Key>> keys_;
  cose::testing::SeededRng rng_{77};
};

}  // namespace cose::softse::testing
