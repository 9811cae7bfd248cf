// SPDX-License-Identifier: Apache-2.0
// Plays an expectation against a card: sends what the transcript sends and compares what comes back.
//
// Answers have to match the patterns, errors the kinds; the message of an error is a remark for the reader. The first
// difference ends the run, and its report is the message of the Error that comes back:
//   line 7: > 00A40400
//     expected 6A82
//     found    9000 (success)
#pragma once

#include <string>

#include "bytes/hex.h"
#include "iso7816/card.h"
#include "iso7816/response_apdu.h"
#include "iso7816/transcript.h"

namespace cose::iso7816::testing {

class TranscriptRunner {
 public:
  explicit TranscriptRunner(Card& card) : card_(card) {}

  [[nodiscard]] Status run(const Transcript& expectation) {
    for (const auto& entry : expectation.entries) {
      entry_ = &entry;
      COSE_CHECK(std::visit(*this, entry.event));
    }
    return {};
  }

  [[nodiscard]] Status operator()(const Comment&) { return {}; }

  [[nodiscard]] Status operator()(const PowerUp& up) { return compare(up.answer, card_.power_up(up.kind), ""); }

  [[nodiscard]] Status operator()(const PowerDown& down) {
    const auto outcome = card_.power_down();
    if (outcome.has_value() == down.outcome.has_value() &&
        (outcome.has_value() || outcome.error().kind == down.outcome.error().kind))
      return {};
    return differs(down.outcome ? "success" : text_of(down.outcome.error()),
                   outcome ? "success" : text_of(outcome.error()));
  }

  [[nodiscard]] Status operator()(const Exchange& exchange) {
    const auto answer = iso7816::transceive(card_, exchange.command);
    return compare(exchange.answer, answer, answer ? remark_on(*answer) : "");
  }

 private:
  [[nodiscard]] Status compare(const Result<OctetPattern>& expected, const Result<Bytes>& found,
                               const std::string& remark) {
    if (expected && found && expected->matches(*found)) return {};
    if (!expected && !found && expected.error().kind == found.error().kind) return {};
    return differs(expected ? expected->to_string() : text_of(expected.error()),
                   found ? to_hex(*found) + remark : text_of(found.error()));
  }

  [[nodiscard]] Status differs(const std::string& expected, const std::string& found) const {
    const auto shown = to_text(*entry_);
    return fail(ErrorKind::kInvalid, "line " + std::to_string(entry_->line) + ": " + shown.substr(0, shown.find('\n')) +
                                         "\n  expected " + expected + "\n  found    " + found);
  }

  static std::string text_of(const Error& error) {
    return "! " + std::string(to_string(error.kind)) + ": " + error.message;
  }

  static std::string remark_on(const Bytes& answer) {
    const auto response = ResponseApduView::parse(answer);
    return response ? " (" + meaning(response->status) + ")" : "";
  }

  Card& card_;
  const TranscriptEntry* entry_ = nullptr;
};

[[nodiscard]] inline Status run_expectation(Card& card, const Transcript& expectation) {
  return TranscriptRunner(card).run(expectation);
}

}  // namespace cose::iso7816::testing
