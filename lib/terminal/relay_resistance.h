// SPDX-License-Identifier: Apache-2.0
// The relay resistance protocol: how long a card that says how long it takes may really take.
//
// Pure functions over numbers; times are in units of 100 microseconds, as the specification has them. Errors: kInvalid.
// Source: EMV Contactless Book C-2 §3.10 (and C-8, which agrees); defaults of annex A.
#pragma once

#include <cstdint>

#include "bytes/bytes.h"
#include "bytes/clock.h"
#include "bytes/result.h"

namespace cose::terminal {

struct RelayTerms {
  std::uint32_t expected_command = 0x12;  // transmission of the command
  std::uint32_t expected_answer = 0x18;
  std::uint32_t minimum_grace = 0x14;
  std::uint32_t maximum_grace = 0x32;
  std::uint32_t accuracy = 0x012C;
  std::uint32_t mismatch_percent = 0x32;
};

// What the card answers to EXCHANGE RELAY RESISTANCE DATA.
struct RelayAnswer {
  Bytes entropy;  // 4 octets
  std::uint32_t minimum = 0;
  std::uint32_t maximum = 0;
  std::uint32_t estimated_transmission = 0;

  // Ten octets, alone in template 80.
  [[nodiscard]] static Result<RelayAnswer> parse(ByteView answer);
};

enum class RelayTiming {
  kGood,
  kTooFast,  // below what the card itself says: no card of this issuer
  kTooSlow,  // to be tried again, twice at most
};

struct RelayMeasure {
  RelayTiming timing = RelayTiming::kGood;
  std::uint32_t processing = 0;     // of the card, as measured
  bool threshold_exceeded = false;  // transmission times do not fit together, or accuracy is lost
};

inline constexpr int kMaximumRelayExchanges = 3;

[[nodiscard]] RelayMeasure measure_relay(const RelayTerms& terms, const RelayAnswer& answer, Nanoseconds elapsed);

}  // namespace cose::terminal
