// SPDX-License-Identifier: Apache-2.0
// What a bank decides about a payment application, what belongs to one card, and what the issuer has to make it with.
//
// Values; keys are Secrets, so they are moved. Packed digits as terminals have them: currency 0978 is 0x0978.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "bytes/bytes.h"
#include "bytes/secret.h"
#include "crypto/rsa.h"
#include "emv/certificate.h"
#include "emv/cryptogram.h"
#include "emv/keys.h"

namespace cose::emv {

// How a card is offered to contactless terminals.
struct ContactlessProfile {
  std::uint8_t kernel = 2;          // 9F2A: 2 M/Chip and magnetic stripe mode, 3 the whole transaction in one tap
  bool magnetic_stripe = true;      // kernel 2: also COMPUTE CRYPTOGRAPHIC CHECKSUM
  std::optional<Bytes> relay;       // kernel 2: three times of 2 octets: minimum, maximum, estimated transmission
  Bytes qualifiers{0xC0, 0x00};     // kernel 3: 9F6C; which cardholder verification may be asked for
  bool signature_in_record = true;  // kernel 3: 9F4B is read, else it is in the answer to the tap
};

struct PaymentProfile {
  Bytes aid{0xA0, 0x00, 0x00, 0x00, 0x03, 0x10, 0x10};
  std::string label = "COSE TEST";
  std::string languages = "en";
  Scheme scheme = Scheme::kVisa;
  std::uint8_t version = 18;  // of the cryptogram
  std::uint8_t key_index = 1;
  std::uint8_t priority = 1;
  std::uint16_t currency = 0x0978;
  std::uint8_t currency_exponent = 2;
  std::uint16_t country = 0x0276;
  Bytes application_version{0x00, 0x96};
  Bytes usage{0xFF, 0x00};
  // PIN enciphered, PIN plain, PIN online, signature, none: each if the terminal can.
  Bytes cvm_list{0, 0, 0, 0, 0, 0, 0, 0, 0x44, 0x03, 0x41, 0x03, 0x42, 0x03, 0x5E, 0x03, 0x1F, 0x03};
  Bytes action_default{0xFC, 0x50, 0xAC, 0x88, 0x00};
  Bytes action_denial{0x00, 0x00, 0x00, 0x00, 0x00};
  Bytes action_online{0xFC, 0x70, 0xBC, 0x98, 0x00};
  // What the card's own findings lead to: decline, go online, decline when that is impossible. applets/payment lists
  // the findings.
  std::array<std::uint16_t, 3> card_actions{0x0000, 0xE8E8, 0x40A0};
  // In a row without the issuer, and in the currency above, packed: ask for the issuer, and decline without.
  std::uint8_t lower_count = 3;
  std::uint8_t upper_count = 5;
  Bytes lower_amount{0x00, 0x00, 0x00, 0x01, 0x00, 0x00};
  Bytes upper_amount{0x00, 0x00, 0x00, 0x02, 0x00, 0x00};
  bool sda = false;
  bool dda = true;
  bool cda = true;
  bool needs_issuer_authentication = true;
  bool answers_format_1 = false;  // 80 instead of 77, at contact
  bool pin_blocks = false;        // the application, when no try is left
  std::uint8_t log_entries = 10;  // 0: no log
  std::size_t key_bits = 1408;    // of the card
  std::optional<ContactlessProfile> contactless;
};

struct CardData {
  Account account;
  std::string name = "TEST CARD/COSE";
  std::string effective = "240101";  // YYMMDD
  std::string expiry = "351231";
  std::string service_code = "201";
  std::string discretionary = "0000000000000";
  std::string pin = "1234";
  std::uint8_t pin_tries = 3;
};

// The issuer's master keys, of which each card's are derived.
struct IssuerKeys {
  Secret cryptogram;
  Secret integrity;
  Secret confidentiality;
  Secret checksum;  // of magnetic stripe mode
};

// An issuer's key with what a certification authority made of it.
struct CertifiedIssuer {
  std::uint8_t authority_index = 0;
  Bytes certificate;
  Bytes remainder;
  crypto::RsaPrivateKey key;
};

// For account numbers that begin like this one.
[[nodiscard]] Result<CertifiedIssuer> certify_issuer(const crypto::RsaPrivateKey& authority, std::uint8_t index,
                                                     std::string_view pan, Month expiry, crypto::RsaPrivateKey issuer);

// The account number with its last digit such that Luhn's sum is right.
[[nodiscard]] std::string with_check_digit(std::string pan);

}  // namespace cose::emv
