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

GridCard::GridCard(std::shared_ptr<LineConnector> connector, grid::SlotNumber slot)
    : connector_(std::move(connector)), slot_(slot) {}

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

Result<Bytes> GridCard::use() {
  COSE_TRY(channel_, connector_->connect());
  auto reply = ask("USE " + slot_.text());
  if (!reply) {
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
  COSE_TRY(const auto reply, ask("RESET " + slot_.text() + std::string(how)));
  // Not every array answers a reset with the answer to reset.
  Bytes atr;
  if (read_octets(reply, atr)) atr_ = std::move(atr);
  return atr_;
}

Result<Bytes> GridCard::power_up(iso7816::ResetKind kind) {
  return channel_ ? reset(kind) : use();
}

Status GridCard::transmit(ByteView command, Bytes& response) {
  if (!channel_) return fail(ErrorKind::kClosed, "no connection to the grid's slot; power the card up first");
  line_ = "apdu ";
  line_ += slot_.text();
  line_ += ' ';
  append_hex(line_, command);
  COSE_TRY(const auto reply, ask(line_));
  return read_octets(reply, response);
}

Status GridCard::power_down() {
  if (!channel_) return {};
  const auto freed = ask("FREE " + slot_.text());
  channel_.reset();
  if (!freed) return std::unexpected(freed.error());
  return {};
}

Status GridCard::check() {
  if (!channel_) return fail(ErrorKind::kClosed, "no connection to the grid's slot");
  auto reply = ask("USE " + slot_.text(), kCheckTimeout);
  if (!reply) return std::unexpected(std::move(reply).error());
  return {};
}

Result<std::vector<grid::BoardInventory>> fetch_inventory(LineConnector& connector) {
  COSE_TRY(const auto channel, connector.connect());
  std::string line;
  COSE_CHECK(channel->exchange("CONTENT", line, kInventoryTimeout));
  COSE_TRY(const auto reply, grid::parse_reply(line));
  if (!reply.is_success()) return std::unexpected(refusal(reply));
  return grid::parse_inventory(reply.data);
}

InventoryCache::InventoryCache(std::shared_ptr<LineConnector> connector, const Clock& clock, Nanoseconds lifetime)
    : connector_(std::move(connector)), clock_(clock), lifetime_(lifetime) {}

iso7816::Presence InventoryCache::presence(grid::SlotNumber slot) {
  if (!ask_again_ || clock_.monotonic() >= *ask_again_) {
    auto boards = fetch_inventory(*connector_);
    ask_again_ = clock_.monotonic() + (boards ? lifetime_ : kPauseAfterFailure);
    boards_ = boards ? *std::move(boards) : std::vector<grid::BoardInventory>{};
  }
  const bool present = std::ranges::any_of(boards_, [slot](const auto& board) { return board.holds_card(slot); });
  return present ? iso7816::Presence::kPresent : iso7816::Presence::kAbsent;
}

GridSource::GridSource(std::shared_ptr<LineConnector> connector, std::shared_ptr<InventoryCache> inventory,
                       grid::SlotNumber slot)
    : connector_(std::move(connector)), inventory_(std::move(inventory)), slot_(slot) {}

std::string GridSource::uri() const {
  return "grid://" + connector_->address() + "/" + slot_.text();
}

Result<std::unique_ptr<iso7816::Card>> GridSource::open() {
  return std::make_unique<GridCard>(connector_, slot_);
}

}  // namespace cose::remote
