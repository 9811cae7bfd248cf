// SPDX-License-Identifier: Apache-2.0
// The code of one method: JCVM 3.1 §6.10.4 and chapter 7.
#include <fmt/format.h>

#include "cap/detail/verification.h"

namespace cose::cap::detail {

namespace {

constexpr auto kTag = ComponentTag::kMethod;
using Mark = BlockMap::Mark;

// The variable that aload_0 to istore_3 and the ..._this forms name in the opcode itself; -1 for all others.
int implied_local(std::uint8_t opcode) {
  constexpr auto kFirstLoad = static_cast<std::uint8_t>(Opcode::k_aload_0);
  constexpr auto kLastLoad = static_cast<std::uint8_t>(Opcode::k_iload_3);
  constexpr auto kFirstStore = static_cast<std::uint8_t>(Opcode::k_astore_0);
  constexpr auto kLastStore = static_cast<std::uint8_t>(Opcode::k_istore_3);
  if (opcode >= kFirstLoad && opcode <= kLastLoad) return (opcode - kFirstLoad) % 4;
  if (opcode >= kFirstStore && opcode <= kLastStore) return (opcode - kFirstStore) % 4;
  return kOpcodeTable[opcode].mnemonic.ends_with("_this") ? 0 : -1;
}

// Words of the variable: two for int. The field of a getfield_i_this is an int, its variable is a reference.
int local_width(const OpcodeInfo& info) {
  return info.int_family && !info.mnemonic.ends_with("_this") ? 2 : 1;
}

std::size_t static_field_size(std::string_view mnemonic) {
  if (mnemonic.ends_with("_b")) return 1;
  return mnemonic.ends_with("_i") ? 4 : 2;
}

class CodeVerifier {
 public:
  CodeVerifier(Verification& verification, const MethodSpan& span, BlockMap& map)
      : verification_(verification), span_(span), map_(map), code_(octets_of(verification.cap(), span)) {}

  void run() {
    const auto header = parse_method_header(code_);
    if (!header) return error(0, header.error().message);
    header_ = *header;
    start_ = header->size();
    check_header();
    const auto* described = verification_.described(span_.location);
    code_ = code_.subspan(std::min(start_, code_.size()));
    if (described != nullptr) check_count(*described);
    if (header_.abstract()) return;
    if (code_.empty()) return error(0, "expected code, found none");
    follow();
    if (described != nullptr) sweep();
  }

 private:
  [[nodiscard]] std::size_t block_offset(std::size_t at) const { return span_.location.offset + start_ + at; }
  [[nodiscard]] Mark& mark(std::size_t at) { return map_.marks[block_offset(at)]; }

  void error(std::size_t at, std::string message) { verification_.error(kTag, block_offset(at), std::move(message)); }

  void check_header() {
    if ((header_.flags & ~(kMethodAbstract | kMethodExtended)) != 0)
      error(0, fmt::format("method flags: expected only 0xC, found 0x{:X}", header_.flags));
    if (header_.padding != 0) error(0, fmt::format("method header padding: expected 0, found {}", header_.padding));
  }

  void check_count(const MethodDescriptor& described) {
    const std::size_t expected = described.bytecode_count;
    if (expected > code_.size()) {
      error(0, fmt::format("the Descriptor counts {} octets of code, but the next method starts after {}", expected,
                           code_.size()));
    } else if (expected < code_.size()) {
      error(expected, fmt::format("{} octets between this method and the next", code_.size() - expected));
      code_ = code_.first(expected);
    }
  }

  // All that execution can reach from the method's start and from its exception handlers.
  void follow() {
    for (const auto& handler : verification_.cap().method_blocks[span_.location.block].handlers)
      if (handler.handler_offset >= block_offset(0) && handler.handler_offset < block_offset(code_.size()))
        pending_.push_back(handler.handler_offset - block_offset(0));
    // Last in, first out: a handler in the middle of an instruction is the handler's fault.
    pending_.push_back(0);
    while (!pending_.empty()) {
      const auto at = pending_.back();
      pending_.pop_back();
      run_from(at);
    }
  }

  void run_from(std::size_t at) {
    for (;;) {
      if (at >= code_.size()) return error(code_.size() - 1, "execution runs past the end of the method");
      if (mark(at) == Mark::kStart) return;
      const auto instruction = take(at);
      if (!instruction) return;
      add_targets(*instruction);
      switch (instruction->info->flow) {
        case Flow::kGoto:
        case Flow::kSwitch:
        case Flow::kReturn:
        case Flow::kThrow: return;
        case Flow::kNext:
        case Flow::kBranch:
        case Flow::kSubroutine: at = instruction->end();
      }
    }
  }

  // Decodes, marks and checks an instruction that was not seen yet. Instructions never overlap: what execution
  // reaches in the middle of another one is an error and is not followed, so the work stays linear.
  const Instruction* take(std::size_t at) {
    if (mark(at) == Mark::kInside) {
      error(at, "execution reaches the middle of an instruction");
      return nullptr;
    }
    auto decoded = decode(code_, at);
    if (!decoded) {
      error(at, decoded.error().message);
      return nullptr;
    }
    for (auto inside = at + 1; inside < decoded->end(); ++inside)
      if (mark(inside) != Mark::kUnknown) {
        error(at, fmt::format("{} overlaps another instruction", decoded->info->mnemonic));
        return nullptr;
      }
    mark(at) = Mark::kStart;
    for (auto inside = at + 1; inside < decoded->end(); ++inside) mark(inside) = Mark::kInside;
    current_ = *decoded;
    check_operands();
    return &current_;
  }

  void add_targets(const Instruction& instruction) {
    for (const auto distance : branch_distances(code_, instruction)) {
      const auto target = static_cast<std::int64_t>(instruction.offset) + distance;
      if (target < 0 || target >= static_cast<std::int64_t>(code_.size()))
        error(instruction.offset,
              fmt::format("{}: target {:+} is outside the method", instruction.info->mnemonic, distance));
      else
        pending_.push_back(static_cast<std::size_t>(target));
    }
  }

  // A Descriptor says that all of it is code: what was not reached is checked as well.
  void sweep() {
    for (std::size_t at = 0; at < code_.size();) {
      if (mark(at) != Mark::kUnknown) {
        ++at;
        continue;
      }
      const auto* instruction = take(at);
      if (instruction == nullptr) return;
      at = instruction->end();
    }
  }

  void check_operands() {
    check_int();
    check_locals();
    check_constant();
    check_values();
  }

  void check_int() {
    const bool array_of_int =
        current_.info->operands == Operands::kArrayType && current_.operands[0].value == kArrayOfInt;
    if ((current_.info->int_family || array_of_int) && (verification_.cap().header.flags & kHeaderInt) == 0)
      error(current_.offset, fmt::format("{} works on int, but ACC_INT is not set", current_.info->mnemonic));
  }

  void check_locals() {
    const auto* operand = current_.find(OperandKind::kLocal);
    const auto local = operand != nullptr ? operand->value : implied_local(current_.info->opcode);
    if (local < 0) return;
    const int limit = header_.nargs + header_.max_locals;
    if (local + local_width(*current_.info) > limit)
      error(current_.offset, fmt::format("{}: local variable {} of {} words", current_.info->mnemonic, local, limit));
  }

  void check_constant() {
    const auto* operand = current_.constant();
    if (operand == nullptr) return;
    const auto position = block_offset(current_.offset) + operand->position;
    (operand->kind == OperandKind::kConstant8 ? map_.byte_references : map_.byte2_references).push_back(position);
    if (!verification_.has(ComponentTag::kConstantPool)) return;
    const auto& constants = verification_.cap().constants;
    const auto index = static_cast<std::size_t>(operand->value);
    if (index >= constants.size())
      return error(current_.offset,
                   fmt::format("{}: constant {} of {}", current_.info->mnemonic, index, constants.size()));
    const auto& constant = constants[index];
    if ((current_.info->constants & set_of(constant.tag)) == 0)
      return error(current_.offset, fmt::format("{}: constant {} has tag {}, which it cannot take",
                                                current_.info->mnemonic, index, static_cast<unsigned>(constant.tag)));
    check_constant_use(constant);
  }

  void check_constant_use(const Constant& constant) {
    if (constant.tag == ConstantTag::kStaticFieldref && !constant.external_static()) {
      const auto end = constant.static_field_offset() + static_field_size(current_.info->mnemonic);
      const auto image = verification_.cap().static_fields.image_size;
      if (end > image)
        error(current_.offset,
              fmt::format("{}: ends at {} of an image of {} octets", current_.info->mnemonic, end, image));
    }
    if (constant.tag != ConstantTag::kClassref || !constant.class_ref().internal()) return;
    const auto* entry = verification_.cap().classes.at(constant.class_ref().value);
    if (entry == nullptr) return;
    const bool is_class = std::holds_alternative<ClassInfo>(*entry);
    const auto opcode = static_cast<Opcode>(current_.info->opcode);
    if (opcode == Opcode::k_new && !is_class) error(current_.offset, "new: the constant names an interface");
    if (opcode == Opcode::k_invokeinterface && is_class)
      error(current_.offset, "invokeinterface: the constant names a class");
  }

  void check_values() {
    const auto value = current_.operands[0].value;
    switch (current_.info->operands) {
      case Operands::kArrayType:
        if (value < kArrayOfBoolean || value > kArrayOfInt)
          error(current_.offset, fmt::format("newarray: expected type 10 to 13, found {}", value));
        break;
      case Operands::kTypeTest: check_type_test(value); break;
      case Operands::kNibbles: check_nibbles(value >> 4, value & 0x0F); break;
      case Operands::kInterface:
        if (value == 0) error(current_.offset, "invokeinterface: expected at least one argument word, found 0");
        break;
      default: break;
    }
  }

  void check_type_test(std::int32_t type) {
    const bool primitive = type >= kArrayOfBoolean && type <= kArrayOfInt;
    if (!primitive && type != 0 && type != kArrayOfReference)
      error(current_.offset, fmt::format("{}: expected type 0 or 10 to 14, found {}", current_.info->mnemonic, type));
    if (!primitive) return;
    map_.type_tests.push_back(block_offset(current_.offset) + current_.operands[1].position);
    if (current_.operands[1].value != 0)
      error(current_.offset, fmt::format("{}: expected index 0 with an array of primitives, found {}",
                                         current_.info->mnemonic, current_.operands[1].value));
  }

  void check_nibbles(int m, int n) {
    // JCVM 3.1 §7.5.27: m from 1 to 4, n 0 or from m to m + 4. §7.5.119: both 1 or 2.
    const bool valid = static_cast<Opcode>(current_.info->opcode) == Opcode::k_dup_x
                           ? m >= 1 && m <= 4 && (n == 0 || (n >= m && n <= m + 4))
                           : m >= 1 && m <= 2 && n >= 1 && n <= 2;
    if (!valid) error(current_.offset, fmt::format("{}: m {}, n {} are out of range", current_.info->mnemonic, m, n));
  }

  Verification& verification_;
  const MethodSpan& span_;
  BlockMap& map_;
  ByteView code_;
  MethodHeader header_;
  std::size_t start_ = 0;
  std::vector<std::size_t> pending_;
  Instruction current_;
};

}  // namespace

void verify_method_code(Verification& verification, const MethodSpan& span, BlockMap& map) {
  CodeVerifier(verification, span, map).run();
}

}  // namespace cose::cap::detail
