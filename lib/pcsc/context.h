// SPDX-License-Identifier: Apache-2.0
// One connection to pcscd that outlives pcscd: made when first needed, and made anew after pcscd has died.
//
// Thread rule: one thread at a time. pcsc-lite locks a context for the length of each call, and a second call on the
// same context waits holding the lock of the whole library; so a context on which a call may hang is never shared,
// and each card and each monitor has its own. One thing is shared all the same: libpcsclite (1.9.9) receives the table
// of reader states into one buffer per process, so that a list made in the instant in which a card moves, while another
// thread makes one too, may mix old and new; the next list is right. Errors: kClosed when pcscd does not run.
#pragma once

#include <optional>

#include "bytes/result.h"

namespace cose::pcsc {

class Context {
 public:
  Context() = default;
  ~Context() { release(); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  // The SCARDCONTEXT, established now if there is none.
  [[nodiscard]] Result<long> handle();

  // Takes note of what a call on this context returned: when pcscd is gone, the next handle() is a fresh one.
  void note(long code);

  // Gives the context and every card handle made with it back.
  void release();

 private:
  std::optional<long> handle_;
};

}  // namespace cose::pcsc
