// SPDX-License-Identifier: Apache-2.0
// What an explorer found on a card, as a tree for people: each item has a title, often a data object's octets, what
// they mean, and what belongs below it. Values own what they hold.
//
// Account numbers: with emv::Accounts::kMasked the octets of an item that holds one are left out (`hidden`), so that no
// form of output can show them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bytes/bytes.h"
#include "emv/dictionary.h"
#include "tlv/node.h"

namespace cose::kiosk {

enum class ItemKind {
  kGroup,    // a heading: card, directory, application, record
  kObject,   // a data object
  kCheck,    // an authentication step that passed
  kProblem,  // what did not go as it should
};

// How often each range of a number came, before and now. The last bin has what lies above it as well.
struct Histogram {
  std::string unit;
  double low = 0;    // where the first bin begins
  double width = 0;  // of a bin
  std::vector<std::size_t> baseline;
  std::vector<std::size_t> observed;
};

struct Item {
  ItemKind kind = ItemKind::kGroup;
  std::string title;
  std::string text;              // what it means, in a line
  std::optional<tlv::Tag> tag;   // kObject
  Bytes value;                   // kObject without children
  bool hidden = false;           // the value holds an account number
  std::vector<emv::Part> parts;  // of the value
  std::vector<Item> children;
  std::optional<Histogram> histogram = {};
};

[[nodiscard]] Item group(std::string title, std::string text = {});
[[nodiscard]] Item problem(std::string title, std::string text);

// Data objects by the dictionary, as the scheme means them.
[[nodiscard]] Item item_of(const tlv::Node& node, emv::Meaning meaning, emv::Accounts accounts);
[[nodiscard]] Item item_of(tlv::Tag tag, ByteView value, emv::Meaning meaning, emv::Accounts accounts);

// ---- written out; what is shown of a value is the same in all forms ----
struct TextStyle {
  bool colours = false;  // ECMA-48, for terminals
  bool parts = false;    // with the range of octets of each part
};
[[nodiscard]] std::string to_text(const Item& item, const TextStyle& style);
[[nodiscard]] std::string to_xml(const Item& item);
// One page that needs nothing else.
[[nodiscard]] std::string to_html(const Item& item);

}  // namespace cose::kiosk
