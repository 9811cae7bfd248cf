// SPDX-License-Identifier: Apache-2.0
// A small card with a lasting state, for tests and benches of what is around a card.
//
//   80 10 xx yy 00   adds one to each of the counters xx to yy (one page each) and answers the counter xx, four octets
//   80 20 xx 00 00   answers a counter without a change
//   80 30 00 00 00   adds one to a counter that the loss of power clears, and answers it
#pragma once

#include <array>
#include <set>

#include "fleet/stateful_card.h"

namespace cose::fleet::testing {

class CounterCard final : public StatefulCard {
 public:
  static constexpr std::size_t kCounters = 256;
  static constexpr std::size_t kImage = kCounters * vault::kPageSize;

  explicit CounterCard(Bytes image, bool is_new) : image_(std::move(image)) {
    if (!is_new) return;
    for (std::uint32_t page = 0; page < kCounters; ++page) dirty_.insert(page);
  }

  [[nodiscard]] Result<Bytes> power_up(iso7816::ResetKind) override {
    volatile_ = 0;
    return Bytes{0x3B, 0x00};
  }
  Status power_down() override { return {}; }

  [[nodiscard]] Status transmit(ByteView command, Bytes& response) override {
    if (command.size() < 4 || command[0] != 0x80) {
      response = {0x6E, 0x00};
      return {};
    }
    switch (command[1]) {
      case 0x10:
        for (std::uint32_t counter = command[2]; counter <= command[3]; ++counter) add_one(counter);
        response = number_at(command[2]);
        break;
      case 0x20: response = number_at(command[2]); break;
      case 0x30: response = {0, 0, 0, ++volatile_}; break;
      default: response = {0x6D, 0x00}; return {};
    }
    append(response, std::array<std::uint8_t, 2>{0x90, 0x00});
    return {};
  }

  [[nodiscard]] std::vector<vault::SectionChange> take_changes() override {
    if (dirty_.empty()) return {};
    std::vector<std::uint32_t> pages(dirty_.begin(), dirty_.end());
    dirty_.clear();
    return {{0, image_, std::move(pages)}};
  }
  [[nodiscard]] std::size_t footprint() const override { return sizeof *this + image_.capacity(); }

 private:
  [[nodiscard]] Bytes number_at(std::uint32_t counter) const {
    const auto at = image_.begin() + static_cast<std::ptrdiff_t>(counter * vault::kPageSize);
    return {at, at + 4};
  }

  void add_one(std::uint32_t counter) {
    dirty_.insert(counter);
    const auto start = std::size_t{counter} * vault::kPageSize;
    for (auto at = start + 4; at > start; --at)
      if (++image_[at - 1] != 0) return;
  }

  Bytes image_;
  std::set<std::uint32_t> dirty_;
  std::uint8_t volatile_ = 0;
};

class CounterFactory final : public CardFactory {
 public:
  // The number stands in the last page.
  [[nodiscard]] Result<std::unique_ptr<StatefulCard>> make(std::uint32_t number) override {
    return make_from({{0, Bytes(CounterCard::kImage)}}, number);
  }
  [[nodiscard]] Result<std::unique_ptr<StatefulCard>> make_template() override {
    return std::make_unique<CounterCard>(Bytes(CounterCard::kImage), true);
  }
  [[nodiscard]] Result<std::unique_ptr<StatefulCard>> make_from(const vault::Sections& sections,
                                                                std::uint32_t number) override {
    if (!restore(sections)) return restore(sections);
    auto image = sections.at(0);
    image.back() = static_cast<std::uint8_t>(number);
    return std::make_unique<CounterCard>(std::move(image), true);
  }
  [[nodiscard]] Result<std::unique_ptr<StatefulCard>> restore(const vault::Sections& sections) override {
    const auto image = sections.find(0);
    if (sections.size() != 1 || image == sections.end() || image->second.size() != CounterCard::kImage)
      return fail(ErrorKind::kInvalid, "these sections are of no counting card");
    return std::make_unique<CounterCard>(image->second, false);
  }
};

}  // namespace cose::fleet::testing
