// SPDX-License-Identifier: Apache-2.0
// Names of secure elements made of what a card, its reader and its slot say: "{iin}-{cin}", "sim{slot}", "{cplc}".
//
//   {slot}             101                     {reader}          name of the reader
//   {historical}       of the answer to reset  {reader-serial}   its serial number
//   {cplc}             which chip this is: fabricator, type, fabrication date, serial number, batch (GPC 2.3.1 annex
//   H.6) {iin} {cin}        issuer and card image number (GPC 2.3.1 §7.4.1.1, §7.4.1.2) {diversification}  the first
//   ten octets that the card's domain answers to INITIALIZE UPDATE (GPC 2.3.1 annex E.5.1)
//
// Octets are written in hexadecimal; what no SEID may hold becomes "-". Values; no state. Errors: kInvalid.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/result.h"
#include "grid/seid_table.h"

namespace cose::grid {

enum class SeidField : std::uint8_t {
  kSlot,
  kReader,
  kReaderSerial,
  kHistorical,
  kCplc,
  kIin,
  kCin,
  kDiversification,
};

using SeidFacts = std::map<SeidField, std::string>;

class SeidTemplate {
 public:
  // Without any field several slots would have one name: an error.
  [[nodiscard]] static Result<SeidTemplate> parse(std::string_view text);

  [[nodiscard]] bool asks_for(SeidField field) const;
  // Nothing: a fact is missing or empty, or the name would be too long.
  [[nodiscard]] std::optional<std::string> expand(const SeidFacts& facts) const;

 private:
  struct Part {
    std::string text;
    std::optional<SeidField> field;  // before which the text stands
  };
  std::vector<Part> parts_;
};

struct SlotName {
  SlotNumber slot;
  std::optional<std::string> name;  // nothing: the number of the slot
};

// Adds them to the table. Of several slots with one name none gets it, since it would stand for another card than
// yesterday's when one is put in: each is NAME~SLOT, as is one whose name the table has already. Those are returned.
[[nodiscard]] Result<std::vector<SlotNumber>> add_names(SeidTable& table, const std::vector<SlotName>& names);

}  // namespace cose::grid
