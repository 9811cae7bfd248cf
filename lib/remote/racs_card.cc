// SPDX-License-Identifier: Apache-2.0
#include "remote/racs_card.h"

#include <algorithm>
#include <utility>

#include "bytes/hex.h"
#include "grid/seid_table.h"
#include "remote/racs_client.h"

namespace cose::remote {

namespace {

const Bytes kShortestAtr = {0x3B, 0x00};
constexpr Nanoseconds kListTimeout = std::chrono::seconds(10);

std::unexpected<Error> out_of_step(const std::string& line) {
  return fail(ErrorKind::kInvalid, "the grid answers out of step: \"" + line.substr(0, 40) + "\"");
}

}  // namespace

Result<grid::RacsStatus> ask_racs(LineChannel& channel, std::string_view command, std::string& reply,
                                  Nanoseconds timeout) {
  std::string line;
  COSE_CHECK(channel.exchange("BEGIN\r\n" + std::string(command) + "\r\nEND\r", line, timeout));
  if (!line.starts_with("BEGIN")) return out_of_step(line);
  COSE_CHECK(channel.next(reply, timeout));
  auto status = grid::parse_racs_status(reply);
  if (!status) return status;
  COSE_CHECK(channel.next(line, timeout));
  if (line != "END") return out_of_step(line);
  return status;
}

RacsCard::RacsCard(std::shared_ptr<LineConnector> connector, std::string seid, Nanoseconds patience)
    : connector_(std::move(connector)), seid_(std::move(seid)), patience_(patience) {}

Result<std::string_view> RacsCard::ask(const std::string& command) {
  const auto status = ask_racs(*channel_, command, reply_, patience_);
  if (!status) {
    channel_.reset();
    return std::unexpected(status.error().within(connector_->address()));
  }
  if (!status->success) return std::unexpected(refusal_of(*status));
  return status->text;
}

Result<Bytes> RacsCard::answer_to_reset() {
  const auto status = ask_racs(*channel_, "GET-ATR " + seid_, reply_, patience_);
  if (!status) {
    channel_.reset();
    return std::unexpected(status.error().within(connector_->address()));
  }
  return status->success ? from_hex(status->text) : kShortestAtr;
}

Result<Bytes> RacsCard::power_up(iso7816::ResetKind kind) {
  if (!channel_) {
    COSE_TRY(channel_, connector_->connect(kConnectPatience));
    if (auto powered = ask("POWERON " + seid_); !powered) {
      channel_.reset();
      return std::unexpected(std::move(powered).error());
    }
  } else {
    COSE_TRY([[maybe_unused]] const auto text,
             ask("RESET " + seid_ + (kind == iso7816::ResetKind::kWarm ? " WARM" : "")));
  }
  return answer_to_reset();
}

Status RacsCard::transmit(ByteView command, Bytes& response) {
  if (!channel_) return fail(ErrorKind::kClosed, "no connection to the grid; power the card up first");
  std::string line = "APDU " + seid_ + " ";
  append_hex(line, command);
  COSE_TRY(const auto text, ask(line));
  COSE_TRY(response, from_hex(text));
  if (response.size() < 2) return fail(ErrorKind::kUnresponsive, "the grid's answer has no status word");
  return {};
}

Status RacsCard::power_down() {
  if (!channel_) return {};
  const auto done = ask("SHUTDOWN " + seid_);
  channel_.reset();
  if (!done) return std::unexpected(done.error());
  return {};
}

RacsInventory::RacsInventory(std::shared_ptr<LineConnector> connector, const Clock& clock, Nanoseconds lifetime)
    : connector_(std::move(connector)), clock_(clock), lifetime_(lifetime) {}

Result<std::vector<std::string>> RacsInventory::fetch() {
  COSE_TRY(const auto channel, connector_->connect(kConnectPatience));
  std::string reply;
  COSE_TRY(const auto status, ask_racs(*channel, "LIST", reply, kListTimeout));
  if (!status.success) return std::unexpected(refusal_of(status));
  COSE_TRY(auto names, grid::expand_seid_list(status.text));
  std::ranges::sort(names);
  return names;
}

iso7816::Presence RacsInventory::presence(std::string_view seid) {
  if (!ask_again_ || clock_.monotonic() >= *ask_again_) {
    auto names = fetch();
    ask_again_ = clock_.monotonic() + (names ? lifetime_ : kPauseAfterFailure);
    seids_ = names ? *std::move(names) : std::vector<std::string>();
  }
  return std::ranges::binary_search(seids_, seid) ? iso7816::Presence::kPresent : iso7816::Presence::kAbsent;
}

RacsSource::RacsSource(std::shared_ptr<LineConnector> connector, std::shared_ptr<RacsInventory> inventory,
                       std::string seid, Nanoseconds patience)
    : connector_(std::move(connector)), inventory_(std::move(inventory)), seid_(std::move(seid)), patience_(patience) {}

std::string RacsSource::uri() const {
  return "racs://" + connector_->address() + "/" + seid_;
}

Result<std::unique_ptr<iso7816::Card>> RacsSource::open() {
  return std::make_unique<RacsCard>(connector_, seid_, patience_);
}

}  // namespace cose::remote
