// SPDX-License-Identifier: Apache-2.0
// Where the methods are. The Method component is one run of octets without lengths (JCVM 3.1 §6.10.4); what tells
// where a method starts is the Descriptor or, in a load file without one, whatever refers to methods: class tables,
// exports, install methods, static references in the constant pool. A method ends where the next one starts.
#pragma once

#include <vector>

#include "bytes/result.h"
#include "cap/model.h"

namespace cose::cap {

enum MethodFlag : std::uint8_t { kMethodAbstract = 0x4, kMethodExtended = 0x8 };

// method_header_info or extended_method_header_info, JCVM 3.1 §6.10.4. Sizes in 16-bit words.
struct MethodHeader {
  std::uint8_t flags = 0;
  std::uint8_t padding = 0;  // extended only; zero by the specification
  std::uint8_t max_stack = 0;
  std::uint8_t nargs = 0;
  std::uint8_t max_locals = 0;  // without the arguments

  [[nodiscard]] bool abstract() const { return (flags & kMethodAbstract) != 0; }
  [[nodiscard]] bool extended() const { return (flags & kMethodExtended) != 0; }
  [[nodiscard]] std::size_t size() const { return extended() ? 4 : 2; }
  friend bool operator==(const MethodHeader&, const MethodHeader&) = default;
};

[[nodiscard]] Result<MethodHeader> parse_method_header(ByteView method);
// Error: kLimit, a value that a short header cannot hold.
[[nodiscard]] Result<Bytes> write_method_header(const MethodHeader& header);

struct MethodSpan {
  MethodLocation location;
  std::size_t end = 0;  // block offset of the next method or of the block's end
};

// Ascending. Locations outside their block are left out.
[[nodiscard]] std::vector<MethodSpan> method_spans(const CapFile& cap);

// The octets of a method, header first.
[[nodiscard]] ByteView octets_of(const CapFile& cap, const MethodSpan& span);

}  // namespace cose::cap
