// SPDX-License-Identifier: Apache-2.0
#include "vault/card_export.h"

#include "bytes/reader.h"
#include "bytes/writer.h"

namespace cose::vault {

namespace {

constexpr std::string_view kMagic = "CoSE card 1\n";

}  // namespace

Result<Bytes> export_card(std::string_view name, const Sections& sections, MasterKey& key) {
  Writer writer;
  writer.u8(static_cast<std::uint8_t>(name.size())).octets(as_bytes(name));
  writer.u8(static_cast<std::uint8_t>(sections.size()));
  for (const auto& [number, octets] : sections)
    writer.u8(number).u32(static_cast<std::uint32_t>(octets.size())).octets(octets);
  const auto plain = Secret::take(writer.take());
  Keyring ring(key);
  COSE_TRY(const auto sealed, ring.wrap(plain.view(), as_bytes(kMagic)));
  return concat(as_bytes(kMagic), sealed);
}

Result<ExportedCard> import_card(ByteView octets, MasterKey& key) {
  if (!as_text(octets).starts_with(kMagic)) return fail(ErrorKind::kInvalid, "this is no exported card");
  Keyring ring(key);
  auto plain = ring.unwrap(octets.subspan(kMagic.size()), as_bytes(kMagic));
  if (!plain && plain.error().kind == ErrorKind::kRefused)
    return fail(ErrorKind::kRefused, "the exported card was changed");
  if (!plain) return std::unexpected(plain.error());
  Reader reader(plain->view());
  ExportedCard card;
  COSE_TRY(const auto name, reader.take_with_length8());
  card.name = as_text(name);
  COSE_TRY(const auto count, reader.u8());
  for (int section = 0; section < count; ++section) {
    COSE_TRY(const auto number, reader.u8());
    COSE_TRY(const auto size, reader.u32());
    COSE_TRY(const auto content, reader.take(size));
    if (!card.sections.emplace(number, to_bytes(content)).second)
      return fail(ErrorKind::kInvalid, "section " + std::to_string(number) + " comes twice");
  }
  COSE_CHECK(reader.expect_end());
  return card;
}

}  // namespace cose::vault
