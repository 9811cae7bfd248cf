// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/core.h>

#include "bytes/hex.h"
#include "terminal/detail/by_priority.h"
#include "terminal/detail/steps.h"

namespace cose::terminal::detail {

namespace {

using iso7816::StatusWord;

constexpr std::string_view kDirectory = "1PAY.SYS.DDF01";
constexpr std::size_t kMaximumCandidates = 32;
constexpr unsigned kMaximumDirectoryRecords = 30;
constexpr int kMaximumOccurrences = 16;
constexpr StatusWord kNotSupported{0x6A81};
constexpr std::uint8_t kConfirmation = 0x80;
constexpr std::uint8_t kPriority = 0x0F;

Candidate candidate_of(const std::vector<tlv::Node>& nodes, ByteView aid) {
  Candidate candidate{.aid = to_bytes(aid), .label = {}, .priority = 0, .needs_confirmation = false};
  if (const auto* label = find(nodes, Tag(0x50))) candidate.label = printable(label->value);
  if (const auto* priority = find(nodes, Tag(0x87)); priority != nullptr && priority->value.size() == 1) {
    candidate.priority = priority->value[0] & kPriority;
    candidate.needs_confirmation = (priority->value[0] & kConfirmation) != 0;
  }
  return candidate;
}

void add(std::vector<Candidate>& candidates, Candidate candidate) {
  const bool known = std::ranges::any_of(candidates, [&](const auto& one) { return one.aid == candidate.aid; });
  if (!known && candidates.size() < kMaximumCandidates) candidates.push_back(std::move(candidate));
}

// EMV 4.4 Book 1 §12.3.2 step 2: the entries of one record of the directory.
bool add_entries(const Run& run, ByteView record, std::vector<Candidate>& candidates) {
  const auto tree = tlv::parse_tree(record);
  if (!tree || tree->size() != 1 || tree->front().tag != Tag(0x70)) return false;
  for (const auto& entry : tree->front().children) {
    if (entry.tag != Tag(0x61)) continue;
    const auto* aid = find(entry.children, tags::kAid);
    if (aid != nullptr && match(run.configuration, aid->value) != nullptr)
      add(candidates, candidate_of(entry.children, aid->value));
  }
  return true;
}

// EMV 4.4 Book 1 §12.3.2. What is no good directory counts as none.
Result<std::vector<Candidate>> by_directory(Run& run) {
  std::vector<Candidate> candidates;
  COSE_TRY(const auto answer, run.select(as_bytes(kDirectory)));
  if (answer.status == kNotSupported) {
    run.end(Decision::kTerminated, "the card is blocked, or knows no SELECT");
    return candidates;
  }
  if (answer.status != StatusWord::kOk) {
    run.note("no directory: " + status_text(answer.status));
    return candidates;
  }
  const auto tree = tlv::parse_tree(answer.data);
  const auto* file = tree ? find(*tree, Tag(0x88)) : nullptr;
  if (file == nullptr || file->value.size() != 1 || file->value[0] < 1 || file->value[0] > 10) {
    run.problem("the directory names no file from 1 to 10");
    return candidates;
  }
  for (unsigned record = 1; record <= kMaximumDirectoryRecords; ++record) {
    COSE_TRY(const auto read, run.read_record(file->value[0], record));
    if (read.status != StatusWord::kOk) break;
    if (!add_entries(run, read.data, candidates)) {
      run.problem(fmt::format("record {} of the directory is no list of applications", record));
      return std::vector<Candidate>();
    }
  }
  return candidates;
}

// EMV 4.4 Book 1 §12.3.3 steps 2 to 7: all the card's applications whose names begin with this AID.
Status search(Run& run, const Application& application, std::vector<Candidate>& candidates) {
  std::uint8_t which = 0x00;
  for (int occurrence = 0; occurrence < kMaximumOccurrences; ++occurrence) {
    COSE_TRY(const auto answer, run.select(application.aid, which));
    if (answer.status == kNotSupported && candidates.empty() && occurrence == 0) {
      run.end(Decision::kTerminated, "the card is blocked, or knows no SELECT");
      return {};
    }
    const bool is_blocked = answer.status.is_warning();
    if (answer.status != StatusWord::kOk && !is_blocked) return {};
    const auto tree = tlv::parse_tree(answer.data);
    const auto* name = tree ? find(*tree, Tag(0x84)) : nullptr;
    if (name == nullptr ||
        !std::ranges::equal(ByteView(name->value).first(std::min(name->value.size(), application.aid.size())),
                            application.aid))
      return {};
    const bool is_whole = name->value.size() == application.aid.size();
    if (!is_blocked && (is_whole || application.partial)) add(candidates, candidate_of(*tree, name->value));
    if (is_whole || !application.partial) return {};
    which = 0x02;
  }
  return {};
}

// EMV 4.4 Book 1 §12.4: by priority, those without one last, else in the order of finding.
void sort(std::vector<Candidate>& candidates) {
  detail::sort_by_priority(candidates, [](const Candidate& one) { return one.priority; });
}

Status collect_candidates(Run& run, std::vector<Candidate>& candidates) {
  COSE_TRY(candidates, by_directory(run));
  if (run.has_ended()) return {};
  if (candidates.empty())
    for (const auto& application : run.configuration.applications) {
      COSE_CHECK(search(run, application, candidates));
      if (run.has_ended()) return {};
    }
  sort(candidates);
  for (const auto& candidate : candidates)
    run.note(fmt::format("candidate {} {}, priority {}", to_hex(candidate.aid), candidate.label, candidate.priority));
  return {};
}

// The final SELECT; false: this one does not work.
Result<bool> take(Run& run, const Candidate& candidate) {
  COSE_TRY(const auto answer, run.select(candidate.aid));
  if (answer.status != StatusWord::kOk) {
    run.problem("SELECT " + to_hex(candidate.aid) + ": " + status_text(answer.status));
    return false;
  }
  run.aid = candidate.aid;
  run.application = match(run.configuration, candidate.aid);
  const auto taken = take_file_control(run, answer.data);
  if (!taken) run.problem(taken.error().message);
  return taken.has_value();
}

}  // namespace

const Application* match(const Configuration& configuration, ByteView aid) {
  const Application* best = nullptr;
  for (const auto& application : configuration.applications) {
    const auto size = application.aid.size();
    if (aid.size() < size || !equal(aid.first(size), application.aid)) continue;
    if (aid.size() > size && !application.partial) continue;
    if (best == nullptr || best->aid.size() < size) best = &application;
  }
  return best;
}

Status take_file_control(Run& run, ByteView answer) {
  const auto tree = tlv::parse_tree(answer);
  if (!tree) return std::unexpected(tree.error().within("the answer to SELECT"));
  if (find(*tree, Tag(0x84)) == nullptr) return fail(ErrorKind::kInvalid, "the answer to SELECT has no 84");
  static_cast<void>(collect(*tree, run.data.objects));
  run.outcome.aid = run.aid;
  run.data.set(Tag(0x9F06), run.aid);
  run.data.set(Tag(0x9F09), binary(run.application->version, 2));
  run.data.set(Tag(0x9F1B), binary(run.application->floor_limit, 4));
  const auto* label = find(*tree, Tag(0x50));
  run.outcome.application = label == nullptr ? run.application->name : printable(label->value);
  return {};
}

Status select_application(Run& run) {
  std::vector<Candidate> candidates;
  COSE_CHECK(collect_candidates(run, candidates));
  while (!run.has_ended() && !candidates.empty()) {
    const auto chosen = run.parties.cardholder.choose(candidates);
    if (!chosen || *chosen >= candidates.size()) {
      run.end(Decision::kTerminated, "the cardholder chose no application");
      return {};
    }
    const auto before = run.data;
    COSE_TRY(const auto works, take(run, candidates[*chosen]));
    if (works) {
      // EMV 4.4 Book 3 §10.1: 6985 brings back the list, without this application.
      COSE_TRY(const auto status, get_processing_options(run));
      if (run.has_ended() || status == StatusWord::kOk) return {};
    }
    run.data = before;
    candidates.erase(candidates.begin() + static_cast<std::ptrdiff_t>(*chosen));
  }
  if (!run.has_ended()) run.end(Decision::kTerminated, "no application that card and terminal share");
  return {};
}

}  // namespace cose::terminal::detail
