// SPDX-License-Identifier: Apache-2.0
#include "grid/racs_reply.h"

#include <charconv>
#include <string>

namespace cose::grid {

namespace {

bool three_digits(std::string_view text, unsigned& number) {
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return text.size() == 3 && stop == end && error == std::errc();
}

}  // namespace

Result<RacsStatus> parse_racs_status(std::string_view line) {
  RacsStatus status;
  unsigned number = 0;
  const bool signed_line = line.starts_with('+') || line.starts_with('-');
  const bool blank = line.size() > 4 && line[4] == ' ' && (line.size() <= 8 || line[8] == ' ');
  if (!signed_line || !blank || !three_digits(line.substr(1, 3), number) ||
      !three_digits(line.substr(5, 3), status.line))
    return fail(ErrorKind::kInvalid, "expected a status of RACS such as \"+006 001 9000\", found \"" +
                                         std::string(line.substr(0, 40)) + "\"");
  status.success = line.starts_with('+');
  status.event = static_cast<RacsClass>(number / 100);
  status.command = number % 100;
  if (line.size() > 9) status.text = line.substr(9);
  return status;
}

ErrorKind error_kind_for(RacsClass event) {
  switch (event) {
    case RacsClass::kUnknown:
    case RacsClass::kNotImplemented: return ErrorKind::kUnsupported;
    case RacsClass::kIllegalValue: return ErrorKind::kNotFound;
    case RacsClass::kUnauthorized: return ErrorKind::kRefused;
    case RacsClass::kInUse: return ErrorKind::kBusy;
    case RacsClass::kHardware: return ErrorKind::kUnresponsive;
    case RacsClass::kSystem: return ErrorKind::kClosed;
    default: return ErrorKind::kInvalid;
  }
}

}  // namespace cose::grid
