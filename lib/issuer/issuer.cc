// SPDX-License-Identifier: Apache-2.0
#include "issuer/issuer.h"

#include <algorithm>

#include <fmt/core.h>

#include "bytes/hex.h"
#include "emv/dictionary.h"
#include "emv/pin_block.h"

namespace cose::issuer {

namespace {

using emv::AuthorisationKind;
using emv::DataObjects;
using tlv::Tag;

constexpr Tag kPan(0x5A);
constexpr Tag kTrack2(0x57);
constexpr Tag kSequence(0x5F34);
constexpr Tag kCryptogram(0x9F26);
constexpr Tag kInformation(0x9F27);
constexpr Tag kIssuerData(0x9F10);
constexpr Tag kAtc(0x9F36);
constexpr Tag kAmount(0x9F02);
constexpr Tag kCardTrack2(0x9F6B);
constexpr Tag kCode3(0x9F61);
constexpr Tag kStripeDigits(0x9F6A);
constexpr std::uint8_t kTypeBits = 0xC0;
constexpr std::uint8_t kArqc = 0x80;

// ISO 8583: field 39.
constexpr std::string_view kApproved = "00";
constexpr std::string_view kDeclined = "05";
constexpr std::string_view kFormatError = "30";
constexpr std::string_view kOverLimit = "51";
constexpr std::string_view kWrongPin = "55";
constexpr std::string_view kRestricted = "62";

// EMV 4.4 Book 2 §8.2.2, the common core definitions' card status update: the second octet's first bit approves.
constexpr std::uint8_t kCsuApproves = 0x80;

ByteView get(const DataObjects& objects, Tag tag) {
  const auto found = objects.find(tag);
  return found == objects.end() ? ByteView() : ByteView(found->second);
}

std::string until(std::string digits, char end) {
  digits.resize(std::min(digits.find(end), digits.size()));
  return digits;
}

emv::Account account_in(const DataObjects& objects) {
  emv::Account account;
  account.pan = until(to_hex(get(objects, kPan)), 'F');
  if (account.pan.empty()) account.pan = until(to_hex(get(objects, kTrack2)), 'D');
  if (const auto sequence = get(objects, kSequence); sequence.size() == 1) account.sequence = to_hex(sequence);
  return account;
}

// By the application: 84, 9F06 or 4F, whichever came.
std::optional<emv::Scheme> scheme_in(const DataObjects& objects) {
  for (const auto tag : {Tag(0x84), Tag(0x9F06), Tag(0x4F)}) switch (emv::meaning_of_aid(get(objects, tag))) {
      case emv::Meaning::kVisa: return emv::Scheme::kVisa;
      case emv::Meaning::kMastercard: return emv::Scheme::kMastercard;
      default: break;
    }
  return std::nullopt;
}

std::string name_of(const emv::Account& account) {
  return account.pan + "/" + account.sequence;
}

std::uint64_t amount_in(const DataObjects& objects) {
  std::uint64_t amount = 0;
  for (const auto octet : get(objects, kAmount)) amount = amount * 100 + (octet >> 4) * 10U + (octet & 0x0FU);
  return amount;
}

// Six digits that only this cryptogram has.
std::string code_of(ByteView cryptogram) {
  std::uint64_t number = 0;
  for (const auto octet : cryptogram) number = (number << 8 | octet) % 999983;
  return fmt::format("{:06}", number);
}

emv::AuthorisationResponse refusal(std::string_view code, std::string reason) {
  emv::AuthorisationResponse response;
  response.response_code = code;
  response.reason = std::move(reason);
  return response;
}

}  // namespace

std::optional<std::uint16_t> MemoryAtcBook::last(const emv::Account& account) {
  const auto found = last_.find(name_of(account));
  return found == last_.end() ? std::nullopt : std::optional(found->second);
}

Status MemoryAtcBook::note(const emv::Account& account, std::uint16_t atc) {
  last_[name_of(account)] = atc;
  return {};
}

// A request taken apart, and the keys of its card.
struct Issuer::Case {
  emv::Account account;
  const emv::CryptogramVersion* version;
  const DataObjects* objects;
  Secret cryptograms;
  ByteView cryptogram;
  std::uint16_t atc;
  std::uint8_t type;
};

Result<Issuer::Case> Issuer::open(const emv::AuthorisationRequest& request) const {
  const auto& objects = request.objects;
  const auto account = account_in(objects);
  COSE_CHECK(account.check());
  const auto cryptogram = get(objects, kCryptogram), atc = get(objects, kAtc), information = get(objects, kInformation);
  if (cryptogram.size() != 8 || atc.size() != 2)
    return fail(ErrorKind::kInvalid, "expected a cryptogram (9F26) of 8 octets and an ATC (9F36) of 2");
  const auto scheme = profile_.scheme ? profile_.scheme : scheme_in(objects);
  if (!scheme) return fail(ErrorKind::kUnsupported, "the application is of no scheme whose cryptograms are known");
  const auto number = emv::version_number_in(*scheme, get(objects, kIssuerData));
  const auto* version = number ? emv::find_version(*scheme, *number) : nullptr;
  if (version == nullptr)
    return fail(ErrorKind::kUnsupported, fmt::format("{} knows no cryptogram version {}", emv::to_string(*scheme),
                                                     number ? std::to_string(*number) : "without 9F10"));
  COSE_TRY(auto key, emv::card_key(version->key_option, profile_.keys.cryptograms.view(), account));
  return Case{.account = account,
              .version = version,
              .objects = &objects,
              .cryptograms = std::move(key),
              .cryptogram = cryptogram,
              .atc = static_cast<std::uint16_t>(atc[0] << 8 | atc[1]),
              .type = static_cast<std::uint8_t>(information.empty() ? kArqc : information[0] & kTypeBits)};
}

const CardAccount* Issuer::find(const emv::Account& account) const {
  const auto found = std::ranges::find_if(profile_.cards, [&](const auto& card) {
    return card.account.pan == account.pan && card.account.sequence == account.sequence;
  });
  return found == profile_.cards.end() ? nullptr : &*found;
}

// Empty: nothing is wrong.
std::string Issuer::check_pin(const emv::Account& account, const emv::AuthorisationRequest& request) const {
  if (request.pin_block.empty()) return {};
  const auto* card = find(account);
  if (card == nullptr || card->pin.empty() || profile_.keys.pin.empty()) return "the issuer does not know the PIN";
  const auto pin = emv::pin_of_block_4(request.pin_block, account.pan, profile_.keys.pin.view());
  if (!pin) return "PIN block: " + pin.error().message;
  return constant_time_equal(pin->view(), card->pin.view()) ? std::string() : "wrong PIN";
}

std::string Issuer::check_account(const emv::Account& account, const emv::AuthorisationRequest& request,
                                  std::string& reason) const {
  const auto* card = find(account);
  if (card == nullptr && !profile_.cards.empty()) {
    reason = "no such account";
    return std::string(kDeclined);
  }
  if (card != nullptr && card->is_blocked) {
    reason = "the account is blocked";
    return std::string(kRestricted);
  }
  reason = check_pin(account, request);
  if (!reason.empty()) return std::string(kWrongPin);
  if (profile_.amount_limit && amount_in(request.objects) > *profile_.amount_limit) {
    reason = fmt::format("the amount is over {}", *profile_.amount_limit);
    return std::string(kOverLimit);
  }
  return std::string(kApproved);
}

// EMV 4.4 Book 2 §8.2, in the form in which the card's version takes it.
Status Issuer::answer(const Case& opened, emv::AuthorisationResponse& response) {
  const bool approves = emv::is_approval(response.response_code);
  const Bytes update{0x00, approves ? kCsuApproves : std::uint8_t{0}, 0x00, 0x00};
  const bool is_code = opened.version->arpc == emv::ArpcMethod::k1;
  const auto said = is_code ? as_bytes(response.response_code) : ByteView(update);
  COSE_TRY(const auto arpc,
           emv::compute_arpc(*opened.version, opened.cryptograms.view(), opened.cryptogram, *opened.objects, said));
  response.issuer_authentication_data = concat(arpc, said);
  if (!approves) return {};
  response.authorisation_code = code_of(opened.cryptogram);
  return add_scripts(opened, response);
}

Status Issuer::add_scripts(const Case& opened, emv::AuthorisationResponse& response) {
  if (profile_.orders.empty() || !served_.insert(name_of(opened.account)).second) return {};
  const auto option = opened.version->key_option;
  COSE_TRY(const auto integrity, emv::card_key(option, profile_.keys.integrity.view(), opened.account));
  COSE_TRY(const auto confidentiality, emv::card_key(option, profile_.keys.confidentiality.view(), opened.account));
  const emv::ScriptContext context{.atc = to_bytes(get(*opened.objects, kAtc)),
                                   .cryptogram = to_bytes(opened.cryptogram)};
  for (const auto& order : profile_.orders) {
    COSE_TRY(auto script, make_script(order, *opened.version,
                                      {.cryptograms = opened.cryptograms.view(),
                                       .integrity = integrity.view(),
                                       .confidentiality = confidentiality.view()},
                                      context));
    response.scripts.push_back(std::move(script));
  }
  return {};
}

// EMV Contactless Book C-2 §3.6: the code over digits and counter is all that speaks for the card.
Result<emv::AuthorisationResponse> Issuer::authorise_stripe(const emv::AuthorisationRequest& request) {
  const auto& objects = request.objects;
  auto account = account_in(objects);
  if (account.pan.empty()) account.pan = until(to_hex(get(objects, kCardTrack2)), 'D');
  const auto checked = account.check();
  if (!checked) return refusal(kFormatError, checked.error().message);
  const auto& master = profile_.keys.cvc3.empty() ? profile_.keys.cryptograms : profile_.keys.cvc3;
  COSE_TRY(const auto key, emv::card_key(emv::KeyOption::kA, master.view(), account));
  COSE_TRY(const auto initial, emv::iv_cvc3(key.view(), get(objects, kCardTrack2)));
  const auto code = emv::cvc3(key.view(), initial, get(objects, kStripeDigits), get(objects, kAtc));
  if (!code) return refusal(kFormatError, code.error().message);
  if (!constant_time_equal(*code, get(objects, kCode3)))
    return refusal(kDeclined, "the CVC3 is not what this card's key makes of these data");
  const auto atc = static_cast<std::uint16_t>(get(objects, kAtc)[0] << 8 | get(objects, kAtc)[1]);
  if (const auto last = book_.last(account); last && atc <= *last)
    return refusal(kDeclined, fmt::format("the card's counter goes back: {} after {}", atc, *last));
  COSE_CHECK(book_.note(account, atc));
  std::string reason;
  auto response = refusal(check_account(account, request, reason), {});
  response.reason = reason.empty() ? "the CVC3 is right" : reason;
  if (emv::is_approval(response.response_code))
    response.authorisation_code = code_of(concat(*code, get(objects, kAtc)));
  return response;
}

Result<emv::AuthorisationResponse> Issuer::authorise(const emv::AuthorisationRequest& request) {
  if (request.objects.contains(kCode3) && !request.objects.contains(kCryptogram)) return authorise_stripe(request);
  const auto opened = open(request);
  if (!opened) return refusal(kFormatError, opened.error().message);
  const auto expected = emv::compute_cryptogram(*opened->version, opened->cryptograms.view(), request.objects);
  if (!expected) return refusal(kFormatError, expected.error().message);
  const auto name = fmt::format("{} version {}", emv::to_string(opened->version->scheme), opened->version->number);
  if (!constant_time_equal(*expected, opened->cryptogram))
    return refusal(kDeclined, name + ": the cryptogram is not what this card's key makes of these data");
  const auto last = book_.last(opened->account);
  const bool confirms = request.kind == AuthorisationKind::kConfirmation;
  // The confirmation of a transaction comes with the counter of its request.
  if (last && (confirms ? opened->atc < *last : opened->atc <= *last))
    return refusal(kDeclined, fmt::format("the card's counter goes back: {} after {}", opened->atc, *last));
  COSE_CHECK(book_.note(opened->account, opened->atc));
  if (confirms) return refusal(kApproved, name + ": the final cryptogram is right");
  if (opened->type != kArqc) return refusal(kDeclined, "a request comes with an ARQC");
  std::string reason;
  auto response = refusal(kApproved, {});
  response.response_code = check_account(opened->account, request, reason);
  response.reason = reason.empty() ? name + ": the cryptogram is right" : reason;
  COSE_CHECK(answer(*opened, response));
  return response;
}

}  // namespace cose::issuer
