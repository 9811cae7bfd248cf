// SPDX-License-Identifier: Apache-2.0
// Logical channels, selection and the running of commands, JCRE 3.1 chapter 4.
#include <algorithm>

#include "jcre/detail/known.h"

namespace cose::jcre {

namespace {

using iso7816::StatusWord;
using jcvm::kNull;
using jcvm::Outcome;

constexpr StatusWord kDone{0x9000};
constexpr StatusWord kSelectFailed{0x6999};  // ISO7816.SW_APPLET_SELECT_FAILED
constexpr StatusWord kConditions{0x6985};
constexpr StatusWord kUnknown{0x6F00};
constexpr StatusWord kWrongLength{0x6700};
constexpr std::uint8_t kGetResponse = 0xC0;

}  // namespace

bool Runtime::is_selected(AppletId applet) const {
  return std::ranges::any_of(channels_, [&](const Channel& each) { return each.applet == applet; });
}

bool Runtime::context_active(Context context) const {
  return std::ranges::any_of(channels_, [&](const Channel& each) {
    if (each.applet == kNoApplet) return false;
    const auto* selected = entry(each.applet);
    return selected != nullptr && selected->applet.instance != kNull && selected->applet.context == context;
  });
}

std::optional<std::uint8_t> Runtime::free_channel() const {
  const auto free = std::ranges::find(channels_, false, &Channel::open);
  if (free == channels_.end()) return std::nullopt;
  return static_cast<std::uint8_t>(free - channels_.begin());
}

void Runtime::open_channel(std::uint8_t channel) {
  channels_[channel] = {true, kNoApplet};
}

void Runtime::close_channel(std::uint8_t channel) {
  deselect(channel);
  channels_[channel].open = channel == 0;
}

// JCRE 3.1 §4.2.2: a second channel needs MultiSelectable, of the applet and of those of its context that are active.
bool Runtime::may_select(std::uint8_t channel, const Entry& wanted) const {
  for (std::uint8_t each = 0; each < kChannels; ++each) {
    const auto* other = entry(channels_[each].applet);
    if (each == channel || other == nullptr || other->applet.instance == kNull) continue;
    if (other->applet.context == wanted.applet.context && !(wanted.multiselectable && other->multiselectable))
      return false;
  }
  return true;
}

Outcome Runtime::call_select(const Entry& wanted, bool context_was_active, bool instance_was_active) {
  if (!context_was_active) return machine_.invoke_virtual(wanted.applet.instance, known_->select, {});
  const std::array<std::uint16_t, 1> cells{static_cast<std::uint16_t>(instance_was_active ? 1 : 0)};
  return machine_.invoke_interface(wanted.applet.instance, *known_->multiselectable, known_->multi_select, cells);
}

StatusWord Runtime::select(std::uint8_t channel, AppletId id) {
  const auto* wanted = entry(id);
  COSE_ASSERT(channel < kChannels && wanted != nullptr && !machine_.running());
  const bool java = wanted->applet.instance != kNull;
  if (java && !may_select(channel, *wanted)) return kConditions;
  reselecting_ = channels_[channel].applet == id;
  deselect(channel);
  // JCRE 3.1 §6.2.2: nothing of one applet's commands reaches the next.
  std::ranges::fill(apdu_buffer_octets(), std::uint8_t{0});
  const bool context_was_active = java && context_active(wanted->applet.context);
  const bool instance_was_active = is_selected(id);
  channels_[channel].applet = id;
  if (!java) return kDone;
  const Running running(*this, channel, id, wanted->applet.context);
  const auto outcome = call_select(*wanted, context_was_active, instance_was_active);
  abort_left_open();
  if (outcome.kind == Outcome::Kind::kReturned && outcome.value != 0) return kDone;
  channels_[channel].applet = kNoApplet;
  if (!context_active(wanted->applet.context)) machine_.deselect(wanted->applet.context);
  return kSelectFailed;
}

void Runtime::deselect(std::uint8_t channel) {
  const auto id = channels_[channel].applet;
  const auto* leaving = entry(id);
  if (leaving == nullptr || leaving->applet.instance == kNull) {
    channels_[channel].applet = kNoApplet;
    return;
  }
  const auto context = leaving->applet.context;
  {
    const Running running(*this, channel, id, context);
    channels_[channel].applet = kNoApplet;
    if (context_active(context)) {
      const std::array<std::uint16_t, 1> cells{static_cast<std::uint16_t>(is_selected(id) ? 1 : 0)};
      static_cast<void>(
          machine_.invoke_interface(leaving->applet.instance, *known_->multiselectable, known_->multi_deselect, cells));
    } else {
      static_cast<void>(machine_.invoke_virtual(leaving->applet.instance, known_->deselect, {}));
    }
    abort_left_open();
  }
  // JCRE 3.1 §5.1: when no applet of the context is active any more.
  if (!context_active(context)) machine_.deselect(context);
}

bool Runtime::may_enter(AppletId server) {
  const auto* called = entry(server);
  if (called == nullptr || called->multiselectable) return true;
  // JCRE 3.1 §4.2.2: not while it is active on another channel.
  for (std::uint8_t each = 0; each < kChannels; ++each) {
    const auto* other = entry(channels_[each].applet);
    if (each != channel_ && other != nullptr && other->applet.instance != kNull &&
        other->applet.context == called->applet.context)
      return false;
  }
  return true;
}

// ---- commands ----

// JCRE 3.1 §7.4: no transaction outlives the applet's turn.
void Runtime::abort_left_open() {
  if (machine_.in_transaction()) static_cast<void>(machine_.abort_transaction());
}

StatusWord Runtime::status_of(const Outcome& outcome) const {
  if (outcome.kind == Outcome::Kind::kReturned) return kDone;
  const bool iso = outcome.kind == Outcome::Kind::kThrown && outcome.exception_class != nullptr &&
                   outcome.exception_class->derives_from(*known_->iso_exception);
  return iso ? StatusWord(static_cast<std::uint16_t>(outcome.reason)) : kUnknown;
}

Outcome Runtime::call(std::uint8_t channel, AppletId selected, const Body& body) {
  const auto* called = entry(selected);
  const Running running(*this, channel, selected, called == nullptr ? jcvm::kRuntimeContext : called->applet.context);
  auto outcome = body(machine_);
  abort_left_open();
  return outcome;
}

void Runtime::process(std::uint8_t channel, const iso7816::CommandApduView& command, Bytes& response,
                      Selecting selecting) {
  COSE_ASSERT(channel < kChannels && !machine_.running());
  response.clear();
  const auto id = channels_[channel].applet;
  const auto* selected = entry(id);
  if (selected == nullptr || selected->applet.instance == kNull) return answer(command, kSelectFailed, response);
  if (get_response(command, response)) return;
  // JC API 3.1, ExtendedLength: a longer command is for those that implement it. Of the answer they expect no more than
  // it can be.
  if (command.data.size() > 255 && !selected->extended_length) return answer(command, kWrongLength, response);
  auto status = kUnknown;
  {
    const Running running(*this, channel, id, selected->applet.context);
    selecting_ = selecting;
    apdu_.begin(command, options_.protocol, selected->extended_length, apdu_buffer_octets());
    const std::array<std::uint16_t, 1> cells{apdu_object_};
    status = status_of(machine_.invoke_virtual(selected->applet.instance, known_->process, cells));
    apdu_.end();
    selecting_ = Selecting::kNo;
    abort_left_open();
  }
  // ISO/IEC 7816-4 §5.1.3: no data with the status words of an aborted command.
  const bool aborted = status.value() >= 0x6400 && status.value() < 0x7000;
  if (!aborted) append(response, apdu_.response());
  answer(command, status, response);
  end_command();
}

// Under T=0 what a command without Le, or with a shorter one, has to say waits for GET RESPONSE (JCRE 3.1 §9.4,
// ISO/IEC 7816-3 §12.2.1).
void Runtime::answer(const iso7816::CommandApduView& command, StatusWord status, Bytes& response) {
  waiting_.clear();
  const auto expected = command.le.value_or(0);
  if (options_.protocol == Protocol::kT0 && response.size() > expected) {
    waiting_.assign(response.begin() + expected, response.end());
    waiting_channel_ = iso7816::logical_channel(command.cla);
    response.resize(expected);
    status = StatusWord(0x61, static_cast<std::uint8_t>(std::min<std::size_t>(waiting_.size(), 256)));
  }
  response.push_back(status.sw1());
  response.push_back(status.sw2());
}

bool Runtime::get_response(const iso7816::CommandApduView& command, Bytes& response) {
  const bool wanted =
      !waiting_.empty() && command.ins == kGetResponse && iso7816::logical_channel(command.cla) == waiting_channel_;
  if (!wanted) return false;
  response.swap(waiting_);
  answer(command, kDone, response);
  return true;
}

void Runtime::drop_global_arrays() {
  for (const auto array : global_arrays_) static_cast<void>(machine_.heap().remove(array));
  global_arrays_.clear();
}

void Runtime::end_command() {
  drop_global_arrays();
  if (!deletion_requested_) return;
  deletion_requested_ = false;
  static_cast<void>(machine_.collect_garbage());
}

}  // namespace cose::jcre
