// SPDX-License-Identifier: Apache-2.0
// Java sources to class files with the JDK's javac, against the API of cards and nothing else: its own java.lang takes
// the place of the JDK's, so that javac itself refuses what a card has not.
//
// What javac says goes to standard error. Errors: kNotFound (no javac, or no source), kInvalid (javac refused the
// sources), kIo.
#pragma once

#include <string>
#include <vector>

#include "archive/zip.h"
#include "bytes/result.h"

namespace cose::host {

using ClassFiles = std::vector<archive::ZipEntry>;  // by name: "com/example/Purse.class"

// All *.java below `folder` but those in folders with a cap.toml of their own. `libraries` are the class files that
// the sources use besides the API.
[[nodiscard]] Result<ClassFiles> compile_java(const std::string& folder, const ClassFiles& libraries);

}  // namespace cose::host
