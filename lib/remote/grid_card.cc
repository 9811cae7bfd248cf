// SPDX-License-Identifier: Apache-2.0
#include "remote/grid_card.h"

#include <algorithm>
#include <utility>

#include "bytes/hex.h"
#include "grid/run_length.h"

namespace cose::remote {

namespace {

// The far grid's words. Those that its code already stands for are left out where details follow: a grid that
// passes the failure on puts them there again, so a chain of grids answers as one does.
Error refusal(const grid::ParsedReply& reply) {
  const auto common = grid::text_of(grid::ReplyCode{reply.code});
  auto words = reply.data;
  if (!common.empty() && words.starts_with(common) && words.substr(common.size()).starts_with(": "))
    words.remove_prefix(common.size() + 2);
  const auto message = words.empty() ? "refused with " + std::to_string(reply.code) : std::string(words);
  return {grid::error_kind_for(reply.code), message};
}

// Whatever a card answers has its status word; an answer to reset has TS and T0 (ISO/IEC 7816-3 §8.2).
constexpr std::size_t kShortestAnswer = 2;

Status read_octets(const grid::ParsedReply& reply, Bytes& octets) {
  COSE_CHECK(grid::from_run_length(reply.data, grid::kMaximumResponse, octets));
  if (octets.size() < kShortestAnswer) return fail(ErrorKind::kUnresponsive, "the grid's answer has no status word");
  return {};
}

}  // namespace

GridCard::GridCard(std::shared_ptr<LineConnector> connector, grid::SlotNumber slot, GridCardOptions options)
    : connector_(std::move(connector)), slot_(slot), options_(options) {
  COSE_ASSERT(options_.keeping == Keeping::kOff || options_.clock != nullptr);
}

Result<grid::ParsedReply> GridCard::ask(std::string_view line, Nanoseconds timeout) {
  if (const auto sent = channel_->exchange(line, reply_, timeout); !sent) {
    channel_.reset();
    return std::unexpected(sent.error().within(connector_->address()));
  }
  auto reply = grid::parse_reply(reply_);
  if (!reply) {
    channel_.reset();
    return std::unexpected(reply.error().within(connector_->address()));
  }
  if (reply->is_success()) return *reply;
  auto refused = refusal(*reply);
  // 902, 303 and their like: what the far grid says as it closes, or for good.
  if (refused.kind == ErrorKind::kClosed) channel_.reset();
  return std::unexpected(std::move(refused));
}

Nanoseconds GridCard::left_until(Nanoseconds deadline) const {
  return std::max(deadline - options_.clock->monotonic(), Nanoseconds(0));
}

// One try may take half of what is left, so that a connection which died silently leaves time for another.
Result<grid::ParsedReply> GridCard::ask_until(std::string_view line, Nanoseconds patience) {
  if (!is_kept()) return ask(line, patience);
  const auto deadline = options_.clock->monotonic() + patience;
  for (;;) {
    if (!channel_) COSE_CHECK(come_back(deadline));
    auto reply = ask(line, left_until(deadline) / 2);
    if (channel_ || left_until(deadline) == Nanoseconds(0)) return reply;
  }
}

Status GridCard::come_back(Nanoseconds deadline) {
  auto pause = kFirstPause;
  for (;;) {
    auto taken = take_up(deadline);
    if (taken || !is_kept()) return taken;
    if (left_until(deadline) <= pause)
      return fail(ErrorKind::kTimeout, taken.error().message + "; what the last command did is unknown");
    connector_->pause(pause);
    pause = std::min(2 * pause, kLongestPause);
  }
}

Status GridCard::take_up(Nanoseconds deadline) {
  COSE_TRY(channel_, connector_->connect(left_until(deadline)));
  auto reply = ask("KEEP " + key_, left_until(deadline));
  if (reply) return {};
  const bool answered = channel_ != nullptr;
  channel_.reset();
  if (!answered) return std::unexpected(std::move(reply).error());
  // It was restarted, or the time was over: the slot has been given back and the card reset.
  key_.clear();
  return fail(ErrorKind::kClosed, connector_->address() + " does not keep the slot any more (" + reply.error().message +
                                      "); what the last command did is unknown");
}

Status GridCard::connect_anew() {
  COSE_TRY(channel_, connector_->connect(kConnectPatience));
  if (options_.keeping == Keeping::kOff || !channel_->offers_keep()) return {};
  COSE_TRY(const auto reply, ask("KEEP"));
  key_ = reply.data;
  return {};
}

Result<Bytes> GridCard::use() {
  if (!channel_ && !is_kept()) COSE_CHECK(connect_anew());
  auto reply = ask_until("USE " + slot_.text(), options_.patience);
  if (!reply) {
    // Refused: nothing is held. Without an answer a kept slot may be, and is taken up by the next try.
    if (channel_) key_.clear();
    channel_.reset();
    return std::unexpected(std::move(reply).error());
  }
  Bytes atr;
  COSE_CHECK(read_octets(*reply, atr));
  atr_ = atr;
  return atr;
}

Result<Bytes> GridCard::reset(iso7816::ResetKind kind) {
  const std::string_view how = kind == iso7816::ResetKind::kWarm ? " WARM" : "";
  COSE_TRY(const auto reply, ask_until("RESET " + slot_.text() + std::string(how), options_.patience));
  // Not every array answers a reset with the answer to reset.
  Bytes atr;
  if (read_octets(reply, atr)) atr_ = std::move(atr);
  return atr_;
}

Result<Bytes> GridCard::power_up(iso7816::ResetKind kind) {
  if (channel_) return reset(kind);
  if (!is_kept()) return use();
  // After a loss: the slot may be held, with a card in whatever state, or given back meanwhile.
  auto used = use();
  if (used) return reset(kind);
  return is_kept() || channel_ ? used : use();
}

Status GridCard::transmit(ByteView command, Bytes& response) {
  if (!channel_) return fail(ErrorKind::kClosed, "no connection to the grid's slot; power the card up first");
  line_ = "apdu ";
  line_ += slot_.text();
  line_ += ' ';
  append_hex(line_, command);
  if (is_kept()) line_ += " " + std::to_string(++last_id_);
  const auto key = key_;
  const auto deadline = is_kept() ? options_.clock->monotonic() + options_.patience : Nanoseconds(0);
  const auto reply = ask_until(line_, options_.patience);
  if (reply) return read_octets(*reply, response);
  return is_kept() || key.empty() ? std::unexpected(reply.error())
                                  : recall_from(key, deadline, reply.error(), response);
}

// The grid forgot the use, as in a restart. A card whose state lasts knows the answer, if it executed the command; the
// session is gone either way.
Status GridCard::recall_from(const std::string& key, Nanoseconds deadline, const Error& lost, Bytes& response) {
  auto connected = connector_->connect(left_until(deadline));
  if (!connected) return std::unexpected(lost);
  channel_ = *std::move(connected);
  Status read = std::unexpected(lost);
  if (const auto kept = ask("KEEP", left_until(deadline))) {
    // Until it is freed: should that be lost, too, the next power_up() takes the slot up.
    key_ = kept->data;
    if (ask("USE " + slot_.text(), left_until(deadline)))
      if (const auto reply = ask(line_ + " " + key, left_until(deadline))) read = read_octets(*reply, response);
    if (channel_ && ask("FREE " + slot_.text(), left_until(deadline))) key_.clear();
  }
  channel_.reset();
  return read;
}

Status GridCard::power_down() {
  key_.clear();
  if (!channel_) return {};
  const auto freed = ask("FREE " + slot_.text());
  channel_.reset();
  if (!freed) return std::unexpected(freed.error());
  return {};
}

Status GridCard::check() {
  if (!channel_ && !is_kept()) return fail(ErrorKind::kClosed, "no connection to the grid's slot");
  auto reply = ask_until("USE " + slot_.text(), kCheckTimeout);
  if (!reply) return std::unexpected(std::move(reply).error());
  return {};
}

Result<std::vector<grid::BoardInventory>> fetch_inventory(LineConnector& connector) {
  COSE_TRY(const auto channel, connector.connect(kConnectPatience));
  std::string line;
  COSE_CHECK(channel->exchange("CONTENT", line, kInventoryTimeout));
  COSE_TRY(const auto reply, grid::parse_reply(line));
  if (!reply.is_success()) return std::unexpected(refusal(reply));
  return grid::parse_inventory(reply.data);
}

InventoryCache::InventoryCache(std::shared_ptr<LineConnector> connector, const Clock& clock, Backoff backoff,
                               Nanoseconds lifetime)
    : connector_(std::move(connector)), clock_(clock), backoff_(std::move(backoff)), lifetime_(lifetime) {}

iso7816::Presence InventoryCache::presence(grid::SlotNumber slot) {
  if (!ask_again_ || clock_.monotonic() >= *ask_again_) {
    auto boards = fetch_inventory(*connector_);
    if (boards) backoff_.reset();
    ask_again_ = clock_.monotonic() + (boards ? lifetime_ : backoff_.next());
    boards_ = boards ? *std::move(boards) : std::vector<grid::BoardInventory>{};
  }
  const bool present = std::ranges::any_of(boards_, [slot](const auto& board) { return board.holds_card(slot); });
  return present ? iso7816::Presence::kPresent : iso7816::Presence::kAbsent;
}

GridSource::GridSource(std::shared_ptr<LineConnector> connector, std::shared_ptr<InventoryCache> inventory,
                       grid::SlotNumber slot, GridCardOptions options)
    : connector_(std::move(connector)), inventory_(std::move(inventory)), slot_(slot), options_(options) {}

std::string GridSource::uri() const {
  return "grid://" + connector_->address() + "/" + slot_.text();
}

Result<std::unique_ptr<iso7816::Card>> GridSource::open() {
  return std::make_unique<GridCard>(connector_, slot_, options_);
}

}  // namespace cose::remote
