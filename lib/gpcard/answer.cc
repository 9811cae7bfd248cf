// SPDX-License-Identifier: Apache-2.0
#include "gpcard/answer.h"

namespace cose::gpcard {

StatusWord status_of(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kInvalid: return StatusWord::kWrongData;
    case ErrorKind::kUnsupported: return StatusWord::kFunctionNotSupported;
    case ErrorKind::kNotFound: return StatusWord::kReferencedDataNotFound;
    case ErrorKind::kLimit: return StatusWord::kNotEnoughMemory;
    case ErrorKind::kBusy: return StatusWord::kConditionsNotSatisfied;
    case ErrorKind::kRefused: return StatusWord::kConditionsNotSatisfied;
    default: return StatusWord::kMemoryFailure;
  }
}

}  // namespace cose::gpcard
