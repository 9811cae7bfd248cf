// SPDX-License-Identifier: Apache-2.0
// Offline data authentication: is this card's data what its issuer signed, and is it the card that the issuer made?
//
// SDA checks a signature over the data; DDA and fDDA have the card sign the terminal's numbers; CDA puts the
// application cryptogram under that signature. A run keeps every step with its outcome and reason.
// Values own what they hold. Source: EMV 4.3 Book 2 chapters 5 and 6, Book 3 §10.3; EMV Contactless Book C-3 annex C.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "emv/ca_keys.h"
#include "emv/certificate.h"
#include "emv/cryptogram.h"

namespace cose::emv {

// What the signatures cover of the card's records, in the order of reading.
class StaticData {
 public:
  // EMV 4.3 Book 3 §10.3: of files 1 to 10 the content of template 70, of 11 to 30 the whole record. Error: kInvalid
  // for a record without template 70.
  [[nodiscard]] Status add_record(unsigned file, ByteView record);
  // By the tag list 9F4A, which may name the application interchange profile only. Empty: there is no list.
  [[nodiscard]] Status add_tag_list(ByteView tag_list, ByteView interchange_profile);

  [[nodiscard]] ByteView view() const { return octets_; }

 private:
  Bytes octets_;
};

enum class AuthenticationMethod { kSda, kDda, kFdda, kCda };
[[nodiscard]] std::string_view to_string(AuthenticationMethod method);  // "SDA"

struct AuthenticationStep {
  std::string name;
  bool passed = false;
  std::string detail;  // what was found; of a step that failed: why
};

struct AuthenticationReport {
  AuthenticationMethod method = AuthenticationMethod::kSda;
  std::vector<AuthenticationStep> steps;  // the last is the one that failed, if one did
  Bytes authentication_code;              // SDA
  Bytes dynamic_number;                   // DDA, fDDA, CDA
  Bytes cryptogram;                       // CDA
  std::uint8_t cryptogram_information = 0;
  Bytes further;  // CDA: what the card signed behind the hash, such as relay resistance data (C-2)

  [[nodiscard]] bool passed() const { return !steps.empty() && steps.back().passed; }
};

struct AuthenticationInput {
  ByteView aid;
  // 5A, 8F, 90, 92, 93, 9F32, 9F46, 9F47, 9F48, 9F4B, as far as the card has them.
  const DataObjects& objects;
  ByteView static_data;
  Month today;
};

// The chain of keys alone, before the card is asked to sign.
struct CardKey {
  AuthenticationReport report;
  std::optional<Certified> key;  // when all steps passed
};
[[nodiscard]] CardKey recover_card_key(const CaKeys& authorities, const AuthenticationInput& input);
// The key for enciphered PINs: that of 9F2D to 9F2F, else the card's own (EMV 4.3 Book 2 §7.1).
[[nodiscard]] CardKey recover_pin_key(const CaKeys& authorities, const AuthenticationInput& input);

[[nodiscard]] AuthenticationReport authenticate_static(const CaKeys& authorities, const AuthenticationInput& input);

// `terminal_data` is what the DDOL asked for (DDA), or 9F37, 9F02, 5F2A and 9F69 (fDDA); the signature is 9F4B.
[[nodiscard]] AuthenticationReport authenticate_dynamic(AuthenticationMethod method, const CaKeys& authorities,
                                                        const AuthenticationInput& input, ByteView terminal_data);

// `transaction_data` is what the hash inside goes over: values of PDOL, CDOL1, CDOL2 as sent, then the objects of the
// answer to GENERATE AC in their order without 9F4B (EMV 4.3 Book 2 §6.6.2 step 10).
[[nodiscard]] AuthenticationReport authenticate_combined(const CaKeys& authorities, const AuthenticationInput& input,
                                                         ByteView unpredictable_number, ByteView transaction_data);

}  // namespace cose::emv
