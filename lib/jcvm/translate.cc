// SPDX-License-Identifier: Apache-2.0
// From verified instructions to units (detail/internal_opcodes.def).
//
// Only what the verifier visited is translated, in order, so what falls through falls into what came next. Branches
// become distances in units; a unit is at most as long as the octets that it stands for, so they fit.
#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "jcvm/detail/internal_opcode.h"
#include "jcvm/detail/linking.h"

namespace cose::jcvm::detail {

namespace {

using cap::Opcode;

struct Rule {
  enum class Operand : std::uint8_t { kNone, kLocal, kLocalNumber, kBranch, kSite, kNibbles, kFixed, kNumber };
  Opcode opcode;
  Internal internal;
  Operand operand = Operand::kNone;
  std::int16_t fixed = 0;
};

using enum Rule::Operand;

// Opcodes whose translation is one unit; the others have functions.
constexpr auto kRules = std::to_array<Rule>({
#include "jcvm/detail/translation.def"
});

constexpr auto kRuleOf = [] {
  std::array<std::uint8_t, cap::kOpcodes> index{};
  index.fill(0xFF);
  for (std::size_t at = 0; at < kRules.size(); ++at)
    index[static_cast<std::size_t>(kRules[at].opcode)] = static_cast<std::uint8_t>(at);
  return index;
}();

// Sequences that become one unit, longest first. Locals and number go to `a` and `b` in their order.
struct Fusion {
  std::array<Internal, 3> sequence;
  std::size_t length;
  Internal fused;
};

constexpr auto kFusions = std::to_array<Fusion>({
    {{Internal::k_load, Internal::k_load, Internal::k_sadd}, 3, Internal::k_load_load_sadd},
    {{Internal::k_load, Internal::k_load, Internal::k_smul}, 3, Internal::k_load_load_smul},
    {{Internal::k_load, Internal::k_load, Internal::k_sxor}, 3, Internal::k_load_load_sxor},
    {{Internal::k_load, Internal::k_load, Internal::k_if_scmplt}, 3, Internal::k_load_load_if_scmplt},
    {{Internal::k_load, Internal::k_load, Internal::k_if_scmpge}, 3, Internal::k_load_load_if_scmpge},
    {{Internal::k_load, Internal::k_load}, 2, Internal::k_load_load},
    {{Internal::k_load, Internal::k_push}, 2, Internal::k_load_push},
    {{Internal::k_sadd, Internal::k_store}, 2, Internal::k_sadd_store},
});

bool is_compare(Internal op) {
  return op == Internal::k_load_load_if_scmplt || op == Internal::k_load_load_if_scmpge;
}

class Translator {
 public:
  Translator(Linking& linking, Method& method, const MethodCode& code, const Verified& verified)
      : linking_(linking),
        package_(linking.package),
        method_(method),
        code_(code),
        verified_(verified),
        start_(package_.units.size()) {}

  Status run() {
    find_boundaries();
    for (auto at = verified_.visited.begin(); at != verified_.visited.end();) at = emit_from(at);
    unit_of_[code_.code.size()] = here();
    patch_branches();
    method_.code = package_.units.data() + start_;
    method_.code_units = static_cast<std::uint16_t>(here());
    COSE_CHECK(add_handlers());
    add_return_points();
    return {};
  }

 private:
  using Position = std::set<std::size_t>::const_iterator;

  struct Branch {
    std::size_t unit;
    std::size_t from;  // distances count from this unit
    std::size_t target;
  };

  [[nodiscard]] std::size_t here() const { return package_.units.size() - start_; }
  void emit(Internal op, std::uint8_t a = 0, std::int16_t b = 0) {
    package_.units.push_back({static_cast<std::uint8_t>(op), a, b});
  }
  void emit_data(std::uint8_t op, std::uint8_t a, std::int16_t b) { package_.units.push_back({op, a, b}); }

  // Where control may come from elsewhere, or where the range of a handler starts or ends: no fusion across.
  void find_boundaries() {
    for (const auto at : verified_.visited)
      for (const auto target : targets_of(code_, code_.instructions.at(at))) boundaries_.insert(target);
    for (const auto& handler : code_.handlers) boundaries_.insert({handler.start, handler.end, handler.target});
    for (const auto& [at, depth] : verified_.behind_jsr) boundaries_.insert(at);
  }

  [[nodiscard]] static const Rule* rule_of(const cap::Instruction& instruction) {
    const auto index = kRuleOf[instruction.info->opcode];
    return index == 0xFF ? nullptr : &kRules[index];
  }

  Position emit_from(Position at) {
    unit_of_[*at] = here();
    for (const auto& fusion : kFusions)
      if (auto end = match(at, fusion)) {
        emit_fused(at, fusion);
        return *end;
      }
    emit_one(code_.instructions.at(*at));
    return std::next(at);
  }

  // Behind the sequence, if it starts here.
  [[nodiscard]] std::optional<Position> match(Position at, const Fusion& fusion) const {
    for (std::size_t part = 0; part < fusion.length; ++part, ++at) {
      if (at == verified_.visited.end() || (part != 0 && boundaries_.contains(*at))) return std::nullopt;
      const auto* rule = rule_of(code_.instructions.at(*at));
      if (rule == nullptr || rule->internal != fusion.sequence[part]) return std::nullopt;
    }
    return at;
  }

  void emit_fused(Position at, const Fusion& fusion) {
    std::array<std::int32_t, 2> operands{};
    std::size_t count = 0;
    const cap::Instruction* last = nullptr;
    for (std::size_t part = 0; part < fusion.length; ++part, ++at) {
      last = &code_.instructions.at(*at);
      const auto* rule = rule_of(*last);
      if (rule->operand == kLocal) operands[count++] = local_of(*last);
      if (rule->operand == kNumber) operands[count++] = last->operands[0].value;
      if (rule->operand == kFixed) operands[count++] = rule->fixed;
    }
    emit(fusion.fused, static_cast<std::uint8_t>(operands[0]), static_cast<std::int16_t>(operands[1]));
    if (!is_compare(fusion.fused)) return;
    branches_.push_back({here(), here(), targets_of(code_, *last)[0]});
    emit_data(0, 0, 0);
  }

  void emit_one(const cap::Instruction& instruction) {
    if (const auto* rule = rule_of(instruction)) return emit_by(*rule, instruction);
    switch (static_cast<Opcode>(instruction.info->opcode)) {
      case Opcode::k_iipush: return emit_wide(instruction.operands[0].value);
      case Opcode::k_invokeinterface: return emit_invokeinterface(instruction);
      case Opcode::k_newarray:
        // Operand 10 to 13 are the kinds 2 to 5 (JCVM 3.1 §7.5.94).
        return emit(Internal::k_newarray, static_cast<std::uint8_t>(instruction.operands[0].value - 8));
      case Opcode::k_checkcast: return emit_type_test(Internal::k_checkcast, instruction);
      case Opcode::k_instanceof: return emit_type_test(Internal::k_instanceof, instruction);
      case Opcode::k_stableswitch: return emit_switch(Internal::k_stableswitch, instruction);
      case Opcode::k_itableswitch: return emit_switch(Internal::k_itableswitch, instruction);
      case Opcode::k_slookupswitch: return emit_switch(Internal::k_slookupswitch, instruction);
      case Opcode::k_ilookupswitch: return emit_switch(Internal::k_ilookupswitch, instruction);
      default: COSE_ASSERT(false);
    }
  }

  void emit_by(const Rule& rule, const cap::Instruction& instruction) {
    const auto number = [&](std::size_t at) { return static_cast<std::int16_t>(instruction.operands[at].value); };
    switch (rule.operand) {
      case kNone: return emit(rule.internal);
      case kLocal: return emit(rule.internal, local_of(instruction));
      case kLocalNumber: return emit(rule.internal, local_of(instruction), number(1));
      case kNumber: return emit(rule.internal, 0, number(0));
      case kFixed: return emit(rule.internal, 0, rule.fixed);
      case kNibbles: return emit(rule.internal, static_cast<std::uint8_t>(instruction.operands[0].value));
      case kSite: return emit(rule.internal, 0, static_cast<std::int16_t>(instruction.constant()->value));
      case kBranch:
        branches_.push_back({here(), here(), targets_of(code_, instruction)[0]});
        return emit(rule.internal);
    }
  }

  void emit_wide(std::int32_t value) {
    const auto bits = static_cast<std::uint32_t>(value);
    emit(Internal::k_ipush_wide, 0, static_cast<std::int16_t>(bits >> 16));
    emit_data(0, 0, static_cast<std::int16_t>(bits & 0xFFFF));
  }

  void emit_invokeinterface(const cap::Instruction& instruction) {
    const auto call = call_of(linking_, instruction);
    const auto words = call ? words_of(returns_of(*call, linking_.inferred)) : std::uint8_t{0};
    emit(Internal::k_invokeinterface, static_cast<std::uint8_t>(instruction.operands[0].value),
         static_cast<std::int16_t>(instruction.constant()->value));
    emit_data(0, static_cast<std::uint8_t>(instruction.operands[2].value), words);
  }

  void emit_type_test(Internal op, const cap::Instruction& instruction) {
    const auto* site = instruction.constant();
    emit(op, static_cast<std::uint8_t>(instruction.operands[0].value),
         static_cast<std::int16_t>(site == nullptr ? 0 : site->value));
  }

  void emit_switch(Internal op, const cap::Instruction& instruction) {
    SwitchTable table;
    if (const auto* low = instruction.find(cap::OperandKind::kLow)) table.low = low->value;
    const bool lookup = op == Internal::k_slookupswitch || op == Internal::k_ilookupswitch;
    const auto index = package_.switches.size();
    if (lookup)
      for (const auto& each : cap::switch_cases(code_.code, instruction)) table.matches.push_back(each.match);
    table.targets.resize(cap::switch_cases(code_.code, instruction).size());
    switches_.push_back({index, here(), &instruction});
    package_.switches.push_back(std::move(table));
    emit(op, 0, static_cast<std::int16_t>(index));
  }

  [[nodiscard]] std::int16_t distance(std::size_t from, std::size_t target) const {
    return static_cast<std::int16_t>(static_cast<std::int64_t>(unit_of_.at(target)) - static_cast<std::int64_t>(from));
  }

  void patch_branches() {
    for (const auto& branch : branches_) package_.units[start_ + branch.unit].b = distance(branch.from, branch.target);
    for (const auto& each : switches_) {
      auto& table = package_.switches[each.index];
      const auto target = [&](std::int32_t offset) {
        return distance(each.unit,
                        static_cast<std::size_t>(static_cast<std::int64_t>(each.instruction->offset) + offset));
      };
      // The default is the first operand (JCVM 3.1 §7.5.115).
      table.otherwise = target(each.instruction->operands[0].value);
      const auto cases = cap::switch_cases(code_.code, *each.instruction);
      for (std::size_t at = 0; at < cases.size(); ++at) table.targets[at] = target(cases[at].distance);
    }
  }

  [[nodiscard]] std::uint16_t unit_at(std::size_t offset) const {
    return static_cast<std::uint16_t>(unit_of_.lower_bound(offset)->second);
  }

  Status add_handlers() {
    const auto first = package_.handlers.size();
    for (const auto& handler : code_.handlers) {
      if (!verified_.visited.contains(handler.target)) continue;
      Handler made{unit_at(handler.start), unit_at(std::min(handler.end, code_.code.size())), unit_at(handler.target),
                   nullptr};
      if (handler.catch_type != 0) {
        const auto* site = handler.catch_type < package_.sites.size() ? &package_.sites[handler.catch_type] : nullptr;
        if (site == nullptr || site->tag != cap::ConstantTag::kClassref || site->type->is_interface)
          return fail(ErrorKind::kInvalid, fmt::format("{}: a handler catches constant {}, which is no class",
                                                       method_.name, handler.catch_type));
        made.type = site->type;
      }
      package_.handlers.push_back(made);
    }
    method_.handlers = std::span(package_.handlers).subspan(first);
    return {};
  }

  void add_return_points() {
    const auto first = package_.return_points.size();
    for (const auto& [at, depth] : verified_.behind_jsr)
      if (verified_.visited.contains(at)) package_.return_points.push_back({unit_at(at), depth});
    method_.return_points = std::span(package_.return_points).subspan(first);
  }

  struct PendingSwitch {
    std::size_t index;
    std::size_t unit;
    const cap::Instruction* instruction;
  };

  Linking& linking_;
  Package& package_;
  Method& method_;
  const MethodCode& code_;
  const Verified& verified_;
  std::size_t start_;
  std::set<std::size_t> boundaries_;
  std::map<std::size_t, std::size_t> unit_of_;
  std::vector<Branch> branches_;
  std::vector<PendingSwitch> switches_;
};

}  // namespace

Status translate(Linking& linking, Method& method, const MethodCode& code, const Verified& verified) {
  if (linking.package.switches.size() + verified.visited.size() > UINT16_MAX && !linking.package.switches.empty())
    return fail(ErrorKind::kLimit, fmt::format("{}: more than 65535 switches", method.name));
  return Translator(linking, method, code, verified).run();
}

}  // namespace cose::jcvm::detail
