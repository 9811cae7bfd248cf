// SPDX-License-Identifier: Apache-2.0
#include "gphost/key_management.h"

#include <array>
#include <string>

#include "gphost/manager.h"
#include "scp/certificate.h"
#include "tlv/tlv_builder.h"
#include "tlv/tlv_reader.h"

namespace cose::gphost {

namespace {

using tlv::Tag;
using tlv::TlvBuilder;

// GPC 2.3.1 table 11-16.
constexpr std::uint8_t kDes = 0x80;
constexpr std::uint8_t kAes = 0x88;
constexpr std::uint8_t kRsaExponent = 0xA0;
constexpr std::uint8_t kRsaModulus = 0xA1;
constexpr std::uint8_t kRsaModulusOfPrivate = 0xA2;
constexpr std::uint8_t kRsaPrivateExponent = 0xA3;
constexpr std::uint8_t kEccPublic = 0xB0;
constexpr std::uint8_t kEccPrivate = 0xB1;
constexpr std::uint8_t kEccCurve = 0xF0;

constexpr Tag kControlReference{0xA6};
constexpr Tag kKeyReference{0x83};
constexpr Tag kCertificates{0xBF21};
constexpr StoreDataForm kObjects{.structure = StoreDataForm::Structure::kTlv};

Result<Bytes> curve_number(const crypto::EcCurve& curve) {
  const auto number = scp::curve_reference(curve);
  if (!number) return fail(ErrorKind::kUnsupported, "PUT KEY: the key's curve has no number in GlobalPlatform");
  return Bytes{*number};
}

Status put(Session& session, KeyPlace place, const std::vector<KeyPart>& parts, ByteView check_value = {}) {
  return put_single_key(session, place.version, place.identifier, place.replaced_version, parts, check_value);
}

struct PublicPut {
  Session& session;
  KeyPlace place;

  Status operator()(const crypto::RsaPublicKey& key) const {
    const auto modulus = key.modulus();
    const auto exponent = key.exponent();
    return put(session, place, {{kRsaModulus, modulus, Secrecy::kPublic}, {kRsaExponent, exponent, Secrecy::kPublic}});
  }
  Status operator()(const crypto::EcPublicKey& key) const {
    COSE_TRY(const auto curve, curve_number(key.curve()));
    const auto point = key.point();
    return put(session, place, {{kEccPublic, point, Secrecy::kPublic}, {kEccCurve, curve, Secrecy::kPublic}});
  }
};

struct PrivatePut {
  Session& session;
  KeyPlace place;

  Status operator()(const crypto::RsaPrivateKey& key) const {
    const auto crt = key.crt();
    if (crt)
      return put(session, place,
                 {{0xA4, crt->p.view(), Secrecy::kSecret},
                  {0xA5, crt->q.view(), Secrecy::kSecret},
                  {0xA6, crt->q_inverse.view(), Secrecy::kSecret},
                  {0xA7, crt->dp.view(), Secrecy::kSecret},
                  {0xA8, crt->dq.view(), Secrecy::kSecret}});
    const auto modulus = key.modulus();
    const auto exponent = key.private_exponent();
    return put(
        session, place,
        {{kRsaModulusOfPrivate, modulus, Secrecy::kSecret}, {kRsaPrivateExponent, exponent.view(), Secrecy::kSecret}});
  }
  Status operator()(const crypto::EcPrivateKey& key) const {
    COSE_TRY(const auto curve, curve_number(key.curve()));
    const auto scalar = key.scalar();
    return put(session, place, {{kEccPrivate, scalar.view(), Secrecy::kSecret}, {kEccCurve, curve, Secrecy::kPublic}});
  }
};

TlvBuilder reference_to(KeyReference key) {
  return TlvBuilder().add(kKeyReference, Bytes{key.identifier, key.version});
}

Status store(Session& session, const TlvBuilder& reference, Tag tag, ByteView value) {
  const auto data = TlvBuilder().add(kControlReference, reference).add(tag, value).take();
  COSE_TRY(const auto answer, store_data(session, data, kObjects));
  return {};
}

}  // namespace

Status put_public_key(Session& session, KeyPlace place, const crypto::PublicKey& key) {
  return std::visit(PublicPut{session, place}, key);
}

Status put_private_key(Session& session, KeyPlace place, const crypto::PrivateKey& key) {
  return std::visit(PrivatePut{session, place}, key);
}

Status put_secret_key(Session& session, KeyPlace place, const scp::SymmetricKey& key) {
  const auto type = key.algorithm == scp::KeyAlgorithm::kAes ? kAes : kDes;
  COSE_TRY(const auto check_value, scp::key_check_value(key.algorithm, key.value.view()));
  return put(session, place, {{type, key.value.view(), Secrecy::kSecret}}, check_value);
}

Result<std::vector<Bytes>> read_certificates(Session& session, KeyReference key) {
  auto command = get_data(0xBF21);
  command.data = TlvBuilder().add(kControlReference, reference_to(key)).take();
  COSE_TRY(const auto answer, session.exchange(command, "GET DATA BF21, the card's certificates"));
  COSE_TRY(const auto store, tlv::require(answer, kCertificates));
  std::vector<Bytes> chain;
  tlv::TlvReader reader(store);
  while (!reader.at_end()) {
    const auto from = reader.position();
    COSE_TRY(const auto element, reader.next());
    static_cast<void>(element);
    chain.push_back(to_bytes(store.subspan(from, reader.position() - from)));
  }
  return chain;
}

Status store_certificates(Session& session, KeyReference key, const std::vector<Bytes>& chain) {
  Bytes all;
  for (const auto& certificate : chain) append(all, certificate);
  return store(session, reference_to(key), kCertificates, all);
}

Status store_authority_identifier(Session& session, KeyReference key, AuthorityOf of, ByteView identifier) {
  const auto data = TlvBuilder()
                        .add(kControlReference, TlvBuilder()
                                                    .add(Tag(0x80), Bytes{static_cast<std::uint8_t>(of)})
                                                    .add(Tag(0x42), identifier)
                                                    .add(kKeyReference, Bytes{key.identifier, key.version}))
                        .take();
  COSE_TRY(const auto answer, store_data(session, data, kObjects));
  return {};
}

Status store_allow_list(Session& session, KeyReference key, const std::vector<Bytes>& serial_numbers) {
  TlvBuilder list;
  for (const auto& number : serial_numbers) list.add(Tag(0x93), number);
  return store(session, reference_to(key), Tag(0x70), list.take());
}

}  // namespace cose::gphost
