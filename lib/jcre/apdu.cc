// SPDX-License-Identifier: Apache-2.0
#include "jcre/apdu.h"

#include <algorithm>

namespace cose::jcre {

namespace {

constexpr std::int32_t kShortMaximum = 256;
// What a reader that announces no other size takes in one block (ISO/IEC 7816-3 §11.4.2), without two octets for the
// status word: the bound of answers that must not be chained.
constexpr std::int32_t kUnchainedMaximum = 254 - 2;

std::unexpected<ApduProblem> problem(ApduProblem reason) {
  return std::unexpected(reason);
}

void put_length(MutableByteView buffer, std::size_t at, std::size_t length) {
  buffer[at] = static_cast<std::uint8_t>(length >> 8);
  buffer[at + 1] = static_cast<std::uint8_t>(length);
}

}  // namespace

void Apdu::begin(const iso7816::CommandApduView& command, Protocol protocol, bool extended, MutableByteView buffer) {
  active_ = true;
  extended_ = extended;
  protocol_ = protocol;
  state_ = ApduState::kInitial;
  cla_ = command.cla;
  data_ = command.data;
  received_ = 0;
  announced_ = 0;
  service_length_ = 0;
  unchained_ = false;
  le_ = command.le ? static_cast<std::int32_t>(*command.le) : -1;
  response_.clear();
  const bool has_length = !data_.empty() || le_ >= 0;
  const bool needs_long = data_.size() > 255 || le_ > kShortMaximum;
  long_form_ = extended && has_length && (needs_long || command.form == iso7816::LengthForm::kExtended);
  offset_ = long_form_ && !data_.empty() ? kExtendedDataOffset : kDataOffset;
  buffer[0] = command.cla;
  buffer[1] = command.ins;
  buffer[2] = command.p1;
  buffer[3] = command.p2;
  const auto length = data_.empty() ? static_cast<std::size_t>(std::max(le_, 0)) : data_.size();
  buffer[4] = long_form_ ? std::uint8_t{0} : static_cast<std::uint8_t>(length);
  if (long_form_) put_length(buffer, kDataOffset, length);
}

ApduResult<std::int16_t> Apdu::receive_first(MutableByteView buffer) {
  if (state_ != ApduState::kInitial) return problem(ApduProblem::kIllegalUse);
  state_ = ApduState::kPartialIncoming;
  return receive_more(buffer, static_cast<std::int16_t>(offset_));
}

ApduResult<std::int16_t> Apdu::receive_more(MutableByteView buffer, std::int16_t offset) {
  if (state_ != ApduState::kPartialIncoming && state_ != ApduState::kFullIncoming)
    return problem(ApduProblem::kIllegalUse);
  const auto left = data_.size() - received_;
  if (offset < 0 || static_cast<std::size_t>(offset) > buffer.size() ||
      (left != 0 && static_cast<std::size_t>(offset) == buffer.size()))
    return problem(ApduProblem::kBufferBounds);
  const auto count = std::min(left, buffer.size() - static_cast<std::size_t>(offset));
  std::copy_n(data_.begin() + static_cast<std::ptrdiff_t>(received_), count, buffer.begin() + offset);
  received_ += count;
  if (received_ == data_.size()) state_ = ApduState::kFullIncoming;
  return static_cast<std::int16_t>(count);
}

ApduResult<std::int16_t> Apdu::incoming_length() const {
  if (state_ != ApduState::kPartialIncoming && state_ != ApduState::kFullIncoming)
    return problem(ApduProblem::kIllegalUse);
  return static_cast<std::int16_t>(std::min<std::size_t>(data_.size(), kMaximumLength));
}

ApduResult<std::int16_t> Apdu::data_offset() const {
  if (state_ != ApduState::kPartialIncoming && state_ != ApduState::kFullIncoming)
    return problem(ApduProblem::kIllegalUse);
  return static_cast<std::int16_t>(offset_);
}

// What is not said is 256: the API gives no number for it, and applets compare with what they are going to send.
std::int32_t Apdu::expected_length() const {
  return le_ < 0 ? kShortMaximum : std::min(le_, extended_ ? kMaximumLength : kShortMaximum);
}

ApduResult<std::int16_t> Apdu::set_outgoing() {
  if (outgoing() || state_ < ApduState::kInitial) return problem(ApduProblem::kIllegalUse);
  state_ = ApduState::kOutgoing;
  return static_cast<std::int16_t>(expected_length());
}

ApduResult<std::int16_t> Apdu::set_outgoing_no_chaining() {
  const auto length = set_outgoing();
  unchained_ = length.has_value();
  return length;
}

ApduResult<void> Apdu::set_outgoing_length(std::int16_t length) {
  if (state_ != ApduState::kOutgoing) return problem(ApduProblem::kIllegalUse);
  if (length < 0 || (!extended_ && length > kShortMaximum)) return problem(ApduProblem::kBadLength);
  if (unchained_ && protocol_ == Protocol::kT1 && length > kUnchainedMaximum) return problem(ApduProblem::kBadLength);
  announced_ = length;
  state_ = ApduState::kOutgoingLengthKnown;
  return {};
}

ApduResult<void> Apdu::may_send(std::int32_t length) const {
  if (state_ != ApduState::kOutgoingLengthKnown && state_ != ApduState::kPartialOutgoing)
    return problem(ApduProblem::kIllegalUse);
  if (length > announced_ - static_cast<std::int32_t>(response_.size())) return problem(ApduProblem::kIllegalUse);
  return {};
}

ApduResult<void> Apdu::send(ByteView from) {
  if (auto may = may_send(static_cast<std::int32_t>(from.size())); !may) return may;
  append(response_, from);
  const bool all = response_.size() == static_cast<std::size_t>(announced_);
  state_ = all ? ApduState::kFullOutgoing : ApduState::kPartialOutgoing;
  return {};
}

ApduResult<void> Apdu::set_outgoing_and_send(ByteView from) {
  if (auto ready = set_outgoing(); !ready) return problem(ready.error());
  if (auto announced = set_outgoing_length(static_cast<std::int16_t>(from.size())); !announced) return announced;
  return send(from);
}

}  // namespace cose::jcre
