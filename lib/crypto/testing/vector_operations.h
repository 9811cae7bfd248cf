// SPDX-License-Identifier: Apache-2.0
// What a block of tests/vectors/crypto/*.vec can ask for.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>

#include "bytes/result.h"
#include "bytes/rng.h"
#include "bytes/testing/vector_file.h"

namespace cose::crypto::testing {

// Computes what the block says; verifications give no octets when they succeed.
using Operation = Result<Bytes> (*)(const cose::testing::VectorBlock&);
using Operations = std::map<std::string, Operation, std::less<>>;

[[nodiscard]] const Operations& symmetric_operations();
[[nodiscard]] const Operations& asymmetric_operations();

// Hands out the octets it was given, as a published vector fixes its nonce or salt, and fails after the last.
class ScriptedRng final : public Rng {
 public:
  explicit ScriptedRng(Bytes octets) : octets_(std::move(octets)) {}

  [[nodiscard]] Status fill(MutableByteView buffer) override {
    if (buffer.size() > octets_.size() - used_)
      return fail(ErrorKind::kLimit, "the script has " + std::to_string(octets_.size() - used_) + " octets left of " +
                                         std::to_string(buffer.size()) + " wanted");
    for (auto& octet : buffer) octet = octets_[used_++];
    return {};
  }

 private:
  Bytes octets_;
  std::size_t used_ = 0;
};

}  // namespace cose::crypto::testing
