// SPDX-License-Identifier: Apache-2.0
// Files that only their owner may read: master keys, and the anchor of a state directory.
//
// A key file holds 64 hexadecimal digits. One that others may read or write is refused (kRefused), and so is one that
// belongs to somebody else. Errors name the file.
#pragma once

#include <string>

#include "bytes/result.h"
#include "bytes/rng.h"
#include "bytes/secret.h"
#include "vault/vault.h"

namespace cose::host {

// kNotFound when there is none.
[[nodiscard]] Result<Secret> read_key_file(const std::string& file);
// A new key in a new file. kRefused when there is one already.
[[nodiscard]] Result<Secret> make_key_file(const std::string& file, Rng& rng);

// The PIN of a token: the first line of a file, or of what a file: URI names. Rules of a key file.
[[nodiscard]] Result<Secret> read_pin_file(const std::string& source);

// The anchor as a line of text, written beside and moved into place, flushed to the disk.
class FileAnchor final : public vault::Anchor {
 public:
  explicit FileAnchor(std::string file) : file_(std::move(file)) {}
  [[nodiscard]] Result<std::optional<vault::AnchorValue>> read() override;
  [[nodiscard]] Status write(const vault::AnchorValue& value) override;

 private:
  std::string file_;
};

}  // namespace cose::host
