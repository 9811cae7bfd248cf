// SPDX-License-Identifier: Apache-2.0
// The engine of the interpreter, and the commands that set it up and connect it.
#include "admin/interpreter.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "bytes/hex.h"
#include "gphost/commands.h"

namespace cose::admin {

const std::vector<Interpreter::Entry>& Interpreter::table() {
  static const std::vector<Entry> kTable = {
      {"card_connect", &Interpreter::card_connect},
      {"card_disconnect", &Interpreter::card_disconnect},
      {"close_sc", &Interpreter::close_sc},
      {"delete", &Interpreter::remove},
      {"delete_key", &Interpreter::delete_key},
      {"emv_cps11_key_derivation", &Interpreter::use_emv_derivation},
      {"enable_timer", &Interpreter::enable_timer},
      {"enable_trace", &Interpreter::enable_trace},
      {"establish_context", &Interpreter::ignore},
      {"gemXpressoPro", &Interpreter::use_visa_derivation},
      {"get_card_recognition_data", &Interpreter::card_recognition_data},
      {"get_data", &Interpreter::get_data},
      {"get_extended_card_resources_information", &Interpreter::card_resources},
      {"get_key_information_templates", &Interpreter::key_information},
      {"get_secure_channel_protocol_details", &Interpreter::protocol_details},
      {"get_status", &Interpreter::get_status},
      {"install", &Interpreter::install},
      {"install_for_install", &Interpreter::install_for_install},
      {"install_for_load", &Interpreter::install_for_load},
      {"install_for_make_selectable", &Interpreter::install_for_make_selectable},
      {"install_for_personalization", &Interpreter::install_for_personalization},
      {"list_readers", &Interpreter::list_readers},
      {"load", &Interpreter::load},
      {"mode_201", &Interpreter::set_mode_201},
      {"mode_211", &Interpreter::set_mode_211},
      {"open_sc", &Interpreter::open_sc},
      {"print", &Interpreter::print_text},
      {"put_dm_keys", &Interpreter::put_dm_keys},
      {"put_dm_receipt_keys", &Interpreter::put_dm_receipt_key},
      {"put_dm_token_keys", &Interpreter::put_dm_token_key},
      {"put_sc_key", &Interpreter::put_sc_key},
      {"release_context", &Interpreter::ignore},
      {"select", &Interpreter::select},
      {"send_apdu", &Interpreter::send_apdu},
      {"send_apdu_nostop", &Interpreter::send_apdu_nostop},
      {"store_data", &Interpreter::store_data},
      {"visa_key_derivation", &Interpreter::use_visa_derivation},
  };
  return kTable;
}

std::vector<std::string_view> Interpreter::command_names() {
  std::vector<std::string_view> names = {"exit"};
  for (const auto& entry : table()) names.push_back(entry.name);
  std::ranges::sort(names);
  return names;
}

Status Interpreter::run(std::string_view script) {
  if (script.size() > kMaximumScript) return fail(ErrorKind::kLimit, "a script has at most 16777216 characters");
  std::size_t number = 0;
  while (!script.empty()) {
    const auto size = std::min(script.find('\n'), script.size());
    const auto goes_on = run_line(script.substr(0, size));
    script.remove_prefix(std::min(size + 1, script.size()));
    ++number;
    if (!goes_on) return std::unexpected(goes_on.error().within(fmt::format("line {}", number)));
    if (!*goes_on) break;
  }
  return {};
}

Result<bool> Interpreter::run_line(std::string_view line) {
  if (line.size() > kMaximumLine)
    return fail(ErrorKind::kLimit, fmt::format("a line of a script has at most {} characters", kMaximumLine));
  COSE_TRY(const auto command, ScriptCommand::parse(line, ports_.environment));
  if (command.name.empty()) return true;
  const auto from = line.find_first_not_of(" \t");
  const auto to = line.find_last_not_of(" \t\r\n");
  say(line.substr(from, to - from + 1));
  if (command.name == "exit") return false;
  COSE_CHECK(execute(command));
  return true;
}

Status Interpreter::execute(const ScriptCommand& command) {
  const auto found = std::ranges::find(table(), command.name, &Entry::name);
  if (found == table().end()) return fail(ErrorKind::kInvalid, "unknown command " + command.name);
  const auto start = ports_.clock.monotonic();
  auto done = (this->*found->handler)(command);
  if (times_) {
    const auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(ports_.clock.monotonic() - start);
    say(fmt::format("command time: {} ms", spent.count()));
  }
  if (done || !command.has("nostop") || done.error().kind != ErrorKind::kRefused) return done;
  say(done.error().message);
  return {};
}

Status Interpreter::ignore(const ScriptCommand&) {
  return {};
}

Status Interpreter::set_mode_201(const ScriptCommand&) {
  is_mode_211_ = false;
  return {};
}

Status Interpreter::set_mode_211(const ScriptCommand&) {
  is_mode_211_ = true;
  return {};
}

Status Interpreter::enable_trace(const ScriptCommand&) {
  traces_ = true;
  return {};
}

Status Interpreter::enable_timer(const ScriptCommand&) {
  times_ = true;
  return {};
}

Status Interpreter::use_visa_derivation(const ScriptCommand&) {
  derivation_ = "visa2";
  return {};
}

Status Interpreter::use_emv_derivation(const ScriptCommand&) {
  derivation_ = "emvcps11";
  return {};
}

Status Interpreter::print_text(const ScriptCommand& command) {
  say(command.text);
  return {};
}

Status Interpreter::list_readers(const ScriptCommand&) {
  COSE_TRY(const auto names, ports_.cards.names());
  for (const auto& name : names) say("* reader name " + name);
  return {};
}

Status Interpreter::card_connect(const ScriptCommand& command) {
  session_.reset();
  card_.reset();
  std::string name;
  if (const auto reader = command.value("reader")) {
    name = *reader;
  } else {
    COSE_TRY(const auto number, command.number("readernumber"));
    COSE_TRY(const auto names, ports_.cards.names());
    if (names.empty()) return fail(ErrorKind::kNotFound, "card_connect: there is no reader and no card");
    const auto index = number.value_or(1);
    if (index < 1 || index > names.size())
      return fail(ErrorKind::kNotFound,
                  fmt::format("card_connect: expected a reader number of 1 to {}, found {}", names.size(), index));
    name = names[index - 1];
  }
  if (traces_) say("* reader name " + name);
  COSE_TRY(card_, ports_.cards.open(name));
  COSE_TRY(const auto atr, card_->power_up(iso7816::ResetKind::kCold));
  if (traces_) say("* ATR " + to_hex(atr));
  session_.emplace(*card_, ports_.rng, ports_.ledger);
  session_->set_trace([this](const gphost::TracedExchange& exchange) {
    if (!traces_) return;
    if (const auto plain = exchange.plain.encode()) say("Command --> " + to_hex(*plain));
    say("Wrapped command --> " + to_hex(exchange.sent));
    say("Response <-- " + to_hex(exchange.received));
    say("Unwrapped response <-- " + to_hex(exchange.unwrapped));
  });
  return {};
}

Status Interpreter::card_disconnect(const ScriptCommand&) {
  session_.reset();
  if (!card_) return {};
  const auto down = card_->power_down();
  card_.reset();
  return down;
}

Result<gphost::Session*> Interpreter::session() {
  if (!session_) return fail(ErrorKind::kInvalid, "no card is connected: card_connect comes first");
  return &*session_;
}

Status Interpreter::select(const ScriptCommand& command) {
  COSE_TRY(auto* const used, session());
  COSE_TRY(const auto aid, command.octets("aid"));
  // Old scripts have `select -sdAID`, of which the original takes no notice.
  COSE_TRY(const auto domain, used->select(aid));
  return {};
}

Result<gphost::KeyMaterial> Interpreter::keys_of(const ScriptCommand& command) const {
  gphost::KeyMaterial keys;
  COSE_TRY(keys.diversification, scp::Diversification::parse(command.value("keyderivation").value_or(derivation_)));
  COSE_TRY(const auto one, command.octets("key"));
  for (const auto& [option, key] :
       {std::pair{"enc_key", &keys.encryption}, {"mac_key", &keys.mac}, {"kek_key", &keys.data_encryption}}) {
    COSE_TRY(const auto octets, command.octets(option));
    *key = Secret(octets.empty() ? one : octets);
  }
  if (keys.encryption.empty() && keys.mac.empty())
    return fail(ErrorKind::kInvalid, command.name + ": expected -key, or -enc_key, -mac_key and -kek_key");
  if (keys.encryption.empty()) keys.encryption = keys.mac.clone();
  if (keys.mac.empty()) keys.mac = keys.encryption.clone();
  // Scripts that put no keys leave it out.
  if (keys.data_encryption.empty()) keys.data_encryption = keys.encryption.clone();
  return keys;
}

Status Interpreter::open_sc(const ScriptCommand& command) {
  COSE_TRY(auto* const used, session());
  gphost::Login login;
  COSE_TRY(login.keys, keys_of(command));
  COSE_TRY(login.key_version, command.octet("keyver", 0));
  COSE_TRY(login.key_identifier, command.octet("keyind", 0));
  COSE_TRY(const auto level, command.octet("security", 0));
  login.level = {level};
  login.protocol = known_protocol_;
  login.options = known_options_;
  if (command.has("scp")) {
    COSE_TRY(login.protocol, command.octet("scp", 0));
    login.options.reset();
  }
  if (command.has("scpimpl")) {
    COSE_TRY(login.options, command.octet("scpimpl", 0));
  }
  login.ignores_failures = ports_.ignores_failures;
  COSE_CHECK(used->authenticate(login));
  return {};
}

Status Interpreter::close_sc(const ScriptCommand&) {
  if (session_) session_->close();
  return {};
}

// Encrypted and signed when a channel is open, unless -sc 0.
Status Interpreter::send_apdu(const ScriptCommand& command) {
  COSE_TRY(auto* const used, session());
  COSE_TRY(const auto octets, command.octets("apdu"));
  COSE_TRY(const auto secured, command.octet("sc", 1));
  if (secured > 1) return fail(ErrorKind::kInvalid, "-sc: expected 0 (off) or 1 (on)");
  COSE_TRY(const auto apdu, iso7816::CommandApdu::parse(octets));
  auto sent = secured == 1 ? used->send(apdu) : used->send_plain(apdu);
  if (!sent) return std::unexpected(sent.error());
  if (!traces_) say(fmt::format("{} {}", to_hex(sent->data), iso7816::to_string(sent->status)));
  say(fmt::format("send_APDU() returns 0x8020{} ({})", iso7816::to_string(sent->status),
                  iso7816::meaning(sent->status)));
  if (sent->status.is_success() || sent->status.is_warning()) return {};
  return std::unexpected(gphost::refusal(apdu, sent->status, "send_apdu"));
}

Status Interpreter::send_apdu_nostop(const ScriptCommand& command) {
  auto sent = send_apdu(command);
  if (sent || sent.error().kind != ErrorKind::kRefused) return sent;
  say(sent.error().message);
  return {};
}

}  // namespace cose::admin
