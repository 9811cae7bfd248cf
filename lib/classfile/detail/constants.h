// SPDX-License-Identifier: Apache-2.0
// The constant pool of a class file, read and checked in itself (JVMS 8 §4.4).
#pragma once

#include "bytes/reader.h"
#include "classfile/class_file.h"

namespace cose::classfile::detail {

[[nodiscard]] Result<ConstantPool> read_constant_pool(Reader& reader);

}  // namespace cose::classfile::detail
