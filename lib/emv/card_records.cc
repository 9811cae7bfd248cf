// SPDX-License-Identifier: Apache-2.0
#include "emv/detail/card_records.h"

#include "bytes/hex.h"
#include "emv/data_authentication.h"
#include "tlv/tlv_builder.h"

namespace cose::emv::detail {

namespace {

using tlv::Tag;
using tlv::TlvBuilder;

constexpr std::uint16_t kStripeRecord = 0x0101;
constexpr std::uint16_t kTrackRecord = 0x0102;
constexpr std::uint16_t kContactRecord = 0x0201;
constexpr std::uint16_t kContactlessRecord = 0x0202;
constexpr std::uint16_t kAuthorityRecord = 0x0301;
constexpr std::uint16_t kIssuerRecord = 0x0302;
constexpr std::uint16_t kCardKeyRecord = 0x0303;
constexpr std::uint16_t kContactCertificate = 0x0304;
constexpr std::uint16_t kStaticRecord = 0x0305;
constexpr std::uint16_t kContactlessCertificate = 0x0401;
// EMV 4.3 Book 3 §7.1: a record fits one answer.
constexpr std::size_t kMaximumRecord = 254;
constexpr std::size_t kMaximumTrack2 = 19;

// Application interchange profile, octet 1 (EMV 4.3 Book 3 table 37) and 2 (Book C-2, C-3).
constexpr std::uint8_t kSda = 0x40;
constexpr std::uint8_t kDda = 0x20;
constexpr std::uint8_t kCardholder = 0x10;
constexpr std::uint8_t kTerminalRisk = 0x08;
constexpr std::uint8_t kIssuerAuthentication = 0x04;
constexpr std::uint8_t kCda = 0x01;
constexpr std::uint8_t kMChip = 0x80;
constexpr std::uint8_t kRelayResistance = 0x01;

constexpr std::uint8_t kTapKernel = 3;
constexpr std::uint8_t kPlasticCode[] = {0xDA, 0xC0};

// What goes into the cryptogram, then what risk management and log want.
constexpr auto kInputs = "9F02069F03069F1A0295055F2A029A039C019F37049F35019F34039F2103";
constexpr auto kResponseCode = "8A02";
constexpr auto kIssuerAnswer = "910A";
constexpr auto kDdol = "9F3704";
// Book C-2 table A.3: the digits of UN, ATC and CVC3 among the discretionary data, bit 1 being the last digit.
constexpr auto kStripeObjects = "9F6C0200019F620600000000000E9F6306000000000E709F6401039F6502000E9F66020E709F670103";
constexpr auto kStripeCvmList = "000000000000000042031E031F03";

Bytes two_octets(std::uint16_t number) {
  return {static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
}

Result<Bytes> digits(std::string text, char filler) {
  if (text.size() % 2 != 0) text.push_back(filler);
  return from_hex(text);
}

// Packed digits with nothing but digits.
Result<Bytes> date(const std::string& text) {
  auto octets = from_hex(text);
  if (octets && octets->size() == 3) return octets;
  return fail(ErrorKind::kInvalid, "expected a date as YYMMDD, found \"" + text + "\"");
}

Month month_of(ByteView packed_date) {
  const auto number = [](std::uint8_t octet) { return (octet >> 4) * 10U + (octet & 0x0FU); };
  return {.year = 2000U + number(packed_date[0]), .month = number(packed_date[1])};
}

std::string discretionary_of(const CardData& card) {
  return card.expiry.substr(0, 4) + card.service_code + card.discretionary;
}

Result<Bytes> track_2(const CardData& card) {
  COSE_TRY(auto track, digits(card.account.pan + "D" + discretionary_of(card), 'F'));
  if (track.size() > kMaximumTrack2) return fail(ErrorKind::kInvalid, "track 2: expected 37 digits at most");
  return track;
}

bool signs(const PaymentProfile& profile) {
  return profile.dda || profile.cda;
}

bool is_tap(const PaymentProfile& profile) {
  return profile.contactless && profile.contactless->kernel == kTapKernel;
}

enum class Interface { kContact, kContactless };

Bytes interchange_profile(const PaymentProfile& profile, Interface interface) {
  const auto methods = (profile.sda ? kSda : 0) | (profile.dda ? kDda : 0) | (profile.cda ? kCda : 0);
  if (interface == Interface::kContact) {
    const auto issuer = profile.scheme == Scheme::kMastercard ? 0 : kIssuerAuthentication;
    return {static_cast<std::uint8_t>(methods | kCardholder | kTerminalRisk | issuer), 0x00};
  }
  if (is_tap(profile)) return {static_cast<std::uint8_t>(profile.dda ? kDda : 0), 0x00};
  const auto relay = profile.contactless && profile.contactless->relay ? kRelayResistance : 0;
  return {static_cast<std::uint8_t>(methods | kCardholder), static_cast<std::uint8_t>(kMChip | relay)};
}

// One or several records in a row of one file, and how many of them are signed.
struct Range {
  std::uint16_t first;
  std::uint16_t last;
  std::uint8_t is_signed;
};

Bytes locator(const std::vector<Range>& ranges) {
  Bytes octets;
  for (const auto& range : ranges)
    append(octets, Bytes{static_cast<std::uint8_t>(range.first >> 8 << 3), static_cast<std::uint8_t>(range.first),
                         static_cast<std::uint8_t>(range.last), range.is_signed});
  return octets;
}

Bytes processing(const PaymentProfile& profile, Interface interface) {
  std::vector<Range> ranges;
  if (interface == Interface::kContact) {
    ranges = {{kTrackRecord, kTrackRecord, 0}, {kContactRecord, kContactRecord, 1}};
    if (profile.sda || signs(profile))
      ranges.push_back({kAuthorityRecord, signs(profile) ? kContactCertificate : kIssuerRecord, 0});
    if (profile.sda) ranges.push_back({kStaticRecord, kStaticRecord, 0});
  } else {
    const auto first = has_magnetic_stripe(profile) ? kStripeRecord : kTrackRecord;
    if (!is_tap(profile)) ranges.push_back({first, kTrackRecord, 0});
    ranges.push_back({kContactlessRecord, kContactlessRecord, 1});
    if (signs(profile)) ranges.push_back({kAuthorityRecord, kCardKeyRecord, 0});
    const auto last =
        is_tap(profile) && profile.contactless->signature_in_record ? kTapSignatureRecord : kContactlessCertificate;
    if (signs(profile)) ranges.push_back({kContactlessCertificate, last, 0});
  }
  return TlvBuilder().add(Tag(0x82), interchange_profile(profile, interface)).add(Tag(0x94), locator(ranges)).take();
}

Status add_lists(TlvBuilder& record, const PaymentProfile& profile) {
  const bool answers_in_list = profile.scheme == Scheme::kMastercard;
  COSE_TRY(const auto first, from_hex(kInputs));
  COSE_TRY(const auto second, from_hex(std::string(answers_in_list ? kIssuerAnswer : "") + kResponseCode + kInputs));
  record.add(Tag(0x8C), first).add(Tag(0x8D), second);
  return {};
}

// What is signed: whose card it is and what it may be used for.
Result<Bytes> signed_record(const PaymentProfile& profile, const CardData& card) {
  COSE_TRY(const auto pan, digits(card.account.pan, 'F'));
  COSE_TRY(const auto sequence, from_hex(card.account.sequence));
  COSE_TRY(const auto expiry, date(card.expiry));
  COSE_TRY(const auto effective, date(card.effective));
  COSE_TRY(const auto service, digits("0" + card.service_code, 'F'));
  TlvBuilder record;
  record.add(Tag(0x5A), pan).add(Tag(0x5F34), sequence).add(Tag(0x5F24), expiry).add(Tag(0x5F25), effective);
  record.add(Tag(0x5F28), two_octets(profile.country)).add(Tag(0x5F30), service);
  record.add(Tag(0x9F07), profile.usage).add(Tag(0x9F08), profile.application_version);
  record.add(Tag(0x9F42), two_octets(profile.currency)).add(Tag(0x9F44), Bytes{profile.currency_exponent});
  COSE_CHECK(add_lists(record, profile));
  record.add(Tag(0x8E), profile.cvm_list).add(Tag(0x9F0D), profile.action_default);
  record.add(Tag(0x9F0E), profile.action_denial).add(Tag(0x9F0F), profile.action_online);
  record.add(Tag(0x9F4A), Bytes{0x82});
  return TlvBuilder().add(Tag(0x70), record).take();
}

Result<Bytes> track_record(const CardData& card) {
  COSE_TRY(const auto track, track_2(card));
  TlvBuilder record;
  record.add(Tag(0x57), track).add(Tag(0x5F20), as_bytes(card.name));
  record.add(Tag(0x9F1F), as_bytes(card.discretionary));
  return TlvBuilder().add(Tag(0x70), record).take();
}

Result<Bytes> stripe_record(const CardData& card) {
  COSE_TRY(const auto first, stripe_track_1(card));
  COSE_TRY(const auto second, stripe_track_2(card));
  COSE_TRY(const auto objects, from_hex(kStripeObjects));
  COSE_TRY(const auto cvm_list, from_hex(kStripeCvmList));
  TlvBuilder record;
  record.add(Tag(0x56), first).add(Tag(0x9F6B), second).add_encoded(objects).add(Tag(0x9F68), cvm_list);
  return TlvBuilder().add(Tag(0x70), record).take();
}

class Records {
 public:
  Records(const PaymentProfile& profile, const CardData& card, const CertifiedIssuer& issuer,
          const crypto::RsaPrivateKey& card_key)
      : profile_(profile), card_(card), issuer_(issuer), card_key_(card_key) {}

  Result<CardRecords> make() {
    made_.processing = processing(profile_, Interface::kContact);
    COSE_TRY(auto track, track_record(card_));
    COSE_CHECK(add(kTrackRecord, std::move(track)));
    COSE_TRY(const auto record, signed_record(profile_, card_));
    COSE_CHECK(add(kContactRecord, record));
    if (profile_.contactless) COSE_CHECK(add_contactless(record));
    if (profile_.sda || signs(profile_)) COSE_CHECK(add_issuer());
    if (profile_.sda) COSE_CHECK(add_static_signature(record));
    if (signs(profile_)) COSE_CHECK(add_card_key(record));
    return std::move(made_);
  }

 private:
  Status add(std::uint16_t name, Bytes record) {
    if (record.size() > kMaximumRecord)
      return fail(ErrorKind::kInvalid, "record " + to_hex(two_octets(name)) + ": expected 254 octets at most, found " +
                                           std::to_string(record.size()) + ": is a key too large?");
    made_.records.emplace_back(name, std::move(record));
    return {};
  }

  Status add(std::uint16_t name, const TlvBuilder& inside) {
    return add(name, TlvBuilder().add(Tag(0x70), inside).take());
  }

  Status add_contactless(const Bytes& record) {
    made_.contactless_processing = processing(profile_, Interface::kContactless);
    COSE_CHECK(add(kContactlessRecord, record));
    if (has_magnetic_stripe(profile_)) {
      COSE_TRY(auto stripe, stripe_record(card_));
      COSE_CHECK(add(kStripeRecord, std::move(stripe)));
    }
    if (!is_tap(profile_)) return {};
    COSE_TRY(const auto track, track_2(card_));
    COSE_TRY(const auto sequence, from_hex(card_.account.sequence));
    made_.tap_objects =
        TlvBuilder().add(Tag(0x57), track).add(Tag(0x5F34), sequence).add(Tag(0x5F20), as_bytes(card_.name)).take();
    return {};
  }

  Status add_issuer() {
    COSE_TRY(const auto key, issuer_.key.public_key());
    TlvBuilder authority;
    authority.add(Tag(0x8F), Bytes{issuer_.authority_index}).add(Tag(0x9F32), key.exponent());
    if (!issuer_.remainder.empty()) authority.add(Tag(0x92), issuer_.remainder);
    COSE_CHECK(add(kAuthorityRecord, authority));
    return add(kIssuerRecord, TlvBuilder().add(Tag(0x90), issuer_.certificate));
  }

  Result<Bytes> covered(ByteView record, Interface interface) const {
    StaticData data;
    COSE_CHECK(data.add_record(kContactRecord >> 8, record));
    COSE_CHECK(data.add_tag_list(Bytes{0x82}, interchange_profile(profile_, interface)));
    return to_bytes(data.view());
  }

  Status add_static_signature(ByteView record) {
    COSE_TRY(const auto data, covered(record, Interface::kContact));
    COSE_TRY(const auto signature, sign_static_data(issuer_.key, kPlasticCode, data));
    return add(kStaticRecord, TlvBuilder().add(Tag(0x93), signature));
  }

  Status add_card_key(ByteView record) {
    COSE_TRY(const auto key, card_key_.public_key());
    COSE_TRY(const auto contact, certificate(key, record, Interface::kContact));
    COSE_TRY(const auto ddol, from_hex(kDdol));
    TlvBuilder numbers;
    numbers.add(Tag(0x9F47), key.exponent()).add(Tag(0x9F49), ddol);
    if (!contact.remainder.empty()) numbers.add(Tag(0x9F48), contact.remainder);
    COSE_CHECK(add(kCardKeyRecord, numbers));
    COSE_CHECK(add(kContactCertificate, TlvBuilder().add(Tag(0x9F46), contact.certificate)));
    if (!profile_.contactless) return {};
    COSE_TRY(const auto other, certificate(key, record, Interface::kContactless));
    return add(kContactlessCertificate, TlvBuilder().add(Tag(0x9F46), other.certificate));
  }

  Result<MadeCertificate> certificate(const crypto::RsaPublicKey& key, ByteView record, Interface interface) const {
    COSE_TRY(const auto expiry, date(card_.expiry));
    COSE_TRY(const auto data, covered(record, interface));
    return make_certificate(CertificateKind::kCard, issuer_.key,
                            {.pan = card_.account.pan, .expiry = month_of(expiry), .serial = Bytes{0, 0, 1}}, key,
                            data);
  }

  const PaymentProfile& profile_;
  const CardData& card_;
  const CertifiedIssuer& issuer_;
  const crypto::RsaPrivateKey& card_key_;
  CardRecords made_;
};

}  // namespace

bool has_magnetic_stripe(const PaymentProfile& profile) {
  return profile.contactless && profile.contactless->kernel != kTapKernel && profile.contactless->magnetic_stripe;
}

Result<Bytes> stripe_track_1(const CardData& card) {
  const auto text = "B" + card.account.pan + "^" + card.name + "^" + discretionary_of(card);
  return to_bytes(as_bytes(text));
}

Result<Bytes> stripe_track_2(const CardData& card) {
  return track_2(card);
}

Result<CardRecords> make_records(const PaymentProfile& profile, const CardData& card, const CertifiedIssuer& issuer,
                                 const crypto::RsaPrivateKey& card_key) {
  return Records(profile, card, issuer, card_key).make();
}

}  // namespace cose::emv::detail
