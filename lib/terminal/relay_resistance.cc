// SPDX-License-Identifier: Apache-2.0
#include "terminal/relay_resistance.h"

#include <algorithm>
#include <limits>

#include "bytes/hex.h"
#include "tlv/tlv_reader.h"

namespace cose::terminal {

namespace {

constexpr std::int64_t kUnit = 100'000;  // nanoseconds
constexpr std::size_t kAnswer = 10;

std::uint32_t less(std::uint32_t from, std::uint32_t what) {
  return from > what ? from - what : 0;
}

}  // namespace

Result<RelayAnswer> RelayAnswer::parse(ByteView answer) {
  const auto value = tlv::find(answer, tlv::Tag(0x80));
  if (!value) return std::unexpected(value.error());
  if (!*value || (*value)->size() != kAnswer)
    return fail(ErrorKind::kInvalid,
                "relay resistance data: expected template 80 of 10 octets, found " + to_hex(answer));
  const auto octets = **value;
  const auto number = [&](std::size_t at) { return static_cast<std::uint32_t>(octets[at] << 8 | octets[at + 1]); };
  return RelayAnswer{.entropy = to_bytes(octets.first(4)),
                     .minimum = number(4),
                     .maximum = number(6),
                     .estimated_transmission = number(8)};
}

RelayMeasure measure_relay(const RelayTerms& terms, const RelayAnswer& answer, Nanoseconds elapsed) {
  constexpr std::int64_t kMost = std::numeric_limits<std::uint16_t>::max();
  const auto units = static_cast<std::uint32_t>(std::clamp<std::int64_t>(elapsed.count() / kUnit, 0, kMost));
  RelayMeasure measure;
  measure.processing =
      less(units, terms.expected_command + std::min(answer.estimated_transmission, terms.expected_answer));
  if (measure.processing < less(answer.minimum, terms.minimum_grace)) {
    measure.timing = RelayTiming::kTooFast;
    return measure;
  }
  if (measure.processing > answer.maximum + terms.maximum_grace) measure.timing = RelayTiming::kTooSlow;
  // C-2 §3.10: one transmission time is too far from the other, or the card is above its minimum by too much.
  const auto device = answer.estimated_transmission, ours = terms.expected_answer;
  const bool mismatch =
      device == 0 || device * 100 / ours < terms.mismatch_percent || ours * 100 / device < terms.mismatch_percent;
  measure.threshold_exceeded = mismatch || less(measure.processing, answer.minimum) > terms.accuracy;
  return measure;
}

}  // namespace cose::terminal
