// SPDX-License-Identifier: Apache-2.0
// What a step of a command gives: a value, or the status word with which the command ends.
#pragma once

#include <expected>
#include <type_traits>
#include <utility>

#include "bytes/result.h"
#include "iso7816/status_word.h"
#include "scp/protocol.h"

namespace cose::gpcard {

using iso7816::StatusWord;

// COSE_TRY and COSE_CHECK work on it as on a Result.
using scp::Answer;
using scp::refuse;

// For steps whose Error says no more to the outside than that the data was wrong, or that memory ran out.
[[nodiscard]] StatusWord status_of(const Error& error);

template <typename T>
[[nodiscard]] Answer<T> answered(Result<T>&& result) {
  if (result) {
    if constexpr (std::is_void_v<T>)
      return {};
    else
      return *std::move(result);
  }
  return std::unexpected(status_of(result.error()));
}

// As data that the command carried: whatever is wrong with it is 6A80.
template <typename T>
[[nodiscard]] Answer<T> well_formed(Result<T>&& result) {
  if (result) {
    if constexpr (std::is_void_v<T>)
      return {};
    else
      return *std::move(result);
  }
  return std::unexpected(StatusWord::kWrongData);
}

}  // namespace cose::gpcard
