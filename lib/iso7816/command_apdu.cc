// SPDX-License-Identifier: Apache-2.0
#include "iso7816/command_apdu.h"

#include <string>

#include "bytes/reader.h"

namespace cose::iso7816 {

namespace {

constexpr std::size_t kHeaderSize = 4;
constexpr std::size_t kMaximumLengthFields = 5;
constexpr std::size_t kMaximumShortData = 255;

// A coded Le of zero is the maximum of its form, ISO/IEC 7816-4 §5.1.
std::uint32_t decode_le(std::uint32_t coded, std::uint32_t maximum) {
  return coded == 0 ? maximum : coded;
}

std::unexpected<Error> lengths_disagree(std::size_t lc, std::size_t found) {
  return fail(ErrorKind::kInvalid,
              "command APDU with Lc " + std::to_string(lc) + ", but " + std::to_string(found) + " octets after Lc");
}

Status parse_short_body(Reader& body, CommandApduView& command) {
  if (body.remaining() == 1) {
    COSE_TRY(const auto le, body.u8());
    command.le = decode_le(le, kMaximumShortLe);
    return {};
  }
  COSE_TRY(const auto lc, body.u8());
  const auto after_lc = body.remaining();
  if (after_lc != lc && after_lc != lc + 1U) return lengths_disagree(lc, after_lc);
  COSE_TRY(command.data, body.take(lc));
  if (body.at_end()) return {};
  COSE_TRY(const auto le, body.u8());
  command.le = decode_le(le, kMaximumShortLe);
  return {};
}

Status parse_extended_body(Reader& body, CommandApduView& command) {
  command.form = LengthForm::kExtended;
  COSE_CHECK(body.skip(1));
  COSE_TRY(const auto first, body.u16());
  if (body.at_end()) {
    command.le = decode_le(first, kMaximumLe);
    return {};
  }
  const auto after_lc = body.remaining();
  if (first == 0 || (after_lc != first && after_lc != first + 2U)) return lengths_disagree(first, after_lc);
  COSE_TRY(command.data, body.take(first));
  if (body.at_end()) return {};
  COSE_TRY(const auto le, body.u16());
  command.le = decode_le(le, kMaximumLe);
  return {};
}

// ISO/IEC 7816-3 §12.1.3: a body of more than one octet that starts with 00 has extended length fields.
Status parse_body(Reader& body, CommandApduView& command) {
  if (body.at_end()) return {};
  const bool is_extended = body.remaining() > 1 && body.rest()[0] == 0x00;
  if (!is_extended) return parse_short_body(body, command);
  if (body.remaining() < 3)
    return fail(ErrorKind::kInvalid, "command APDU with extended length fields is cut off after 2 octets of them");
  return parse_extended_body(body, command);
}

bool is_extended(const CommandApduView& command) {
  return command.form == LengthForm::kExtended || command.data.size() > kMaximumShortData ||
         command.le.value_or(0) > kMaximumShortLe;
}

Status check_lengths(const CommandApduView& command) {
  if (command.data.size() > kMaximumCommandData)
    return fail(ErrorKind::kInvalid, "expected at most " + std::to_string(kMaximumCommandData) +
                                         " octets of command data, found " + std::to_string(command.data.size()));
  if (command.le && (*command.le == 0 || *command.le > kMaximumLe))
    return fail(ErrorKind::kInvalid,
                "expected Le of 1 to " + std::to_string(kMaximumLe) + ", found " + std::to_string(*command.le));
  return {};
}

// The maximum of a length field is coded as zero, which is what its low octets are.
void append_u16(Bytes& to, std::size_t value) {
  to.push_back(static_cast<std::uint8_t>(value >> 8));
  to.push_back(static_cast<std::uint8_t>(value));
}

void append_short_body(Bytes& to, const CommandApduView& command) {
  if (!command.data.empty()) {
    to.push_back(static_cast<std::uint8_t>(command.data.size()));
    append(to, command.data);
  }
  if (command.le) to.push_back(static_cast<std::uint8_t>(*command.le));
}

void append_extended_body(Bytes& to, const CommandApduView& command) {
  if (!command.data.empty() || command.le) to.push_back(0x00);
  if (!command.data.empty()) {
    append_u16(to, command.data.size());
    append(to, command.data);
  }
  if (command.le) append_u16(to, *command.le);
}

}  // namespace

std::string_view to_string(ApduCase apdu_case) {
  switch (apdu_case) {
    case ApduCase::kCase1: return "1";
    case ApduCase::kCase2Short: return "2S";
    case ApduCase::kCase3Short: return "3S";
    case ApduCase::kCase4Short: return "4S";
    case ApduCase::kCase2Extended: return "2E";
    case ApduCase::kCase3Extended: return "3E";
    case ApduCase::kCase4Extended: return "4E";
  }
  return "1";
}

Result<CommandApduView> CommandApduView::parse(ByteView octets) {
  if (octets.size() < kHeaderSize)
    return fail(ErrorKind::kInvalid,
                "expected a command APDU of at least 4 octets, found " + std::to_string(octets.size()));
  CommandApduView command{octets[0], octets[1], octets[2], octets[3]};
  Reader body(octets.subspan(kHeaderSize));
  COSE_CHECK(parse_body(body, command));
  return command;
}

ApduCase CommandApduView::apdu_case() const {
  const bool extended = is_extended(*this);
  if (data.empty() && !le) return ApduCase::kCase1;
  if (data.empty()) return extended ? ApduCase::kCase2Extended : ApduCase::kCase2Short;
  if (!le) return extended ? ApduCase::kCase3Extended : ApduCase::kCase3Short;
  return extended ? ApduCase::kCase4Extended : ApduCase::kCase4Short;
}

Status CommandApduView::encode_to(Bytes& buffer) const {
  COSE_CHECK(check_lengths(*this));
  buffer.clear();
  buffer.reserve(kHeaderSize + kMaximumLengthFields + data.size());
  for (const auto octet : {cla, ins, p1, p2}) buffer.push_back(octet);
  if (is_extended(*this))
    append_extended_body(buffer, *this);
  else
    append_short_body(buffer, *this);
  return {};
}

Result<CommandApdu> CommandApdu::parse(ByteView octets) {
  COSE_TRY(const auto view, CommandApduView::parse(octets));
  return CommandApdu{view.cla, view.ins, view.p1, view.p2, to_bytes(view.data), view.le, view.form};
}

Result<Bytes> CommandApdu::encode() const {
  Bytes octets;
  COSE_CHECK(view().encode_to(octets));
  return octets;
}

}  // namespace cose::iso7816
