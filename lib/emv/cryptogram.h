// SPDX-License-Identifier: Apache-2.0
// Application cryptograms (ARQC, TC, AAC), the issuer's answers to them (ARPC), and the contactless magnetic stripe's
// CVC3.
//
// What goes into a cryptogram and by which keys is a matter of its version, which the card tells in its issuer
// application data (9F10): one row of a table each. Functions without state.
// Errors: kNotFound (a data object that the version needs), kInvalid (a size), kUnsupported.
// Source: EMV 4.3 Book 2 §8.1, §8.2 and annex A1.2; versions as the schemes number them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/secret.h"
#include "emv/keys.h"
#include "tlv/tag.h"

namespace cose::emv {

using DataObjects = std::map<tlv::Tag, Bytes>;

enum class MacPadding {
  kZeros,  // ISO/IEC 9797-1 method 1
  kOne,    // method 2: 80 and zeros
};

// EMV 4.3 Book 2 §A1.2: eight octets. Triple DES: ISO/IEC 9797-1 algorithm 3; AES: CMAC, which pads by itself.
[[nodiscard]] Result<Bytes> application_cryptogram(Suite suite, ByteView key, ByteView data,
                                                   MacPadding padding = MacPadding::kOne);

// Method 1: eight octets, of the cryptogram and the response code (2). Method 2: four, of the cryptogram, the card
// status update (4) and up to eight octets of the issuer's own.
[[nodiscard]] Result<Bytes> arpc_method_1(Suite suite, ByteView key, ByteView cryptogram, ByteView response_code);
[[nodiscard]] Result<Bytes> arpc_method_2(Suite suite, ByteView key, ByteView cryptogram, ByteView card_status_update,
                                          ByteView proprietary);

// ---- versions ----
enum class Scheme { kVisa, kMastercard, kInterac };
[[nodiscard]] std::string_view to_string(Scheme scheme);  // "Visa"

// What follows the terminal's data in what the cryptogram is computed over.
enum class CryptogramTail {
  kCvr,             // the card verification results out of 9F10
  kCvrAndCounters,  // and the counters behind them
  kIssuerData,      // all of 9F10
  kQuick,           // amount, number and counter alone, then the fifth octet of 9F10 (qVSDC)
};
enum class ArpcMethod { k1, k2 };
// How issuer scripts are protected.
enum class ScriptKey {
  kVisa,    // visa_script_key of the ATC
  kCommon,  // common_session_key of the cryptogram
};
enum class ScriptMacData { kHeaderAndData, kWithAtcAndCryptogram };

struct CryptogramVersion {
  Scheme scheme;
  std::uint8_t number;
  KeyOption key_option;
  SessionKey session_key;
  MacPadding padding;
  CryptogramTail tail;
  ArpcMethod arpc;
  SessionKey arpc_key;
  ScriptKey script_key;
  ScriptMacData script_data;
};

[[nodiscard]] std::span<const CryptogramVersion> cryptogram_versions();
[[nodiscard]] const CryptogramVersion* find_version(Scheme scheme, std::uint8_t number);  // null: not in the table
// Where the version stands in 9F10; nothing: too short.
[[nodiscard]] std::optional<std::uint8_t> version_number_in(Scheme scheme, ByteView issuer_application_data);

// What the cryptogram goes over: 9F02, 9F03, 9F1A, 95, 5F2A, 9A, 9C, 9F37, 82, 9F36 and the tail out of 9F10.
[[nodiscard]] Result<Bytes> cryptogram_data(const CryptogramVersion& version, const DataObjects& objects);
[[nodiscard]] Result<Bytes> compute_cryptogram(const CryptogramVersion& version, ByteView card_key,
                                               const DataObjects& objects);
// `response` is what the method takes: response code or card status update, then the proprietary part.
[[nodiscard]] Result<Bytes> compute_arpc(const CryptogramVersion& version, ByteView card_key, ByteView cryptogram,
                                         const DataObjects& objects, ByteView response);

// ---- contactless magnetic stripe ----
// The last two octets of the MAC over the static track data: what the card is personalised with.
[[nodiscard]] Result<Bytes> iv_cvc3(ByteView card_key, ByteView track);
// Two octets, shown as decimal digits.
[[nodiscard]] Result<Bytes> cvc3(ByteView card_key, ByteView iv, ByteView unpredictable_number, ByteView atc);

// Visa's dynamic code: three digits over account, expiry, service code and counter. `expiry` is YYMM.
struct DynamicCodeInput {
  std::string_view pan;  // digits, 13 to 19
  std::string_view expiry;
  std::string_view service_code;
  unsigned atc = 0;
};
[[nodiscard]] Result<std::string> dcvv(ByteView card_key, const DynamicCodeInput& input);

}  // namespace cose::emv
