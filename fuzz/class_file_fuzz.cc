// SPDX-License-Identifier: Apache-2.0
// Any octets as a Java class file: read, and everything that the accessors promise is asked for.
#include <cstdlib>

#include "classfile/class_file.h"
#include "classfile/descriptor.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace classfile = cose::classfile;
  const auto file = classfile::parse({data, size});
  if (!file) return 0;
  for (const auto& field : file->fields)
    if (!classfile::parse_field_descriptor(field.descriptor)) std::abort();
  for (const auto& method : file->methods) {
    if (!classfile::parse_method_descriptor(method.descriptor)) std::abort();
    if (!method.code) continue;
    for (const auto& each : method.code->decoded.instructions) {
      static_cast<void>(method.code->line_at(each.at));
      static_cast<void>(method.code->variable_at(0, each.at));
      if (each.op >= classfile::Op::k_getstatic && each.op <= classfile::Op::k_invokeinterface)
        static_cast<void>(file->constants.member(static_cast<std::size_t>(each.operand)).name.size());
    }
  }
  return 0;
}
