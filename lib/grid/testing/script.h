// SPDX-License-Identifier: Apache-2.0
// What the runners of dialogues share (tests/sessions, tests/racs): cards that follow a script, and its texts.
#pragma once

#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/hex.h"
#include "grid/ascii_session.h"

namespace cose::grid::testing {

class ScriptedService final : public SlotService {
 public:
  struct Answer {
    Bytes octets;
    std::optional<Error> error;
  };

  std::optional<WorkResult> start(SlotNumber slot, const SlotWork& work, SessionId session) override {
    started.push_back(slot.text() + " " + describe(work));
    if (deferred.contains(slot.text())) {
      waiting[session] = slot.text() + " " + describe(work);
      return std::nullopt;
    }
    return result_for(slot.text() + " " + describe(work));
  }

  void release(SlotNumber slot, SessionId) override { started.push_back(slot.text() + " release"); }
  void seize(SlotNumber slot) override { started.push_back(slot.text() + " seize"); }

  WorkResult result_for(const std::string& work) {
    const auto answer = answers.find(work);
    if (answer == answers.end()) {
      if (work.ends_with(" off")) return ByteView{};
      return fail(ErrorKind::kUnresponsive, "no answer in the script");
    }
    if (answer->second.error) return std::unexpected(*answer->second.error);
    return ByteView(answer->second.octets);
  }

  std::map<std::string, Answer> answers;  // "101 up", "101 cold", "101 warm", "101 off", "101 00A4..."
  std::map<std::string, bool> deferred;
  std::map<SessionId, std::string> waiting;
  std::vector<std::string> started;

 private:
  static std::string describe(const SlotWork& work) {
    switch (work.kind) {
      case SlotWork::Kind::kPowerUp: return "up";
      case SlotWork::Kind::kReset: return work.reset == iso7816::ResetKind::kCold ? "cold" : "warm";
      case SlotWork::Kind::kPowerDown: return "off";
      case SlotWork::Kind::kTransmit: return to_hex(work.command);
      case SlotWork::Kind::kRecall: return "recall" + to_hex(work.command);
      case SlotWork::Kind::kOnce: return "once" + to_hex(work.command);
    }
    return {};
  }
};

// "\x00", "\r" and "\n" in a script stand for themselves.
inline std::string unescape(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\' || at + 1 == text.size()) {
      plain += text[at];
    } else if (text[++at] == 'x') {
      plain += static_cast<char>(hex_digit(text[at + 1]) << 4 | hex_digit(text[at + 2]));
      at += 2;
    } else {
      plain += text[at] == 'r' ? '\r' : '\n';
    }
  }
  return plain;
}

// OCTETS in hexadecimal, or !removed, !timeout, !closed, !busy, !unknown, !invalid.
inline ScriptedService::Answer parse_answer(const std::string& text) {
  if (text == "!removed") return {{}, Error{ErrorKind::kCardRemoved, "gone"}};
  if (text == "!timeout") return {{}, Error{ErrorKind::kTimeout, "30 s passed"}};
  if (text == "!closed") return {{}, Error{ErrorKind::kClosed, "no pcscd"}};
  if (text == "!unknown") return {{}, Error{ErrorKind::kNotFound, "not the last"}};
  if (text == "!invalid") return {{}, Error{ErrorKind::kInvalid, "another command"}};
  if (text == "!busy") return {{}, Error{ErrorKind::kBusy, "exclusive"}};
  return {from_hex(text).value(), std::nullopt};
}

inline bool matches(std::string_view expected, std::string_view actual) {
  if (!expected.ends_with('*')) return expected == actual;
  expected.remove_suffix(1);
  return actual.starts_with(expected);
}

}  // namespace cose::grid::testing
