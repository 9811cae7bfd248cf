// SPDX-License-Identifier: Apache-2.0
// The directory of an issuer, as `cose emv personalize` makes it:
//
//   issuer.toml     [issuer]
//                   name = "Test bank"
//                   scheme = "visa"              # or mastercard, interac; without it as the AID says
//                   key_ac = "..."               # issuer master keys, 16 octets each
//                   key_integrity = "..."
//                   key_confidentiality = "..."
//                   key_cvc3 = "..."             # of the contactless magnetic stripe; may be left out
//                   pin_key = "..."              # AES, shared with terminals; without it no online PIN
//                   amount_limit = 50000         # in the smallest unit; without it none
//                   [[card]]                     # without any, every account is known
//                   pan = "4761739001010119"
//                   sequence = "00"
//                   pin = "1234"
//                   blocked = false
//   ca_keys.txt     the test authority's public keys (emv/ca_keys.h), for terminals
//   atc.txt         the counter of each card's last transaction, kept by the issuer host
//
// A key file is as secret as its keys. Errors: kNotFound, kInvalid with file and line, kIo.
#pragma once

#include <map>
#include <string>

#include "issuer/issuer.h"

namespace cose::host {

[[nodiscard]] Result<issuer::IssuerProfile> load_issuer(const std::string& directory);
[[nodiscard]] Result<issuer::IssuerProfile> parse_issuer(std::string_view text, std::string_view origin);

// Counters as lines "PAN/SEQUENCE ATC"; written beside and moved into place with every change.
class FileAtcBook final : public issuer::AtcBook {
 public:
  // A file that is not there yet is an empty book.
  [[nodiscard]] static Result<FileAtcBook> open(std::string file);

  [[nodiscard]] std::optional<std::uint16_t> last(const emv::Account& account) override;
  [[nodiscard]] Status note(const emv::Account& account, std::uint16_t atc) override;

 private:
  explicit FileAtcBook(std::string file) : file_(std::move(file)) {}

  std::string file_;
  std::map<std::string, std::uint16_t> counters_;
};

}  // namespace cose::host
