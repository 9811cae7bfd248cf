// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "bytes/writer.h"
#include "convert/detail/card_code.h"

namespace cose::convert::detail {

namespace {

using cap::Opcode;
using cap::Operands;

// ifeq to goto with 8 bits, ifeq_w to goto_w with 16, in the same order.
constexpr int kToWide = static_cast<int>(Opcode::k_ifeq_w) - static_cast<int>(Opcode::k_ifeq);
constexpr std::size_t kMaximumDistance = 32767;

const cap::OpcodeInfo& info_of(const CardInstruction& instruction) {
  return cap::kOpcodeTable[static_cast<std::size_t>(instruction.op)];
}

class Layout {
 public:
  explicit Layout(CardCode& code) : code_(code) {}

  Status run() {
    // Jumps start short; one that does not reach becomes long, which may push others out of reach.
    for (bool changed = true; changed;) {
      place();
      if (end_ > kMaximumDistance)
        return fail(ErrorKind::kLimit, fmt::format("{} octets of code, at most {}", end_, kMaximumDistance));
      changed = lengthen();
    }
    for (const auto& each : code_.instructions) COSE_CHECK(write(each));
    code_.octets = writer_.take();
    return {};
  }

 private:
  [[nodiscard]] std::size_t size_of(const CardInstruction& instruction) const {
    switch (info_of(instruction).operands) {
      case Operands::kNone: return 1;
      case Operands::kS8:
      case Operands::kLocal:
      case Operands::kNibbles:
      case Operands::kBranch8:
      case Operands::kConstant8:
      case Operands::kArrayType: return 2;
      case Operands::kS16:
      case Operands::kLocalS8:
      case Operands::kBranch16:
      case Operands::kConstant16: return 3;
      case Operands::kLocalS16:
      case Operands::kTypeTest: return 4;
      case Operands::kS32:
      case Operands::kInterface: return 5;
      default: return switch_size(instruction);
    }
  }

  [[nodiscard]] std::size_t switch_size(const CardInstruction& instruction) const {
    const auto& cases = table_of(instruction).cases;
    const auto span = static_cast<std::size_t>(std::int64_t{cases.back().first} - cases.front().first + 1);
    switch (info_of(instruction).operands) {
      case Operands::kTableSwitch16: return 7 + 2 * span;
      case Operands::kTableSwitch32: return 11 + 2 * span;
      case Operands::kLookupSwitch16: return 5 + 4 * cases.size();
      default: return 5 + 6 * cases.size();
    }
  }

  [[nodiscard]] const CardSwitch& table_of(const CardInstruction& instruction) const {
    return code_.switches[static_cast<std::size_t>(instruction.table)];
  }

  void place() {
    end_ = 0;
    for (auto& each : code_.instructions) {
      each.offset = end_;
      end_ += size_of(each);
    }
  }

  [[nodiscard]] std::int64_t distance_to(const CardInstruction& from, int java_index) const {
    const auto at = code_.labels[static_cast<std::size_t>(java_index)];
    const auto target = at < code_.instructions.size() ? code_.instructions[at].offset : end_;
    return static_cast<std::int64_t>(target) - static_cast<std::int64_t>(from.offset);
  }

  bool lengthen() {
    bool changed = false;
    for (auto& each : code_.instructions) {
      if (info_of(each).operands != Operands::kBranch8) continue;
      const auto distance = distance_to(each, each.target);
      if (distance >= INT8_MIN && distance <= INT8_MAX) continue;
      each.op = static_cast<Opcode>(static_cast<int>(each.op) + kToWide);
      changed = true;
    }
    return changed;
  }

  void refer(const CardInstruction& instruction, std::size_t position, bool two_octets) {
    if (instruction.symbol >= 0)
      code_.references.push_back({instruction.offset + position, instruction.symbol, two_octets});
  }

  void number(std::int64_t value, std::size_t octets) {
    for (auto at = octets; at-- > 0;) writer_.u8(static_cast<std::uint8_t>(value >> (8 * at)));
  }

  Status write(const CardInstruction& each) {
    writer_.u8(static_cast<std::uint8_t>(each.op));
    switch (info_of(each).operands) {
      case Operands::kNone: return {};
      case Operands::kS8:
      case Operands::kLocal:
      case Operands::kNibbles:
      case Operands::kArrayType: number(each.first, 1); return {};
      case Operands::kS16: number(each.first, 2); return {};
      case Operands::kS32: number(each.first, 4); return {};
      case Operands::kLocalS8:
        number(each.first, 1);
        number(each.second, 1);
        return {};
      case Operands::kLocalS16:
        number(each.first, 1);
        number(each.second, 2);
        return {};
      case Operands::kBranch8: number(distance_to(each, each.target), 1); return {};
      case Operands::kBranch16: number(distance_to(each, each.target), 2); return {};
      case Operands::kConstant8:
        refer(each, 1, false);
        number(0, 1);
        return {};
      case Operands::kConstant16:
        refer(each, 1, true);
        number(0, 2);
        return {};
      case Operands::kInterface:
        number(each.first, 1);
        refer(each, 2, true);
        number(0, 2);
        number(each.second, 1);
        return {};
      case Operands::kTypeTest:
        number(each.first, 1);
        refer(each, 2, true);
        number(0, 2);
        return {};
      default: return write_switch(each);
    }
  }

  Status write_switch(const CardInstruction& each) {
    const auto& table = table_of(each);
    const auto form = info_of(each).operands;
    const std::size_t width = form == Operands::kTableSwitch32 || form == Operands::kLookupSwitch32 ? 4 : 2;
    number(distance_to(each, table.otherwise), 2);
    if (form == Operands::kLookupSwitch16 || form == Operands::kLookupSwitch32) {
      number(static_cast<std::int64_t>(table.cases.size()), 2);
      for (const auto& [match, target] : table.cases) {
        number(match, width);
        number(distance_to(each, target), 2);
      }
      return {};
    }
    number(table.cases.front().first, width);
    number(table.cases.back().first, width);
    auto next = table.cases.begin();
    for (std::int64_t match = table.cases.front().first; match <= table.cases.back().first; ++match) {
      const bool found = next->first == match;
      number(distance_to(each, found ? next->second : table.otherwise), 2);
      if (found) ++next;
    }
    return {};
  }

  CardCode& code_;
  Writer writer_;
  std::size_t end_ = 0;
};

std::size_t words_in(std::string_view letters) {
  std::size_t words = 0;
  for (const auto letter : letters) words += letter == 'i' ? 2U : 1U;
  return words;
}

class StackDepth {
 public:
  explicit StackDepth(const CardCode& code) : code_(code), depths_(code.instructions.size(), kUnknown) {}

  Result<std::size_t> run(const std::vector<int>& handlers) {
    reach(0, 0);
    for (const auto handler : handlers) reach(code_.labels[static_cast<std::size_t>(handler)], 1);
    while (!pending_.empty()) {
      const auto at = *pending_.begin();
      pending_.erase(pending_.begin());
      COSE_CHECK(step(at));
    }
    return most_;
  }

 private:
  static constexpr std::size_t kUnknown = SIZE_MAX;

  void reach(std::size_t at, std::size_t depth) {
    if (at >= depths_.size() || depths_[at] != kUnknown) return;
    depths_[at] = depth;
    most_ = std::max(most_, depth);
    pending_.insert(at);
  }

  Status step(std::size_t at) {
    const auto& instruction = code_.instructions[at];
    const auto& info = info_of(instruction);
    auto taken = instruction.taken;
    auto given = instruction.given;
    if (info.stack != "*") {
      const auto colon = info.stack.find(':');
      taken = words_in(info.stack.substr(0, colon));
      given = words_in(info.stack.substr(colon + 1));
    }
    if (depths_[at] < taken)
      return fail(ErrorKind::kInternal, fmt::format("{} takes {} words of {}", info.mnemonic, taken, depths_[at]));
    const auto depth = depths_[at] - taken + given;
    const auto to_label = [&](int label) { reach(code_.labels[static_cast<std::size_t>(label)], depth); };
    most_ = std::max(most_, depth);
    if (instruction.target >= 0) to_label(instruction.target);
    if (instruction.table >= 0) {
      const auto& table = code_.switches[static_cast<std::size_t>(instruction.table)];
      to_label(table.otherwise);
      for (const auto& [match, target] : table.cases) to_label(target);
    }
    if (info.flow == cap::Flow::kNext || info.flow == cap::Flow::kBranch) reach(at + 1, depth);
    return {};
  }

  const CardCode& code_;
  std::vector<std::size_t> depths_;
  std::set<std::size_t> pending_;
  std::size_t most_ = 0;
};

}  // namespace

Result<std::size_t> stack_words(const CardCode& code, const std::vector<int>& handlers) {
  return StackDepth(code).run(handlers);
}

Status lay_out(CardCode& code) {
  return Layout(code).run();
}

}  // namespace cose::convert::detail
