// SPDX-License-Identifier: Apache-2.0
#include "emv/data_authentication.h"

#include "bytes/hex.h"
#include "crypto/digest.h"
#include "tlv/tlv_reader.h"

namespace cose::emv {

namespace {

using tlv::Tag;

constexpr Tag kRecordTemplate(0x70);
constexpr Tag kPan(0x5A);
constexpr Tag kAuthorityIndex(0x8F);
constexpr Tag kIssuerCertificate(0x90);
constexpr Tag kIssuerRemainder(0x92);
constexpr Tag kStaticSignature(0x93);
constexpr Tag kPinCertificate(0x9F2D);
constexpr Tag kPinExponent(0x9F2E);
constexpr Tag kPinRemainder(0x9F2F);
constexpr Tag kIssuerExponent(0x9F32);
constexpr Tag kCardCertificate(0x9F46);
constexpr Tag kCardExponent(0x9F47);
constexpr Tag kCardRemainder(0x9F48);
constexpr Tag kDynamicSignature(0x9F4B);
constexpr std::uint8_t kInterchangeProfile = 0x82;

constexpr unsigned kLastFileWithoutHeader = 10;
constexpr unsigned kLastFile = 30;
constexpr std::size_t kCryptogram = 8;
constexpr std::size_t kHash = 20;

Result<ByteView> require(const DataObjects& objects, Tag tag) {
  const auto found = objects.find(tag);
  if (found != objects.end()) return ByteView(found->second);
  return fail(ErrorKind::kNotFound, "the card has no " + tag.to_string());
}

ByteView optional(const DataObjects& objects, Tag tag) {
  const auto found = objects.find(tag);
  return found == objects.end() ? ByteView() : ByteView(found->second);
}

// One run: each step goes into the report, the first failure ends it.
class Run {
 public:
  Run(AuthenticationMethod method, const CaKeys& authorities, const AuthenticationInput& input)
      : authorities_(authorities), input_(input) {
    report_.method = method;
  }

  AuthenticationReport take() { return std::move(report_); }
  AuthenticationReport& report() { return report_; }

  template <typename Value, typename Describe>
  bool step(std::string_view name, const Result<Value>& result, Describe describe) {
    report_.steps.push_back({.name = std::string(name),
                             .passed = result.has_value(),
                             .detail = result ? describe(*result) : result.error().message});
    return result.has_value();
  }

  std::optional<Certified> issuer() {
    const auto authority = find_authority();
    const auto describe = [](const CaKey* key) {
      return "key " + to_hex(ByteView(&key->index, 1)) + ", " + std::to_string(key->key.bits()) + " bits";
    };
    if (!step("authority's key", authority, describe)) return std::nullopt;
    auto certified =
        recover(CertificateKind::kIssuer, (*authority)->key, kIssuerCertificate, kIssuerRemainder, kIssuerExponent, {});
    if (!step("issuer's certificate", certified, describe_key)) return std::nullopt;
    return *std::move(certified);
  }

  std::optional<Certified> card() {
    const auto issuer_key = issuer();
    if (!issuer_key) return std::nullopt;
    auto certified = recover(CertificateKind::kCard, issuer_key->key, kCardCertificate, kCardRemainder, kCardExponent,
                             input_.static_data);
    if (!step("card's certificate", certified, describe_key)) return std::nullopt;
    return *std::move(certified);
  }

  // Its hash covers no static data (EMV 4.3 Book 2 table 23).
  std::optional<Certified> pin_key() {
    const auto issuer_key = issuer();
    if (!issuer_key) return std::nullopt;
    auto certified = recover(CertificateKind::kCard, issuer_key->key, kPinCertificate, kPinRemainder, kPinExponent, {});
    if (!step("PIN key's certificate", certified, describe_key)) return std::nullopt;
    return *std::move(certified);
  }

  Result<Bytes> dynamic_data(const Certified& card, ByteView terminal_data) const {
    COSE_TRY(const auto signature, require(input_.objects, kDynamicSignature));
    return recover_dynamic_signature(card.key, signature, terminal_data);
  }

  Result<Bytes> static_code(const Certified& issuer_key) const {
    COSE_TRY(const auto signature, require(input_.objects, kStaticSignature));
    return recover_static_signature(issuer_key.key, signature, input_.static_data);
  }

 private:
  static std::string describe_key(const Certified& certified) {
    return std::to_string(certified.key.bits()) + " bits, good until " + std::to_string(certified.expiry.month) + "/" +
           std::to_string(certified.expiry.year) + ", serial " + to_hex(certified.serial);
  }

  Result<const CaKey*> find_authority() const {
    COSE_TRY(const auto index, require(input_.objects, kAuthorityIndex));
    if (index.size() != 1) return fail(ErrorKind::kInvalid, "8F: expected one octet, found " + to_hex(index));
    const auto* key = authorities_.find(input_.aid, index[0]);
    if (key == nullptr) return fail(ErrorKind::kNotFound, "no key " + to_hex(index) + " of this scheme is known");
    if (key->expiry && *key->expiry < input_.today)
      return fail(ErrorKind::kInvalid, "key " + to_hex(index) + " is no longer valid");
    return key;
  }

  Result<Certified> recover(CertificateKind kind, const crypto::RsaPublicKey& signer, Tag certificate, Tag remainder,
                            Tag exponent, ByteView static_data) const {
    COSE_TRY(const auto block, require(input_.objects, certificate));
    COSE_TRY(const auto public_exponent, require(input_.objects, exponent));
    COSE_TRY(const auto packed, require(input_.objects, kPan));
    auto pan = to_hex(packed);
    pan.resize(std::min(pan.find('F'), pan.size()));
    return recover_certificate(kind, signer,
                               {.certificate = block,
                                .remainder = optional(input_.objects, remainder),
                                .exponent = public_exponent,
                                .static_data = static_data,
                                .pan = pan,
                                .today = input_.today});
  }

  const CaKeys& authorities_;
  const AuthenticationInput& input_;
  AuthenticationReport report_;
};

// The dynamic number, which every dynamic signature begins with.
Result<ByteView> number_in(ByteView dynamic_data) {
  if (dynamic_data.empty() || dynamic_data[0] > dynamic_data.size() - 1)
    return fail(ErrorKind::kInvalid, "the dynamic data end within the card's number");
  return dynamic_data.subspan(1, dynamic_data[0]);
}

// EMV 4.3 Book 2 table 18: number, cryptogram information data, cryptogram, hash.
struct CombinedData {
  ByteView number;
  std::uint8_t information;
  ByteView cryptogram;
  ByteView hash;
  ByteView further;
};

Result<CombinedData> combined_in(ByteView dynamic_data) {
  COSE_TRY(const auto number, number_in(dynamic_data));
  const auto rest = dynamic_data.subspan(1 + number.size());
  if (rest.size() < 1 + kCryptogram + kHash)
    return fail(ErrorKind::kInvalid, "the dynamic data hold no cryptogram and hash");
  return CombinedData{.number = number,
                      .information = rest[0],
                      .cryptogram = rest.subspan(1, kCryptogram),
                      .hash = rest.subspan(1 + kCryptogram, kHash),
                      .further = rest.subspan(1 + kCryptogram + kHash)};
}

Result<Bytes> check_transaction_hash(ByteView hash, ByteView transaction_data) {
  COSE_TRY(auto computed, crypto::digest(crypto::DigestKind::kSha1, transaction_data));
  if (equal(computed, hash)) return computed;
  return fail(ErrorKind::kInvalid, "the card signed " + to_hex(hash) + ", computed is " + to_hex(computed));
}

std::string as_hex(ByteView octets) {
  return to_hex(octets);
}

}  // namespace

Status StaticData::add_record(unsigned file, ByteView record) {
  if (file == 0 || file > kLastFile)
    return fail(ErrorKind::kInvalid, "expected a file from 1 to 30, found " + std::to_string(file));
  tlv::TlvReader reader(record);
  const auto element = reader.next();
  if (!element || element->tag != kRecordTemplate)
    return fail(ErrorKind::kInvalid, "a record to be authenticated is no template 70");
  append(octets_, file <= kLastFileWithoutHeader ? element->value : record);
  return {};
}

Status StaticData::add_tag_list(ByteView tag_list, ByteView interchange_profile) {
  if (tag_list.empty()) return {};
  // EMV 4.3 Book 2 §5.4 step 5.
  if (tag_list.size() != 1 || tag_list[0] != kInterchangeProfile)
    return fail(ErrorKind::kInvalid, "9F4A: expected 82 alone, found " + to_hex(tag_list));
  append(octets_, interchange_profile);
  return {};
}

std::string_view to_string(AuthenticationMethod method) {
  switch (method) {
    case AuthenticationMethod::kSda: return "SDA";
    case AuthenticationMethod::kDda: return "DDA";
    case AuthenticationMethod::kFdda: return "fDDA";
    case AuthenticationMethod::kCda: break;
  }
  return "CDA";
}

CardKey recover_card_key(const CaKeys& authorities, const AuthenticationInput& input) {
  Run run(AuthenticationMethod::kCda, authorities, input);
  auto key = run.card();
  return {.report = run.take(), .key = std::move(key)};
}

CardKey recover_pin_key(const CaKeys& authorities, const AuthenticationInput& input) {
  Run run(AuthenticationMethod::kDda, authorities, input);
  auto key = input.objects.contains(kPinCertificate) ? run.pin_key() : run.card();
  return {.report = run.take(), .key = std::move(key)};
}

AuthenticationReport authenticate_static(const CaKeys& authorities, const AuthenticationInput& input) {
  Run run(AuthenticationMethod::kSda, authorities, input);
  const auto issuer = run.issuer();
  if (!issuer) return run.take();
  const auto code = run.static_code(*issuer);
  if (run.step("signed static data", code, as_hex)) run.report().authentication_code = *code;
  return run.take();
}

AuthenticationReport authenticate_dynamic(AuthenticationMethod method, const CaKeys& authorities,
                                          const AuthenticationInput& input, ByteView terminal_data) {
  Run run(method, authorities, input);
  const auto card = run.card();
  if (!card) return run.take();
  const auto dynamic = run.dynamic_data(*card, terminal_data);
  if (!run.step("signed dynamic data", dynamic, as_hex)) return run.take();
  const auto number = number_in(*dynamic);
  if (run.step("card's number", number, as_hex)) run.report().dynamic_number = to_bytes(*number);
  return run.take();
}

AuthenticationReport authenticate_combined(const CaKeys& authorities, const AuthenticationInput& input,
                                           ByteView unpredictable_number, ByteView transaction_data) {
  Run run(AuthenticationMethod::kCda, authorities, input);
  const auto card = run.card();
  if (!card) return run.take();
  const auto dynamic = run.dynamic_data(*card, unpredictable_number);
  if (!run.step("signed dynamic data", dynamic, as_hex)) return run.take();
  const auto combined = combined_in(*dynamic);
  const auto describe = [](const CombinedData& data) { return "cryptogram " + to_hex(data.cryptogram); };
  if (!run.step("cryptogram under the signature", combined, describe)) return run.take();
  if (!run.step("transaction data", check_transaction_hash(combined->hash, transaction_data), as_hex))
    return run.take();
  run.report().dynamic_number = to_bytes(combined->number);
  run.report().cryptogram = to_bytes(combined->cryptogram);
  run.report().cryptogram_information = combined->information;
  run.report().further = to_bytes(combined->further);
  return run.take();
}

}  // namespace cose::emv
