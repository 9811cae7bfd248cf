// SPDX-License-Identifier: Apache-2.0
// The issuer of payment cards, as a terminal's host meets it: verifies cryptograms with keys derived for each card,
// answers with an ARPC and with scripts under MAC, and does not let a counter of transactions go back.
//
// Owns its keys. The book of counters outlives it. Every request gets an answer: what is wrong with it is the answer's
// reason, and an Error only means that the book failed. Thread rule: one thread.
// Source: EMV 4.4 Book 2 §8 and §9, Book 3 §10.9 and §10.10; ISO 8583 for response codes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/secret.h"
#include "emv/authorisation.h"
#include "emv/keys.h"
#include "issuer/script_order.h"

namespace cose::issuer {

// The counter of the last transaction of each card.
class AtcBook {
 public:
  virtual ~AtcBook() = default;
  [[nodiscard]] virtual std::optional<std::uint16_t> last(const emv::Account& account) = 0;
  [[nodiscard]] virtual Status note(const emv::Account& account, std::uint16_t atc) = 0;
};

// Of a process only.
class MemoryAtcBook final : public AtcBook {
 public:
  [[nodiscard]] std::optional<std::uint16_t> last(const emv::Account& account) override;
  [[nodiscard]] Status note(const emv::Account& account, std::uint16_t atc) override;

 private:
  std::map<std::string, std::uint16_t> last_;
};

struct IssuerKeys {
  Secret cryptograms;
  Secret integrity;
  Secret confidentiality;
  Secret cvc3;  // of the contactless magnetic stripe; empty: that of cryptograms
  Secret pin;   // of AES, shared with terminals; empty: no online PIN
};

struct CardAccount {
  emv::Account account;
  Secret pin;  // digits; empty: unknown
  bool is_blocked = false;
};

struct IssuerProfile {
  std::string name = "test issuer";
  std::optional<emv::Scheme> scheme;  // nothing: as the AID says
  IssuerKeys keys;
  std::vector<CardAccount> cards;  // empty: every account is known
  std::optional<std::uint64_t> amount_limit;
  std::vector<ScriptOrder> orders;  // once to each card, with the first approval
};

class Issuer final : public emv::AuthorisationHost {
 public:
  Issuer(IssuerProfile profile, AtcBook& book) : profile_(std::move(profile)), book_(book) {}

  [[nodiscard]] Result<emv::AuthorisationResponse> authorise(const emv::AuthorisationRequest& request) override;

 private:
  struct Case;
  [[nodiscard]] Result<emv::AuthorisationResponse> authorise_stripe(const emv::AuthorisationRequest& request);
  [[nodiscard]] Result<Case> open(const emv::AuthorisationRequest& request) const;
  [[nodiscard]] const CardAccount* find(const emv::Account& account) const;
  [[nodiscard]] std::string check_pin(const emv::Account& account, const emv::AuthorisationRequest& request) const;
  [[nodiscard]] std::string check_account(const emv::Account& account, const emv::AuthorisationRequest& request,
                                          std::string& reason) const;
  [[nodiscard]] Status answer(const Case& opened, emv::AuthorisationResponse& response);
  [[nodiscard]] Status add_scripts(const Case& opened, emv::AuthorisationResponse& response);

  IssuerProfile profile_;
  AtcBook& book_;
  std::set<std::string> served_;  // whose orders went out
};

}  // namespace cose::issuer
