// SPDX-License-Identifier: Apache-2.0
// The Method component as a whole: its exception handlers, and the reference locations against what the code has.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "cap/detail/verification.h"
#include "cap/reference_location.h"

namespace cose::cap::detail {

namespace {

constexpr auto kTag = ComponentTag::kMethod;
using Mark = BlockMap::Mark;

class HandlerVerifier {
 public:
  HandlerVerifier(Verification& verification, std::uint8_t block, BlockMap& map)
      : verification_(verification), block_(block), map_(map) {}

  void run() {
    const auto& handlers = verification_.cap().method_blocks[block_].handlers;
    for (std::size_t at = 0; at < handlers.size(); ++at) {
      offset_ = 1 + kExceptionHandlerSize * at;
      what_ = fmt::format("exception handler {}", at);
      verify(handlers[at]);
      // JCVM 3.1 §6.10.2: ascending by handler, so that the first match is the right one.
      if (at > 0 && handlers[at].handler_offset < handlers[at - 1].handler_offset)
        error(fmt::format("handler offset 0x{:04X} is before that of the one before it", handlers[at].handler_offset));
    }
  }

 private:
  void error(const std::string& message) { verification_.error(kTag, offset_, what_ + ": " + message); }

  void verify(const ExceptionHandler& handler) {
    if (handler.active_length() == 0) error("its active range is empty");
    verify_catch_type(handler.catch_type_index);
    const auto* method = containing(handler.start_offset);
    if (method == nullptr) return error(fmt::format("start 0x{:04X} is in no method", handler.start_offset));
    const auto code = code_start(*method);
    if (handler.start_offset < code || is_inside(handler.start_offset))
      error(fmt::format("start 0x{:04X} is not the start of an instruction", handler.start_offset));
    if (handler.end_offset() > method->end)
      error(fmt::format("end 0x{:04X} is behind the method's", handler.end_offset()));
    else if (handler.end_offset() < method->end && is_inside(handler.end_offset()))
      error(fmt::format("end 0x{:04X} is not the start of an instruction", handler.end_offset()));
    if (handler.handler_offset < code || handler.handler_offset >= method->end)
      error(fmt::format("handler 0x{:04X} is not in the method that it guards", handler.handler_offset));
    else if (map_.marks[handler.handler_offset] != Mark::kStart)
      error(fmt::format("handler 0x{:04X} is not the start of an instruction", handler.handler_offset));
  }

  void verify_catch_type(std::uint16_t index) {
    if (index == 0) return;
    map_.byte2_references.push_back(offset_ + 6);
    if (!verification_.has(ComponentTag::kConstantPool)) return;
    const auto& constants = verification_.cap().constants;
    if (index >= constants.size()) return error(fmt::format("catch type {} of {} constants", index, constants.size()));
    if (constants[index].tag != ConstantTag::kClassref)
      error(fmt::format("catch type: expected constant {} to be a class, found tag {}", index,
                        static_cast<unsigned>(constants[index].tag)));
  }

  // Unreached code of an undescribed method is unknown, not wrong.
  [[nodiscard]] bool is_inside(std::size_t offset) const {
    return offset < map_.marks.size() && map_.marks[offset] == Mark::kInside;
  }

  [[nodiscard]] const MethodSpan* containing(std::uint16_t offset) const {
    const auto& methods = verification_.methods();
    auto found = std::ranges::upper_bound(methods, MethodLocation{block_, offset}, {}, &MethodSpan::location);
    if (found == methods.begin()) return nullptr;
    --found;
    return found->location.block == block_ && offset < found->end ? &*found : nullptr;
  }

  [[nodiscard]] std::size_t code_start(const MethodSpan& method) const {
    const auto header = parse_method_header(octets_of(verification_.cap(), method));
    return method.location.offset + (header ? header->size() : 0);
  }

  Verification& verification_;
  std::uint8_t block_;
  BlockMap& map_;
  std::size_t offset_ = 0;
  std::string what_;
};

void check_uncovered(Verification& verification, std::uint8_t block) {
  const auto& octets = verification.cap().method_blocks[block];
  if (octets.methods.empty()) return;
  const auto& methods = verification.methods();
  const auto first = std::ranges::lower_bound(methods, MethodLocation{block, 0}, {}, &MethodSpan::location);
  const bool none = first == methods.end() || first->location.block != block;
  const auto covered = none ? octets.size() : first->location.offset;
  if (covered > octets.methods_start())
    verification.warning(kTag, octets.methods_start(),
                         fmt::format("{} octets belong to no known method", covered - octets.methods_start()));
}

class LocationVerifier {
 public:
  LocationVerifier(Verification& verification, const BlockMap& map) : verification_(verification), map_(map) {}

  void run(ByteView jumps, std::vector<std::size_t> used, std::string_view width) {
    std::ranges::sort(used);
    const auto listed = offsets_of_jumps(jumps);
    const std::set<std::size_t> listed_set(listed.begin(), listed.end());
    for (const auto offset : used)
      if (!listed_set.contains(offset))
        error(offset, fmt::format("the {} constant pool index at 0x{:04X} is not listed", width, offset));
    for (const auto offset : listed)
      if (!std::ranges::binary_search(used, offset) && !excused(offset))
        error(offset, fmt::format("0x{:04X} is listed as a {} constant pool index, but the code has none there", offset,
                                  width));
  }

 private:
  void error(std::size_t offset, std::string message) {
    verification_.error(ComponentTag::kReferenceLocation, offset, std::move(message));
  }

  // Code that was not reached in a file without Descriptor may hold an index. And the specification lists "all
  // constant pool index operands", so the zero behind an array type counts for some writers.
  [[nodiscard]] bool excused(std::size_t offset) const {
    if (offset >= map_.marks.size()) return false;
    if (map_.marks[offset] == Mark::kUnknown) return offset != 0 && !verification_.cap().descriptor;
    return std::ranges::binary_search(map_.type_tests, offset);
  }

  Verification& verification_;
  const BlockMap& map_;
};

}  // namespace

void verify_reference_locations(Verification& verification, std::size_t block, BlockMap& map) {
  const auto& blocks = verification.cap().reference_locations;
  if (block >= blocks.size()) return;
  std::ranges::sort(map.type_tests);
  LocationVerifier verifier(verification, map);
  verifier.run(blocks[block].byte_jumps, map.byte_references, "one-octet");
  verifier.run(blocks[block].byte2_jumps, map.byte2_references, "two-octet");
}

void verify_methods(Verification& verification) {
  const auto& cap = verification.cap();
  const bool located = verification.has(ComponentTag::kReferenceLocation);
  if (located && cap.reference_locations.size() != cap.method_blocks.size())
    verification.error(
        ComponentTag::kReferenceLocation, 0,
        fmt::format("expected {} blocks, found {}", cap.method_blocks.size(), cap.reference_locations.size()));
  for (std::size_t at = 0; at < cap.method_blocks.size(); ++at) {
    const auto block = static_cast<std::uint8_t>(at);
    BlockMap map;
    map.marks.resize(cap.method_blocks[block].size(), Mark::kUnknown);
    for (const auto& span : verification.methods())
      if (span.location.block == block) verify_method_code(verification, span, map);
    HandlerVerifier(verification, block, map).run();
    check_uncovered(verification, block);
    if (located) verify_reference_locations(verification, block, map);
  }
}

}  // namespace cose::cap::detail
