// SPDX-License-Identifier: Apache-2.0
// Which values take one word on the card and which two.
//
// A value of one word holds the low 16 bits of Java's int. That is enough for whoever needs only those (i2s, i2b, and
// through them +, -, *, <<, &, |, ^); whoever needs the exact value (comparisons, /, %, >>, >>>, an array's index, a
// switch) gets it too when the range of the value is within short. Where neither holds the value is computed in two
// words or, without 32-bit instructions, refused (JCVM 3.1 §2.2.3.1).
#pragma once

#include <vector>

#include "convert/detail/analysis.h"

namespace cose::convert::detail {

class Narrowing {
 public:
  // Reports expressions that would need 32 bits where there are none.
  Narrowing(Program& program, const Analysis& analysis);

  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool is_wide(int node) const {
    return node != kNone && wide_[static_cast<std::size_t>(analysis_.group(node))];
  }
  [[nodiscard]] bool is_wide(const Value& value) const { return value.is_int() && is_wide(value.node); }
  // Whether the instruction works on two words: arithmetic, comparisons, switches.
  [[nodiscard]] bool works_wide(std::size_t index) const { return works_wide_[index]; }

 private:
  void decide_locals();
  void find_natural();
  void decide();
  bool decide_step(std::size_t index);
  bool decide_copy(std::size_t index);
  bool needs_wide(std::size_t index) const;
  bool natural(const Value& value) const;
  bool widen(const Value& value);
  bool widen_arguments(std::size_t index);
  void check();
  void check_step(std::size_t index);
  void check_exact(std::size_t index, const Value& value, std::string_view consumer);
  void check_index(std::size_t index, const Value& value, std::string_view what);

  Program& program_;
  const Analysis& analysis_;
  bool good_ = true;
  std::vector<bool> wide_;        // by group
  std::vector<bool> works_wide_;  // by instruction
  std::vector<bool> natural_;     // by instruction: what it makes has two words without anybody asking for them
};

}  // namespace cose::convert::detail
