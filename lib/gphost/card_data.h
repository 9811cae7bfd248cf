// SPDX-License-Identifier: Apache-2.0
// What GET DATA answers, as values: card recognition data, key information, CPLC, memory.
//
// Parsers of foreign octets; they take what real cards send, with and without the outer tag. Errors: kInvalid.
// Source: GPC 2.3.1 §H.2 (66), §11.3.3.1 (E0), §11.3.3.2; ETSI TS 102 226 §8.2.1.7 (FF21); the CPLC of Open Platform.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "scp/protocol.h"

namespace cose::gphost {

// Tag 66: which GlobalPlatform, which secure channels.
struct CardRecognition {
  std::string version;  // "2.2"
  std::vector<scp::Protocol> protocols;
  Bytes configuration;  // tag 65, as it is
  Bytes card_details;   // tag 66 inside

  [[nodiscard]] static Result<CardRecognition> parse(ByteView data);
};

// One key of tag E0.
struct KeyInformation {
  struct Component {
    std::uint8_t type;
    std::uint16_t length;

    friend bool operator==(const Component&, const Component&) = default;
  };
  std::uint8_t identifier = 0;
  std::uint8_t version = 0;
  std::vector<Component> components;

  [[nodiscard]] static Result<std::vector<KeyInformation>> parse(ByteView data);
};

// "version 30: AES 128 (identifiers 01 02 03)", a line for each version.
[[nodiscard]] std::vector<std::string> describe(const std::vector<KeyInformation>& keys);

// Tag 9F7F: the card production life cycle.
struct CplcField {
  std::string_view name;
  bool is_date;
  Bytes value;

  [[nodiscard]] std::string to_string() const;  // dates as "2026-11-25 (5329)" where they can be one
};
[[nodiscard]] Result<std::vector<CplcField>> parse_cplc(ByteView data);

// Tag FF21.
struct CardResources {
  std::uint32_t applications = 0;
  std::uint32_t free_non_volatile = 0;
  std::uint32_t free_volatile = 0;

  [[nodiscard]] static Result<CardResources> parse(ByteView data);
};

// The answer to SELECT of a security domain: 6F { 84 AID, A5 { 73 recognition data, 9F65 longest data field } }.
struct SelectedDomain {
  Bytes aid;
  std::size_t longest_data = 255;
  Bytes recognition;

  [[nodiscard]] static Result<SelectedDomain> parse(ByteView data);
};

}  // namespace cose::gphost
