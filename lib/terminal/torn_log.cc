// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "terminal/contactless.h"

namespace cose::terminal {

namespace {

ByteView get(const emv::DataObjects& objects, tlv::Tag tag) {
  const auto found = objects.find(tag);
  return found == objects.end() ? ByteView() : ByteView(found->second);
}

}  // namespace

void TornLog::add(TornRecord record) {
  if (records_.size() == kMaximumRecords) records_.erase(records_.begin());
  records_.push_back(std::move(record));
}

std::optional<TornRecord> TornLog::take(ByteView pan, ByteView sequence, Nanoseconds wall) {
  std::erase_if(records_, [&](const auto& record) { return wall - record.wall > kLifetime; });
  for (auto at = records_.size(); at-- > 0;) {
    const auto& objects = records_[at].objects;
    if (!equal(get(objects, tlv::Tag(0x5A)), pan) || !equal(get(objects, tlv::Tag(0x5F34)), sequence)) continue;
    auto found = std::move(records_[at]);
    records_.erase(records_.begin() + static_cast<std::ptrdiff_t>(at));
    return found;
  }
  return std::nullopt;
}

}  // namespace cose::terminal
