// SPDX-License-Identifier: Apache-2.0
#include "host/issuer_file.h"

#include <charconv>
#include <limits>

#include <toml++/toml.h>

#include "bytes/hex.h"
#include "host/detail/table_reader.h"
#include "host/files.h"

namespace cose::host {

namespace {

using detail::TableReader;

constexpr std::size_t kMaximumFile = 16U << 20;

Result<std::optional<emv::Scheme>> parse_scheme(std::string_view text) {
  if (text == "visa") return std::optional(emv::Scheme::kVisa);
  if (text == "mastercard") return std::optional(emv::Scheme::kMastercard);
  if (text == "interac") return std::optional(emv::Scheme::kInterac);
  return fail(ErrorKind::kInvalid, "scheme: expected visa, mastercard or interac, found \"" + std::string(text) + "\"");
}

// The text is not repeated in an error: it is a key.
Result<Secret> parse_key(std::string_view text) {
  auto octets = from_hex(text);
  if (!octets || (octets->size() != 16 && octets->size() != 24 && octets->size() != 32))
    return fail(ErrorKind::kInvalid, "a key is 16, 24 or 32 octets in hexadecimal");
  return Secret::take(*std::move(octets));
}

Result<Secret> parse_pin(std::string_view text) {
  return Secret(as_bytes(text));
}

Result<issuer::CardAccount> read_card(const toml::table& table, std::string_view origin) {
  issuer::CardAccount card;
  TableReader reader(table, origin);
  COSE_CHECK(reader.text("pan", card.account.pan));
  COSE_CHECK(reader.text("sequence", card.account.sequence));
  COSE_CHECK(reader.parsed("pin", card.pin, parse_pin));
  COSE_CHECK(reader.flag("blocked", card.is_blocked));
  COSE_CHECK(reader.expect_no_more());
  COSE_CHECK(card.account.check());
  return card;
}

Status read_keys(TableReader& reader, issuer::IssuerProfile& profile) {
  COSE_CHECK(reader.text("name", profile.name));
  COSE_CHECK(reader.parsed("scheme", profile.scheme, parse_scheme));
  COSE_CHECK(reader.parsed("key_ac", profile.keys.cryptograms, parse_key));
  COSE_CHECK(reader.parsed("key_integrity", profile.keys.integrity, parse_key));
  COSE_CHECK(reader.parsed("key_confidentiality", profile.keys.confidentiality, parse_key));
  COSE_CHECK(reader.parsed("pin_key", profile.keys.pin, parse_key));
  COSE_CHECK(reader.parsed("key_cvc3", profile.keys.cvc3, parse_key));
  std::int64_t limit = -1;
  COSE_CHECK(reader.number("amount_limit", 0, std::numeric_limits<std::int64_t>::max(), limit));
  if (limit >= 0) profile.amount_limit = static_cast<std::uint64_t>(limit);
  return reader.expect_no_more();
}

Result<issuer::IssuerProfile> read_issuer(const toml::table& table, std::string_view origin) {
  issuer::IssuerProfile profile;
  TableReader reader(table, origin);
  COSE_TRY(const auto* keys, reader.table("issuer"));
  if (keys == nullptr) return fail(ErrorKind::kInvalid, std::string(origin) + ": there is no table [issuer]");
  TableReader inside(*keys, origin);
  COSE_CHECK(read_keys(inside, profile));
  for (const auto* key : {&profile.keys.cryptograms, &profile.keys.integrity, &profile.keys.confidentiality})
    if (key->empty())
      return fail(ErrorKind::kInvalid,
                  std::string(origin) + ": expected key_ac, key_integrity and key_confidentiality in [issuer]");
  COSE_TRY(const auto* cards, reader.tables("card"));
  if (cards != nullptr)
    for (const auto& node : *cards) {
      COSE_TRY(auto card, read_card(*node.as_table(), origin));
      profile.cards.push_back(std::move(card));
    }
  COSE_CHECK(reader.expect_no_more());
  return profile;
}

std::string name_of(const emv::Account& account) {
  return account.pan + "/" + account.sequence;
}

}  // namespace

Result<issuer::IssuerProfile> parse_issuer(std::string_view text, std::string_view origin) {
  try {
    return read_issuer(toml::parse(text, origin), origin);
  } catch (const toml::parse_error& error) {
    return fail(ErrorKind::kInvalid, std::string(origin) + ":" + std::to_string(error.source().begin.line) + ": " +
                                         std::string(error.description()));
  }
}

Result<issuer::IssuerProfile> load_issuer(const std::string& directory) {
  const auto file = directory + "/issuer.toml";
  COSE_TRY(const auto text, read_file(file, kMaximumFile));
  return parse_issuer(text, file);
}

Result<FileAtcBook> FileAtcBook::open(std::string file) {
  FileAtcBook book(std::move(file));
  const auto text = read_file(book.file_, kMaximumFile);
  if (!text && text.error().kind == ErrorKind::kNotFound) return book;
  if (!text) return std::unexpected(text.error());
  std::size_t number = 1;
  for (std::string_view rest = *text; !rest.empty(); ++number) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const auto blank = line.find(' ');
    std::uint16_t counter = 0;
    const auto digits = blank == std::string_view::npos ? std::string_view() : line.substr(blank + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), counter);
    if (error != std::errc() || end != digits.data() + digits.size())
      return fail(ErrorKind::kInvalid, book.file_ + ":" + std::to_string(number) + ": expected PAN/SEQUENCE ATC");
    book.counters_[std::string(line.substr(0, blank))] = counter;
  }
  return book;
}

std::optional<std::uint16_t> FileAtcBook::last(const emv::Account& account) {
  const auto found = counters_.find(name_of(account));
  return found == counters_.end() ? std::nullopt : std::optional(found->second);
}

Status FileAtcBook::note(const emv::Account& account, std::uint16_t atc) {
  auto& counter = counters_[name_of(account)];
  if (counter == atc) return {};
  counter = atc;
  std::string text;
  for (const auto& [name, last] : counters_) text += name + " " + std::to_string(last) + "\n";
  return write_file(file_, as_bytes(text));
}

}  // namespace cose::host
