// SPDX-License-Identifier: Apache-2.0
// A state that somebody changed behind the vault's back, by instructions of three octets (entry, place, value), and by
// one of 255 in front that cuts the entry there. A card that can still be had is as it was.
#include <vector>

#include "bytes/testing/seeded_rng.h"
#include "store/memory_store.h"
#include "vault/vault.h"

namespace {

using namespace cose;

struct Original {
  Original() {
    store::MemoryStore store(state);
    const auto vault = vault::Vault::open(store, ring, rng).value();
    store::Committer committer(store, store::Durability::kDurable);
    committer.set_completer(vault.get());
    const auto submit = [&](vault::Vault::Sealed sealed) {
      committer.submit(std::move(sealed.change), std::move(sealed.records), {});
      COSE_ASSERT(committer.flush().has_value());
    };
    submit(vault->create("profile", 0, vault::whole(shared), vault::Vault::Role::kTemplate).value());
    submit(vault->create("anna", 1, vault::whole(own)).value());
    auto loaded = vault->load(2).value();
    submit(vault->change(*loaded.card, {}, vault::Vault::Answered{Bytes{1}, Bytes{0x90, 0x00}}).value());
  }

  testing::SeededRng rng{1};
  vault::LocalMasterKey key = vault::LocalMasterKey::create(Secret(Bytes(vault::kKeySize, 1)), rng).value();
  vault::Keyring ring{key};
  vault::Sections shared{{0, Bytes(700, 5)}};
  vault::Sections own{{0, Bytes(600, 6)}, {2, Bytes(10, 7)}};
  std::shared_ptr<store::MemoryState> state = std::make_shared<store::MemoryState>();
};

// Everything in the state that can be changed.
std::vector<Bytes*> entries_of(store::MemoryState& state) {
  std::vector<Bytes*> entries;
  for (auto& [number, card] : state.cards) {
    entries.push_back(&card.head.octets);
    for (auto& [page, octets] : card.pages) entries.push_back(&octets);
    if (card.answer) entries.insert(entries.end(), {&card.answer->request, &card.answer->response});
  }
  for (auto& [key, octets] : state.records) entries.push_back(&octets);
  return entries;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Original original;
  const auto state = std::make_shared<store::MemoryState>(*original.state);
  const auto entries = entries_of(*state);
  for (std::size_t at = 0; at + 3 <= size; at += 3) {
    const bool cuts = data[at] == 0xFF;
    auto& entry = *entries[data[cuts ? at + 1 : at] % entries.size()];
    if (entry.empty()) continue;
    if (cuts)
      entry.resize(data[at + 2] % entry.size());
    else
      entry[data[at + 1] % entry.size()] = data[at + 2];
  }
  store::MemoryStore store(state);
  const auto vault = vault::Vault::open(store, original.ring, original.rng);
  if (!vault) return 0;
  const auto found = (*vault)->find("anna");
  if (!found || *found != 2) return 0;
  if (auto card = (*vault)->load(*found)) {
    COSE_ASSERT(card->sections.at(0) == original.own.at(0) && card->sections.at(2) == original.own.at(2));
    if (const auto answer = (*vault)->last_answer(*card->card); answer && *answer)
      COSE_ASSERT((*answer)->response == (Bytes{0x90, 0x00}));
  }
  return 0;
}
