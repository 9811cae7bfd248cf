// SPDX-License-Identifier: Apache-2.0
// What PC/SC's return codes mean, as an ErrorKind for programs and a sentence for people that says what to do.
//
// Codes are those of PC/SC part 5 §3.1.2 as pcsc-lite spells them (SCARD_E_..., SCARD_W_..., SCARD_F_...); they come
// as plain numbers so that <winscard.h> stays inside this folder. Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>

#include "bytes/result.h"

namespace cose::pcsc {

// `where` is the place it happened at: `reader "ACS ACR122U 00 00"`. The message ends with the code's own name.
[[nodiscard]] Error scard_error(long code, std::string_view where);

// `reader "ACS ACR122U 00 00"`: how every message of this folder names a reader.
[[nodiscard]] std::string quoted_reader(std::string_view name);

// Whether pcscd itself is gone, or has been replaced by a new one: every handle is dead and a fresh context is needed.
[[nodiscard]] bool service_is_gone(long code);

}  // namespace cose::pcsc
