// SPDX-License-Identifier: Apache-2.0
// A Store in memory: for cards that need not last, and the oracle that other stores are compared with.
//
// What outlives an owner is a MemoryState, so that a test can start a second MemoryStore on it as a restart. One
// thread at a time.
#pragma once

#include <map>
#include <memory>

#include "store/store.h"

namespace cose::store {

struct MemoryState {
  struct StoredCard {
    Head head;
    std::map<PageNumber, Bytes> pages;
    std::optional<Answer> answer;
  };

  Fence fence = 0;
  std::map<CardId, StoredCard> cards;
  std::map<std::string, Bytes, std::less<>> records;
};

class MemoryStore final : public Store {
 public:
  MemoryStore() : state_(std::make_shared<MemoryState>()) {}
  explicit MemoryStore(std::shared_ptr<MemoryState> state) : state_(std::move(state)) {}

  [[nodiscard]] Result<Fence> raise_fence() override { return ++state_->fence; }
  [[nodiscard]] Status commit(const Group& group, Durability durability) override;
  [[nodiscard]] Status sync() override { return {}; }

  [[nodiscard]] Result<std::optional<Head>> head(CardId card) const override;
  [[nodiscard]] Result<std::vector<Page>> pages(CardId card) const override;
  [[nodiscard]] Result<std::optional<Answer>> answer(CardId card) const override;
  [[nodiscard]] Result<std::optional<Bytes>> record(std::string_view key) const override;
  [[nodiscard]] Status visit_heads(const HeadVisitor& visitor) const override;
  [[nodiscard]] Status visit_records(std::string_view prefix, const RecordVisitor& visitor) const override;

 private:
  [[nodiscard]] const MemoryState::StoredCard* find(CardId card) const;
  void apply(const Change& change);

  std::shared_ptr<MemoryState> state_;
};

}  // namespace cose::store
