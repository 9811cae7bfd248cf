// SPDX-License-Identifier: Apache-2.0
#include "softse/card_product.h"

#include <algorithm>

#include <fmt/format.h>

#include "bytes/hex.h"
#include "gpcard/key_store.h"

namespace cose::softse {

using namespace literals;

scp::KeySet public_test_keys(scp::KeyAlgorithm algorithm) {
  // AES keys carry a version of SCP03's range, as products with both do; the initial version is for DES.
  constexpr std::uint8_t kFirstOfScp03 = 0x30;
  const auto version = algorithm == scp::KeyAlgorithm::kAes ? kFirstOfScp03 : gpcard::kInitialKeyVersion;
  auto keys = scp::KeySet::from_one(version, algorithm, "404142434445464748494A4B4C4D4E4F"_hex);
  COSE_ASSERT(keys.has_value());
  return *std::move(keys);
}

Status prefer_protocol(CardProduct& product, std::uint8_t number) {
  auto& protocols = product.profile.protocols;
  const auto wanted = std::ranges::find(protocols, number, &scp::Protocol::number);
  if (wanted == protocols.end())
    return fail(ErrorKind::kInvalid, fmt::format("the card's profile has no SCP{:02}", number));
  std::rotate(protocols.begin(), wanted, wanted + 1);
  product.master_keys.clear();
  product.master_keys.push_back(public_test_keys(number == 0x03 ? scp::KeyAlgorithm::kAes : scp::KeyAlgorithm::kDes));
  return {};
}

}  // namespace cose::softse
