// SPDX-License-Identifier: Apache-2.0
#include "pcsc/context.h"

#include <type_traits>

#include <winscard.h>

#include "pcsc/scard_error.h"

namespace cose::pcsc {

static_assert(std::is_same_v<SCARDCONTEXT, long>);

Result<long> Context::handle() {
  if (!handle_) {
    SCARDCONTEXT established = 0;
    const LONG code = SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &established);
    if (code != SCARD_S_SUCCESS) return std::unexpected(scard_error(code, "PC/SC"));
    handle_ = established;
  }
  return *handle_;
}

void Context::note(long code) {
  if (service_is_gone(code)) release();
}

void Context::release() {
  // Also for a dead context: pcsc-lite gives its socket and memory back whatever it answers.
  if (handle_) SCardReleaseContext(*handle_);
  handle_.reset();
}

}  // namespace cose::pcsc
