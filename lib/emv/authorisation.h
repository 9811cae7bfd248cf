// SPDX-License-Identifier: Apache-2.0
// What a terminal asks the issuer of a card, what the issuer answers, and the port between them.
//
// Values own what they hold. Thread rule: a host is used by one thread at a time. Errors of a host mean that there is
// no answer ("unable to go online"); a refusal is an answer. Source: EMV 4.4 Book 3 §10.9, Book 4 §12.
#pragma once

#include <string>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "emv/cryptogram.h"

namespace cose::emv {

enum class AuthorisationKind {
  kRequest,       // with an ARQC; waits for the answer
  kConfirmation,  // with the TC or AAC that ended the transaction
};

struct AuthorisationRequest {
  AuthorisationKind kind = AuthorisationKind::kRequest;
  // 5A, 5F34, 84, and what the cryptogram goes over with 9F26, 9F27, 9F10; more does no harm.
  DataObjects objects;
  Bytes pin_block;       // ISO 9564-1 format 4 under the key that terminal and issuer share; empty: no online PIN
  Bytes script_results;  // of a confirmation
};

struct AuthorisationResponse {
  std::string response_code;         // 8A: two characters, "00" approves
  std::string authorisation_code;    // 89
  Bytes issuer_authentication_data;  // 91
  std::vector<Bytes> scripts;        // templates 71 and 72 with their tags
  std::string reason;                // for people
};

class AuthorisationHost {
 public:
  virtual ~AuthorisationHost() = default;
  [[nodiscard]] virtual Result<AuthorisationResponse> authorise(const AuthorisationRequest& request) = 0;
};

// EMV 4.4 Book 4 §A6: 00, and 10 and 11 of the older message formats.
[[nodiscard]] inline bool is_approval(std::string_view response_code) {
  return response_code == "00" || response_code == "10" || response_code == "11";
}

}  // namespace cose::emv
