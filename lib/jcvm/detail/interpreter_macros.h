// SPDX-License-Identifier: Apache-2.0
// The patterns of Interpreter::run(), whose local variables they use: pc, sp, locals, sites, unit, budget, labels.
// For interpreter.cc only.
#pragma once

// clang-format off
#define OP(name) op_##name:
#define NEXT            \
  do {                  \
    unit = *pc;         \
    goto* labels[unit.op]; \
  } while (false)
#define STEP \
  do {       \
    ++pc;    \
    NEXT;    \
  } while (false)
#define SITE sites[static_cast<std::uint16_t>(unit.b)]
#define SWITCH frames.back().method->package->switches[static_cast<std::uint16_t>(unit.b)]
#define STATIC heap.contents(statics_of(SITE)) + SITE.value + kStaticPrefix
#define JUMP(distance)                                   \
  do {                                                   \
    const std::int32_t by = (distance);                  \
    pc += by;                                            \
    if (by <= 0 && (budget += by - 1) < 0) goto exhausted; \
    NEXT;                                                \
  } while (false)
#define BRANCH_IF(condition, words)   \
  do {                                \
    const bool taken = (condition);   \
    sp -= (words);                    \
    if (taken) JUMP(unit.b);          \
    STEP;                             \
  } while (false)
#define SHORTS(expression)                     \
  do {                                         \
    const auto left = short_in(sp[-2]);        \
    const auto right = short_in(sp[-1]);       \
    --sp;                                      \
    sp[-1] = cell(expression);                 \
    STEP;                                      \
  } while (false)
#define INTS(expression)                          \
  do {                                            \
    const auto left = load_int(sp - 4);           \
    const auto right = load_int(sp - 2);          \
    sp -= 2;                                      \
    store_int(sp - 2, expression);                \
    STEP;                                         \
  } while (false)
#define THROW(type)                \
  do {                             \
    machine_.throw_exception(type); \
    goto unwind;                   \
  } while (false)
#define GETFIELD(reference, taken)                               \
  do {                                                           \
    const auto* object = instance_with(reference, SITE);         \
    if (object == nullptr) goto unwind;                          \
    sp -= (taken);                                               \
    *sp++ = read<Cell>(heap.contents(*object) + SITE.value);     \
    STEP;                                                        \
  } while (false)
#define GETFIELD_I(reference, taken)                                           \
  do {                                                                         \
    const auto* object = instance_with(reference, SITE);                       \
    if (object == nullptr) goto unwind;                                        \
    sp -= (taken);                                                             \
    store_int(sp, read<std::int32_t>(heap.contents(*object) + SITE.value));    \
    sp += 2;                                                                   \
    STEP;                                                                      \
  } while (false)
#define PUTFIELD(reference, from, size, taken)                                                    \
  do {                                                                                            \
    const auto* object = instance_with(reference, SITE);                                          \
    if (object == nullptr || !write_field(*object, SITE.value, from, size)) goto unwind;          \
    sp -= (taken);                                                                                \
    STEP;                                                                                         \
  } while (false)
// clang-format on
