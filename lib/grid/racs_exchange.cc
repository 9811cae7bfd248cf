// SPDX-License-Identifier: Apache-2.0
#include "grid/racs_exchange.h"

#include "grid/limits.h"

namespace cose::grid {

namespace {

constexpr std::size_t kHeaderAndLe = 5;
constexpr std::uint8_t kWrongLength = 0x6C;  // ISO/IEC 7816-4 §5.6: SW2 is the right Le

}  // namespace

void RacsExchange::start(const RacsRequest& request) {
  command_ = request.command;
  response_.clear();
  continue_on_ = request.continue_on;
  more_on_ = request.more_on;
  fetch_ = request.fetch;
  corrects_ = request.id == 0;
  rounds_ = 0;
}

RacsExchange::Step RacsExchange::take(ByteView response) {
  if (response.size() < 2) return Step::kNoAnswer;
  const auto sw1 = response[response.size() - 2];
  const auto sw2 = response[response.size() - 1];
  const bool first = rounds_++ == 0;
  if (!response_.empty()) response_.resize(response_.size() - 2);
  append(response_, response);
  if (response_.size() > kMaximumResponse) return Step::kTooLong;
  // Only the first command is corrected, and once, so a card that says 6C for ever ends here.
  if (first && corrects_ && command_.size() == kHeaderAndLe && response.size() == 2 && sw1 == kWrongLength) {
    command_[kHeaderAndLe - 1] = sw2;
    return Step::kSend;
  }
  if (!more_on_ || sw1 != *more_on_) return Step::kDone;
  if (rounds_ == kMaximumRacsRounds) return Step::kTooLong;
  command_ = {static_cast<std::uint8_t>(fetch_ >> 24), static_cast<std::uint8_t>(fetch_ >> 16),
              static_cast<std::uint8_t>(fetch_ >> 8), static_cast<std::uint8_t>(fetch_), sw2};
  return Step::kSend;
}

std::uint16_t RacsExchange::status() const {
  if (response_.size() < 2) return 0;
  return static_cast<std::uint16_t>(response_[response_.size() - 2] << 8 | response_[response_.size() - 1]);
}

void RacsExchange::forget() {
  Bytes().swap(command_);
  Bytes().swap(response_);
}

}  // namespace cose::grid
