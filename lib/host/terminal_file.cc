// SPDX-License-Identifier: Apache-2.0
#include "host/terminal_file.h"

#include <algorithm>

#include <toml++/toml.h>

#include "bytes/hex.h"
#include "host/detail/table_reader.h"
#include "host/files.h"

namespace cose::host {

namespace {

using detail::TableReader;
using terminal::ActionCode;
using terminal::Application;
using terminal::Configuration;

constexpr std::size_t kMaximumFile = 1U << 20;
constexpr std::int64_t kMaximumAmount = 999'999'999'999;

// Octets in hexadecimal, this many.
template <std::size_t Least, std::size_t Most>
Result<Bytes> octets(std::string_view text) {
  COSE_TRY(auto read, from_hex(text));
  if (read.size() < Least || read.size() > Most)
    return fail(ErrorKind::kInvalid, "expected " + std::to_string(Least) +
                                         (Least == Most ? "" : " to " + std::to_string(Most)) + " octets, found " +
                                         std::to_string(read.size()));
  return read;
}

Result<ActionCode> action_code(std::string_view text) {
  COSE_TRY(const auto read, (octets<5, 5>(text)));
  ActionCode code{};
  std::ranges::copy(read, code.begin());
  return code;
}

Result<Secret> secret_key(std::string_view text) {
  auto read = from_hex(text);
  if (!read || (read->size() != 16 && read->size() != 24 && read->size() != 32))
    return fail(ErrorKind::kInvalid, "a key of AES is 16, 24 or 32 octets");
  return Secret::take(*std::move(read));
}

template <typename Number>
Status small(TableReader& reader, std::string_view key, std::int64_t most, Number& number) {
  auto value = static_cast<std::int64_t>(number);
  COSE_CHECK(reader.number(key, 0, most, value));
  number = static_cast<Number>(value);
  return {};
}

Status limit(TableReader& reader, std::string_view key, std::optional<std::uint64_t>& value) {
  std::int64_t read = -1;
  COSE_CHECK(reader.number(key, 0, kMaximumAmount, read));
  if (read >= 0) value = static_cast<std::uint64_t>(read);
  return {};
}

Status read_limits(TableReader& reader, Application& application) {
  COSE_CHECK(small(reader, "floor_limit", kMaximumAmount, application.floor_limit));
  COSE_CHECK(small(reader, "random_threshold", kMaximumAmount, application.selection.threshold));
  COSE_CHECK(small(reader, "random_percent", 99, application.selection.target_percent));
  COSE_CHECK(small(reader, "random_maximum_percent", 99, application.selection.maximum_percent));
  auto& limits = application.limits;
  COSE_CHECK(limit(reader, "contactless_transaction_limit", limits.transaction));
  COSE_CHECK(limit(reader, "contactless_floor_limit", limits.floor));
  COSE_CHECK(limit(reader, "contactless_cvm_limit", limits.cardholder_verification));
  COSE_CHECK(reader.flag("zero_amount_allowed", limits.zero_amount_allowed));
  return reader.flag("status_check", limits.status_check);
}

Result<Application> read_application(const toml::table& table, std::string_view origin) {
  Application application;
  TableReader reader(table, origin);
  COSE_CHECK(reader.text("name", application.name));
  COSE_CHECK(reader.parsed("aid", application.aid, octets<5, 16>));
  COSE_CHECK(reader.flag("partial", application.partial));
  COSE_CHECK(small(reader, "version", 0xFFFF, application.version));
  COSE_CHECK(small(reader, "kernel", 8, application.kernel));
  COSE_CHECK(reader.flag("mag_stripe", application.mag_stripe));
  COSE_CHECK(reader.parsed("tac_denial", application.actions.denial, action_code));
  COSE_CHECK(reader.parsed("tac_online", application.actions.online, action_code));
  COSE_CHECK(reader.parsed("tac_default", application.actions.otherwise, action_code));
  COSE_CHECK(reader.parsed("default_ddol", application.default_ddol, octets<0, 252>));
  COSE_CHECK(reader.parsed("default_tdol", application.default_tdol, octets<0, 252>));
  COSE_CHECK(read_limits(reader, application));
  COSE_CHECK(reader.expect_no_more());
  if (application.aid.empty())
    return fail(ErrorKind::kInvalid, std::string(origin) + ": an [[application]] needs its aid");
  return application;
}

Status read_terminal(TableReader& reader, Configuration& made) {
  COSE_CHECK(small(reader, "country", 999, made.country));
  COSE_CHECK(small(reader, "currency", 999, made.currency));
  COSE_CHECK(small(reader, "currency_exponent", 4, made.currency_exponent));
  Bytes type{made.type};
  COSE_CHECK(reader.parsed("type", type, octets<1, 1>));
  made.type = type.front();
  COSE_CHECK(reader.parsed("capabilities", made.capabilities, octets<3, 3>));
  COSE_CHECK(reader.parsed("additional_capabilities", made.additional_capabilities, octets<5, 5>));
  COSE_CHECK(reader.parsed("transaction_qualifiers", made.transaction_qualifiers, octets<4, 4>));
  COSE_CHECK(reader.text("merchant_name", made.merchant_name));
  COSE_CHECK(reader.text("merchant_identifier", made.merchant_identifier));
  COSE_CHECK(reader.text("terminal_identifier", made.terminal_identifier));
  COSE_CHECK(small(reader, "merchant_category", 9999, made.merchant_category));
  COSE_CHECK(reader.parsed("pin_key", made.pin_key, secret_key));
  std::vector<std::string> exceptions;
  COSE_CHECK(reader.texts("exception_file", exceptions));
  made.exception_file.insert(exceptions.begin(), exceptions.end());
  return reader.expect_no_more();
}

Result<Configuration> read_configuration(const toml::table& table, std::string_view origin) {
  auto made = Configuration::standard();
  TableReader reader(table, origin);
  COSE_TRY(const auto* terminal, reader.table("terminal"));
  if (terminal != nullptr) {
    TableReader inside(*terminal, origin);
    COSE_CHECK(read_terminal(inside, made));
  }
  COSE_TRY(const auto* applications, reader.tables("application"));
  if (applications != nullptr) {
    made.applications.clear();
    for (const auto& node : *applications) {
      COSE_TRY(auto application, read_application(*node.as_table(), origin));
      made.applications.push_back(std::move(application));
    }
  }
  COSE_CHECK(reader.expect_no_more());
  return made;
}

}  // namespace

Result<Configuration> parse_terminal(std::string_view text, std::string_view origin) {
  try {
    return read_configuration(toml::parse(text, origin), origin);
  } catch (const toml::parse_error& error) {
    return fail(ErrorKind::kInvalid, std::string(origin) + ":" + std::to_string(error.source().begin.line) + ": " +
                                         std::string(error.description()));
  }
}

Result<Configuration> load_terminal(const std::string& file) {
  COSE_TRY(const auto text, read_file(file, kMaximumFile));
  return parse_terminal(text, file);
}

}  // namespace cose::host
