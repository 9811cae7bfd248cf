// SPDX-License-Identifier: Apache-2.0
// A CAP file as a set of components, in the two forms in which it travels: a zip (jar) with one file per component,
// and a load file, the components one after the other as a card receives them, with or without Descriptor and Debug.
//
// Reading checks the frame only (tag, size, nothing double, nothing left over); cap/parse.h looks inside.
// Values own their octets. Writing is deterministic: equal components give equal octets.
// Errors: kInvalid (what was expected, found, and in which file or at which offset), kLimit (cap/limits.h).
// Source: JCVM 3.1 §4.1.3 and §6.2 to §6.3.
#pragma once

#include <map>
#include <string>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "cap/component.h"

namespace cose::cap {

struct Components {
  // The info item of each component that is there: its octets without tag and size.
  std::map<ComponentTag, Bytes> infos;
  // The package's folder in a zip, "com/example/hello"; empty for a load file.
  std::string path;

  // Null when the component is not there.
  [[nodiscard]] const Bytes* find(ComponentTag tag) const;

  // What the Header's flags say; compact when there is no Header to ask.
  [[nodiscard]] Layout layout() const;

  friend bool operator==(const Components&, const Components&) = default;
};

enum class WithDescriptor { kNo, kYes };

[[nodiscard]] Result<Components> read_zip(ByteView zip);
[[nodiscard]] Result<Components> read_load_file(ByteView load_file);
// Either of them, told apart by the first octets.
[[nodiscard]] Result<Components> read_cap(ByteView file);

[[nodiscard]] Result<Bytes> write_zip(const Components& components);
// Debug never travels to a card (JCVM 3.1 §6.3).
[[nodiscard]] Result<Bytes> write_load_file(const Components& components, WithDescriptor descriptor);

}  // namespace cose::cap
