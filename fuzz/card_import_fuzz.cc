// SPDX-License-Identifier: Apache-2.0
// An exported card, as it comes from elsewhere: as it is, and as what somebody with the key could have sealed. What is
// taken is exported and taken again as the same.
#include "bytes/testing/seeded_rng.h"
#include "vault/card_export.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cose;
  constexpr std::string_view kMagic = "CoSE card 1\n";
  static testing::SeededRng rng(1);
  static auto key = vault::LocalMasterKey::create(Secret(Bytes(vault::kKeySize, 1)), rng).value();
  const ByteView octets(data, size);
  COSE_ASSERT(!vault::import_card(octets, key));
  const auto sealed = vault::Keyring(key).wrap(octets, as_bytes(kMagic)).value();
  const auto card = vault::import_card(concat(as_bytes(kMagic), sealed), key);
  if (!card) return 0;
  const auto again = vault::export_card(card->name, card->sections, key);
  COSE_ASSERT(again.has_value());
  const auto same = vault::import_card(*again, key);
  COSE_ASSERT(same && same->name == card->name && same->sections == card->sections);
  return 0;
}
