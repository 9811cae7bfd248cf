// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "bytes/hex.h"
#include "terminal/detail/steps.h"
#include "tlv/tlv_builder.h"

namespace cose::terminal::detail {

namespace {

using iso7816::StatusWord;

constexpr std::size_t kLocatorEntry = 4;
constexpr std::size_t kMaximumRecords = 255;
constexpr unsigned kLastSharedFile = 10;
constexpr unsigned kLastFile = 30;

// EMV 4.4 Book 3 §6.5.8.4. Format 1: the profile (2) and the locator without tags.
Status take_options(Run& run, ByteView answer) {
  const auto tree = tlv::parse_tree(answer);
  if (!tree) return std::unexpected(tree.error());
  if (tree->size() != 1) return fail(ErrorKind::kInvalid, "expected one template");
  if (tree->front().tag == Tag(0x80)) {
    const auto value = ByteView(tree->front().value);
    if (value.size() < 2) return fail(ErrorKind::kInvalid, "the profile is cut off");
    run.data.set(tags::kAip, value.first(2));
    if (value.size() > 2) run.data.set(tags::kAfl, value.subspan(2));
    return {};
  }
  if (tree->front().tag != Tag(0x77)) return fail(ErrorKind::kInvalid, "expected template 77 or 80");
  static_cast<void>(collect(*tree, run.data.objects));
  if (run.data.get(tags::kAip).size() != 2) return fail(ErrorKind::kInvalid, "there is no profile (82) of 2 octets");
  return {};
}

struct LocatorEntry {
  unsigned file, first, last, covered;
};

Result<LocatorEntry> entry_of(ByteView octets) {
  const LocatorEntry entry{.file = octets[0] / 8U, .first = octets[1], .last = octets[2], .covered = octets[3]};
  if (entry.file < 1 || entry.file > kLastFile || (octets[0] & 0x07) != 0 || entry.first < 1 ||
      entry.last < entry.first || entry.covered > entry.last - entry.first + 1)
    return fail(ErrorKind::kInvalid, "AFL entry " + to_hex(octets) +
                                         ": expected a file from 1 to 30, records from 1 on, the last not before the "
                                         "first, not more of them signed than there are");
  return entry;
}

// EMV 4.4 Book 3 §7.1: an object that comes twice ends the transaction.
Status take_record(Run& run, unsigned file, ByteView record) {
  const auto tree = tlv::parse_tree(record);
  if (!tree) return std::unexpected(tree.error());
  if (tree->size() != 1 || tree->front().tag != Tag(0x70)) {
    if (file <= kLastSharedFile) return fail(ErrorKind::kInvalid, "expected template 70");
    return {};
  }
  emv::DataObjects objects;
  if (collect(*tree, objects) != 0) return fail(ErrorKind::kInvalid, "a data object comes twice");
  for (auto& [tag, value] : objects) {
    // The terminal has objects of its own under tags that a scheme uses otherwise: 9F66.
    const bool is_known = !run.read_tags.insert(tag).second;
    if (file <= kLastSharedFile && is_known && run.data.objects[tag] != value)
      return fail(ErrorKind::kInvalid, "data object " + tag.to_string() + " comes twice");
    run.data.objects[tag] = std::move(value);
  }
  return {};
}

Status read_file(Run& run, const LocatorEntry& entry, std::size_t& records) {
  for (unsigned record = entry.first; record <= entry.last; ++record) {
    if (++records > kMaximumRecords) {
      run.end(Decision::kTerminated, fmt::format("the card has more than {} records", kMaximumRecords));
      return {};
    }
    COSE_TRY(const auto answer, run.read_record(entry.file, record));
    const auto where = fmt::format("file {} record {}: ", entry.file, record);
    if (answer.status != StatusWord::kOk) {
      run.end(Decision::kTerminated, where + status_text(answer.status));
      return {};
    }
    if (record < entry.first + entry.covered) {
      // EMV 4.4 Book 3 §10.3: a covered record of another form fails the authentication, not the transaction.
      const auto added = run.static_data.add_record(entry.file, answer.data);
      if (!added) run.problem(where + added.error().message);
      run.static_data_good = run.static_data_good && added.has_value();
    }
    if (const auto taken = take_record(run, entry.file, answer.data); !taken) {
      run.end(Decision::kTerminated, where + taken.error().message);
      return {};
    }
  }
  return {};
}

}  // namespace

Result<StatusWord> get_processing_options(Run& run) {
  run.end_step();
  run.begin_step("initiate application processing");
  if (run.data.has(tags::kPdol)) {
    const auto filled = fill_list(run.data, run.data.get(tags::kPdol));
    if (!filled) {
      run.end(Decision::kTerminated, "PDOL: " + filled.error().message);
      return StatusWord::kOk;
    }
    run.pdol_data = *filled;
  }
  const auto command = tlv::TlvBuilder().add(Tag(0x83), run.pdol_data).take();
  COSE_TRY(const auto answer, run.send({.cla = 0x80, .ins = 0xA8, .data = command, .le = kWholeAnswer}));
  if (answer.status == StatusWord{0x6985}) {
    run.problem("GET PROCESSING OPTIONS: conditions of use not satisfied");
    return answer.status;
  }
  if (answer.status != StatusWord::kOk) {
    run.end(Decision::kTerminated, "GET PROCESSING OPTIONS: " + status_text(answer.status));
  } else if (const auto taken = take_options(run, answer.data); !taken) {
    run.end(Decision::kTerminated, "GET PROCESSING OPTIONS: " + taken.error().message);
  } else {
    run.note("AIP " + to_hex(run.data.get(tags::kAip)) + ", AFL " + to_hex(run.data.get(tags::kAfl)));
  }
  return answer.status;
}

Status read_records(Run& run) {
  auto rest = run.data.get(tags::kAfl);
  const auto locator = to_bytes(rest);
  rest = locator;
  if (rest.size() % kLocatorEntry != 0) {
    run.end(Decision::kTerminated, fmt::format("AFL: expected entries of 4 octets, found {} octets", rest.size()));
    return {};
  }
  std::size_t records = 0;
  for (; !rest.empty() && !run.has_ended(); rest = rest.subspan(kLocatorEntry)) {
    const auto entry = entry_of(rest.first(kLocatorEntry));
    if (!entry) {
      run.end(Decision::kTerminated, entry.error().message);
      return {};
    }
    COSE_CHECK(read_file(run, *entry, records));
  }
  if (!run.has_ended()) run.note(fmt::format("{} records", records));
  return {};
}

}  // namespace cose::terminal::detail
