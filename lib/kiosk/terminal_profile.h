// SPDX-License-Identifier: Apache-2.0
// What a terminal says of itself and of the transaction: the values with which data object lists are filled.
//
// A value type; set() changes any. Amounts are in the currency's smallest unit. Errors: kInvalid.
// Source: EMV 4.4 Book 3 annex A, Book 4 annex A; EMV Contactless Book A.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>

#include "bytes/bytes.h"
#include "bytes/clock.h"
#include "bytes/result.h"
#include "bytes/rng.h"
#include "tlv/dol.h"

namespace cose::kiosk {

class TerminalProfile {
 public:
  // An attended terminal of this country, ready to go online, that asks nothing of the card but to be read.
  TerminalProfile();

  [[nodiscard]] Status set(tlv::Tag tag, ByteView value);
  // "9F1A=0276"
  [[nodiscard]] Status set(std::string_view assignment);
  [[nodiscard]] ByteView get(tlv::Tag tag) const;

  // Date, time and unpredictable number of a transaction that begins now.
  [[nodiscard]] Status begin(const Clock& clock, Rng& rng);

  [[nodiscard]] Bytes fill(const tlv::Dol& list) const;
  [[nodiscard]] const std::map<tlv::Tag, Bytes>& values() const { return values_; }

 private:
  std::map<tlv::Tag, Bytes> values_;
};

}  // namespace cose::kiosk
