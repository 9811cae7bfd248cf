// SPDX-License-Identifier: Apache-2.0
#include "host/card_profile_file.h"

#include <charconv>
#include <filesystem>

#include <toml++/toml.h>

#include "bytes/hex.h"
#include "cap/limits.h"
#include "host/detail/table_reader.h"
#include "host/files.h"
#include "iso7816/atr.h"
#include "iso7816/ats.h"

namespace cose::host {

namespace {

using detail::TableReader;
using softse::CardProduct;

constexpr std::size_t kMaximumProfile = 1U << 20;
// What a command may take before the watchdog ends it: the shortest that applets live with, and an hour or so.
constexpr std::int64_t kFewestInstructions = 10'000;
constexpr std::int64_t kMostInstructions = 1'000'000'000'000;

Status octets(TableReader& reader, std::string_view key, Bytes& value) {
  return reader.parsed(key, value, [](const std::string& text) { return from_loose_hex(text); });
}

Status optional_octets(TableReader& reader, std::string_view key, std::optional<Bytes>& value) {
  return reader.parsed(key, value, [](const std::string& text) { return from_loose_hex(text); });
}

Status aid(TableReader& reader, std::string_view key, Bytes& value) {
  return reader.parsed(key, value, [](const std::string& text) -> Result<Bytes> {
    COSE_TRY(auto read, from_loose_hex(text));
    if (read.size() < jcre::Aid::kMinimum || read.size() > jcre::Aid::kMaximum)
      return fail(ErrorKind::kInvalid, "expected an AID of 5 to 16 octets, found " + text);
    return read;
  });
}

template <typename Number>
Status number(TableReader& reader, std::string_view key, std::int64_t most, Number& value) {
  auto wide = static_cast<std::int64_t>(value);
  COSE_CHECK(reader.number(key, 0, most, wide));
  value = static_cast<Number>(wide);
  return {};
}

// "02:15": number and i, in hexadecimal.
Result<scp::Protocol> parse_protocol(const std::string& text) {
  const auto read = from_hex(text.size() == 5 && text[2] == ':' ? text.substr(0, 2) + text.substr(3) : "");
  if (!read || read->size() != 2)
    return fail(ErrorKind::kInvalid, "expected a protocol and its i, as in \"03:70\", found \"" + text + "\"");
  const scp::Protocol protocol{(*read)[0], (*read)[1]};
  COSE_CHECK(scp::check(protocol));
  return protocol;
}

Result<gpcard::CardState> parse_state(const std::string& text) {
  if (text == "op-ready") return gpcard::CardState::kOpReady;
  if (text == "initialized") return gpcard::CardState::kInitialized;
  if (text == "secured") return gpcard::CardState::kSecured;
  return fail(ErrorKind::kInvalid, "expected op-ready, initialized or secured, found \"" + text + "\"");
}

Status read_protocols(TableReader& reader, gpcard::CardProfile& profile) {
  std::vector<std::string> texts;
  COSE_CHECK(reader.texts("protocols", texts));
  if (texts.empty()) return {};
  profile.protocols.clear();
  for (const auto& text : texts) {
    COSE_TRY(const auto protocol, parse_protocol(text));
    profile.protocols.push_back(protocol);
  }
  return {};
}

// A card with an ATS has the answer to reset that a reader would make of it, unless the file says another.
Status read_reader_face(TableReader& reader, CardProduct& product) {
  COSE_CHECK(reader.parsed("uid", product.reader.uid, [](const std::string& text) -> Result<Bytes> {
    COSE_TRY(auto uid, from_loose_hex(text));
    if (uid.size() == 4 || uid.size() == 7 || uid.size() == 10) return uid;
    return fail(ErrorKind::kInvalid, "expected a UID of 4, 7 or 10 octets, found " + text);
  }));
  return reader.parsed("ats", product.reader.ats, [&](const std::string& text) -> Result<Bytes> {
    COSE_TRY(auto octets, from_loose_hex(text));
    COSE_TRY(const auto ats, iso7816::Ats::parse(octets));
    COSE_TRY(product.profile.atr, ats.to_atr());
    return octets;
  });
}

Status read_card(const toml::table& table, std::string_view origin, CardProduct& product) {
  TableReader reader(table, origin);
  auto& profile = product.profile;
  COSE_CHECK(read_reader_face(reader, product));
  COSE_CHECK(octets(reader, "atr", profile.atr));
  if (!iso7816::Atr::parse(profile.atr)) return fail(ErrorKind::kInvalid, std::string(origin) + ": atr: that is none");
  COSE_CHECK(reader.parsed("state", profile.state, parse_state));
  COSE_CHECK(
      reader.parsed("privileges", profile.issuer_privileges, [](const std::string& text) -> Result<gpcard::Privileges> {
        COSE_TRY(const auto read, from_loose_hex(text));
        return gpcard::Privileges::parse(read);
      }));
  COSE_CHECK(read_protocols(reader, profile));
  COSE_CHECK(octets(reader, "version", profile.version));
  COSE_CHECK(octets(reader, "card_details", profile.card_details));
  COSE_CHECK(octets(reader, "chip_details", profile.chip_details));
  COSE_CHECK(optional_octets(reader, "card_data", profile.card_data));
  COSE_CHECK(optional_octets(reader, "capabilities", profile.capabilities));
  COSE_CHECK(octets(reader, "select_details", profile.select_details));
  COSE_CHECK(octets(reader, "iin", product.iin));
  COSE_CHECK(octets(reader, "cin", product.cin));
  COSE_CHECK(octets(reader, "cplc", profile.cplc));
  if (!profile.cplc.empty() && profile.cplc.size() != gpcard::kCplcSize)
    return fail(ErrorKind::kInvalid, std::string(origin) + ": cplc: expected 42 octets");
  COSE_CHECK(number(reader, "first_serial", UINT32_MAX, product.first_serial));
  return reader.expect_no_more();
}

Status read_aids(const toml::table& table, std::string_view origin, gpcard::CardProfile& profile) {
  TableReader reader(table, origin);
  COSE_CHECK(aid(reader, "issuer_domain", profile.issuer_domain_aid));
  COSE_CHECK(aid(reader, "domain_package", profile.domain_package_aid));
  COSE_CHECK(aid(reader, "domain_module", profile.domain_module_aid));
  return reader.expect_no_more();
}

Result<scp::KeyAlgorithm> parse_algorithm(const std::string& text) {
  if (text == "des") return scp::KeyAlgorithm::kDes;
  if (text == "aes") return scp::KeyAlgorithm::kAes;
  return fail(ErrorKind::kInvalid, "expected des or aes, found \"" + text + "\"");
}

Result<scp::KeySet> read_keys(const toml::table& table, std::string_view origin) {
  TableReader reader(table, origin);
  std::int64_t version = 0;
  auto algorithm = scp::KeyAlgorithm::kDes;
  Bytes all;
  Bytes encryption;
  Bytes mac;
  Bytes data_encryption;
  COSE_CHECK(reader.number("version", 1, 255, version));
  COSE_CHECK(reader.parsed("algorithm", algorithm, parse_algorithm));
  COSE_CHECK(octets(reader, "key", all));
  COSE_CHECK(octets(reader, "enc", encryption));
  COSE_CHECK(octets(reader, "mac", mac));
  COSE_CHECK(octets(reader, "dek", data_encryption));
  COSE_CHECK(reader.expect_no_more());
  const auto number = static_cast<std::uint8_t>(version);
  auto keys = all.empty() ? scp::KeySet::from_three(number, algorithm, encryption, mac, data_encryption)
                          : scp::KeySet::from_one(number, algorithm, all);
  for (auto* each : {&all, &encryption, &mac, &data_encryption}) wipe(*each);
  if (!keys) return std::unexpected(keys.error().within(std::string(origin) + ": [[keys]]"));
  return keys;
}

Status read_limits(const toml::table& table, std::string_view origin, CardProduct& product) {
  TableReader reader(table, origin);
  auto& limits = product.profile.limits;
  auto& heap = product.runtime.machine.heap;
  COSE_CHECK(number(reader, "channels", jcre::kChannels, limits.channels));
  COSE_CHECK(number(reader, "key_sets", 127, limits.key_sets));
  COSE_CHECK(number(reader, "applications", 250, limits.applications));
  COSE_CHECK(number(reader, "load_file", 16 << 20, limits.load_file));
  COSE_CHECK(number(reader, "failures_before_delay", 255, limits.failures_before_delay));
  COSE_CHECK(number(reader, "failures_before_block", 255, limits.failures_before_block));
  auto first = limits.first_delay.count();
  auto longest = limits.longest_delay.count();
  COSE_CHECK(number(reader, "first_delay_ms", 3'600'000, first));
  COSE_CHECK(number(reader, "longest_delay_ms", 3'600'000, longest));
  limits.first_delay = std::chrono::milliseconds(first);
  limits.longest_delay = std::chrono::milliseconds(longest);
  COSE_CHECK(number(reader, "persistent_memory", jcvm::kMaximumPersistent, heap.persistent));
  COSE_CHECK(number(reader, "transient_memory", 1 << 20, heap.transient));
  COSE_CHECK(number(reader, "transaction_memory", 1 << 20, heap.commit_capacity));
  COSE_CHECK(number(reader, "apdu_buffer", 32767, product.runtime.apdu_buffer));
  auto& instructions = product.runtime.machine.instruction_budget;
  COSE_CHECK(number(reader, "instructions", kMostInstructions, instructions));
  if (instructions < kFewestInstructions)
    return fail(ErrorKind::kInvalid, std::string(origin) + ": [limits]: " + std::to_string(kFewestInstructions) +
                                         " instructions for a command at least");
  if (limits.channels == 0 || product.runtime.apdu_buffer < 261)
    return fail(ErrorKind::kInvalid, std::string(origin) + ": [limits]: one channel and 261 octets of buffer at least");
  return reader.expect_no_more();
}

Result<softse::Preinstalled> read_applet(const toml::table& table, std::string_view origin) {
  TableReader reader(table, origin);
  softse::Preinstalled applet;
  COSE_CHECK(aid(reader, "module", applet.module_aid));
  COSE_CHECK(aid(reader, "instance", applet.instance_aid));
  COSE_CHECK(octets(reader, "privileges", applet.privileges));
  COSE_CHECK(octets(reader, "parameters", applet.parameters));
  COSE_CHECK(reader.expect_no_more());
  if (applet.module_aid.empty())
    return fail(ErrorKind::kInvalid, std::string(origin) + ": an applet of [[package]] has no module");
  return applet;
}

Result<softse::Preloaded> read_package(const toml::table& table, std::string_view origin, const std::string& folder) {
  TableReader reader(table, origin);
  softse::Preloaded preloaded;
  std::string file;
  COSE_CHECK(reader.text("file", file));
  COSE_CHECK(reader.flag("install", preloaded.install));
  COSE_TRY(const auto* applets, reader.tables("applet"));
  if (applets != nullptr)
    for (const auto& node : *applets) {
      COSE_TRY(auto applet, read_applet(*node.as_table(), origin));
      preloaded.applets.push_back(std::move(applet));
    }
  COSE_CHECK(reader.expect_no_more());
  COSE_TRY(const auto octets, read_file((std::filesystem::path(folder) / file).string(), cap::kMaximumFile));
  preloaded.cap = to_bytes(as_bytes(octets));
  return preloaded;
}

Status read_table(TableReader& reader, std::string_view key, const auto& read) {
  COSE_TRY(const auto* table, reader.table(key));
  return table == nullptr ? Status{} : read(*table);
}

Result<CardProduct> read_product(const toml::table& table, std::string_view origin, const std::string& folder,
                                 Packages wanted) {
  CardProduct product;
  TableReader reader(table, origin);
  COSE_CHECK(reader.text("name", product.profile.name));
  COSE_CHECK(reader.parsed("diversification", product.diversification, scp::Diversification::parse));
  COSE_CHECK(read_table(reader, "card", [&](const auto& inner) { return read_card(inner, origin, product); }));
  COSE_CHECK(read_table(reader, "aids", [&](const auto& inner) { return read_aids(inner, origin, product.profile); }));
  COSE_CHECK(read_table(reader, "limits", [&](const auto& inner) { return read_limits(inner, origin, product); }));
  COSE_TRY(const auto* keys, reader.tables("keys"));
  if (keys != nullptr)
    for (const auto& node : *keys) {
      COSE_TRY(auto set, read_keys(*node.as_table(), origin));
      product.master_keys.push_back(std::move(set));
    }
  COSE_TRY(const auto* packages, reader.tables("package"));
  if (packages != nullptr && wanted == Packages::kRead)
    for (const auto& node : *packages) {
      COSE_TRY(auto preloaded, read_package(*node.as_table(), origin, folder));
      product.preloaded.push_back(std::move(preloaded));
    }
  COSE_CHECK(reader.expect_no_more());
  return product;
}

}  // namespace

Result<CardProduct> parse_card_product(std::string_view text, std::string_view origin, const std::string& folder,
                                       Packages packages) {
  try {
    return read_product(toml::parse(text, origin), origin, folder, packages);
  } catch (const toml::parse_error& error) {
    return fail(ErrorKind::kInvalid, std::string(origin) + ":" + std::to_string(error.source().begin.line) + ": " +
                                         std::string(error.description()));
  }
}

Result<CardProduct> load_card_product(const std::string& file) {
  COSE_TRY(const auto text, read_file(file, kMaximumProfile));
  return parse_card_product(text, file, std::filesystem::path(file).parent_path().string());
}

}  // namespace cose::host
