// SPDX-License-Identifier: Apache-2.0
#include "pcsc/reader_source.h"

#include <algorithm>
#include <utility>

#include <winscard.h>

#include "pcsc/scard_error.h"

namespace cose::pcsc {

ReaderSource::ReaderSource(std::string text, ReaderCardOptions options) : text_(std::move(text)), options_(options) {}

Result<ReaderStatus> ReaderSource::find() {
  COSE_TRY(const auto readers, list_readers(context_));
  auto by_name = choose_reader(readers, text_);
  if (by_name || readers.empty()) return by_name;
  const bool same_readers = std::ranges::equal(readers, asked_, {}, &ReaderStatus::name, &ReaderStatus::name);
  if (!same_readers) {
    COSE_TRY(asked_, list_readers(context_, SerialNumbers::kAsk));
  }
  COSE_TRY(const auto by_serial, choose_reader(asked_, text_));
  return choose_reader(readers, by_serial.name);
}

iso7816::Presence ReaderSource::presence() {
  const auto reader = find();
  return reader ? reader->presence : iso7816::Presence::kAbsent;
}

Result<std::unique_ptr<iso7816::Card>> ReaderSource::open() {
  COSE_TRY(const auto reader, find());
  const auto where = quoted_reader(reader.name);
  if (reader.presence == iso7816::Presence::kAbsent) {
    return std::unexpected(scard_error(SCARD_E_NO_SMARTCARD, where));
  }
  if (reader.use == Use::kExclusive) return std::unexpected(scard_error(SCARD_E_SHARING_VIOLATION, where));
  return std::make_unique<ReaderCard>(reader.name, options_);
}

}  // namespace cose::pcsc
