// SPDX-License-Identifier: Apache-2.0
// All data objects of a transaction by their tags: the terminal's, the card's, the issuer's.
#pragma once

#include <string>

#include "bytes/bytes.h"
#include "bytes/clock.h"
#include "bytes/rng.h"
#include "emv/certificate.h"
#include "emv/cryptogram.h"
#include "terminal/configuration.h"
#include "terminal/detail/bits.h"
#include "terminal/transaction.h"
#include "tlv/dol.h"
#include "tlv/node.h"
#include "tlv/tag.h"

namespace cose::terminal::detail {

using tlv::Tag;

namespace tags {
inline constexpr Tag kTvr(0x95), kTsi(0x9B), kAip(0x82), kAfl(0x94), kPan(0x5A), kTrack2(0x57), kAid(0x4F);
inline constexpr Tag kAmount(0x9F02), kAmountOther(0x9F03), kDate(0x9A), kTime(0x9F21), kNumber(0x9F37);
inline constexpr Tag kPdol(0x9F38), kCdol1(0x8C), kCdol2(0x8D), kDdol(0x9F49), kTdol(0x97), kTcHash(0x98);
inline constexpr Tag kCvmList(0x8E), kCvmResults(0x9F34), kCapabilities(0x9F33), kResponseCode(0x8A);
inline constexpr Tag kIssuerAuthentication(0x91), kCid(0x9F27), kAtc(0x9F36), kCryptogram(0x9F26);
inline constexpr Tag kIssuerData(0x9F10), kSignature(0x9F4B), kLastOnline(0x9F13), kPinTries(0x9F17);
inline constexpr Tag kExpiry(0x5F24), kEffective(0x5F25), kUsageControl(0x9F07), kIssuerCountry(0x5F28);
}  // namespace tags

class DataStore {
 public:
  [[nodiscard]] bool has(Tag tag) const { return objects.contains(tag); }
  [[nodiscard]] ByteView get(Tag tag) const;  // empty: not there
  void set(Tag tag, ByteView value) { objects[tag] = to_bytes(value); }

  void set_bit(Tag tag, Bit bit);
  [[nodiscard]] bool has_bit(Tag tag, Bit bit) const;

  [[nodiscard]] Bytes fill(const tlv::Dol& list) const;
  [[nodiscard]] std::string pan() const;  // digits

  // The terminal's own, of a transaction that begins now.
  [[nodiscard]] Status begin(const Configuration& configuration, const Payment& payment, const Clock& clock, Rng& rng);

  emv::DataObjects objects;
};

// Primitive objects of a tree, the first of each tag; the count of those that were there already.
[[nodiscard]] std::size_t collect(const std::vector<tlv::Node>& nodes, emv::DataObjects& into);
[[nodiscard]] const tlv::Node* find(const std::vector<tlv::Node>& nodes, Tag tag);

// Packed digits, right-justified; binary, big-endian.
[[nodiscard]] Bytes packed(std::uint64_t number, std::size_t octets);
[[nodiscard]] Bytes binary(std::uint64_t number, std::size_t octets);
// Digits as a number; other half octets end it.
[[nodiscard]] std::uint64_t number_of(ByteView packed);
[[nodiscard]] std::uint64_t binary_of(ByteView octets);

[[nodiscard]] emv::Month month_of(Nanoseconds wall);
[[nodiscard]] std::string printable(ByteView octets);

}  // namespace cose::terminal::detail
