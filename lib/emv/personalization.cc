// SPDX-License-Identifier: Apache-2.0
#include "emv/personalization.h"

#include <algorithm>
#include <utility>

#include "bytes/hex.h"
#include "emv/data_authentication.h"
#include "emv/detail/card_records.h"
#include "emv/pin_block.h"
#include "tlv/tlv_builder.h"

namespace cose::emv {

namespace {

using tlv::Tag;
using tlv::TlvBuilder;

// CPS 1.1 annex A, and the applet's own.
constexpr std::uint16_t kObjects = 0x3000;
constexpr std::uint16_t kParameters = 0x3001;
constexpr std::uint16_t kKeys = 0x8000;
constexpr std::uint16_t kChecksumKey = 0x8001;
constexpr std::uint16_t kPin = 0x8010;
constexpr std::uint16_t kPinLimit = 0x9010;
constexpr std::uint16_t kCardKey = 0x8200;
constexpr std::uint16_t kFci = 0x9102;
constexpr std::uint16_t kContactlessFci = 0x9103;
constexpr std::uint16_t kProcessing = 0x9104;
constexpr std::uint16_t kContactlessProcessing = 0xB104;
constexpr std::uint16_t kTap = 0xB105;
constexpr std::uint16_t kFirstDirectoryRecord = 0x0101;

// Parameters of the applet.
constexpr Tag kScheme(0xC1);
constexpr Tag kCryptogramVersion(0xC2);
constexpr Tag kActions(0xC3);
constexpr Tag kCountLimits(0xC4);
constexpr Tag kAmountLimits(0xC5);
constexpr Tag kCountry(0xC6);
constexpr Tag kTapSignatureRecord(0xC7);
constexpr Tag kChecksumVectors(0xC8);
constexpr Tag kRelayTimes(0xC9);
constexpr Tag kOptions(0xCA);
constexpr Tag kCardKeyPart(0xCB);

constexpr std::uint8_t kOptionIssuerAuthentication = 0x80;
constexpr std::uint8_t kOptionFormat1 = 0x20;
constexpr std::uint8_t kOptionPinBlocks = 0x10;

constexpr std::uint8_t kLogFile = 11;
constexpr std::uint8_t kTapKernel = 3;
constexpr std::size_t kLongGroup = 0xFF;

constexpr auto kLogFormat = "9F02065F2A029A039F21039F36029F27019F1A029C01";
constexpr auto kTapDol = "9F66049F02069F03069F1A0295055F2A029A039C019F3704";

Bytes two_octets(std::uint16_t number) {
  return {static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
}

class Groups {
 public:
  void add(std::uint16_t identifier, ByteView value) { groups_.push_back({identifier, Secret(value)}); }
  void add_secret(std::uint16_t identifier, Secret value) {
    groups_.push_back({identifier, std::move(value), Protection::kEncrypted});
  }
  [[nodiscard]] std::vector<DataGroup> take() { return std::move(groups_); }

 private:
  std::vector<DataGroup> groups_;
};

// A5: label, priority, languages, PDOL, and the log where there is one.
Bytes fci_template(const PaymentProfile& profile, ByteView dol, bool has_log) {
  TlvBuilder inside;
  inside.add(Tag(0x50), as_bytes(profile.label)).add(Tag(0x87), Bytes{profile.priority});
  if (!dol.empty()) inside.add(Tag(0x9F38), dol);
  inside.add(Tag(0x5F2D), as_bytes(profile.languages));
  if (has_log) inside.add(Tag(0xBF0C), TlvBuilder().add(Tag(0x9F4D), Bytes{kLogFile, profile.log_entries}));
  return TlvBuilder().add(Tag(0xA5), inside).take();
}

Bytes parameters_of(const PaymentProfile& profile, ByteView checksum_vectors, std::size_t key_part) {
  TlvBuilder parameters;
  parameters.add(kScheme, Bytes{static_cast<std::uint8_t>(profile.scheme == Scheme::kMastercard ? 1 : 0)});
  parameters.add(kCryptogramVersion, Bytes{profile.key_index, profile.version});
  Bytes actions;
  for (const auto mask : profile.card_actions) append(actions, two_octets(mask));
  parameters.add(kActions, actions);
  parameters.add(kCountLimits, Bytes{profile.lower_count, profile.upper_count});
  parameters.add(kAmountLimits, concat(two_octets(profile.currency), profile.lower_amount, profile.upper_amount));
  parameters.add(kCountry, two_octets(profile.country));
  if (profile.contactless && profile.contactless->kernel == kTapKernel && profile.contactless->signature_in_record)
    parameters.add(kTapSignatureRecord, two_octets(detail::kTapSignatureRecord));
  if (!checksum_vectors.empty()) parameters.add(kChecksumVectors, checksum_vectors);
  if (profile.contactless && profile.contactless->relay) parameters.add(kRelayTimes, *profile.contactless->relay);
  const auto options = (profile.needs_issuer_authentication ? kOptionIssuerAuthentication : 0) |
                       (profile.answers_format_1 ? kOptionFormat1 : 0) | (profile.pin_blocks ? kOptionPinBlocks : 0);
  parameters.add(kOptions, Bytes{static_cast<std::uint8_t>(options)});
  parameters.add(kCardKeyPart, Bytes{static_cast<std::uint8_t>(key_part)});
  return parameters.take();
}

// What GET DATA gives besides the counters.
Result<Bytes> objects_of(const PaymentProfile& profile) {
  TlvBuilder objects;
  objects.add(Tag(0x9F14), Bytes{profile.lower_count}).add(Tag(0x9F23), Bytes{profile.upper_count});
  if (profile.log_entries != 0) {
    COSE_TRY(const auto format, from_hex(kLogFormat));
    objects.add(Tag(0x9F4F), format);
  }
  if (profile.contactless && profile.contactless->kernel == kTapKernel)
    objects.add(Tag(0x9F6C), profile.contactless->qualifiers);
  return objects.take();
}

Result<Secret> three_keys(const PaymentProfile& profile, const Account& account, const IssuerKeys& keys) {
  const auto* version = find_version(profile.scheme, profile.version);
  if (version == nullptr)
    return fail(ErrorKind::kInvalid, std::string(to_string(profile.scheme)) + " has no cryptogram version " +
                                         std::to_string(profile.version) + " here");
  Secret all(3 * kDesKey);
  auto at = all.writable().begin();
  for (const auto* master : {&keys.cryptogram, &keys.integrity, &keys.confidentiality}) {
    COSE_TRY(const auto key, card_key(version->key_option, master->view(), account));
    at = std::ranges::copy(key.view(), at).out;
  }
  return all;
}

// CPS 1.1 annex A: 1 q^-1 mod p, 2 d mod q-1, 3 d mod p-1, 4 q, 5 p.
Status add_card_key(Groups& groups, const crypto::RsaPrivateKey& key) {
  COSE_TRY(auto parts, key.crt());
  std::uint16_t part = kCardKey;
  for (auto* each : {&parts.q_inverse, &parts.dq, &parts.dp, &parts.q, &parts.p})
    groups.add_secret(++part, std::move(*each));
  return {};
}

Status add_pin(Groups& groups, const CardData& card) {
  groups.add(kPinLimit, Bytes{card.pin_tries, card.pin_tries});
  COSE_TRY(auto block, pin_block_2(card.pin));
  groups.add_secret(kPin, std::move(block));
  return {};
}

Status add_contactless(Groups& groups, const PaymentProfile& profile, const detail::CardRecords& records) {
  if (!profile.contactless) return {};
  const bool is_tap = profile.contactless->kernel == kTapKernel;
  Bytes dol;
  if (is_tap) {
    COSE_TRY(dol, from_hex(kTapDol));
  }
  groups.add(kContactlessFci, fci_template(profile, dol, false));
  groups.add(kContactlessProcessing, records.contactless_processing);
  if (is_tap) groups.add(kTap, records.tap_objects);
  return {};
}

// Vectors and key of magnetic stripe mode.
Result<Bytes> add_checksums(Groups& groups, const PaymentProfile& profile, const CardData& card,
                            const IssuerKeys& keys) {
  if (!detail::has_magnetic_stripe(profile)) return Bytes();
  COSE_TRY(auto key, card_key(KeyOption::kA, keys.checksum.view(), card.account));
  COSE_TRY(const auto track_1, detail::stripe_track_1(card));
  COSE_TRY(const auto track_2, detail::stripe_track_2(card));
  COSE_TRY(const auto first, iv_cvc3(key.view(), track_1));
  COSE_TRY(const auto second, iv_cvc3(key.view(), track_2));
  groups.add_secret(kChecksumKey, std::move(key));
  return concat(first, second);
}

TlvBuilder directory_entry(const DirectoryEntry& entry) {
  TlvBuilder inside;
  inside.add(Tag(0x4F), entry.aid).add(Tag(0x50), as_bytes(entry.label)).add(Tag(0x87), Bytes{entry.priority});
  return inside;
}

}  // namespace

Bytes encode(std::uint16_t identifier, ByteView value) {
  auto octets = two_octets(identifier);
  if (value.size() >= kLongGroup) octets.push_back(kLongGroup);
  if (value.size() >= kLongGroup) append(octets, two_octets(static_cast<std::uint16_t>(value.size())));
  if (value.size() < kLongGroup) octets.push_back(static_cast<std::uint8_t>(value.size()));
  append(octets, value);
  return octets;
}

Result<std::vector<DataGroup>> application_groups(const PaymentProfile& profile, const CardData& card,
                                                  const IssuerKeys& keys, const CertifiedIssuer& issuer,
                                                  const crypto::RsaPrivateKey& card_key) {
  COSE_CHECK(card.account.check());
  COSE_TRY(const auto records, detail::make_records(profile, card, issuer, card_key));
  Groups groups;
  COSE_TRY(const auto vectors, add_checksums(groups, profile, card, keys));
  groups.add(kParameters, parameters_of(profile, vectors, card_key.size() / 2));
  COSE_TRY(const auto objects, objects_of(profile));
  groups.add(kObjects, objects);
  for (const auto& [name, record] : records.records) groups.add(name, record);
  groups.add(kFci, fci_template(profile, {}, profile.log_entries != 0));
  groups.add(kProcessing, records.processing);
  COSE_CHECK(add_contactless(groups, profile, records));
  COSE_CHECK(add_pin(groups, card));
  COSE_TRY(auto secrets, three_keys(profile, card.account, keys));
  groups.add_secret(kKeys, std::move(secrets));
  if (profile.dda || profile.cda) COSE_CHECK(add_card_key(groups, card_key));
  return groups.take();
}

// EMV 4.3 Book 1 §12.2.2: records of file 1, one for each application.
std::vector<DataGroup> pse_groups(std::span<const DirectoryEntry> entries, const std::string& languages) {
  Groups groups;
  std::uint16_t record = kFirstDirectoryRecord;
  for (const auto& entry : entries)
    groups.add(record++,
               TlvBuilder().add(Tag(0x70), TlvBuilder().add(Tag(0x61), directory_entry(entry).view())).take());
  TlvBuilder inside;
  inside.add(Tag(0x88), Bytes{0x01}).add(Tag(0x5F2D), as_bytes(languages)).add(Tag(0x9F11), Bytes{0x01});
  groups.add(kFci, TlvBuilder().add(Tag(0xA5), inside).view());
  return groups.take();
}

// EMV Contactless Book B §3.3.1 table 3-2.
std::vector<DataGroup> ppse_groups(std::span<const DirectoryEntry> entries) {
  TlvBuilder list;
  for (const auto& entry : entries) {
    auto inside = directory_entry(entry);
    if (entry.kernel != 0) inside.add(Tag(0x9F2A), Bytes{entry.kernel});
    list.add(Tag(0x61), inside);
  }
  Groups groups;
  groups.add(kFci, TlvBuilder().add(Tag(0xA5), TlvBuilder().add(Tag(0xBF0C), list)).view());
  return groups.take();
}

}  // namespace cose::emv
