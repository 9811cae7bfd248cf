// SPDX-License-Identifier: Apache-2.0
// From a folder of Java sources to a CAP file: javac, converter, verifier. What `cose cap build` and our own build do.
//
// Packages that a project uses are built first, from their own folders. The same sources and the same javac give the
// same octets. Problems of the sources are one error with a line each.
// Errors: kNotFound (javac, a folder), kInvalid (sources, project, a package that uses itself), kLimit, kIo.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bytes/result.h"
#include "convert/convert.h"
#include "host/cap_project.h"
#include "host/javac.h"
#include "jcvm/package.h"

namespace cose::host {

// Far more than packages stand on one another.
inline constexpr std::size_t kMaximumUses = 32;

struct BuiltPackage {
  CapProject project;
  ClassFiles classes;
  convert::Converted converted;
  // What our own cards cannot run of it; empty: they can.
  std::string not_for_us;
  std::shared_ptr<const jcvm::Package> linked;  // null: not_for_us
};

// The package itself last, after those it uses, each once.
[[nodiscard]] Result<std::vector<BuiltPackage>> build_packages(const CapProject& project, convert::DebugInfo debug);

}  // namespace cose::host
