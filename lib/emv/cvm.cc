// SPDX-License-Identifier: Apache-2.0
#include "emv/detail/cvm.h"

#include <array>
#include <string_view>

namespace cose::emv::detail {

namespace {

constexpr std::uint8_t kMethodBits = 0x3F;
constexpr std::uint8_t kNextIfUnsuccessful = 0x40;

struct Row {
  std::uint8_t code;
  std::string_view text;
};

constexpr Row kMethods[] = {{0x00, "fail"},
                            {0x01, "plaintext PIN verified by the card"},
                            {0x02, "enciphered PIN verified online"},
                            {0x03, "plaintext PIN verified by the card, and signature"},
                            {0x04, "enciphered PIN verified by the card"},
                            {0x05, "enciphered PIN verified by the card, and signature"},
                            {0x06, "facial biometric verified by the card"},
                            {0x07, "facial biometric verified online"},
                            {0x08, "finger biometric verified by the card"},
                            {0x09, "finger biometric verified online"},
                            {0x1E, "signature"},
                            {0x1F, "no CVM required"},
                            {0x3F, "no CVM performed"}};

constexpr Row kConditions[] = {{0x00, "always"},
                               {0x01, "if unattended cash"},
                               {0x02, "if not cash and not cashback"},
                               {0x03, "if the terminal supports it"},
                               {0x04, "if manual cash"},
                               {0x05, "if purchase with cashback"},
                               {0x06, "if in the application's currency and under X"},
                               {0x07, "if in the application's currency and over X"},
                               {0x08, "if in the application's currency and under Y"},
                               {0x09, "if in the application's currency and over Y"}};

template <std::size_t Size>
std::string_view text_of(const Row (&rows)[Size], std::uint8_t code) {
  for (const auto& row : rows)
    if (row.code == code) return row.text;
  return "reserved";
}

}  // namespace

std::string cvm_rule(std::uint8_t method, std::uint8_t condition) {
  return std::string(text_of(kMethods, method & kMethodBits)) + ", " + std::string(text_of(kConditions, condition)) +
         ((method & kNextIfUnsuccessful) != 0 ? "; else the next rule" : "");
}

}  // namespace cose::emv::detail
