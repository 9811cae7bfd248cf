// SPDX-License-Identifier: Apache-2.0
#include "kiosk/item.h"

#include <algorithm>
#include <array>

namespace cose::kiosk {

namespace {

// Track 1 (56), the account number and track 2 in their various tags, and the discretionary data with them.
constexpr std::array kAccountTags{tlv::Tag(0x5A),   tlv::Tag(0x57),   tlv::Tag(0x56),     tlv::Tag(0x9F6B),
                                  tlv::Tag(0x9F20), tlv::Tag(0x9F1F), tlv::Tag(0xDF812A), tlv::Tag(0xDF812B)};

bool holds_account(tlv::Tag tag) {
  return std::ranges::find(kAccountTags, tag) != kAccountTags.end();
}

}  // namespace

Item group(std::string title, std::string text) {
  Item made;
  made.title = std::move(title);
  made.text = std::move(text);
  return made;
}

Item problem(std::string title, std::string text) {
  auto made = group(std::move(title), std::move(text));
  made.kind = ItemKind::kProblem;
  return made;
}

Item item_of(tlv::Tag tag, ByteView value, emv::Meaning meaning, emv::Accounts accounts) {
  Item made;
  made.kind = ItemKind::kObject;
  made.tag = tag;
  made.hidden = accounts == emv::Accounts::kMasked && holds_account(tag);
  if (!made.hidden) made.value = to_bytes(value);
  const auto* entry = emv::find_tag(tag, meaning);
  made.title = entry == nullptr ? "unknown data object" : std::string(entry->name);
  if (entry == nullptr) return made;
  auto explained = emv::explain(*entry, value, accounts);
  made.text = std::move(explained.summary);
  made.parts = std::move(explained.parts);
  // Who does not know how to mask it shows none of it.
  const bool masks = entry->decoder == emv::Decoder::kPan || entry->decoder == emv::Decoder::kTrack2;
  if (made.hidden && !masks) {
    made.text.clear();
    made.parts.clear();
  }
  return made;
}

Item item_of(const tlv::Node& node, emv::Meaning meaning, emv::Accounts accounts) {
  auto made = item_of(node.tag, node.value, meaning, accounts);
  for (const auto& child : node.children) made.children.push_back(item_of(child, meaning, accounts));
  return made;
}

}  // namespace cose::kiosk
