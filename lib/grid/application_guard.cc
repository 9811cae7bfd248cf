// SPDX-License-Identifier: Apache-2.0
#include "grid/application_guard.h"

#include <algorithm>

#include "tlv/tlv_reader.h"

namespace cose::grid {

namespace {

using iso7816::CommandApduView;
using iso7816::SecureMessaging;
using Kind = ApplicationGrant::Kind;

// ISO/IEC 7816-4 §11 and §5.
constexpr std::uint8_t kSelect = 0xA4;
constexpr std::uint8_t kManageChannel = 0x70;
constexpr std::uint8_t kGetResponse = 0xC0;
constexpr std::uint8_t kEnvelope = 0xC2;
constexpr std::uint8_t kEnvelopeTlv = 0xC3;
constexpr std::uint8_t kByName = 0x04;
constexpr std::uint8_t kOccurrence = 0x03;
constexpr std::uint8_t kNoClass = 0xFF;
constexpr std::uint8_t kProprietary = 0x80;
constexpr std::uint8_t kOpenChannel = 0x00;
constexpr std::uint8_t kCloseChannel = 0x80;

// GPC 2.3.1 §11: STORE DATA, DELETE, INSTALL, LOAD, PUT KEY, SET STATUS, GET STATUS, INITIALIZE UPDATE, EXTERNAL
// AUTHENTICATE.
constexpr std::array<std::uint8_t, 9> kCardManagement = {0xE2, 0xE4, 0xE6, 0xE8, 0xD8, 0xF0, 0xF2, 0x50, 0x82};

// Issuer security domains: GPC 2.3.1 annex H.1.3, and the one of cards before it.
constexpr std::array<std::uint8_t, 8> kIssuerDomain = {0xA0, 0x00, 0x00, 0x01, 0x51, 0x00, 0x00, 0x00};
constexpr std::array<std::uint8_t, 7> kOldIssuerDomain = {0xA0, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00};

std::uint32_t header_of(const CommandApduView& command, std::uint8_t cla) {
  return std::uint32_t{cla} << 24 | std::uint32_t{command.ins} << 16 | std::uint32_t{command.p1} << 8 | command.p2;
}

// As it is, and as it would be in clear, alone, on the basic channel.
bool is_filtered(const CommandApduView& command, std::span<const ApduFilter> filters) {
  const auto bare = static_cast<std::uint8_t>(command.cla & kProprietary);
  return std::ranges::any_of(filters, [&](const ApduFilter& filter) {
    return filter.matches(header_of(command, command.cla)) || filter.matches(header_of(command, bare));
  });
}

bool selects_by_name(const CommandApduView& command) {
  return command.ins == kSelect && command.p1 == kByName;
}

bool is_card_management(const CommandApduView& command) {
  return (command.cla & kProprietary) != 0 && std::ranges::find(kCardManagement, command.ins) != kCardManagement.end();
}

bool is_issuer_domain(ByteView aid) {
  const auto starts_with = [&](ByteView prefix) {
    return aid.size() >= prefix.size() && equal(aid.first(prefix.size()), prefix);
  };
  return starts_with(kIssuerDomain) || starts_with(kOldIssuerDomain);
}

// 9000, more data, warnings: the card has done it.
bool is_success(std::uint8_t sw1) {
  return sw1 == 0x90 || sw1 == 0x61 || sw1 == 0x62 || sw1 == 0x63 || sw1 == 0x9F;
}

enum class Certainty : std::uint8_t { kKnown, kUnknown };

const ApplicationGrant* grant_for(const Role& role, const std::optional<Bytes>& application,
                                  Certainty certainty = Certainty::kKnown) {
  for (const auto& grant : role.applications) {
    if (grant.kind == Kind::kAny) return &grant;
    if (certainty == Certainty::kUnknown) continue;
    if (application ? grant.kind == Kind::kNamed && grant.aid == *application : grant.kind == Kind::kDefault)
      return &grant;
  }
  return nullptr;
}

}  // namespace

void ApplicationGuard::restart() {
  channels_ = {};
  channels_[0].open = true;
  fetching_.reset();
}

void ApplicationGuard::lose_track() {
  for (auto& channel : channels_) channel = {.open = channel.open, .known = false, .application = std::nullopt};
  fetching_.reset();
}

std::optional<std::string> ApplicationGuard::refusal(const CommandApduView& command,
                                                     std::span<const Role* const> roles) const {
  std::optional<std::string> reason = "no role of yours speaks of this card";
  for (const auto* role : roles) {
    if (is_filtered(command, role->filters))
      reason = "APDU firewalled";
    else if (role->plane == Plane::kManagement)
      return std::nullopt;
    else
      reason = user_refusal(command, *role);
    if (!reason) return std::nullopt;
  }
  return reason;
}

std::optional<std::string> ApplicationGuard::user_refusal(const CommandApduView& command, const Role& role) const {
  if (command.cla == kNoClass) return "no class";
  if (command.ins == kEnvelope || command.ins == kEnvelopeTlv) return "ENVELOPE may hold any command";
  if (selects_by_name(command)) return select_refusal(command, role);
  const auto& channel = channels_[iso7816::logical_channel(command.cla)];
  if (!channel.open) return "nothing is selected on this logical channel";
  const auto* grant = grant_for(role, channel.application, channel.known ? Certainty::kKnown : Certainty::kUnknown);
  // A channel may be opened from where nothing else may be done.
  if (command.ins == kManageChannel && (grant == nullptr || !is_filtered(command, grant->filters))) {
    const bool known = command.p1 == kOpenChannel || command.p1 == kCloseChannel;
    const bool clear = iso7816::secure_messaging(command.cla) == SecureMessaging::kNone;
    return known && clear && command.p2 < channels_.size() ? std::nullopt
                                                           : std::optional<std::string>("MANAGE CHANNEL firewalled");
  }
  if (grant == nullptr) return "no AID of yours is selected";
  if (is_filtered(command, grant->filters)) return "APDU firewalled";
  const bool by_name = channel.application && grant->kind == Kind::kNamed && !is_issuer_domain(*channel.application);
  if (!by_name && is_card_management(command)) return "card management needs an administrator";
  return std::nullopt;
}

std::optional<std::string> ApplicationGuard::select_refusal(const CommandApduView& command, const Role& role) const {
  if (iso7816::is_chained(command.cla)) return "SELECT comes in one piece";
  if (iso7816::secure_messaging(command.cla) != SecureMessaging::kNone) return "SELECT comes in clear";
  std::optional<Bytes> application;
  if (!command.data.empty()) application = to_bytes(command.data);
  const auto* grant = grant_for(role, application);
  if (grant == nullptr) return "SELECT invalid AID";
  // "Next occurrence" is whatever the card has with such a beginning.
  if (grant->kind != Kind::kAny && (command.p2 & kOccurrence) != 0) return "SELECT of the first occurrence only";
  if (is_filtered(command, grant->filters)) return "APDU firewalled";
  return std::nullopt;
}

void ApplicationGuard::answered(const CommandApduView& command, ByteView response) {
  if (response.size() < 2) return;
  const auto sw1 = response[response.size() - 2];
  const auto data = response.first(response.size() - 2);
  const auto channel = iso7816::logical_channel(command.cla);
  if (command.ins == kGetResponse && fetching_ == channel) learn_name(channels_[channel], data);
  if (command.ins != kGetResponse) fetching_.reset();
  if (!is_success(sw1)) return;
  if (selects_by_name(command)) {
    selected(command, data);
    if (sw1 == 0x61 || sw1 == 0x9F) fetching_ = channel;
  } else if (command.ins == kManageChannel) {
    manage_channel(command, data);
  }
}

// JCRE 3.1 §4.5.2: SELECT opens a channel that was closed.
void ApplicationGuard::selected(const CommandApduView& command, ByteView data) {
  auto& channel = channels_[iso7816::logical_channel(command.cla)];
  channel = {.open = true, .known = true, .application = std::nullopt};
  if (!command.data.empty()) channel.application = to_bytes(command.data);
  learn_name(channel, data);
}

// The file control information names what is selected: a card may take the asked AID for the beginning of another.
void ApplicationGuard::learn_name(Channel& channel, ByteView data) {
  constexpr tlv::Tag kFci(0x6F);
  constexpr tlv::Tag kName(0x84);
  if (!channel.application) return;
  const auto name = tlv::find_path(data, {kFci, kName});
  if (name && *name) channel.application = to_bytes(**name);
}

// ISO/IEC 7816-4 §11.1.2: the new channel's number is in P2, or the card says it.
void ApplicationGuard::manage_channel(const CommandApduView& command, ByteView data) {
  const auto origin = iso7816::logical_channel(command.cla);
  if (command.p1 == kCloseChannel) {
    const auto closed = command.p2 == 0 ? origin : command.p2;
    if (closed != 0 && closed < channels_.size()) channels_[closed] = {};
    return;
  }
  const auto opened = command.p2 != 0 ? command.p2 : data.empty() ? std::uint8_t{0} : data[0];
  if (command.p1 != kOpenChannel || opened == 0 || opened >= channels_.size()) return;
  // JCRE 3.1 §4.4: from the basic channel with the default application, else with that of the origin.
  channels_[opened] =
      origin == 0 ? Channel{.open = true, .known = true, .application = std::nullopt} : channels_[origin];
}

}  // namespace cose::grid
