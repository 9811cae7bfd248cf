// SPDX-License-Identifier: Apache-2.0
#include "terminal/detail/run.h"

#include <algorithm>

#include <fmt/core.h>

#include "bytes/hex.h"

namespace cose::terminal::detail {

using iso7816::ResponseApdu;

Status Run::power_up() {
  COSE_TRY(const auto atr, card_.power_up(iso7816::ResetKind::kCold));
  note("ATR " + to_hex(atr));
  return {};
}

Result<ResponseApdu> Run::send(const iso7816::CommandApduView& command) {
  if (++commands_ > kMaximumCommands)
    return fail(ErrorKind::kLimit, fmt::format("the card asks for more than {} commands", kMaximumCommands));
  auto octets = Secret();
  {
    Bytes encoded;
    COSE_CHECK(command.encode_to(encoded));
    octets = Secret::take(std::move(encoded));
  }
  const auto begin = parties.clock.monotonic();
  Bytes response;
  const auto sent = card_.transmit(octets.view(), response);
  const auto time = parties.clock.monotonic() - begin;
  if (outcome.steps.empty()) begin_step("card");
  auto& step = outcome.steps.back();
  step.card_time += time;
  if (!sent) return std::unexpected(sent.error());
  COSE_TRY(auto answer, ResponseApdu::parse(response));
  step.commands.push_back({.header = {command.cla, command.ins, command.p1, command.p2},
                           .sent = command.data.size(),
                           .received = answer.data.size(),
                           .status = answer.status,
                           .time = time});
  return answer;
}

Result<ResponseApdu> Run::select(ByteView name, std::uint8_t p2) {
  return send({.ins = 0xA4, .p1 = 0x04, .p2 = p2, .data = name, .le = kWholeAnswer});
}

Result<ResponseApdu> Run::read_record(unsigned file, unsigned record) {
  return send({.ins = 0xB2,
               .p1 = static_cast<std::uint8_t>(record),
               .p2 = static_cast<std::uint8_t>(file << 3 | 4),
               .le = kWholeAnswer});
}

Result<std::optional<Bytes>> Run::get_data(Tag tag) {
  COSE_TRY(const auto answer, send({.cla = 0x80,
                                    .ins = 0xCA,
                                    .p1 = static_cast<std::uint8_t>(tag.value() >> 8),
                                    .p2 = static_cast<std::uint8_t>(tag.value()),
                                    .le = kWholeAnswer}));
  if (!answer.status.is_success()) return std::optional<Bytes>();
  const auto value = tlv::find(answer.data, tag);
  if (!value || !*value) return std::optional<Bytes>();
  return std::optional(to_bytes(**value));
}

void Run::begin_step(std::string_view name) {
  outcome.steps.push_back({.name = std::string(name), .time = {}, .card_time = {}, .commands = {}, .notes = {}});
  step_begin_ = parties.clock.monotonic();
}

void Run::end_step() {
  if (!outcome.steps.empty()) outcome.steps.back().time = parties.clock.monotonic() - step_begin_;
}

void Run::note(std::string text) {
  if (outcome.steps.empty()) begin_step("card");
  outcome.steps.back().notes.push_back({.text = std::move(text), .is_problem = false});
}

void Run::problem(std::string text) {
  note(std::move(text));
  outcome.steps.back().notes.back().is_problem = true;
}

void Run::end(Decision decision, std::string reason) {
  outcome.decision = decision;
  outcome.reason = std::move(reason);
  ended_ = true;
}

emv::AuthenticationInput Run::authentication_input() const {
  return {
      .aid = aid, .objects = data.objects, .static_data = static_data.view(), .today = month_of(parties.clock.wall())};
}

std::string status_text(iso7816::StatusWord status) {
  return iso7816::to_string(status) + " " + iso7816::meaning(status);
}

Result<Bytes> fill_list(const DataStore& data, ByteView list) {
  COSE_TRY(const auto dol, tlv::Dol::parse(list));
  if (dol.data_length() > kMaximumDolData)
    return fail(ErrorKind::kInvalid, fmt::format("the list asks for {} octets, and a command takes {} at most",
                                                 dol.data_length(), kMaximumDolData));
  return data.fill(dol);
}

}  // namespace cose::terminal::detail
