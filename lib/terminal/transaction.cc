// SPDX-License-Identifier: Apache-2.0
#include "terminal/transaction.h"

namespace cose::terminal {

std::string_view to_string(Decision decision) {
  switch (decision) {
    case Decision::kApproved: return "approved";
    case Decision::kDeclined: return "declined";
    case Decision::kTerminated: return "terminated";
    case Decision::kTryAnotherInterface: return "try another interface";
    case Decision::kTryAgain: break;
  }
  return "try again";
}

std::string_view to_string(Verification verification) {
  switch (verification) {
    case Verification::kNone: return "none";
    case Verification::kNotRequired: return "not required";
    case Verification::kPin: return "PIN verified by the card";
    case Verification::kOnlinePin: return "PIN verified by the issuer";
    case Verification::kSignature: return "signature";
    case Verification::kPinAndSignature: return "PIN and signature";
    case Verification::kOnDevice: return "on the cardholder's device";
    case Verification::kFailed: break;
  }
  return "failed";
}

Nanoseconds Outcome::time() const {
  Nanoseconds sum{0};
  for (const auto& step : steps) sum += step.time;
  return sum;
}

Nanoseconds Outcome::card_time() const {
  Nanoseconds sum{0};
  for (const auto& step : steps) sum += step.card_time;
  return sum;
}

}  // namespace cose::terminal
