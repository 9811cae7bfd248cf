// SPDX-License-Identifier: Apache-2.0
// A CAP file as a console needs it: which package, which applets, and the octets that travel to the card.
//
// Takes CAP files (zip) and load files (IJC). Errors: kNotFound, kIo, kInvalid, each with the name of the file.
#pragma once

#include <string>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"

namespace cose::admin {

inline constexpr std::size_t kMaximumCapFile = 16U << 20;

struct LoadFile {
  Bytes package;
  std::string version;         // "1.0"
  std::vector<Bytes> applets;  // in the order of the Applet component
  Bytes octets;                // without Descriptor and Debug

  [[nodiscard]] static Result<LoadFile> read(const std::string& file);
  [[nodiscard]] static Result<LoadFile> parse(ByteView octets);
};

[[nodiscard]] Result<Bytes> read_file(const std::string& file, std::size_t maximum_size);

}  // namespace cose::admin
