// SPDX-License-Identifier: Apache-2.0
#include "store/admission.h"

#include <algorithm>
#include <unordered_map>

namespace cose::store {

namespace {

std::string name_of(const Change& change) {
  return "card " + std::to_string(change.card);
}

Status check_size(std::string_view what, std::size_t size, std::size_t maximum) {
  if (size <= maximum) return {};
  return fail(ErrorKind::kInvalid, std::string(what) + ": expected up to " + std::to_string(maximum) +
                                       " octets, found " + std::to_string(size));
}

Status check_shape(const Change& change) {
  COSE_CHECK(check_size("head", change.head.size(), kMaximumHead));
  if (change.pages.size() > kMaximumPagesOfChange)
    return fail(ErrorKind::kInvalid, std::to_string(change.pages.size()) + " pages in one change");
  for (const auto& page : change.pages) COSE_CHECK(check_size("page", page.octets.size(), kMaximumPage));
  const auto ascending = [](const Page& left, const Page& right) { return left.number >= right.number; };
  if (std::ranges::adjacent_find(change.pages, ascending) != change.pages.end())
    return fail(ErrorKind::kInvalid, "pages are not in ascending order");
  if (!change.answer) return {};
  if (change.answer->request.empty()) return fail(ErrorKind::kInvalid, "an answer without a request");
  COSE_CHECK(check_size("request", change.answer->request.size(), kMaximumRequestId));
  return check_size("response", change.answer->response.size(), kMaximumResponse);
}

Status check_record(const Record& record) {
  if (record.key.empty()) return fail(ErrorKind::kInvalid, "a record without a key");
  COSE_CHECK(check_size("key of a record", record.key.size(), kMaximumRecordKey));
  return check_size("record " + record.key, record.octets.size(), kMaximumRecord);
}

Status check_order(const Change& change, Fence current, std::optional<Sequence> reached) {
  if (change.fence != current)
    return fail(ErrorKind::kRefused, "fence " + std::to_string(change.fence) + " is stale: the owner's is " +
                                         std::to_string(current) + " now");
  if (change.kind == Change::Kind::kCreate ? reached.has_value() : !reached.has_value())
    return fail(ErrorKind::kInvalid, reached ? "exists already" : "does not exist");
  const auto expected = reached.value_or(0) + 1;
  if (change.sequence != expected)
    return fail(ErrorKind::kInvalid,
                "expected change " + std::to_string(expected) + ", found " + std::to_string(change.sequence));
  return {};
}

}  // namespace

Status admit(const Group& group, Fence current, const SequenceSource& sequence_of) {
  for (const auto& record : group.records) COSE_CHECK(check_record(record));
  // A card may come more than once in a group: what the group itself has done to it comes first.
  std::unordered_map<CardId, std::optional<Sequence>> within;
  for (const auto& change : group.changes) {
    auto known = within.find(change.card);
    if (known == within.end()) {
      COSE_TRY(const auto stored, sequence_of(change.card));
      known = within.emplace(change.card, stored).first;
    }
    auto checked = check_order(change, current, known->second);
    if (checked) checked = check_shape(change);
    if (!checked) return std::unexpected(checked.error().within(name_of(change)));
    known->second = change.kind == Change::Kind::kDestroy ? std::nullopt : std::optional(change.sequence);
  }
  return {};
}

}  // namespace cose::store
