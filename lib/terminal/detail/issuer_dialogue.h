// SPDX-License-Identifier: Apache-2.0
// What passes between terminal, issuer and card while a transaction is online.
#pragma once

#include "terminal/detail/run.h"

namespace cose::terminal::detail {

[[nodiscard]] Result<emv::AuthorisationResponse> ask_issuer(Run& run);
// The response code and the issuer's data, for the second cryptogram.
void take_response(Run& run, const emv::AuthorisationResponse& response);
// EMV 4.4 Book 3 §10.9: EXTERNAL AUTHENTICATE, if the card knows it.
[[nodiscard]] Status authenticate_issuer(Run& run, const emv::AuthorisationResponse& response);
// The cryptogram that ended the transaction, for the issuer's books. Nothing depends on its arrival.
void confirm(Run& run);

}  // namespace cose::terminal::detail
