// SPDX-License-Identifier: Apache-2.0
// Failure as a value: Result<T> = std::expected<T, Error>.
//
// Three things can go wrong, and only the first is an Error: (1) we or the environment failed, or the input is no
// good: Error; (2) the card answered with a status word: that is data, see iso7816/status_word.h; (3) the program is
// wrong: COSE_ASSERT, which stays in release builds. Nothing that a peer, a card or a file says may reach (3).
//
// An Error names what was expected, what came and where. Its kind is for programs to branch on, its message for a
// person to read.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace cose {

enum class ErrorKind {
  kInvalid,       // the input breaks its format
  kUnsupported,   // well-formed, but not something we do
  kNotFound,      // no such file, reader, slot, name
  kBusy,          // somebody else holds it
  kRefused,       // not allowed
  kLimit,         // a bound of ours was reached
  kTimeout,       // not in time
  kClosed,        // the peer or the service went away
  kCardRemoved,   // the card left its place
  kUnresponsive,  // the card is there and does not answer as a card does
  kIo,            // the operating system refused
  kInternal,      // none of the above; a defect of ours if it is ever seen
};

// "invalid", "not found", ...: stable words, used in logs and in --json.
[[nodiscard]] std::string_view to_string(ErrorKind kind);

struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string message;

  // The same error seen from one level up: "slot 101: reader is gone".
  [[nodiscard]] Error within(std::string_view where) const;

  friend bool operator==(const Error&, const Error&) = default;
};

template <typename T>
using Result = std::expected<T, Error>;

using Status = Result<void>;

[[nodiscard]] inline std::unexpected<Error> fail(ErrorKind kind, std::string message) {
  return std::unexpected(Error{kind, std::move(message)});
}

namespace detail {
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);
}

}  // namespace cose

#define COSE_CONCAT_(a, b) a##b
#define COSE_CONCAT(a, b) COSE_CONCAT_(a, b)
#define COSE_TRY_(result, variable, expression)                               \
  auto result = (expression);                                                 \
  if (!result.has_value()) return std::unexpected(std::move(result).error()); \
  variable = std::move(result).value()

// COSE_TRY(const auto tag, reader.u8()); returns the error from the enclosing function, or declares `tag`.
#define COSE_TRY(variable, expression) COSE_TRY_(COSE_CONCAT(try_result_, __LINE__), variable, expression)

// The same for a Status.
#define COSE_CHECK(expression)                                       \
  do {                                                               \
    if (auto check_result = (expression); !check_result.has_value()) \
      return std::unexpected(std::move(check_result).error());       \
  } while (false)

// A programmer's promise. Never reachable by input.
#define COSE_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::cose::detail::assertion_failed(#condition, __FILE__, __LINE__))
