// SPDX-License-Identifier: Apache-2.0
#include "terminal/receipt.h"

#include <algorithm>

#include <fmt/core.h>

#include "bytes/hex.h"
#include "emv/codes.h"
#include "emv/dictionary.h"
#include "terminal/detail/data_store.h"

namespace cose::terminal {

namespace {

using detail::Tag;

constexpr std::size_t kWidth = 32;
constexpr std::size_t kMaximumAmountDigits = 12;

std::string centred(std::string_view text) {
  const auto shown = text.substr(0, kWidth);
  return std::string((kWidth - shown.size()) / 2, ' ') + std::string(shown) + "\n";
}

std::string row(std::string_view name, std::string_view value) {
  const auto room = kWidth - std::min(name.size(), kWidth);
  const auto shown = value.substr(0, room);
  return std::string(name) + std::string(room - shown.size(), ' ') + std::string(shown) + "\n";
}

std::string date_line(const detail::DataStore& data) {
  const auto date = to_hex(data.get(detail::tags::kDate)), time = to_hex(data.get(detail::tags::kTime));
  if (date.size() != 6 || time.size() != 6) return {};
  return row(fmt::format("20{}-{}-{}", date.substr(0, 2), date.substr(2, 2), date.substr(4)),
             fmt::format("{}:{}:{}", time.substr(0, 2), time.substr(2, 2), time.substr(4)));
}

std::string verdict(const Outcome& outcome) {
  switch (outcome.decision) {
    case Decision::kApproved: return "APPROVED";
    case Decision::kDeclined: return "DECLINED";
    default: return "NOT COMPLETED";
  }
}

}  // namespace

std::string amount_text(std::uint64_t amount, const Configuration& configuration) {
  auto digits = std::to_string(amount);
  const std::size_t exponent = configuration.currency_exponent;
  if (digits.size() <= exponent) digits.insert(0, exponent + 1 - digits.size(), '0');
  if (exponent != 0) digits.insert(digits.size() - exponent, 1, '.');
  const auto letters = emv::currency_letters(configuration.currency);
  return digits + " " + (letters.empty() ? fmt::format("{:03}", configuration.currency) : std::string(letters));
}

std::optional<std::uint64_t> parse_amount(std::string_view text, unsigned exponent) {
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  const auto part = point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
  if (whole.empty() || part.size() > exponent || (point != std::string_view::npos && part.empty())) return std::nullopt;
  const auto digits = std::string(whole) + std::string(part) + std::string(exponent - part.size(), '0');
  if (digits.size() > kMaximumAmountDigits) return std::nullopt;
  std::uint64_t amount = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '9') return std::nullopt;
    amount = amount * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  return amount;
}

std::string receipt(const Outcome& outcome, const Configuration& configuration) {
  detail::DataStore data;
  data.objects = outcome.objects;
  auto text = centred(configuration.merchant_name) + centred("terminal " + configuration.terminal_identifier);
  text += date_line(data) + "\n";
  text += row("AMOUNT", amount_text(detail::number_of(data.get(detail::tags::kAmount)), configuration));
  text += row(outcome.application, outcome.kernel);
  text += row("AID", to_hex(outcome.aid));
  text += row("CARD", emv::masked_account(data.pan()));
  if (data.has(detail::tags::kCryptogram)) text += row("AC", to_hex(data.get(detail::tags::kCryptogram)));
  if (data.has(detail::tags::kAtc)) text += row("ATC", std::to_string(detail::binary_of(data.get(detail::tags::kAtc))));
  if (!outcome.authorisation_code.empty()) text += row("AUTHORISATION", outcome.authorisation_code);
  text += "\n" + centred(verdict(outcome));
  if (outcome.decision != Decision::kApproved) text += centred(outcome.reason);
  if (outcome.verification == Verification::kSignature || outcome.verification == Verification::kPinAndSignature)
    text += "\n" + row("SIGNATURE", "....................");
  return text;
}

}  // namespace cose::terminal
