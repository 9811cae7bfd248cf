// SPDX-License-Identifier: Apache-2.0
// The audit log in a file (host/audit_chain.h has its lines).
//
// A file that is there is checked and gone on with; one whose chain is broken is refused, so that nobody goes on behind
// evidence that was tampered with. A last line without its end, as a crash leaves it, is cut off and noted by a line
// "audit.torn". A file that grows beyond its bound is renamed to FILE.NUMBER, where NUMBER is that of its first line,
// and the chain goes on in a new one; old files are nobody's to delete here.
//
// When a line cannot be written (a full disk), what is there stays whole, the log of the program says so once, and the
// grid goes on unless the audit log is `required`: then nothing is done until lines can be written again (ready()). A
// line "audit.gap" says how many events were lost in between.
//
// The file is locked: two grids cannot write one log. Any thread. The clock and the log outlive it.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "bytes/clock.h"
#include "bytes/log.h"
#include "grid/audit.h"
#include "host/audit_chain.h"

namespace cose::host {

struct AuditOptions {
  std::string file;
  std::string key_file = {};  // host/key_file.h; empty: no key
  std::size_t maximum_size = std::size_t{64} << 20;
  enum class Need : std::uint8_t { kWished, kRequired } need = Need::kWished;
  enum class Sync : std::uint8_t { kAtTheEnd, kEachLine } sync = Sync::kAtTheEnd;  // when a line must be on the disk
};

class AuditFile final : public grid::Audit {
 public:
  // Errors: kInvalid naming the first line that is broken, kBusy (another grid writes it), kIo, and those of the key.
  [[nodiscard]] static Result<std::unique_ptr<AuditFile>> open(const AuditOptions& options, const Clock& clock,
                                                               Log& log);
  AuditFile(const AuditFile&) = delete;
  AuditFile& operator=(const AuditFile&) = delete;
  ~AuditFile() override;

  [[nodiscard]] bool ready() override;
  void write(const grid::AuditEvent& event) override;

 private:
  AuditFile(AuditOptions options, AuditChain chain, const Clock& clock, Log& log);

  [[nodiscard]] Status open_file();
  [[nodiscard]] Status append(const std::string& line);
  [[nodiscard]] Status rotate();
  [[nodiscard]] bool recover();
  void lose(const Error& error);

  AuditOptions options_;
  const Clock& clock_;
  Log& log_;
  std::mutex mutex_;  // guards what follows
  AuditChain chain_;
  int descriptor_ = -1;
  std::size_t size_ = 0;
  std::uint64_t first_ = 1;  // number of the file's first line
  std::uint64_t lost_ = 0;   // events, since the last line that could be written
};

// What a file of an audit log holds, checked with a chain that has taken the files before it.
struct AuditReading {
  std::uint64_t lines = 0;
  std::uint64_t first = 0;  // number of its first line
  std::size_t whole = 0;    // octets of whole lines
  std::size_t torn = 0;     // octets of a last line without its end
  bool anchored = false;    // the anchor was among its lines
};
// Errors: kNotFound; kInvalid as "FILE:LINE: why", for the first line that does not follow or contradicts the anchor.
[[nodiscard]] Result<AuditReading> read_audit_file(const std::string& file, AuditChain& chain,
                                                   const AuditAnchor* anchor = nullptr);
// The files that FILE was before, oldest first.
[[nodiscard]] std::vector<std::string> rotated_audit_files(const std::string& file);

}  // namespace cose::host
