// SPDX-License-Identifier: Apache-2.0
// The loop. Each operation reads its unit, works on cells below `sp`, and jumps to the next one.
//
// The verifier has proven depths, bounds of local variables and branch targets, so nothing here checks them. What a
// program could still get wrong is checked: references (find() and the firewall), array bounds, classes of receivers
// and of objects whose fields are used, shapes of calls, depth of calls, where `ret` goes, the budget of instructions.
#include "jcvm/detail/interpreter.h"

#include "jcvm/detail/cells.h"
#include "jcvm/detail/internal_opcode.h"
#include "jcvm/detail/interpreter_macros.h"

// Labels as values are what makes the dispatch fast; both compilers have them.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#if defined(__clang__)
#pragma GCC diagnostic ignored "-Wgnu-label-as-value"
#endif

namespace cose::jcvm {

using namespace detail;

void Interpreter::run() {
  static const void* const labels[] = {
#define INTERNAL(name) &&op_##name,
#include "jcvm/detail/internal_opcodes.def"
  };
  auto& frames = machine_.frames_;
  auto& heap = machine_.heap_;
  const Cell* const stack_end = machine_.stack_.get() + machine_.options_.stack_cells;
  Cell* locals = frames.back().locals;
  Cell* sp = locals + frames.back().method->local_words;
  const Site* sites = frames.back().method->package->sites.data();
  const Unit* pc = frames.back().method->code;
  const Unit* resume = nullptr;
  const Method* callee = nullptr;
  std::int64_t budget = machine_.budget_;
  Unit unit{};
  NEXT;
  // clang-format off

  OP(nop) STEP;
  OP(push) *sp++ = cell(unit.b); STEP;
  OP(ipush) store_int(sp, unit.b); sp += 2; STEP;
  OP(ipush_wide) store_int(sp, wrapped(bits(unit.b) << 16 | (bits(pc[1].b) & 0xFFFF))); sp += 2; pc += 2; NEXT;
  OP(load) *sp++ = locals[unit.a]; STEP;
  OP(iload) store_int(sp, load_int(locals + unit.a)); sp += 2; STEP;
  OP(store) locals[unit.a] = *--sp; STEP;
  OP(istore) sp -= 2; store_int(locals + unit.a, load_int(sp)); STEP;

  OP(aaload) {
    const auto* array = array_for_load<ObjectKind::kReferenceArray>(sp[-2], sp[-1]);
    if (array == nullptr) goto unwind;
    const auto index = *--sp;
    sp[-1] = heap.normalized(read<Reference>(heap.contents(*array) + index * 2));
    STEP;
  }
  OP(baload) {
    const auto* array = array_for_load<ObjectKind::kByteArray>(sp[-2], sp[-1]);
    if (array == nullptr) goto unwind;
    const auto index = *--sp;
    sp[-1] = cell(static_cast<std::int8_t>(heap.contents(*array)[index]));
    STEP;
  }
  OP(saload) {
    const auto* array = array_for_load<ObjectKind::kShortArray>(sp[-2], sp[-1]);
    if (array == nullptr) goto unwind;
    const auto index = *--sp;
    sp[-1] = read<Cell>(heap.contents(*array) + index * 2);
    STEP;
  }
  OP(iaload) {
    const auto* array = array_for_load<ObjectKind::kIntArray>(sp[-2], sp[-1]);
    if (array == nullptr) goto unwind;
    store_int(sp - 2, read<std::int32_t>(heap.contents(*array) + sp[-1] * 4));
    STEP;
  }
  OP(aastore) {
    if (!store_reference(sp[-3], sp[-2], sp[-1])) goto unwind;
    sp -= 3;
    STEP;
  }
  OP(bastore) {
    const auto* array = array_for_store<ObjectKind::kByteArray>(sp[-3], sp[-2]);
    const auto value = static_cast<std::uint8_t>(sp[-1]);
    if (array == nullptr || !write_field(*array, sp[-2], &value, 1)) goto unwind;
    sp -= 3;
    STEP;
  }
  OP(sastore) {
    const auto* array = array_for_store<ObjectKind::kShortArray>(sp[-3], sp[-2]);
    if (array == nullptr || !write_field(*array, sp[-2] * 2U, sp - 1, 2)) goto unwind;
    sp -= 3;
    STEP;
  }
  OP(iastore) {
    const auto* array = array_for_store<ObjectKind::kIntArray>(sp[-4], sp[-3]);
    if (array == nullptr || !write_field(*array, sp[-3] * 4U, sp - 2, 4)) goto unwind;
    sp -= 4;
    STEP;
  }

  OP(pop) --sp; STEP;
  OP(pop2) sp -= 2; STEP;
  OP(dup) sp[0] = sp[-1]; ++sp; STEP;
  OP(dup2) sp[0] = sp[-2]; sp[1] = sp[-1]; sp += 2; STEP;
  OP(dup_x) duplicate_below(sp, unit.a >> 4, unit.a & 0x0F); sp += unit.a >> 4; STEP;
  OP(swap_x) swap_groups(sp, unit.a >> 4, unit.a & 0x0F); STEP;

  OP(sadd) SHORTS(left + right);
  OP(ssub) SHORTS(left - right);
  OP(smul) SHORTS(left * right);
  OP(sdiv) if (sp[-1] == 0) THROW(kArithmetic); SHORTS(left / right);
  OP(srem) if (sp[-1] == 0) THROW(kArithmetic); SHORTS(left % right);
  OP(sneg) sp[-1] = cell(-short_in(sp[-1])); STEP;
  // JCVM 3.1 §7.5.111 to §7.5.118: five bits of distance for shorts as well, on the value widened to int.
  OP(sshl) SHORTS(wrapped(bits(left) << (right & 0x1F)));
  OP(sshr) SHORTS(left >> (right & 0x1F));
  OP(sushr) SHORTS(wrapped(bits(left) >> (right & 0x1F)));
  OP(sand) SHORTS(left & right);
  OP(sor) SHORTS(left | right);
  OP(sxor) SHORTS(left ^ right);
  OP(iadd) INTS(wrapped(bits(left) + bits(right)));
  OP(isub) INTS(wrapped(bits(left) - bits(right)));
  OP(imul) INTS(wrapped(bits(left) * bits(right)));
  OP(idiv) if (load_int(sp - 2) == 0) THROW(kArithmetic); INTS(right == -1 ? wrapped(0U - bits(left)) : left / right);
  OP(irem) if (load_int(sp - 2) == 0) THROW(kArithmetic); INTS(right == -1 ? 0 : left % right);
  OP(ineg) store_int(sp - 2, wrapped(0U - bits(load_int(sp - 2)))); STEP;
  OP(ishl) INTS(wrapped(bits(left) << (right & 0x1F)));
  OP(ishr) INTS(left >> (right & 0x1F));
  OP(iushr) INTS(wrapped(bits(left) >> (right & 0x1F)));
  OP(iand) INTS(left & right);
  OP(ior) INTS(left | right);
  OP(ixor) INTS(left ^ right);
  OP(sinc) locals[unit.a] = cell(locals[unit.a] + unit.b); STEP;
  OP(iinc) store_int(locals + unit.a, wrapped(bits(load_int(locals + unit.a)) + bits(unit.b))); STEP;
  OP(s2b) sp[-1] = cell(static_cast<std::int8_t>(sp[-1])); STEP;
  OP(s2i) store_int(sp - 1, short_in(sp[-1])); ++sp; STEP;
  OP(i2b) --sp; sp[-1] = cell(static_cast<std::int8_t>(load_int(sp - 1))); STEP;
  OP(i2s) --sp; sp[-1] = cell(static_cast<std::int16_t>(load_int(sp - 1))); STEP;
  OP(icmp) {
    const auto left = load_int(sp - 4);
    const auto right = load_int(sp - 2);
    sp -= 3;
    sp[-1] = cell(left < right ? -1 : static_cast<int>(left > right));
    STEP;
  }

  OP(ifeq) BRANCH_IF(sp[-1] == 0, 1);
  OP(ifne) BRANCH_IF(sp[-1] != 0, 1);
  OP(iflt) BRANCH_IF(short_in(sp[-1]) < 0, 1);
  OP(ifge) BRANCH_IF(short_in(sp[-1]) >= 0, 1);
  OP(ifgt) BRANCH_IF(short_in(sp[-1]) > 0, 1);
  OP(ifle) BRANCH_IF(short_in(sp[-1]) <= 0, 1);
  OP(ifnull) BRANCH_IF(heap.normalized(sp[-1]) == kNull, 1);
  OP(ifnonnull) BRANCH_IF(heap.normalized(sp[-1]) != kNull, 1);
  OP(if_acmpeq) BRANCH_IF(heap.normalized(sp[-2]) == heap.normalized(sp[-1]), 2);
  OP(if_acmpne) BRANCH_IF(heap.normalized(sp[-2]) != heap.normalized(sp[-1]), 2);
  OP(if_scmpeq) BRANCH_IF(sp[-2] == sp[-1], 2);
  OP(if_scmpne) BRANCH_IF(sp[-2] != sp[-1], 2);
  OP(if_scmplt) BRANCH_IF(short_in(sp[-2]) < short_in(sp[-1]), 2);
  OP(if_scmpge) BRANCH_IF(short_in(sp[-2]) >= short_in(sp[-1]), 2);
  OP(if_scmpgt) BRANCH_IF(short_in(sp[-2]) > short_in(sp[-1]), 2);
  OP(if_scmple) BRANCH_IF(short_in(sp[-2]) <= short_in(sp[-1]), 2);
  OP(go) JUMP(unit.b);
  OP(jsr) *sp++ = cell(static_cast<int>(pc + 1 - frames.back().method->code)); JUMP(unit.b);
  OP(ret) {
    const auto& method = *frames.back().method;
    if (!returns_to(method, locals[unit.a], sp - locals - method.local_words)) goto unwind;
    JUMP(static_cast<std::int32_t>(method.code + locals[unit.a] - pc));
  }
  OP(stableswitch) --sp; JUMP(index_into(SWITCH, short_in(*sp)));
  OP(itableswitch) sp -= 2; JUMP(index_into(SWITCH, load_int(sp)));
  OP(slookupswitch) --sp; JUMP(lookup(SWITCH, short_in(*sp)));
  OP(ilookupswitch) sp -= 2; JUMP(lookup(SWITCH, load_int(sp)));

  OP(return2) {
    const auto value = load_int(sp - 2);
    sp = locals + 2;
    store_int(locals, value);
    goto leave;
  }
  OP(return1) {
    const auto value = sp[-1];
    sp = locals + 1;
    locals[0] = value;
    goto leave;
  }
  OP(return0) sp = locals;

leave: {
  const auto& frame = frames.back();
  machine_.current_ = frame.caller;
  pc = frame.resume;
  frames.pop_back();
  if (pc == nullptr) {
    machine_.budget_ = budget;
    return;
  }
  locals = frames.back().locals;
  sites = frames.back().method->package->sites.data();
  NEXT;
}

  // The static image is big-endian, as the CAP file's initial values are.
  OP(getstatic1) *sp++ = cell(static_cast<std::int8_t>(*(STATIC))); STEP;
  OP(getstatic2) *sp++ = __builtin_bswap16(read<Cell>(STATIC)); STEP;
  OP(getstatic4) {
    store_int(sp, wrapped(__builtin_bswap32(read<std::uint32_t>(STATIC))));
    sp += 2;
    STEP;
  }
  OP(putstatic1) {
    const auto value = static_cast<std::uint8_t>(*--sp);
    if (!write_static(SITE, &value, 1)) goto unwind;
    STEP;
  }
  OP(putstatic_a) if (!storable(sp[-1])) goto unwind;
  sp[-1] = heap.normalized(sp[-1]);
  OP(putstatic2) {
    const std::uint16_t value = __builtin_bswap16(*--sp);
    if (!write_static(SITE, reinterpret_cast<const std::uint8_t*>(&value), 2)) goto unwind;
    STEP;
  }
  OP(putstatic4) {
    sp -= 2;
    const auto value = __builtin_bswap32(bits(load_int(sp)));
    if (!write_static(SITE, reinterpret_cast<const std::uint8_t*>(&value), 4)) goto unwind;
    STEP;
  }

  OP(getfield) GETFIELD(sp[-1], 1);
  OP(getfield_i) GETFIELD_I(sp[-1], 1);
  OP(getfield_this) GETFIELD(locals[0], 0);
  OP(getfield_i_this) GETFIELD_I(locals[0], 0);
  OP(putfield_b) sp[-1] = cell(static_cast<std::int8_t>(sp[-1])); PUTFIELD(sp[-2], sp - 1, 2, 2);
  OP(putfield) PUTFIELD(sp[-2], sp - 1, 2, 2);
  OP(putfield_i) PUTFIELD(sp[-3], sp - 2, 4, 3);
  OP(putfield_a) {
    if (!storable(sp[-1])) goto unwind;
    sp[-1] = heap.normalized(sp[-1]);
    PUTFIELD(sp[-2], sp - 1, 2, 2);
  }
  OP(putfield_b_this) sp[-1] = cell(static_cast<std::int8_t>(sp[-1])); PUTFIELD(locals[0], sp - 1, 2, 1);
  OP(putfield_this) PUTFIELD(locals[0], sp - 1, 2, 1);
  OP(putfield_i_this) PUTFIELD(locals[0], sp - 2, 4, 2);
  OP(putfield_a_this) {
    if (!storable(sp[-1])) goto unwind;
    sp[-1] = heap.normalized(sp[-1]);
    PUTFIELD(locals[0], sp - 1, 2, 1);
  }

  OP(invokevirtual) {
    const auto& site = SITE;
    callee = virtual_method(site, sp[-static_cast<std::ptrdiff_t>(site.method->argument_words)]);
    resume = pc + 1;
    goto call;
  }
  OP(invokespecial) {
    const auto& site = SITE;
    callee_ = machine_.current_;
    callee = special_method(site, sp[-static_cast<std::ptrdiff_t>(site.method->argument_words)]);
    resume = pc + 1;
    goto call;
  }
  OP(invokeinterface) {
    const auto shape = shape_of(unit.a, static_cast<std::uint8_t>(pc[1].b));
    callee = interface_method(SITE, sp[-static_cast<std::ptrdiff_t>(unit.a)], pc[1].a, shape);
    resume = pc + 2;
    goto call;
  }
  OP(invokestatic) {
    callee_ = machine_.current_;
    callee = SITE.method;
    resume = pc + 1;
  }

call: {
  if (callee == nullptr) goto unwind;
  if (--budget < 0) goto exhausted;
  auto* const arguments = sp - callee->argument_words;
  if (callee->native != nullptr) {
    machine_.budget_ = budget;
    machine_.stack_top_ = arguments + 2 > sp ? arguments + 2 : sp;
    machine_.run_native(*callee, arguments);
    budget = machine_.budget_;
    if (machine_.exhausted_) goto exhausted;
    if (machine_.pending_ != kNull) goto unwind;
    sp = arguments + words_of(callee->returns);
    pc = resume;
    NEXT;
  }
  if (frames.size() == machine_.options_.frames || stack_end - arguments < callee->frame_words + 2) {
    machine_.throw_exception(kSystem, kNoResource);
    goto unwind;
  }
  frames.push_back({callee, resume, arguments, machine_.current_});
  machine_.current_ = callee_;
  locals = arguments;
  // What is left of other calls is nobody's business.
  for (sp = locals + callee->argument_words; sp != locals + callee->local_words; ++sp) *sp = 0;
  sites = callee->package->sites.data();
  pc = callee->code;
  NEXT;
}

  OP(create) {
    const auto made = create(SITE);
    if (made == kNull) goto unwind;
    *sp++ = made;
    STEP;
  }
  OP(newarray) {
    const auto made = create_array(static_cast<ObjectKind>(unit.a), nullptr, short_in(sp[-1]));
    if (made == kNull) goto unwind;
    sp[-1] = made;
    STEP;
  }
  OP(anewarray) {
    const auto made = create_array(ObjectKind::kReferenceArray, SITE.type, short_in(sp[-1]));
    if (made == kNull) goto unwind;
    sp[-1] = made;
    STEP;
  }
  OP(arraylength) {
    if (!array_length(sp[-1], sp[-1])) goto unwind;
    STEP;
  }
  OP(athrow) {
    throw_reference(sp[-1]);
    goto unwind;
  }
  OP(checkcast) {
    const auto result = test_type(unit.a, sites + static_cast<std::uint16_t>(unit.b), sp[-1]);
    if (result == Test::kThrown) goto unwind;
    // JCVM 3.1 §7.5.14: null passes.
    if (result == Test::kNo && heap.normalized(sp[-1]) != kNull) THROW(kClassCast);
    STEP;
  }
  OP(instanceof) {
    const auto result = test_type(unit.a, sites + static_cast<std::uint16_t>(unit.b), sp[-1]);
    if (result == Test::kThrown) goto unwind;
    sp[-1] = result == Test::kYes ? 1 : 0;
    STEP;
  }

  OP(load_load) sp[0] = locals[unit.a]; sp[1] = locals[unit.b]; sp += 2; STEP;
  OP(load_push) sp[0] = locals[unit.a]; sp[1] = cell(unit.b); sp += 2; STEP;
  OP(load_load_sadd) *sp++ = cell(short_in(locals[unit.a]) + short_in(locals[unit.b])); STEP;
  OP(load_load_smul) *sp++ = cell(short_in(locals[unit.a]) * short_in(locals[unit.b])); STEP;
  OP(load_load_sxor) *sp++ = locals[unit.a] ^ locals[unit.b]; STEP;
  OP(sadd_store) sp -= 2; locals[unit.a] = cell(short_in(sp[0]) + short_in(sp[1])); STEP;
  OP(load_load_if_scmplt) {
    const bool taken = short_in(locals[unit.a]) < short_in(locals[unit.b]);
    ++pc;
    if (taken) JUMP(pc->b);
    STEP;
  }
  OP(load_load_if_scmpge) {
    const bool taken = short_in(locals[unit.a]) >= short_in(locals[unit.b]);
    ++pc;
    if (taken) JUMP(pc->b);
    STEP;
  }

unwind:
  for (;;) {
    const auto frame = frames.back();
    if (const auto* target = handler_in(*frame.method, pc)) {
      sp = locals + frame.method->local_words;
      *sp++ = machine_.pending_;
      machine_.pending_ = kNull;
      JUMP(static_cast<std::int32_t>(target - pc));
    }
    machine_.current_ = frame.caller;
    frames.pop_back();
    if (frame.resume == nullptr) {
      machine_.budget_ = budget;
      return;
    }
    // Where the call stands that is unwound.
    pc = frame.resume - 1;
    locals = frames.back().locals;
    sites = frames.back().method->package->sites.data();
  }

exhausted:
  machine_.exhausted_ = true;
  machine_.budget_ = 0;
  for (;;) {
    const auto frame = frames.back();
    machine_.current_ = frame.caller;
    frames.pop_back();
    if (frame.resume == nullptr) return;
  }
  // clang-format on
}

}  // namespace cose::jcvm

#pragma GCC diagnostic pop
