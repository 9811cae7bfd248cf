// SPDX-License-Identifier: Apache-2.0
#include "kiosk/transaction_item.h"

#include <chrono>

#include <fmt/core.h>

#include "bytes/hex.h"

namespace cose::kiosk {

namespace {

using tlv::Tag;

// What a person wants to see first of the data.
constexpr Tag kResults[] = {Tag(0x95),   Tag(0x9B),   Tag(0x9F34), Tag(0x82),   Tag(0x9F27), Tag(0x9F26), Tag(0x9F36),
                            Tag(0x9F10), Tag(0x9F37), Tag(0x9F6C), Tag(0x9F66), Tag(0x9F6E), Tag(0x8A),   Tag(0x91),
                            Tag(0x57),   Tag(0x5A),   Tag(0x5F24), Tag(0x9F02), Tag(0x5F2A), Tag(0x9F1A)};

std::string milliseconds(Nanoseconds time) {
  return fmt::format("{:.3f} ms", std::chrono::duration<double, std::milli>(time).count());
}

Item item_of_step(const terminal::StepReport& step) {
  auto item = group(step.name, milliseconds(step.time) + ", card " + milliseconds(step.card_time));
  for (const auto& note : step.notes)
    item.children.push_back(note.is_problem ? problem(note.text, {}) : group(note.text));
  for (const auto& command : step.commands)
    item.children.push_back(group("command " + to_hex(command.header),
                                  fmt::format("{} octets, answer {} octets {}, {}", command.sent, command.received,
                                              iso7816::to_string(command.status), milliseconds(command.time))));
  return item;
}

Item item_of_authentication(const emv::AuthenticationReport& report) {
  auto item = group("Offline data authentication", std::string(emv::to_string(report.method)));
  for (const auto& step : report.steps) {
    auto check = group(step.name, step.detail);
    check.kind = step.passed ? ItemKind::kCheck : ItemKind::kProblem;
    item.children.push_back(std::move(check));
  }
  return item;
}

}  // namespace

Item item_of(const terminal::Outcome& outcome, emv::Accounts accounts) {
  auto item = group("Transaction", std::string(terminal::to_string(outcome.decision)) + ", " + outcome.reason);
  item.kind = outcome.decision == terminal::Decision::kApproved ? ItemKind::kCheck : ItemKind::kProblem;
  item.children.push_back(group("Application", to_hex(outcome.aid) + " " + outcome.application));
  item.children.push_back(group("Kernel", outcome.kernel));
  item.children.push_back(group("Cardholder verification", std::string(terminal::to_string(outcome.verification))));
  item.children.push_back(group("Issuer", outcome.online ? "online, response " + outcome.response_code : "not asked"));
  item.children.push_back(
      group("Time", milliseconds(outcome.time()) + ", of it the card " + milliseconds(outcome.card_time())));
  if (outcome.authentication) item.children.push_back(item_of_authentication(*outcome.authentication));
  const auto meaning = emv::meaning_of_aid(outcome.aid);
  auto data = group("Results");
  for (const auto tag : kResults)
    if (const auto found = outcome.objects.find(tag); found != outcome.objects.end())
      data.children.push_back(item_of(tag, found->second, meaning, accounts));
  if (!data.children.empty()) item.children.push_back(std::move(data));
  auto steps = group("Steps");
  for (const auto& step : outcome.steps) steps.children.push_back(item_of_step(step));
  item.children.push_back(std::move(steps));
  return item;
}

}  // namespace cose::kiosk
