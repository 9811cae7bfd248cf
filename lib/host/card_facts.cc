// SPDX-License-Identifier: Apache-2.0
#include "host/card_facts.h"

#include "bytes/hex.h"
#include "host/card_uri.h"
#include "iso7816/atr.h"
#include "pcsc/readers.h"
#include "tlv/tlv_reader.h"

namespace cose::host {

namespace {

using grid::SeidField;

constexpr tlv::Tag kIin(0x42);
constexpr tlv::Tag kCin(0x45);
constexpr tlv::Tag kCplc(0x9F7F);
// GPC 2.3.1 annex H.6, table H-10: where a chip's own numbers stand.
constexpr std::size_t kFabricatorAndType = 4;
constexpr std::size_t kFabrication = 10;  // date, serial number, batch: 2 + 4 + 2 octets
constexpr std::size_t kFabricationSize = 8;
constexpr std::size_t kDiversification = 10;

// Data of a command that went well; 6Cxx and 61xx are the answers of T=0 cards (ISO/IEC 7816-3 §10.3.3).
Bytes ask(iso7816::Card& card, Bytes command) {
  for (int round = 0; round < 3; ++round) {
    auto response = iso7816::transceive(card, command);
    if (!response || response->size() < 2) return {};
    const auto sw1 = response->at(response->size() - 2);
    const auto sw2 = response->back();
    response->resize(response->size() - 2);
    if (sw1 == 0x90) return *std::move(response);
    if (sw1 == 0x6C && command.size() == 5)
      command[4] = sw2;
    else if (sw1 == 0x61)
      command = {0x00, 0xC0, 0x00, 0x00, sw2};
    else
      return {};
  }
  return {};
}

Bytes get_data(iso7816::Card& card, std::uint8_t high, std::uint8_t low, tlv::Tag tag) {
  const auto data = ask(card, {0x80, 0xCA, high, low, 0x00});
  const auto found = tlv::find(data, tag);
  return found && *found ? to_bytes(**found) : Bytes();
}

std::string chip_of(ByteView cplc) {
  if (cplc.size() < kFabrication + kFabricationSize) return {};
  return to_hex(cplc.first(kFabricatorAndType)) + to_hex(cplc.subspan(kFabrication, kFabricationSize));
}

std::string diversification_of(iso7816::Card& card, Rng& rng) {
  Bytes command = {0x80, 0x50, 0x00, 0x00, 0x08, 0, 0, 0, 0, 0, 0, 0, 0, 0x00};
  if (!rng.fill(MutableByteView(command).subspan(5, 8))) return {};
  const auto data = ask(card, std::move(command));
  return data.size() < kDiversification ? std::string() : to_hex(ByteView(data).first(kDiversification));
}

// The reader that a URI pcsc:TEXT means.
void add_reader(const std::string& uri, grid::SeidFacts& facts) {
  const auto parsed = CardUri::parse(uri);
  if (!parsed || parsed->scheme != CardScheme::kPcsc) return;
  pcsc::Context context;
  const auto readers = pcsc::list_readers(context, pcsc::SerialNumbers::kAsk);
  if (!readers) return;
  const auto reader = pcsc::choose_reader(*readers, parsed->text);
  if (!reader) return;
  facts[SeidField::kReader] = reader->name;
  facts[SeidField::kReaderSerial] = reader->serial;
}

void add_card(iso7816::CardSource& source, const grid::SeidTemplate& wanted, Rng& rng, grid::SeidFacts& facts) {
  const auto asks = [&](SeidField field) { return wanted.asks_for(field); };
  const auto card = source.open();
  if (!card) return;
  const auto answer = (*card)->power_up(iso7816::ResetKind::kCold);
  if (!answer) return;
  if (const auto atr = iso7816::Atr::parse(*answer)) facts[SeidField::kHistorical] = to_hex(atr->historical);
  // The issuer's domain answers for the card, if it is what is selected without a name.
  if (asks(SeidField::kCplc)) facts[SeidField::kCplc] = chip_of(get_data(**card, 0x9F, 0x7F, kCplc));
  if (asks(SeidField::kIin)) facts[SeidField::kIin] = to_hex(get_data(**card, 0x00, 0x42, kIin));
  if (asks(SeidField::kCin)) facts[SeidField::kCin] = to_hex(get_data(**card, 0x00, 0x45, kCin));
  if (asks(SeidField::kDiversification)) facts[SeidField::kDiversification] = diversification_of(**card, rng);
  static_cast<void>((*card)->power_down());
}

}  // namespace

grid::SeidFacts read_card_facts(iso7816::CardSource& source, grid::SlotNumber slot, const grid::SeidTemplate& wanted,
                                Rng& rng) {
  grid::SeidFacts facts;
  facts[SeidField::kSlot] = slot.text();
  const auto asks = [&](SeidField field) { return wanted.asks_for(field); };
  if (asks(SeidField::kReader) || asks(SeidField::kReaderSerial)) add_reader(source.uri(), facts);
  if (asks(SeidField::kHistorical) || asks(SeidField::kCplc) || asks(SeidField::kIin) || asks(SeidField::kCin) ||
      asks(SeidField::kDiversification))
    add_card(source, wanted, rng, facts);
  return facts;
}

}  // namespace cose::host
