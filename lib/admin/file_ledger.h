// SPDX-License-Identifier: Apache-2.0
// Failed authentications remembered from one run to the next, in a text file: one "CARD COUNT" a line.
//
// The file is read for each question and replaced as a whole for each change. Two programs at once may lose a count;
// a file that cannot be read or written counts as empty: the ledger is a seat belt, not a lock. One thread.
#pragma once

#include <map>
#include <string>

#include "gphost/session.h"

namespace cose::admin {

class FileLedger final : public gphost::AttemptLedger {
 public:
  explicit FileLedger(std::string file) : file_(std::move(file)) {}

  [[nodiscard]] unsigned failures(const std::string& card) override;
  void failed(const std::string& card) override;
  void succeeded(const std::string& card) override;

 private:
  [[nodiscard]] std::map<std::string, unsigned> read() const;
  void write(const std::map<std::string, unsigned>& counts) const;

  std::string file_;
};

}  // namespace cose::admin
