// SPDX-License-Identifier: Apache-2.0
#include "host/payment_profile_file.h"

#include <utility>

#include <toml++/toml.h>

#include "bytes/hex.h"
#include "host/detail/table_reader.h"
#include "host/files.h"

namespace cose::host {

namespace {

using detail::TableReader;
using emv::ContactlessProfile;
using emv::PaymentProfile;

constexpr std::size_t kMaximumProfile = 1U << 20;
constexpr std::size_t kMinimumKeyBits = 1024;
constexpr std::size_t kMaximumKeyBits = 1984;
constexpr std::size_t kSerialDigits = 9;

Result<emv::Scheme> parse_scheme(const std::string& text) {
  if (text == "visa") return emv::Scheme::kVisa;
  if (text == "mastercard") return emv::Scheme::kMastercard;
  return fail(ErrorKind::kInvalid, "expected visa or mastercard, found \"" + text + "\"");
}

// "12/2039"
Result<emv::Month> parse_month(const std::string& text) {
  const auto digits = text.size() == 7 && text[2] == '/' ? text.substr(0, 2) + text.substr(5) : "";
  COSE_TRY(const auto packed, from_hex(digits));
  return emv::Month::from_certificate(packed);
}

auto octets_of(std::size_t size) {
  return [size](const std::string& text) -> Result<Bytes> {
    COSE_TRY(auto octets, from_loose_hex(text));
    if (octets.size() == size) return octets;
    return fail(ErrorKind::kInvalid,
                "expected " + std::to_string(size) + " octets, found " + std::to_string(octets.size()));
  };
}

Result<std::uint16_t> parse_code(const std::string& text) {
  COSE_TRY(const auto octets, octets_of(2)(text));
  return static_cast<std::uint16_t>(octets[0] << 8 | octets[1]);
}

Result<Secret> parse_key(const std::string& text) {
  COSE_TRY(auto octets, octets_of(emv::kDesKey)(text));
  return Secret::take(std::move(octets));
}

template <typename Number>
Status number(TableReader& reader, std::string_view key, std::int64_t least, std::int64_t most, Number& value) {
  auto wide = static_cast<std::int64_t>(value);
  COSE_CHECK(reader.number(key, least, most, wide));
  value = static_cast<Number>(wide);
  return {};
}

Status key_bits(TableReader& reader, std::string_view key, std::size_t& bits) {
  COSE_CHECK(number(reader, key, kMinimumKeyBits, kMaximumKeyBits, bits));
  if (bits % 64 == 0) return {};
  return fail(ErrorKind::kInvalid, std::string(key) + ": expected a multiple of 64, found " + std::to_string(bits));
}

Status read_authority(const toml::table& table, std::string_view origin, AuthorityWishes& wishes) {
  TableReader reader(table, origin);
  COSE_CHECK(number(reader, "index", 0, 0xFF, wishes.index));
  COSE_CHECK(key_bits(reader, "bits", wishes.authority_bits));
  COSE_CHECK(reader.parsed("expiry", wishes.expiry, parse_month));
  return reader.expect_no_more();
}

Status read_issuer(const toml::table& table, std::string_view origin, AuthorityWishes& wishes) {
  TableReader reader(table, origin);
  COSE_CHECK(reader.text("name", wishes.name));
  COSE_CHECK(key_bits(reader, "bits", wishes.issuer_bits));
  COSE_CHECK(reader.parsed("key_ac", wishes.keys.cryptogram, parse_key));
  COSE_CHECK(reader.parsed("key_integrity", wishes.keys.integrity, parse_key));
  COSE_CHECK(reader.parsed("key_confidentiality", wishes.keys.confidentiality, parse_key));
  COSE_CHECK(reader.parsed("key_cvc3", wishes.keys.checksum, parse_key));
  return reader.expect_no_more();
}

Status read_methods(TableReader& reader, PaymentProfile& profile) {
  std::vector<std::string> methods;
  COSE_CHECK(reader.texts("authentication", methods));
  if (methods.empty()) return {};
  profile.sda = profile.dda = profile.cda = false;
  for (const auto& method : methods) {
    auto* flag = method == "sda"   ? &profile.sda
                 : method == "dda" ? &profile.dda
                 : method == "cda" ? &profile.cda
                                   : nullptr;
    if (flag == nullptr)
      return fail(ErrorKind::kInvalid, "authentication: expected sda, dda or cda, found \"" + method + "\"");
    *flag = true;
  }
  return {};
}

// What the application says of itself.
Status read_description(TableReader& reader, PaymentProfile& profile) {
  COSE_CHECK(reader.parsed("aid", profile.aid, from_loose_hex));
  if (profile.aid.size() < 5 || profile.aid.size() > 16)
    return fail(ErrorKind::kInvalid, "aid: expected 5 to 16 octets");
  COSE_CHECK(reader.text("label", profile.label));
  COSE_CHECK(reader.text("languages", profile.languages));
  COSE_CHECK(number(reader, "priority", 1, 15, profile.priority));
  COSE_CHECK(reader.parsed("currency", profile.currency, parse_code));
  COSE_CHECK(number(reader, "currency_exponent", 0, 3, profile.currency_exponent));
  COSE_CHECK(reader.parsed("country", profile.country, parse_code));
  COSE_CHECK(reader.parsed("application_version", profile.application_version, octets_of(2)));
  COSE_CHECK(reader.parsed("usage", profile.usage, octets_of(2)));
  return reader.parsed("cvm_list", profile.cvm_list, from_loose_hex);
}

Status read_decisions(TableReader& reader, PaymentProfile& profile) {
  COSE_CHECK(reader.parsed("action_default", profile.action_default, octets_of(5)));
  COSE_CHECK(reader.parsed("action_denial", profile.action_denial, octets_of(5)));
  COSE_CHECK(reader.parsed("action_online", profile.action_online, octets_of(5)));
  COSE_CHECK(reader.parsed("card_action_denial", profile.card_actions[0], parse_code));
  COSE_CHECK(reader.parsed("card_action_online", profile.card_actions[1], parse_code));
  COSE_CHECK(reader.parsed("card_action_default", profile.card_actions[2], parse_code));
  COSE_CHECK(number(reader, "lower_count", 0, 0xFF, profile.lower_count));
  COSE_CHECK(number(reader, "upper_count", 0, 0xFF, profile.upper_count));
  COSE_CHECK(reader.parsed("lower_amount", profile.lower_amount, octets_of(6)));
  COSE_CHECK(reader.parsed("upper_amount", profile.upper_amount, octets_of(6)));
  COSE_CHECK(reader.flag("issuer_authentication", profile.needs_issuer_authentication));
  COSE_CHECK(reader.flag("format_1", profile.answers_format_1));
  COSE_CHECK(reader.flag("pin_blocks", profile.pin_blocks));
  return number(reader, "log_entries", 0, 30, profile.log_entries);
}

Status read_application(const toml::table& table, std::string_view origin, PaymentProfile& profile) {
  TableReader reader(table, origin);
  COSE_CHECK(read_description(reader, profile));
  COSE_CHECK(reader.parsed("scheme", profile.scheme, parse_scheme));
  COSE_CHECK(number(reader, "cryptogram_version", 0, 0xFF, profile.version));
  COSE_CHECK(number(reader, "key_index", 0, 0xFF, profile.key_index));
  COSE_CHECK(read_methods(reader, profile));
  COSE_CHECK(key_bits(reader, "key_bits", profile.key_bits));
  COSE_CHECK(read_decisions(reader, profile));
  return reader.expect_no_more();
}

Status read_contactless(const toml::table& table, std::string_view origin, PaymentProfile& profile) {
  TableReader reader(table, origin);
  ContactlessProfile contactless;
  contactless.kernel = profile.scheme == emv::Scheme::kMastercard ? 2 : 3;
  contactless.magnetic_stripe = profile.scheme == emv::Scheme::kMastercard;
  COSE_CHECK(number(reader, "kernel", 2, 3, contactless.kernel));
  COSE_CHECK(reader.flag("magnetic_stripe", contactless.magnetic_stripe));
  COSE_CHECK(reader.parsed("relay_times", contactless.relay, octets_of(6)));
  COSE_CHECK(reader.parsed("qualifiers", contactless.qualifiers, octets_of(2)));
  COSE_CHECK(reader.flag("signature_in_record", contactless.signature_in_record));
  profile.contactless = std::move(contactless);
  return reader.expect_no_more();
}

Status read_card(const toml::table& table, std::string_view origin, emv::CardData& card) {
  TableReader reader(table, origin);
  COSE_CHECK(reader.text("pan", card.account.pan));
  COSE_CHECK(reader.text("sequence", card.account.sequence));
  COSE_CHECK(reader.text("name", card.name));
  COSE_CHECK(reader.text("effective", card.effective));
  COSE_CHECK(reader.text("expiry", card.expiry));
  COSE_CHECK(reader.text("service_code", card.service_code));
  COSE_CHECK(reader.text("discretionary", card.discretionary));
  COSE_CHECK(reader.text("pin", card.pin));
  COSE_CHECK(number(reader, "pin_tries", 1, 15, card.pin_tries));
  return reader.expect_no_more();
}

template <typename Read>
Status read_table(TableReader& reader, std::string_view key, const Read& read) {
  COSE_TRY(const auto* table, reader.table(key));
  return table == nullptr ? Status{} : read(*table);
}

Result<PaymentProfileFile> read_profile(const toml::table& table, std::string_view origin) {
  PaymentProfileFile file;
  TableReader reader(table, origin);
  const auto of = [&](auto read, auto& into) {
    return [&, read](const toml::table& inner) { return read(inner, origin, into); };
  };
  COSE_CHECK(read_table(reader, "authority", of(read_authority, file.authority)));
  COSE_CHECK(read_table(reader, "issuer", of(read_issuer, file.authority)));
  COSE_CHECK(read_table(reader, "application", of(read_application, file.profile)));
  COSE_CHECK(read_table(reader, "contactless", of(read_contactless, file.profile)));
  COSE_CHECK(read_table(reader, "card", of(read_card, file.card)));
  COSE_CHECK(reader.expect_no_more());
  file.authority.scheme = file.profile.scheme;
  file.authority.provider = to_bytes(ByteView(file.profile.aid).first(5));
  const auto checked = file.card.account.check();
  if (!checked) return std::unexpected(checked.error().within(std::string(origin) + ": [card]"));
  return file;
}

}  // namespace

Result<emv::CardData> PaymentProfileFile::numbered(std::uint32_t number) const {
  auto made = card;
  if (number == 0) return made;
  auto& pan = made.account.pan;
  const auto digits = std::min(kSerialDigits, pan.size() - 7);
  const auto start = pan.size() - 1 - digits;
  const auto last = std::stoull(pan.substr(start, digits)) + number;
  auto text = std::to_string(last);
  if (text.size() > digits) return fail(ErrorKind::kInvalid, "[card]: there are no account numbers left behind " + pan);
  text.insert(0, digits - text.size(), '0');
  pan = emv::with_check_digit(pan.substr(0, start) + text + "0");
  return made;
}

Result<PaymentProfileFile> parse_payment_profile(std::string_view text, std::string_view origin) {
  try {
    auto file = read_profile(toml::parse(text, origin), origin);
    if (!file && !file.error().message.starts_with(origin))
      return std::unexpected(file.error().within(std::string(origin)));
    return file;
  } catch (const toml::parse_error& error) {
    return fail(ErrorKind::kInvalid, std::string(origin) + ":" + std::to_string(error.source().begin.line) + ": " +
                                         std::string(error.description()));
  }
}

Result<PaymentProfileFile> load_payment_profile(const std::string& file) {
  COSE_TRY(const auto text, read_file(file, kMaximumProfile));
  return parse_payment_profile(text, file);
}

}  // namespace cose::host
