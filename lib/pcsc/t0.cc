// SPDX-License-Identifier: Apache-2.0
#include "pcsc/detail/t0.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

namespace cose::pcsc::detail {
namespace {

constexpr std::size_t kHeader = 4;

struct Parts {
  ByteView header;
  ByteView data;         // Nc octets
  std::size_t expected;  // Ne, 0 when there is no Le
};

std::size_t number16(ByteView octets) {
  return static_cast<std::size_t>(octets[0]) << 8 | octets[1];
}

// ISO/IEC 7816-3 §12.1.3: the case follows from the length and from the octets after the header. Le of zeros means
// the most its width can say, plus one.
Result<Parts> split(ByteView command) {
  if (command.size() < kHeader) return fail(ErrorKind::kInvalid, "no C-APDU: shorter than its header of 4 octets");
  const auto header = command.first(kHeader);
  const auto body = command.subspan(kHeader);
  const auto short_expected = [](std::uint8_t le) { return le == 0 ? std::size_t{256} : le; };
  const auto long_expected = [](ByteView le) { return number16(le) == 0 ? std::size_t{65536} : number16(le); };
  if (body.empty()) return Parts{header, {}, 0};
  if (body.size() == 1) return Parts{header, {}, short_expected(body[0])};
  if (body[0] != 0) {
    const std::size_t size = body[0];
    if (body.size() == 1 + size) return Parts{header, body.subspan(1), 0};
    if (body.size() == 2 + size) return Parts{header, body.subspan(1, size), short_expected(body.back())};
  } else if (body.size() == 3) {
    return Parts{header, {}, long_expected(body.subspan(1))};
  } else if (body.size() > 3) {
    const std::size_t size = number16(body.subspan(1));
    if (size != 0 && body.size() == 3 + size) return Parts{header, body.subspan(3), 0};
    if (size != 0 && body.size() == 5 + size) {
      return Parts{header, body.subspan(3, size), long_expected(body.last(2))};
    }
  }
  return fail(ErrorKind::kInvalid, "no C-APDU: " + std::to_string(body.size()) +
                                       " octets after the header fit no case of ISO/IEC 7816-3 §12.1.3");
}

// The class of GET RESPONSE: the command's logical channel, without chaining and secure messaging (ISO/IEC 7816-4
// §5.4.1). Proprietary classes follow GlobalPlatform, whose 8x keeps the channel in the same two bits; A0 is GSM's
// own and must stay (3GPP TS 51.011 §9.2).
std::uint8_t class_of_get_response(std::uint8_t command_class) {
  if (command_class == 0xA0) return 0xA0;
  if ((command_class & 0xC0) == 0x40) return static_cast<std::uint8_t>(0x40 | (command_class & 0x0F));
  return command_class & 0x03;
}

struct StatusBytes {
  std::uint8_t first;
  std::uint8_t second;

  [[nodiscard]] std::size_t announced() const { return second == 0 ? 256 : second; }
};

StatusBytes cut_status(Bytes& answer) {
  const StatusBytes status{answer[answer.size() - 2], answer.back()};
  answer.resize(answer.size() - 2);
  return status;
}

// After 61xx: GET RESPONSE until `expected` octets are there or the card has no more.
Status fetch(std::uint8_t command_class, std::size_t expected, const SendTpdu& send, Bytes& response) {
  Bytes part;
  auto status = cut_status(response);
  for (int round = 0; status.first == 0x61 && response.size() < expected; ++round) {
    if (round == kMaximumRounds) {
      return fail(ErrorKind::kUnresponsive,
                  "the card still answers 61xx after " + std::to_string(kMaximumRounds) + " GET RESPONSE commands");
    }
    std::size_t wanted = std::min(status.announced(), expected - response.size());
    Bytes get_response{class_of_get_response(command_class), 0xC0, 0x00, 0x00, static_cast<std::uint8_t>(wanted)};
    COSE_CHECK(send(get_response, part));
    status = cut_status(part);
    // ISO/IEC 7816-4 §5.6: 6Cxx names the length to ask for instead.
    if (status.first == 0x6C && part.empty()) {
      get_response.back() = status.second;
      COSE_CHECK(send(get_response, part));
      status = cut_status(part);
    }
    append(response, part);
  }
  response.push_back(status.first);
  response.push_back(status.second);
  return {};
}

Bytes tpdu_of(const Parts& parts, CaseOne case_one) {
  Bytes tpdu = to_bytes(parts.header);
  if (!parts.data.empty()) {
    tpdu.push_back(static_cast<std::uint8_t>(parts.data.size()));
    append(tpdu, parts.data);
  } else if (parts.expected != 0) {
    // P3 = 00 stands for 256 and, §12.2.6, for whatever is beyond.
    tpdu.push_back(static_cast<std::uint8_t>(parts.expected > 256 ? 0 : parts.expected));
  } else if (case_one == CaseOne::kHeaderAndZero) {
    tpdu.push_back(0);
  }
  return tpdu;
}

}  // namespace

Status exchange_over_t0(ByteView command, CaseOne case_one, const SendTpdu& send, Bytes& response) {
  COSE_TRY(const auto parts, split(command));
  if (parts.data.size() > 255) {
    return fail(ErrorKind::kUnsupported, "a command with " + std::to_string(parts.data.size()) +
                                             " octets of data over T=0, which takes 255: send it in parts (command "
                                             "chaining) or use T=1");
  }
  COSE_CHECK(send(tpdu_of(parts, case_one), response));
  const bool case_four = !parts.data.empty() && parts.expected != 0;
  if (case_four || parts.expected > 256) return fetch(command[0], parts.expected, send, response);
  return {};
}

}  // namespace cose::pcsc::detail
