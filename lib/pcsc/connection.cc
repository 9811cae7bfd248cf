// SPDX-License-Identifier: Apache-2.0
#include "pcsc/detail/connection.h"

#include <array>
#include <utility>

#include "pcsc/detail/reader_state.h"
#include "pcsc/detail/t0.h"
#include "pcsc/scard_error.h"

namespace cose::pcsc::detail {
namespace {

// How long an exchange that broke off waits for pcscd to notice that the card is gone; it looks every 400 ms.
constexpr DWORD kRemovalNoticeMilliseconds = 1500;

constexpr int kPowerUpAttempts = 3;

constexpr std::size_t kStatusWord = 2;

DWORD share_mode(Sharing sharing) {
  return sharing == Sharing::kExclusive ? SCARD_SHARE_EXCLUSIVE : SCARD_SHARE_SHARED;
}

DWORD protocols(Protocol protocol) {
  switch (protocol) {
    case Protocol::kT0: return SCARD_PROTOCOL_T0;
    case Protocol::kT1: return SCARD_PROTOCOL_T1;
    case Protocol::kAny: break;
  }
  return SCARD_PROTOCOL_ANY;
}

DWORD initialization(iso7816::ResetKind kind) {
  return kind == iso7816::ResetKind::kCold ? SCARD_UNPOWER_CARD : SCARD_RESET_CARD;
}

}  // namespace

Connection::Connection(std::string reader, const ReaderCardOptions& options)
    : reader_(std::move(reader)), options_(options), received_(ReaderCard::kMaximumResponse) {}

Status Connection::checked(LONG code) {
  if (code == SCARD_S_SUCCESS) return {};
  if (service_is_gone(code)) {
    connected_ = false;
    context_.note(code);
  }
  return std::unexpected(scard_error(code, quoted_reader(reader_)));
}

void Connection::disconnect(DWORD disposition) {
  if (std::exchange(connected_, false)) SCardDisconnect(card_, disposition);
}

void Connection::close() {
  disconnect(SCARD_UNPOWER_CARD);
  context_.release();
}

Protocol Connection::protocol() const {
  if (!connected_) return Protocol::kAny;
  return active_protocol_ == SCARD_PROTOCOL_T0 ? Protocol::kT0 : Protocol::kT1;
}

void Connection::power_down() {
  disconnect(SCARD_UNPOWER_CARD);
  outcome = {};
}

void Connection::power_up(iso7816::ResetKind kind) {
  for (int attempt = 1;; ++attempt) {
    const bool afresh = !connected_;
    outcome = afresh ? connect(kind) : reconnect(kind);
    // Held by another program: what connection there is, is good.
    if (outcome || outcome.error().kind == ErrorKind::kBusy) return;
    disconnect(SCARD_LEAVE_CARD);
    // Passing causes: a handle or a context from before, or another program that resets the card at this moment.
    const auto why = outcome.error().kind;
    const bool passing = !afresh || why == ErrorKind::kClosed || why == ErrorKind::kCardRemoved;
    if (!passing || attempt == kPowerUpAttempts) return;
  }
}

Status Connection::connect(iso7816::ResetKind kind) {
  COSE_TRY(const auto context, context_.handle());
  COSE_CHECK(checked(SCardConnect(context, reader_.c_str(), share_mode(options_.sharing), protocols(options_.protocol),
                                  &card_, &active_protocol_)));
  connected_ = true;
  auto ready = options_.sharing == Sharing::kExclusive ? reconnect(kind) : read_answer_to_reset();
  if (!ready) disconnect(SCARD_LEAVE_CARD);
  return ready;
}

Status Connection::reconnect(iso7816::ResetKind kind) {
  COSE_CHECK(checked(SCardReconnect(card_, share_mode(options_.sharing), protocols(options_.protocol),
                                    initialization(kind), &active_protocol_)));
  return read_answer_to_reset();
}

Status Connection::read_answer_to_reset() {
  std::array<std::uint8_t, MAX_ATR_SIZE> atr{};
  DWORD size = atr.size();
  COSE_CHECK(checked(SCardStatus(card_, nullptr, nullptr, nullptr, &active_protocol_, atr.data(), &size)));
  answer_to_reset = to_bytes(ByteView(atr).first(size));
  return {};
}

void Connection::exchange(const std::atomic<bool>& abandoned) {
  if (!connected_) {
    outcome = fail(ErrorKind::kUnresponsive, quoted_reader(reader_) + ": the card has no power: power it up first");
    return;
  }
  outcome = options_.sharing == Sharing::kShared ? exchange_in_turn(abandoned) : exchange_now(abandoned);
}

Status Connection::exchange_in_turn(const std::atomic<bool>& abandoned) {
  in_queue_ = true;
  auto mine = checked(SCardBeginTransaction(card_));
  in_queue_ = false;
  if (!mine) return mine;
  auto done = exchange_now(abandoned);
  if (connected_) SCardEndTransaction(card_, SCARD_LEAVE_CARD);
  return done;
}

Status Connection::exchange_now(const std::atomic<bool>& abandoned) {
  const auto send_unless_late = [this, &abandoned](ByteView octets, Bytes& answer) -> Status {
    // A command that nobody waits for any more must not reach the card.
    if (abandoned) return fail(ErrorKind::kTimeout, "abandoned");
    return send(octets, answer);
  };
  if (active_protocol_ == SCARD_PROTOCOL_T0) {
    return exchange_over_t0(command, options_.case_one, send_unless_late, response);
  }
  return send_unless_late(command, response);
}

Status Connection::send(ByteView octets, Bytes& answer) {
  const SCARD_IO_REQUEST* const protocol = active_protocol_ == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
  DWORD size = received_.size();
  const LONG code = SCardTransmit(card_, protocol, octets.data(), octets.size(), nullptr, received_.data(), &size);
  // A card pulled in the middle of a command comes out as a failed exchange, or as a good one without octets.
  const bool silent = code == SCARD_S_SUCCESS && size < kStatusWord;
  if (silent || code == SCARD_E_NOT_TRANSACTED || code == SCARD_E_COMM_DATA_LOST) return std::unexpected(silence());
  COSE_CHECK(checked(code));
  answer.assign(received_.begin(), received_.begin() + static_cast<std::ptrdiff_t>(size));
  return {};
}

Error Connection::silence() {
  auto state = unaware_of(reader_);
  if (const auto context = context_.handle()) {
    // The first look is told what is there now, the second one waits for a change of that.
    LONG code = SCardGetStatusChange(*context, 0, &state, 1);
    state.dwCurrentState = state.dwEventState & ~DWORD{SCARD_STATE_CHANGED};
    const bool there = (state.dwEventState & SCARD_STATE_PRESENT) != 0;
    if (code == SCARD_S_SUCCESS && there) {
      code = SCardGetStatusChange(*context, kRemovalNoticeMilliseconds, &state, 1);
    }
    if (service_is_gone(code)) return checked(code).error();
  }
  const bool removed = (state.dwEventState & SCARD_STATE_PRESENT) == 0;
  return scard_error(removed ? SCARD_W_REMOVED_CARD : SCARD_E_NOT_TRANSACTED, quoted_reader(reader_));
}

}  // namespace cose::pcsc::detail
