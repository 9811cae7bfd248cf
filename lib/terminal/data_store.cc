// SPDX-License-Identifier: Apache-2.0
#include "terminal/detail/data_store.h"

#include <algorithm>
#include <chrono>

#include "bytes/hex.h"
#include "emv/dictionary.h"

namespace cose::terminal::detail {

namespace {

struct CalendarTime {
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<std::chrono::seconds> time;
};

CalendarTime calendar_of(Nanoseconds wall) {
  using namespace std::chrono;
  const auto now = sys_time<Nanoseconds>(wall);
  const auto day = floor<days>(now);
  return {year_month_day(day), hh_mm_ss<seconds>(floor<seconds>(now - day))};
}

std::string padded_to(std::string text, std::size_t size) {
  text.resize(size, ' ');
  return text;
}

void set_merchant(DataStore& store, const Configuration& configuration) {
  store.set(Tag(0x9F15), packed(configuration.merchant_category, 2));
  store.set(Tag(0x9F16), as_bytes(padded_to(configuration.merchant_identifier, 15)));
  store.set(Tag(0x9F1C), as_bytes(padded_to(configuration.terminal_identifier, 8)));
  store.set(Tag(0x9F1E), as_bytes(padded_to(configuration.terminal_identifier, 8)));
  store.set(Tag(0x9F4E), as_bytes(configuration.merchant_name));
}

void set_payment(DataStore& store, const Payment& payment) {
  store.set(tags::kAmount, packed(payment.amount + payment.cashback, 6));
  store.set(tags::kAmountOther, packed(payment.cashback, 6));
  store.set(Tag(0x81), binary(payment.amount + payment.cashback, 4));
  store.set(Tag(0x9F04), binary(payment.cashback, 4));
  store.set(Tag(0x9C), Bytes{payment.type});
  store.set(Tag(0x9F41), packed(payment.sequence, 4));
}

}  // namespace

ByteView DataStore::get(Tag tag) const {
  const auto found = objects.find(tag);
  return found == objects.end() ? ByteView() : ByteView(found->second);
}

void DataStore::set_bit(Tag tag, Bit bit) {
  auto& value = objects[tag];
  if (value.size() < bit.octet) value.resize(bit.octet);
  value[bit.octet - 1] |= bit.mask;
}

bool DataStore::has_bit(Tag tag, Bit bit) const {
  const auto value = get(tag);
  return value.size() >= bit.octet && (value[bit.octet - 1] & bit.mask) != 0;
}

Bytes DataStore::fill(const tlv::Dol& list) const {
  return list.fill([this](Tag tag) -> std::optional<tlv::DolValue> {
    const auto found = objects.find(tag);
    if (found == objects.end()) return std::nullopt;
    return tlv::DolValue{found->second, emv::dol_format_of(tag)};
  });
}

std::string DataStore::pan() const {
  auto digits = to_hex(get(tags::kPan));
  if (digits.empty()) {
    digits = to_hex(get(tags::kTrack2));
    digits.resize(std::min(digits.find('D'), digits.size()));
  }
  digits.resize(std::min(digits.find('F'), digits.size()));
  return digits;
}

Status DataStore::begin(const Configuration& configuration, const Payment& payment, const Clock& clock, Rng& rng) {
  const auto now = calendar_of(clock.wall());
  const auto two = [](auto number) { return static_cast<std::uint64_t>(number); };
  set(tags::kDate, concat(packed(two(static_cast<int>(now.date.year())) % 100, 1),
                          packed(two(static_cast<unsigned>(now.date.month())), 1),
                          packed(two(static_cast<unsigned>(now.date.day())), 1)));
  set(tags::kTime, concat(packed(two(now.time.hours().count()), 1), packed(two(now.time.minutes().count()), 1),
                          packed(two(now.time.seconds().count()), 1)));
  Bytes number(4);
  COSE_CHECK(rng.fill(number));
  set(tags::kNumber, number);
  set(tags::kTvr, Bytes(5));
  set(tags::kTsi, Bytes(2));
  set(Tag(0x9F1A), packed(configuration.country, 2));
  set(Tag(0x5F2A), packed(configuration.currency, 2));
  set(Tag(0x5F36), packed(configuration.currency_exponent, 1));
  set(Tag(0x9F35), Bytes{configuration.type});
  set(tags::kCapabilities, configuration.capabilities);
  set(Tag(0x9F40), configuration.additional_capabilities);
  set_merchant(*this, configuration);
  set_payment(*this, payment);
  return {};
}

std::size_t collect(const std::vector<tlv::Node>& nodes, emv::DataObjects& into) {
  std::size_t repeated = 0;
  for (const auto& node : nodes) {
    if (!node.tag.is_constructed() && !into.emplace(node.tag, node.value).second) ++repeated;
    repeated += collect(node.children, into);
  }
  return repeated;
}

const tlv::Node* find(const std::vector<tlv::Node>& nodes, Tag tag) {
  for (const auto& node : nodes) {
    if (node.tag == tag) return &node;
    if (const auto* below = find(node.children, tag)) return below;
  }
  return nullptr;
}

Bytes packed(std::uint64_t number, std::size_t octets) {
  Bytes made(octets);
  for (auto at = octets; at-- > 0; number /= 100)
    made[at] = static_cast<std::uint8_t>(number / 10 % 10 << 4 | number % 10);
  return made;
}

Bytes binary(std::uint64_t number, std::size_t octets) {
  Bytes made(octets);
  for (auto at = octets; at-- > 0; number >>= 8) made[at] = static_cast<std::uint8_t>(number);
  return made;
}

std::uint64_t number_of(ByteView packed) {
  std::uint64_t number = 0;
  for (const auto octet : packed.first(std::min<std::size_t>(packed.size(), 9))) {
    if ((octet >> 4) > 9) return number;
    number = number * 10 + (octet >> 4);
    if ((octet & 0x0F) > 9) return number;
    number = number * 10 + (octet & 0x0FU);
  }
  return number;
}

std::uint64_t binary_of(ByteView octets) {
  std::uint64_t number = 0;
  for (const auto octet : octets.last(std::min<std::size_t>(octets.size(), 8))) number = number << 8 | octet;
  return number;
}

emv::Month month_of(Nanoseconds wall) {
  const auto now = calendar_of(wall);
  return {static_cast<unsigned>(static_cast<int>(now.date.year())), static_cast<unsigned>(now.date.month())};
}

std::string printable(ByteView octets) {
  std::string text;
  for (const auto octet : octets) text += octet >= ' ' && octet <= '~' ? static_cast<char>(octet) : '.';
  return text;
}

}  // namespace cose::terminal::detail
