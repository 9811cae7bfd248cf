// SPDX-License-Identifier: Apache-2.0
#include "issuer/script_order.h"

#include <charconv>

#include "bytes/hex.h"
#include "emv/pin_block.h"
#include "tlv/tlv_builder.h"

namespace cose::issuer {

namespace {

using tlv::Tag;

constexpr std::size_t kMac = 8;
constexpr std::size_t kMaximumData = 200;
// VIS: a new PIN. M/Chip tells it from unblocking by the data.
constexpr std::uint8_t kVisaPinChange = 0x02;

// EMV 4.4 Book 3 §6.5.1 to §6.5.10; PUT DATA and UPDATE RECORD of the schemes. CLA 84 and 04: secure messaging whose
// header is under the MAC.
struct Row {
  ScriptAction action;
  std::string_view word;
  std::uint8_t cla;
  std::uint8_t ins;
};
constexpr Row kRows[] = {
    {ScriptAction::kBlockApplication, "block", 0x84, 0x1E}, {ScriptAction::kUnblockApplication, "unblock", 0x84, 0x18},
    {ScriptAction::kBlockCard, "block-card", 0x84, 0x16},   {ScriptAction::kUnblockPin, "unblock-pin", 0x84, 0x24},
    {ScriptAction::kChangePin, "pin", 0x84, 0x24},          {ScriptAction::kPutData, "put", 0x04, 0xDA},
    {ScriptAction::kUpdateRecord, "record", 0x04, 0xDC},
};

std::unexpected<Error> wrong(std::string_view text) {
  return fail(ErrorKind::kInvalid,
              "expected block, unblock, block-card, unblock-pin, pin=4321, put=9F14:05 or record=2:1:70..., found \"" +
                  std::string(text) + "\"");
}

Result<unsigned> number_in(std::string_view text, unsigned least, unsigned most) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < least || number > most)
    return fail(ErrorKind::kInvalid, "expected a number from " + std::to_string(least) + " to " + std::to_string(most));
  return number;
}

Status parse_put(std::string_view value, ScriptOrder& order) {
  const auto colon = value.find(':');
  if (colon == std::string_view::npos) return wrong(value);
  COSE_TRY(const auto tag, Tag::from_hex(value.substr(0, colon)));
  if (tag.size() > 2) return fail(ErrorKind::kInvalid, "PUT DATA takes tags of two octets");
  order.p1 = static_cast<std::uint8_t>(tag.value() >> 8);
  order.p2 = static_cast<std::uint8_t>(tag.value());
  COSE_TRY(order.data, from_hex(value.substr(colon + 1)));
  return {};
}

Status parse_record(std::string_view value, ScriptOrder& order) {
  const auto first = value.find(':');
  const auto second = value.find(':', first == std::string_view::npos ? first : first + 1);
  if (second == std::string_view::npos) return wrong(value);
  COSE_TRY(const auto file, number_in(value.substr(0, first), 1, 30));
  COSE_TRY(const auto record, number_in(value.substr(first + 1, second - first - 1), 1, 255));
  order.p1 = static_cast<std::uint8_t>(record);
  order.p2 = static_cast<std::uint8_t>(file << 3 | 4);
  COSE_TRY(order.data, from_hex(value.substr(second + 1)));
  return {};
}

// The command's data before its MAC.
Result<Bytes> data_of(const ScriptOrder& order, const emv::CryptogramVersion& version, const ScriptKeys& keys,
                      const emv::ScriptContext& context) {
  if (order.action != ScriptAction::kChangePin) return to_bytes(order.data);
  const bool is_visa = version.scheme == emv::Scheme::kVisa;
  COSE_TRY(const auto block, is_visa ? emv::visa_pin_block(keys.cryptograms, as_text(order.pin.view()), {})
                                     : emv::pin_block_2(as_text(order.pin.view())));
  COSE_TRY(const auto key, emv::script_key(version, keys.confidentiality, context));
  return emv::encipher_script_data(key.view(), block.view(),
                                   is_visa ? emv::ScriptPadding::kLength : emv::ScriptPadding::kIfNeeded);
}

}  // namespace

Result<ScriptOrder> ScriptOrder::parse(std::string_view text) {
  const auto equals = text.find('=');
  const auto word = text.substr(0, equals);
  const auto value = equals == std::string_view::npos ? std::string_view() : text.substr(equals + 1);
  for (const auto& row : kRows) {
    if (row.word != word) continue;
    ScriptOrder order;
    order.action = row.action;
    if (row.action == ScriptAction::kPutData) COSE_CHECK(parse_put(value, order));
    if (row.action == ScriptAction::kUpdateRecord) COSE_CHECK(parse_record(value, order));
    if (row.action == ScriptAction::kChangePin) {
      COSE_TRY(const auto checked, emv::pin_block_2(value));
      order.pin = Secret(as_bytes(value));
    } else if (order.data.empty() != value.empty()) {
      return wrong(text);
    }
    if (order.data.size() > kMaximumData) return fail(ErrorKind::kLimit, "a script carries 200 octets at most");
    return order;
  }
  return wrong(text);
}

Result<Bytes> make_script(const ScriptOrder& order, const emv::CryptogramVersion& version, const ScriptKeys& keys,
                          const emv::ScriptContext& context) {
  COSE_TRY(const auto data, data_of(order, version, keys, context));
  for (const auto& row : kRows) {
    if (row.action != order.action) continue;
    const bool is_visa_pin = order.action == ScriptAction::kChangePin && version.scheme == emv::Scheme::kVisa;
    const auto p2 = is_visa_pin ? kVisaPinChange : order.p2;
    const Bytes header{row.cla, row.ins, order.p1, p2, static_cast<std::uint8_t>(data.size() + kMac)};
    COSE_TRY(const auto key, emv::script_key(version, keys.integrity, context));
    COSE_TRY(const auto mac, emv::script_mac(version, key.view(), context, header, data));
    return tlv::TlvBuilder()
        .add(Tag(0x72), tlv::TlvBuilder()
                            .add(Tag(0x9F18), Bytes{0x00, 0x00, 0x00, row.ins})
                            .add(Tag(0x86), concat(header, data, mac)))
        .take();
  }
  return fail(ErrorKind::kInternal, "an action without a row");
}

}  // namespace cose::issuer
