// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/core.h>

#include "bytes/hex.h"
#include "terminal/detail/steps.h"

namespace cose::terminal::detail {

namespace {

constexpr Tag kIdentifier(0x9F18);
constexpr Tag kCommand(0x86);
constexpr std::size_t kIdentifierSize = 4;
constexpr unsigned kMaximumSequence = 0x0F;

// EMV 4.4 Book 4 annex A5: the first octet of a script's results.
constexpr std::uint8_t kNotPerformed = 0x00;
constexpr std::uint8_t kFailed = 0x10;
constexpr std::uint8_t kSuccessful = 0x20;

void add_result(Run& run, std::uint8_t result, unsigned sequence, ByteView identifier) {
  auto& results = run.outcome.script_results;
  results.push_back(
      static_cast<std::uint8_t>(result | (result == kFailed ? std::min(sequence, kMaximumSequence) : 0U)));
  Bytes four(kIdentifierSize);
  std::ranges::copy(identifier.first(std::min(identifier.size(), kIdentifierSize)), four.begin());
  append(results, four);
}

// EMV 4.4 Book 3 §10.10: until one fails; 90, 62 and 63 are no failures. True: all were carried out.
Result<bool> run_commands(Run& run, const std::vector<tlv::Node>& objects, ByteView identifier) {
  unsigned sequence = 0;
  for (const auto& object : objects) {
    if (object.tag != kCommand) continue;
    ++sequence;
    const auto command = iso7816::CommandApduView::parse(object.value);
    if (!command) {
      run.problem(fmt::format("script command {}: {}", sequence, command.error().message));
      add_result(run, kFailed, sequence, identifier);
      return false;
    }
    COSE_TRY(const auto answer, run.send(*command));
    const auto line =
        fmt::format("script command {}, INS {:02X}: {}", sequence, command->ins, status_text(answer.status));
    if (!answer.status.is_success() && !answer.status.is_warning()) {
      run.problem(line);
      add_result(run, kFailed, sequence, identifier);
      return false;
    }
    run.note(line);
  }
  add_result(run, kSuccessful, 0, identifier);
  return true;
}

}  // namespace

Status run_scripts(Run& run, std::span<const Bytes> scripts, Tag kind) {
  const auto failed = kind == Tag(0x71) ? tvr::kScriptBeforeFailed : tvr::kScriptAfterFailed;
  for (const auto& script : scripts) {
    const auto tree = tlv::parse_tree(script);
    if (!tree || tree->size() != 1) {
      // A script that does not parse is not carried out; only one of this kind counts now.
      if (!script.empty() && script.front() == kind.value()) {
        run.tvr(failed);
        run.problem("the issuer's script is no template");
        add_result(run, kNotPerformed, 0, {});
      }
      continue;
    }
    if (tree->front().tag != kind) continue;
    run.tsi(tsi::kScripts);
    const auto* identifier = find(tree->front().children, kIdentifier);
    COSE_TRY(const auto done, run_commands(run, tree->front().children,
                                           identifier == nullptr ? ByteView() : ByteView(identifier->value)));
    if (!done) run.tvr(failed);
  }
  return {};
}

}  // namespace cose::terminal::detail
