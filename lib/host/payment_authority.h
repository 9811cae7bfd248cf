// SPDX-License-Identifier: Apache-2.0
// A directory with what a test bank has: a certification authority, an issuer's key and master keys, and its cards.
//
//   DIR/ca_keys.txt    the authority's public key, as terminals read it (emv/ca_keys.h)
//   DIR/ca.pem         its private key
//   DIR/issuer.pem     the issuer's private key
//   DIR/issuer.toml    name, scheme and master keys, and a table for each card that was personalised
//
// What is missing is made, what is there is kept as it stands; private files are readable for their owner alone. Values
// own what they hold. One program at a time. Errors: kIo, kInvalid with the file.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "bytes/result.h"
#include "bytes/rng.h"
#include "emv/payment_profile.h"

namespace cose::host {

// For what is not there yet.
struct AuthorityWishes {
  Bytes provider{0xA0, 0x00, 0x00, 0x00, 0x03};
  std::uint8_t index = 0xF1;
  std::size_t authority_bits = 1984;
  std::size_t issuer_bits = 1408;
  emv::Month expiry{.year = 2039, .month = 12};
  std::string name = "Test bank";
  emv::Scheme scheme = emv::Scheme::kVisa;
  emv::IssuerKeys keys = {};  // empty ones are drawn
};

class PaymentAuthority {
 public:
  [[nodiscard]] static Result<PaymentAuthority> open(const std::string& directory, AuthorityWishes wishes, Rng& rng);

  [[nodiscard]] Result<emv::CertifiedIssuer> issuer_for(std::string_view pan) const;
  [[nodiscard]] const emv::IssuerKeys& keys() const { return keys_; }
  [[nodiscard]] std::string ca_keys_file() const { return directory_ + "/ca_keys.txt"; }

  // For save(), which adds to issuer.toml those accounts that it does not have.
  void note(const emv::CardData& card) { noted_.push_back(card); }
  [[nodiscard]] Status save();

 private:
  PaymentAuthority(std::string directory, crypto::RsaPrivateKey authority, crypto::RsaPrivateKey issuer)
      : directory_(std::move(directory)), authority_(std::move(authority)), issuer_key_(std::move(issuer)) {}
  [[nodiscard]] Status read_authority(const AuthorityWishes& wishes);
  [[nodiscard]] Status read_issuer();
  [[nodiscard]] Status write_issuer() const;

  std::string directory_;
  crypto::RsaPrivateKey authority_;
  crypto::RsaPrivateKey issuer_key_;
  std::uint8_t index_ = 0;
  emv::Month expiry_;
  std::string name_;
  emv::Scheme scheme_ = emv::Scheme::kVisa;
  emv::IssuerKeys keys_;
  std::set<std::string> known_;  // accounts, as the file has them
  std::vector<emv::CardData> noted_;
};

}  // namespace cose::host
