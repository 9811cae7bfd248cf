// SPDX-License-Identifier: Apache-2.0
// MANAGE CHANNEL and SELECT: which application a channel talks to (GPC 2.3.1 §6.4, §11.7, §11.9; ISO/IEC 7816-4 §7.1).
#include <algorithm>

#include "gpcard/card_manager.h"
#include "iso7816/class_byte.h"
#include "iso7816/response_apdu.h"
#include "tlv/tlv_builder.h"

namespace cose::gpcard {

using iso7816::CommandApduView;

namespace {

constexpr std::uint8_t kOpen = 0x00;
constexpr std::uint8_t kClose = 0x80;
constexpr std::uint8_t kFirst = 0x00;
constexpr std::uint8_t kNext = 0x02;
// ISO/IEC 7816-4 table 40: what the answer shall hold; all of it is "FCI" here.
constexpr std::uint8_t kOccurrence = 0x03;
constexpr std::uint8_t kNoAnswer = 0x0C;

// GPC 2.3.1 table 11-51: b8 and b7 are the interfaces, b5 to b1 the channel.
constexpr std::uint8_t kImplicitChannel = 0x1F;
constexpr std::uint8_t kImplicitContact = 0x40;
constexpr std::uint8_t kImplicitContactless = 0x80;

bool is_implicit_on(const Application& application, std::uint8_t channel) {
  return std::ranges::any_of(application.implicit_selection, [&](std::uint8_t parameter) {
    return (parameter & kImplicitChannel) == channel && (parameter & (kImplicitContact | kImplicitContactless)) != 0;
  });
}

bool starts_with(ByteView aid, ByteView prefix) {
  return aid.size() >= prefix.size() && equal(aid.first(prefix.size()), prefix);
}

}  // namespace

void CardManager::manage_channel(const CommandApduView& command, std::uint8_t channel, Bytes& response) {
  const auto closed = registry_.card().card_state();
  Answer<void> done;
  if (closed == CardState::kTerminated || closed == CardState::kLocked)
    done = refuse(StatusWord::kFunctionNotSupported);
  else if (!command.data.empty())
    done = refuse(StatusWord::kWrongLength);
  else if (command.p1 == kOpen)
    done = open_channel(channel, command.p2, command.p2 == 0, response);
  else if (command.p1 == kClose)
    done = close_channel(command.p2 == 0 ? channel : command.p2);
  else
    done = refuse(StatusWord::kIncorrectP1P2);
  iso7816::append_status(response, done ? StatusWord::kOk : done.error());
}

// JCRE 3.1 §4.3: from the basic channel its default application is selected on the new one, from another channel what
// is selected there.
Answer<void> CardManager::open_channel(std::uint8_t from, std::uint8_t wanted, bool announce, Bytes& response) {
  if (announce) {
    const auto free = runtime_.free_channel();
    if (!free || *free >= profile_.limits.channels) return refuse(StatusWord::kFunctionNotSupported);
    wanted = *free;
  }
  if (wanted == 0 || wanted >= profile_.limits.channels) return refuse(StatusWord::kIncorrectP1P2);
  if (runtime_.is_open(wanted)) return refuse(StatusWord::kIncorrectP1P2);
  runtime_.open_channel(wanted);
  sessions_[wanted].reset();
  auto chosen = from == 0 ? default_application(wanted) : registry_.find_applet(runtime_.selected_on(from));
  if (!chosen) {
    if (auto issuer = registry_.get<Application>(issuer_domain())) chosen = {issuer_domain(), *std::move(issuer)};
  }
  if (chosen) {
    const auto selected = runtime_.select(wanted, chosen->value.applet);
    if (!selected.is_success()) {
      runtime_.close_channel(wanted);
      return refuse(from == 0 ? StatusWord::kConditionsNotSatisfied : selected);
    }
  }
  if (announce) response.push_back(wanted);
  return {};
}

Answer<void> CardManager::close_channel(std::uint8_t channel) {
  if (channel == 0 || channel >= profile_.limits.channels) return refuse(StatusWord::kIncorrectP1P2);
  // ISO/IEC 7816-4 §7.1.2: the wish has been fulfilled already.
  if (!runtime_.is_open(channel)) return refuse(StatusWord::kWarningUnchanged);
  runtime_.close_channel(channel);
  sessions_[channel].reset();
  return {};
}

std::optional<Entry<Application>> CardManager::default_application(std::uint8_t channel) const {
  const auto state = registry_.card().card_state();
  if (state == CardState::kLocked || state == CardState::kTerminated) return std::nullopt;
  std::optional<Entry<Application>> chosen;
  for (auto& each : registry_.all<Application>()) {
    if (!is_selectable(each.value.state)) continue;
    const bool implicit = is_implicit_on(each.value, channel);
    // GPC 2.3.1 §6.6.2.5: the privilege is for the basic channel, and an application's before the issuer domain's.
    const bool privileged = channel == 0 && each.value.privileges.has(Privilege::kCardReset);
    if (implicit || (privileged && (!chosen || chosen->slot == issuer_domain()))) chosen = std::move(each);
    if (implicit) break;
  }
  return chosen;
}

// GPC 2.3.1 §6.4.2.1.1: not locked, not merely installed; on a locked card the issuer's domain and the final
// application only.
bool CardManager::may_be_selected(const Entry<Application>& candidate) const {
  const auto state = registry_.card().card_state();
  const bool issuer = candidate.slot == issuer_domain();
  if (state == CardState::kLocked || state == CardState::kTerminated)
    return issuer ||
           (candidate.value.privileges.has(Privilege::kFinalApplication) && is_selectable(candidate.value.state));
  // GPC 2.3.1 §5.3.2.4: a locked domain can be selected.
  return is_selectable(candidate.value.state) || (candidate.value.is_domain() && is_locked(candidate.value.state));
}

std::optional<Entry<Application>> CardManager::find_to_select(const CommandApduView& command,
                                                              std::uint8_t channel) const {
  auto all = registry_.all<Application>();
  // Exact names go first among first occurrences, so that no longer name hides a shorter one.
  if ((command.p2 & kOccurrence) == kFirst)
    for (auto& each : all)
      if (equal(each.value.aid, command.data) && may_be_selected(each)) return std::move(each);
  bool passed = (command.p2 & kOccurrence) == kFirst;
  for (auto& each : all) {
    const bool current = each.value.applet == runtime_.selected_on(channel);
    if (passed && starts_with(each.value.aid, command.data) && may_be_selected(each)) return std::move(each);
    passed = passed || current;
  }
  return std::nullopt;
}

void CardManager::select(const CommandApduView& command, std::uint8_t channel, Bytes& response) {
  // ISO/IEC 7816-4 §7.1.1: with the secure channel of the class byte only inside a session; domains have none for it.
  const auto occurrence = static_cast<std::uint8_t>(command.p2 & kOccurrence);
  if ((command.p2 & ~(kOccurrence | kNoAnswer)) != 0 || (occurrence != kFirst && occurrence != kNext))
    return iso7816::append_status(response, StatusWord::kIncorrectP1P2);
  if (command.data.size() > jcre::Aid::kMaximum) return iso7816::append_status(response, StatusWord::kWrongData);
  std::optional<Entry<Application>> chosen;
  if (command.data.empty()) {
    if (auto issuer = registry_.get<Application>(issuer_domain())) chosen = {issuer_domain(), *std::move(issuer)};
  } else {
    chosen = find_to_select(command, channel);
  }
  if (!chosen) return iso7816::append_status(response, StatusWord::kFileNotFound);
  const auto selected = runtime_.select(channel, chosen->value.applet);
  if (!selected.is_success()) return iso7816::append_status(response, selected);
  end_session(channel);
  if (chosen->value.load_file != kNoSlot) return runtime_.process(channel, command, response, jcre::Selecting::kYes);
  if ((command.p2 & kNoAnswer) != kNoAnswer) response = file_control_information(profile_, chosen->value);
  // GPC 2.3.1 table 11-89.
  const bool locked = registry_.card().card_state() == CardState::kLocked && chosen->slot == issuer_domain();
  iso7816::append_status(response, locked ? StatusWord::kSelectedFileInvalidated : StatusWord::kOk);
  limit_to_le(command, channel, response);
}

Bytes file_control_information(const CardProfile& profile, const Application& domain) {
  tlv::TlvBuilder information;
  information.add(tlv::Tag(0x84), domain.aid).add(tlv::Tag(0xA5), profile.select_details);
  return tlv::TlvBuilder().add(tlv::Tag(0x6F), information).take();
}

}  // namespace cose::gpcard
