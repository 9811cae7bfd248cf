// SPDX-License-Identifier: Apache-2.0
// Which offline data authentication a card can be asked for, and what each step of it found.
#include <chrono>

#include "bytes/hex.h"
#include "kiosk/explorer.h"

namespace cose::kiosk {

namespace {

using emv::AuthenticationMethod;
using emv::AuthenticationReport;
using tlv::Tag;

constexpr Tag kProfile(0x82), kAuthorityIndex(0x8F), kStaticSignature(0x93), kCardCertificate(0x9F46);
constexpr Tag kDdol(0x9F49), kTagList(0x9F4A), kSignature(0x9F4B), kRelated(0x9F69);
constexpr Tag kNumber(0x9F37), kAmount(0x9F02), kCurrency(0x5F2A);
constexpr std::uint8_t kOffersSda = 0x40, kOffersDda = 0x20, kOffersCda = 0x01;
const Bytes kDefaultDdol{0x9F, 0x37, 0x04};
constexpr std::uint32_t kWholeAnswer = 256;

emv::Month month_of(Nanoseconds wall) {
  using namespace std::chrono;
  const year_month_day date(floor<days>(sys_time<Nanoseconds>(wall)));
  return {static_cast<unsigned>(static_cast<int>(date.year())), static_cast<unsigned>(date.month())};
}

ByteView get(const emv::DataObjects& objects, Tag tag) {
  const auto found = objects.find(tag);
  return found == objects.end() ? ByteView() : ByteView(found->second);
}

AuthenticationReport failed(AuthenticationMethod method, std::string step, std::string reason) {
  AuthenticationReport report;
  report.method = method;
  report.steps.push_back({.name = std::move(step), .passed = false, .detail = std::move(reason)});
  return report;
}

Item item_of(const AuthenticationReport& report, std::string text) {
  auto checks = group("Offline data authentication", std::move(text));
  for (const auto& step : report.steps) {
    auto check = group(step.name, step.detail);
    check.kind = step.passed ? ItemKind::kCheck : ItemKind::kProblem;
    checks.children.push_back(std::move(check));
  }
  return checks;
}

// EMV 4.4 Book 3 §6.5.9.
Result<Bytes> signature_in(ByteView answer) {
  COSE_TRY(const auto plain, tlv::find(answer, Tag(0x80)));
  if (plain) return to_bytes(*plain);
  COSE_TRY(const auto inside, tlv::require_path(answer, {Tag(0x77), kSignature}));
  return to_bytes(inside);
}

}  // namespace

Result<AuthenticationReport> Explorer::authenticate_by_dda(Reading& reading, ByteView static_data) {
  const auto method = AuthenticationMethod::kDda;
  const auto list = reading.objects.contains(kDdol) ? get(reading.objects, kDdol) : ByteView(kDefaultDdol);
  const auto dol = tlv::Dol::parse(list);
  if (!dol) return failed(method, "DDOL", dol.error().message);
  auto data = options_.profile.fill(*dol);
  constexpr std::size_t kMostData = 255;
  if (data.size() > kMostData) return failed(method, "DDOL", "it asks for more than a command takes");
  COSE_TRY(const auto answer, send({.ins = 0x88, .data = data, .le = kWholeAnswer}));
  if (!answer.status.is_success())
    return failed(method, "INTERNAL AUTHENTICATE",
                  iso7816::to_string(answer.status) + " " + iso7816::meaning(answer.status));
  auto signature = signature_in(answer.data);
  if (!signature) return failed(method, "INTERNAL AUTHENTICATE", signature.error().message);
  reading.objects[kSignature] = *std::move(signature);
  return emv::authenticate_dynamic(
      method, *options_.authorities,
      {.aid = reading.aid, .objects = reading.objects, .static_data = static_data, .today = month_of(clock_.wall())},
      data);
}

// The strongest that can be had without a payment: fDDA when the signature came by itself, DDA, the keys of CDA, SDA.
Status Explorer::authenticate(Reading& reading, Item& item) {
  const auto profile = to_bytes(get(reading.objects, kProfile));
  if (options_.authorities == nullptr || !reading.objects.contains(kAuthorityIndex) || profile.empty()) return {};
  auto data = reading.static_data;
  if (const auto added = data.add_tag_list(get(reading.objects, kTagList), profile); !added) {
    item.children.push_back(problem("Offline data authentication", added.error().message));
    return {};
  }
  const emv::AuthenticationInput input{
      .aid = reading.aid, .objects = reading.objects, .static_data = data.view(), .today = month_of(clock_.wall())};
  if (reading.objects.contains(kSignature)) {
    auto terminal = to_bytes(options_.profile.get(kNumber));
    if (const auto related = get(reading.objects, kRelated); !related.empty())
      terminal = concat(terminal, options_.profile.get(kAmount), options_.profile.get(kCurrency), related);
    item.children.push_back(item_of(
        emv::authenticate_dynamic(AuthenticationMethod::kFdda, *options_.authorities, input, terminal), "fDDA"));
  } else if ((profile[0] & kOffersDda) != 0) {
    COSE_TRY(const auto report, authenticate_by_dda(reading, data.view()));
    item.children.push_back(item_of(report, "DDA"));
  } else if ((profile[0] & kOffersCda) != 0 && reading.objects.contains(kCardCertificate)) {
    item.children.push_back(item_of(emv::recover_card_key(*options_.authorities, input).report,
                                    "CDA, as far as it goes without a payment"));
  }
  if ((profile[0] & kOffersSda) != 0 || reading.objects.contains(kStaticSignature))
    item.children.push_back(item_of(emv::authenticate_static(*options_.authorities, input), "SDA"));
  return {};
}

}  // namespace cose::kiosk
