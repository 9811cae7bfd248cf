// SPDX-License-Identifier: Apache-2.0
#include "emv/cryptogram.h"

#include <algorithm>

#include "bytes/hex.h"
#include "crypto/block_cipher.h"
#include "crypto/cmac.h"
#include "crypto/mac9797.h"

namespace cose::emv {

namespace {

using crypto::BlockCipherKind;
using tlv::Tag;

constexpr std::size_t kCryptogram = 8;
constexpr std::size_t kShortArpc = 4;
constexpr std::size_t kResponseCode = 2;
constexpr std::size_t kCardStatusUpdate = 4;
constexpr std::size_t kMaximumProprietary = 8;

constexpr Tag kIssuerApplicationData(0x9F10);
constexpr Tag kAtc(0x9F36);
constexpr Tag kUnpredictableNumber(0x9F37);

// EMV 4.3 Book 2 table 26: the recommended minimum set, which all versions here begin with.
constexpr Tag kTerminalData[] = {Tag(0x9F02), Tag(0x9F03), Tag(0x9F1A),          Tag(0x95), Tag(0x5F2A),
                                 Tag(0x9A),   Tag(0x9C),   kUnpredictableNumber, Tag(0x82), kAtc};

// Where things stand in 9F10. Visa, Interac: length, derivation key index, version, CVR. Mastercard: index, version,
// CVR, DAC, counters.
struct IssuerDataLayout {
  std::size_t version;
  std::size_t cvr;
  std::size_t cvr_size;
  std::size_t counters;
  std::size_t counters_size;
};
constexpr IssuerDataLayout kVisaLayout{.version = 2, .cvr = 3, .cvr_size = 4, .counters = 7, .counters_size = 0};
constexpr IssuerDataLayout kMastercardLayout{.version = 1, .cvr = 2, .cvr_size = 6, .counters = 10, .counters_size = 8};

const IssuerDataLayout& layout_of(Scheme scheme) {
  return scheme == Scheme::kMastercard ? kMastercardLayout : kVisaLayout;
}

constexpr CryptogramVersion kVersions[] = {
    {Scheme::kVisa, 10, KeyOption::kA, SessionKey::kNone, MacPadding::kZeros, CryptogramTail::kCvr, ArpcMethod::k1,
     SessionKey::kNone, ScriptKey::kVisa, ScriptMacData::kWithAtcAndCryptogram},
    {Scheme::kVisa, 17, KeyOption::kA, SessionKey::kNone, MacPadding::kZeros, CryptogramTail::kQuick, ArpcMethod::k1,
     SessionKey::kNone, ScriptKey::kVisa, ScriptMacData::kWithAtcAndCryptogram},
    {Scheme::kVisa, 18, KeyOption::kB, SessionKey::kCommon, MacPadding::kOne, CryptogramTail::kIssuerData,
     ArpcMethod::k2, SessionKey::kCommon, ScriptKey::kVisa, ScriptMacData::kWithAtcAndCryptogram},
    {Scheme::kVisa, 22, KeyOption::kB, SessionKey::kCommon, MacPadding::kOne, CryptogramTail::kIssuerData,
     ArpcMethod::k2, SessionKey::kCommon, ScriptKey::kCommon, ScriptMacData::kWithAtcAndCryptogram},
    {Scheme::kMastercard, 16, KeyOption::kA, SessionKey::kMastercard, MacPadding::kOne, CryptogramTail::kCvr,
     ArpcMethod::k1, SessionKey::kNone, ScriptKey::kCommon, ScriptMacData::kWithAtcAndCryptogram},
    {Scheme::kMastercard, 17, KeyOption::kA, SessionKey::kMastercard, MacPadding::kOne, CryptogramTail::kCvrAndCounters,
     ArpcMethod::k1, SessionKey::kNone, ScriptKey::kCommon, ScriptMacData::kWithAtcAndCryptogram},
    {Scheme::kMastercard, 20, KeyOption::kA, SessionKey::kCommon, MacPadding::kOne, CryptogramTail::kCvr,
     ArpcMethod::k1, SessionKey::kCommon, ScriptKey::kCommon, ScriptMacData::kWithAtcAndCryptogram},
    {Scheme::kMastercard, 21, KeyOption::kA, SessionKey::kCommon, MacPadding::kOne, CryptogramTail::kCvrAndCounters,
     ArpcMethod::k1, SessionKey::kCommon, ScriptKey::kCommon, ScriptMacData::kWithAtcAndCryptogram},
    {Scheme::kInterac, 133, KeyOption::kA, SessionKey::kMastercard, MacPadding::kOne, CryptogramTail::kIssuerData,
     ArpcMethod::k1, SessionKey::kMastercard, ScriptKey::kCommon, ScriptMacData::kHeaderAndData},
};

// Visa's version 17: what a tap has time for.
constexpr Tag kQuickData[] = {Tag(0x9F02), kUnpredictableNumber, kAtc};
constexpr std::size_t kQuickOctet = 4;

std::span<const Tag> data_of(const CryptogramVersion& version) {
  return version.tail == CryptogramTail::kQuick ? std::span<const Tag>(kQuickData)
                                                : std::span<const Tag>(kTerminalData);
}

Result<ByteView> require(const DataObjects& objects, Tag tag) {
  const auto found = objects.find(tag);
  if (found != objects.end()) return ByteView(found->second);
  return fail(ErrorKind::kNotFound, "the cryptogram needs " + tag.to_string() + ", which is not there");
}

Result<Bytes> part_of(ByteView issuer_data, std::size_t start, std::size_t size) {
  if (issuer_data.size() < start + size)
    return fail(ErrorKind::kInvalid, "9F10: expected " + std::to_string(start + size) + " octets, found " +
                                         std::to_string(issuer_data.size()));
  return to_bytes(issuer_data.subspan(start, size));
}

Result<Bytes> tail_of(const CryptogramVersion& version, ByteView issuer_data) {
  const auto& layout = layout_of(version.scheme);
  switch (version.tail) {
    case CryptogramTail::kIssuerData: return to_bytes(issuer_data);
    case CryptogramTail::kCvr: return part_of(issuer_data, layout.cvr, layout.cvr_size);
    case CryptogramTail::kQuick: return part_of(issuer_data, kQuickOctet, 1);
    case CryptogramTail::kCvrAndCounters: break;
  }
  COSE_TRY(auto tail, part_of(issuer_data, layout.cvr, layout.cvr_size));
  COSE_TRY(const auto counters, part_of(issuer_data, layout.counters, layout.counters_size));
  append(tail, counters);
  return tail;
}

Result<Bytes> first_octets(Result<Bytes> code, std::size_t count) {
  if (code) code->resize(count);
  return code;
}

Result<Bytes> mac_of(Suite suite, ByteView key, ByteView data, MacPadding padding) {
  if (suite == Suite::kAes) {
    COSE_TRY(const auto kind, crypto::aes_with_key_size(key.size()));
    return crypto::cmac(kind, key, data);
  }
  return crypto::mac9797(
      crypto::MacAlgorithm::kAlgorithm3, BlockCipherKind::kTripleDes2Key, key,
      padding == MacPadding::kZeros ? crypto::Padding::kIso9797Method1 : crypto::Padding::kIso9797Method2, data);
}

Result<Secret> session_key_of(SessionKey method, ByteView card_key, const DataObjects& objects) {
  if (method == SessionKey::kNone) return Secret(card_key);
  COSE_TRY(const auto atc, require(objects, kAtc));
  ByteView number;
  if (method == SessionKey::kMastercard) {
    COSE_TRY(number, require(objects, kUnpredictableNumber));
  }
  return session_key(method, Suite::kTripleDes, card_key, atc, number);
}

Status expect_size(std::string_view what, ByteView octets, std::size_t size) {
  if (octets.size() == size) return {};
  return fail(ErrorKind::kInvalid, std::string(what) + ": expected " + std::to_string(size) + " octets, found " +
                                       std::to_string(octets.size()));
}

}  // namespace

Result<Bytes> application_cryptogram(Suite suite, ByteView key, ByteView data, MacPadding padding) {
  return first_octets(mac_of(suite, key, data, padding), kCryptogram);
}

Result<Bytes> arpc_method_1(Suite suite, ByteView key, ByteView cryptogram, ByteView response_code) {
  COSE_CHECK(expect_size("cryptogram", cryptogram, kCryptogram));
  COSE_CHECK(expect_size("response code", response_code, kResponseCode));
  auto block = to_bytes(cryptogram);
  for (std::size_t index = 0; index < kResponseCode; ++index) block[index] ^= response_code[index];
  if (suite == Suite::kTripleDes)
    return crypto::encrypt(BlockCipherKind::kTripleDes2Key, crypto::CipherMode::kEcb, key, {}, block);
  // EMV 4.3 Book 2 §8.2.1: zeros fill the block of AES, and its left half is the answer.
  COSE_TRY(const auto kind, crypto::aes_with_key_size(key.size()));
  block.resize(crypto::block_size(kind));
  return first_octets(crypto::encrypt(kind, crypto::CipherMode::kEcb, key, {}, block), kCryptogram);
}

Result<Bytes> arpc_method_2(Suite suite, ByteView key, ByteView cryptogram, ByteView card_status_update,
                            ByteView proprietary) {
  COSE_CHECK(expect_size("cryptogram", cryptogram, kCryptogram));
  COSE_CHECK(expect_size("card status update", card_status_update, kCardStatusUpdate));
  if (proprietary.size() > kMaximumProprietary)
    return fail(ErrorKind::kInvalid, "proprietary authentication data: expected 8 octets at most, found " +
                                         std::to_string(proprietary.size()));
  return first_octets(mac_of(suite, key, concat(cryptogram, card_status_update, proprietary), MacPadding::kOne),
                      kShortArpc);
}

std::string_view to_string(Scheme scheme) {
  switch (scheme) {
    case Scheme::kVisa: return "Visa";
    case Scheme::kMastercard: return "Mastercard";
    case Scheme::kInterac: break;
  }
  return "Interac";
}

std::span<const CryptogramVersion> cryptogram_versions() {
  return kVersions;
}

const CryptogramVersion* find_version(Scheme scheme, std::uint8_t number) {
  const auto* found =
      std::ranges::find_if(kVersions, [&](const auto& row) { return row.scheme == scheme && row.number == number; });
  return found == std::end(kVersions) ? nullptr : found;
}

std::optional<std::uint8_t> version_number_in(Scheme scheme, ByteView issuer_application_data) {
  const auto at = layout_of(scheme).version;
  if (at >= issuer_application_data.size()) return std::nullopt;
  return issuer_application_data[at];
}

Result<Bytes> cryptogram_data(const CryptogramVersion& version, const DataObjects& objects) {
  Bytes data;
  for (const auto tag : data_of(version)) {
    COSE_TRY(const auto value, require(objects, tag));
    append(data, value);
  }
  COSE_TRY(const auto issuer_data, require(objects, kIssuerApplicationData));
  COSE_TRY(const auto tail, tail_of(version, issuer_data));
  append(data, tail);
  return data;
}

Result<Bytes> compute_cryptogram(const CryptogramVersion& version, ByteView card_key, const DataObjects& objects) {
  COSE_TRY(const auto key, session_key_of(version.session_key, card_key, objects));
  COSE_TRY(const auto data, cryptogram_data(version, objects));
  return application_cryptogram(Suite::kTripleDes, key.view(), data, version.padding);
}

Result<Bytes> compute_arpc(const CryptogramVersion& version, ByteView card_key, ByteView cryptogram,
                           const DataObjects& objects, ByteView response) {
  COSE_TRY(const auto key, session_key_of(version.arpc_key, card_key, objects));
  if (version.arpc == ArpcMethod::k1) return arpc_method_1(Suite::kTripleDes, key.view(), cryptogram, response);
  const auto split = std::min(response.size(), kCardStatusUpdate);
  return arpc_method_2(Suite::kTripleDes, key.view(), cryptogram, response.first(split), response.subspan(split));
}

Result<Bytes> iv_cvc3(ByteView card_key, ByteView track) {
  COSE_TRY(const auto code, mac_of(Suite::kTripleDes, card_key, track, MacPadding::kOne));
  return to_bytes(ByteView(code).last(2));
}

Result<Bytes> cvc3(ByteView card_key, ByteView iv, ByteView unpredictable_number, ByteView atc) {
  COSE_CHECK(expect_size("IVCVC3", iv, 2));
  COSE_CHECK(expect_size("unpredictable number", unpredictable_number, 4));
  COSE_CHECK(expect_size("ATC", atc, 2));
  COSE_TRY(const auto block, crypto::encrypt(BlockCipherKind::kTripleDes2Key, crypto::CipherMode::kEcb, card_key, {},
                                             concat(iv, unpredictable_number, atc)));
  return to_bytes(ByteView(block).last(2));
}

Result<std::string> dcvv(ByteView card_key, const DynamicCodeInput& input) {
  constexpr std::size_t kCounterDigits = 4, kHalf = 8, kDigits = 3;
  if (card_key.size() != kDesKey || input.pan.size() < 13 || input.pan.size() > kMaximumPan ||
      input.expiry.size() != 4 || input.service_code.size() != 3)
    return fail(ErrorKind::kInvalid, "expected a key of 16 octets, 13 to 19 digits, YYMM and a service code");
  // The counter's last four digits take the place of the account's first.
  auto counter = std::to_string(input.atc % 10000);
  counter.insert(0, kCounterDigits - counter.size(), '0');
  auto digits = counter + std::string(input.pan.substr(kCounterDigits)) + std::string(input.expiry) +
                std::string(input.service_code);
  digits.resize(4 * kHalf, '0');
  COSE_TRY(const auto block, from_hex(digits));
  const auto left = card_key.first(kHalf), right = card_key.subspan(kHalf);
  const auto run = [](auto how, ByteView key, ByteView octets) {
    return how(BlockCipherKind::kDes, crypto::CipherMode::kEcb, key, ByteView(), octets);
  };
  COSE_TRY(auto code, run(crypto::encrypt, left, ByteView(block).first(kHalf)));
  for (std::size_t at = 0; at < kHalf; ++at) code[at] ^= block[kHalf + at];
  COSE_TRY(code, run(crypto::encrypt, left, code));
  COSE_TRY(code, run(crypto::decrypt, right, code));
  COSE_TRY(code, run(crypto::encrypt, left, code));
  std::string decimal, converted;
  for (const char character : to_hex(code)) {
    if (character <= '9')
      decimal += character;
    else
      converted += static_cast<char>(character - 'A' + '0');
  }
  return (decimal + converted).substr(0, kDigits);
}

}  // namespace cose::emv
