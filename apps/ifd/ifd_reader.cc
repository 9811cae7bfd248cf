// SPDX-License-Identifier: Apache-2.0
#include "ifd/ifd_reader.h"

#include <charconv>

#include "host/serve_config.h"

namespace cose::ifd {

namespace {

// As long as pcscd may wait for the driver's first answer.
constexpr auto kFirstRound = std::chrono::seconds(2);

// "racs://host/pay*?slots=4&x" stands for four places of what the grid has under that prefix (net/racs_mount.h).
Result<std::vector<std::string>> expand_mount(std::string_view name) {
  constexpr std::string_view kSlots = "slots=";
  const auto query = std::min(name.find('?'), name.size());
  std::string uri(name.substr(0, query));
  std::size_t slots = 1;
  for (auto rest = name.substr(std::min(query + 1, name.size())); !rest.empty();) {
    const auto option = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(option.size() + 1, rest.size()));
    if (!option.starts_with(kSlots)) {
      uri.append(uri.size() == query ? "?" : "&").append(option);
      continue;
    }
    const auto* end = option.data() + option.size();
    const auto parsed = std::from_chars(option.data() + kSlots.size(), end, slots);
    if (parsed.ec != std::errc{} || parsed.ptr != end || slots < 1 || slots > kMaximumSlots)
      return fail(ErrorKind::kInvalid, "slots: expected 1 to 16, found \"" + std::string(option) + "\"");
  }
  return std::vector(slots, uri);
}

// "grid://host/101-104?x" stands for one URI for each slot of the range; any other name for itself.
Result<std::vector<std::string>> expand(std::string_view name) {
  if (name.starts_with("racs://")) return expand_mount(name);
  constexpr std::string_view kGrid = "grid://";
  const auto slash = name.starts_with(kGrid) ? name.find('/', kGrid.size()) : std::string_view::npos;
  const auto query = std::min(name.find('?'), name.size());
  if (slash == std::string_view::npos || name.substr(slash, query - slash).find('-') == std::string_view::npos)
    return std::vector{std::string(name)};
  host::RackConfig range;
  COSE_CHECK(host::assign_slots(range, name.substr(slash + 1, query - slash - 1), ""));
  std::vector<std::string> uris;
  for (const auto& [slot, unused] : range.slots)
    uris.push_back(std::string(name.substr(0, slash + 1)) + slot.text() + std::string(name.substr(query)));
  return uris;
}

}  // namespace

ReaderSlot::~ReaderSlot() {
  if (card_) static_cast<void>(card_->power_down());
}

void ReaderSlot::set_presence(iso7816::Presence presence) {
  present_ = presence == iso7816::Presence::kPresent;
  if (!present_) was_absent_ = true;
}

bool ReaderSlot::looks_present() {
  if (std::exchange(lost_, false)) return false;
  if (relay_ && !relay_->is_lost() && !relay_->idle()) return false;
  return present_;
}

Result<ByteView> ReaderSlot::power(Power action) {
  if (!card_) {
    COSE_TRY(card_, source_->open());
    relay_ = std::make_unique<relay::CardRelay>(*card_, clock_, relay::RelayLimits(), *this);
  }
  // Whoever was away may have been restarted: the session is not what it was.
  if (was_absent_.exchange(false)) static_cast<void>(relay_->check());
  if (relay_->is_lost()) {
    COSE_CHECK(relay_->warm_up());
    // pcscd has the new session with this answer. Told of the loss later, outside its polls, it would take the card for
    // pulled and wait for ever to see it pushed in.
    lost_ = false;
  }
  action == Power::kOn ? relay_->power_on() : relay_->reset();
  if (relay_->is_lost()) return fail(ErrorKind::kCardRemoved, "the card is not reachable");
  return relay_->atr();
}

void ReaderSlot::power_off() {
  if (relay_) relay_->power_off();
}

ByteView ReaderSlot::atr() const {
  return relay_ ? relay_->atr() : ByteView();
}

const Bytes& ReaderSlot::transmit(ByteView command) {
  answer_.clear();
  if (relay_) relay_->transmit(command, answer_);
  return answer_;
}

void ReaderSlot::relayed(const relay::RelayEvent& event) {
  if (event.kind == relay::RelayEvent::Kind::kLost) lost_ = true;
}

Result<std::unique_ptr<Reader>> Reader::open(std::string_view device_name) {
  // pcscd's file wants quotes around a name with '?', '&' or '*', and hands them on.
  if (device_name.size() >= 2 && device_name.starts_with('"') && device_name.ends_with('"'))
    device_name = device_name.substr(1, device_name.size() - 2);
  COSE_TRY(const auto uris, expand(device_name));
  if (uris.size() > kMaximumSlots)
    return fail(ErrorKind::kLimit, "pcscd has room for 16 readers, not for " + std::to_string(uris.size()));
  std::unique_ptr<Reader> reader(new Reader());
  host::CardOpener opener(reader->clock_,
                          {.sharing = pcsc::Sharing::kExclusive, .keeping = remote::Keeping::kOn, .tls = {}});
  for (const auto& uri : uris) COSE_CHECK(reader->add(opener, uri));
  reader->watch();
  return reader;
}

Status Reader::add(host::CardOpener& opener, const std::string& uri) {
  COSE_TRY(auto source, opener.source(uri));
  slots_.push_back(std::make_unique<ReaderSlot>(std::move(source), clock_));
  return {};
}

void Reader::watch() {
  std::vector<host::PresenceWatcher::Place> places;
  for (const auto& slot : slots_) {
    const auto report = [at = slot.get()](iso7816::Presence presence) { at->set_presence(presence); };
    if (slot->source()->may_block())
      places.push_back({slot->source(), report});
    else
      report(slot->source()->presence());
  }
  if (places.empty()) return;
  watcher_ = std::make_unique<host::PresenceWatcher>(std::move(places));
  watcher_->wait_for_first_round(kFirstRound);
}

}  // namespace cose::ifd
