// SPDX-License-Identifier: Apache-2.0
// What is wrong with a card is found, and where: every step of data authentication has a case in which it is the one.
#include <functional>

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "payment_terminal.h"

namespace cose::payment {
namespace {

constexpr std::uint8_t kArqc = 0x80;
constexpr std::uint8_t kWithSignature = 0x10;

enum class Method { kStatic, kDynamic, kCombined, kTap };

struct Case {
  const char* name;
  Method method;
  std::function<void(PaymentTerminal&)> spoil;
  const char* step;
  const char* reason;
};

std::function<void(PaymentTerminal&)> flip(std::uint32_t tag, std::size_t at) {
  return [=](PaymentTerminal& terminal) {
    auto value = terminal.value(tag);
    ASSERT_GT(value.size(), at);
    value[at] ^= 0x01;
    terminal.set(tag, to_hex(value));
  };
}

std::function<void(PaymentTerminal&)> put(std::uint32_t tag, const char* hex) {
  return [=](PaymentTerminal& terminal) { terminal.set(tag, hex); };
}

std::function<void(PaymentTerminal&)> remove(std::uint32_t tag) {
  return [=](PaymentTerminal& terminal) { terminal.forget(tag); };
}

const Case kCases[] = {
    {"UnknownAuthority", Method::kDynamic, put(0x8F, "07"), "authority's key", "no key 07"},
    {"NoAuthority", Method::kStatic, remove(0x8F), "authority's key", "has no 8F"},
    {"NoIssuerCertificate", Method::kDynamic, remove(0x90), "issuer's certificate", "has no 90"},
    {"IssuerCertificateChanged", Method::kDynamic, flip(0x90, 100), "issuer's certificate", "trailer"},
    {"IssuerExponentOther", Method::kDynamic, put(0x9F32, "03"), "issuer's certificate", "hash"},
    {"AccountOfAnotherIssuer", Method::kDynamic, put(0x5A, "5999999999999999"), "issuer's certificate", "subject"},
    {"NoCardCertificate", Method::kCombined, remove(0x9F46), "card's certificate", "has no 9F46"},
    {"CardCertificateChanged", Method::kDynamic, flip(0x9F46, 5), "card's certificate", "trailer"},
    {"CardExponentOther", Method::kDynamic, put(0x9F47, "010001"), "card's certificate", "hash"},
    {"CardRemainderChanged", Method::kDynamic, flip(0x9F48, 0), "card's certificate", "hash"},
    {"StaticDataChanged", Method::kDynamic, [](PaymentTerminal& terminal) { terminal.spoil_static_data(); },
     "card's certificate", "hash"},
    {"StaticSignatureChanged", Method::kStatic, flip(0x93, 3), "signed static data", "trailer"},
    {"StaticDataUnsigned", Method::kStatic, [](PaymentTerminal& terminal) { terminal.spoil_static_data(); },
     "signed static data", "hash"},
    {"NoStaticSignature", Method::kStatic, remove(0x93), "signed static data", "has no 93"},
    {"NumberOfAnotherTerminal", Method::kCombined, flip(0x9F37, 0), "signed dynamic data", "hash"},
    {"SignatureChanged", Method::kCombined, flip(0x9F4B, 9), "signed dynamic data", "trailer"},
    {"NoSignature", Method::kCombined, remove(0x9F4B), "signed dynamic data", "has no 9F4B"},
    {"TransactionDataChanged", Method::kCombined, [](PaymentTerminal& terminal) { terminal.spoil_transaction_data(); },
     "transaction data", "the card signed"},
    {"TapAmountChanged", Method::kTap, put(0x9F02, "000000000001"), "signed dynamic data", "hash"},
    {"TapQualifiersChanged", Method::kTap, flip(0x9F69, 5), "signed dynamic data", "hash"},
};

class Authentication : public ::testing::TestWithParam<Case> {};

emv::AuthenticationReport report_of(PaymentTerminal& terminal, Method method) {
  switch (method) {
    case Method::kStatic: return terminal.authenticate_static();
    case Method::kDynamic: return terminal.authenticate_dynamic();
    case Method::kCombined: return terminal.authenticate_combined();
    case Method::kTap: break;
  }
  return terminal.authenticate_tap();
}

TEST_P(Authentication, FindsWhatIsWrong) {
  const auto& wanted = GetParam();
  const auto card = PaymentCard::make(vis_profile());
  ASSERT_TRUE(card.has_value()) << card.error().message;
  PaymentTerminal terminal(**card);
  terminal.select(wanted.method == Method::kTap ? Interface::kContactless : Interface::kContact);
  terminal.initiate();
  terminal.read_records();
  if (wanted.method == Method::kCombined) {
    ASSERT_EQ(terminal.generate_first(kArqc | kWithSignature), kArqc);
  }
  wanted.spoil(terminal);
  const auto report = report_of(terminal, wanted.method);
  ASSERT_FALSE(report.steps.empty());
  EXPECT_FALSE(report.passed());
  EXPECT_EQ(report.steps.back().name, wanted.step);
  EXPECT_NE(report.steps.back().detail.find(wanted.reason), std::string::npos) << report.steps.back().detail;
}

INSTANTIATE_TEST_SUITE_P(Cases, Authentication, ::testing::ValuesIn(kCases),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(AuthenticationTime, ExpiredCertificates) {
  const auto card = PaymentCard::make(vis_profile());
  ASSERT_TRUE(card.has_value()) << card.error().message;
  PaymentTerminal terminal(**card);
  terminal.select(Interface::kContact);
  terminal.initiate();
  terminal.read_records();
  terminal.set_today({.year = 2036, .month = 1});
  auto report = terminal.authenticate_dynamic();
  EXPECT_EQ(report.steps.back().name, "card's certificate");
  EXPECT_NE(report.steps.back().detail.find("expiry"), std::string::npos);
  terminal.set_today({.year = 2040, .month = 1});
  report = terminal.authenticate_static();
  EXPECT_EQ(report.steps.back().name, "authority's key");
  EXPECT_NE(report.steps.back().detail.find("no longer valid"), std::string::npos);
}

}  // namespace
}  // namespace cose::payment
