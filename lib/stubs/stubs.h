// SPDX-License-Identifier: Apache-2.0
// What applets are compiled against, and what converters link them to, made from the table of API tokens (api/api.h):
// class files for javac, export files for converters. Deterministic; values own what they hold.
//
// Beside the API the class files have the few classes that the Java language itself names and Java Card has not:
// String (the type of a literal), Class, the boxes of the primitive types, Error, Cloneable, Serializable, all without
// methods, and the annotations Override, Deprecated and SuppressWarnings. A converter refuses code that uses them;
// annotations leave no trace in code.
#pragma once

#include <span>
#include <vector>

#include "api/api.h"
#include "archive/zip.h"
#include "bytes/bytes.h"
#include "bytes/result.h"
#include "cap/export_file.h"

namespace cose::stubs {

using File = archive::ZipEntry;

// The classes that the language needs and the API lacks.
[[nodiscard]] std::span<const api::Class> language_classes();

[[nodiscard]] std::vector<File> class_files();
// The same as one jar.
[[nodiscard]] Result<Bytes> class_jar();

// Format 2.1 is read by every converter; 2.3 says also which packages are referenced (JCVM 3.1 chapter 5).
enum class ExportFormat { k21, k23 };

[[nodiscard]] cap::ExportFile export_file(const api::Package& package, ExportFormat format);
// At the places where converters look: "javacard/framework/javacard/framework.exp".
[[nodiscard]] Result<std::vector<File>> export_files(ExportFormat format);

}  // namespace cose::stubs
