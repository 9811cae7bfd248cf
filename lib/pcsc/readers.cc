// SPDX-License-Identifier: Apache-2.0
#include "pcsc/readers.h"

#include <algorithm>
#include <array>
#include <memory>

#include <reader.h>
#include <winscard.h>

#include "pcsc/detail/reader_state.h"
#include "pcsc/detail/worker.h"
#include "pcsc/scard_error.h"

namespace cose::pcsc {
namespace {

// A reader can be unplugged between the list and the question about it.
constexpr int kListAttempts = 3;

// Names with their terminating zeros, and one zero more at the end.
constexpr std::size_t kNamesRoom = PCSCLITE_MAX_READERS_CONTEXTS * (MAX_READERNAME + 1) + 1;

constexpr std::size_t kMaximumSerial = 256;

std::vector<std::string> split_multi_string(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty() && text.front() != '\0') {
    const auto end = std::min(text.find('\0'), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

Result<std::vector<ReaderStatus>> ask_states(Context& context, const std::vector<std::string>& names) {
  std::vector<ReaderStatus> readers;
  if (names.empty()) return readers;
  COSE_TRY(const auto handle, context.handle());
  std::vector<SCARD_READERSTATE> states;
  states.reserve(names.size());
  for (const auto& name : names) states.push_back(detail::unaware_of(name));
  const LONG code = SCardGetStatusChange(handle, 0, states.data(), states.size());
  context.note(code);
  if (code != SCARD_S_SUCCESS) return std::unexpected(scard_error(code, "PC/SC"));
  for (const auto& state : states) readers.push_back(detail::status_of(state));
  return readers;
}

std::string serial_of(long context, const std::string& reader) {
  SCARDHANDLE connection = 0;
  DWORD protocol = 0;
  // Direct and without a protocol: talks to the reader and leaves its card alone.
  if (SCardConnect(context, reader.c_str(), SCARD_SHARE_DIRECT, 0, &connection, &protocol) != SCARD_S_SUCCESS) {
    return {};
  }
  std::array<std::uint8_t, kMaximumSerial> octets{};
  DWORD size = octets.size();
  const LONG code = SCardGetAttrib(connection, SCARD_ATTR_VENDOR_IFD_SERIAL_NO, octets.data(), &size);
  SCardDisconnect(connection, SCARD_LEAVE_CARD);
  if (code != SCARD_S_SUCCESS) return {};
  const auto text = as_text(ByteView(octets).first(std::min<std::size_t>(size, octets.size())));
  return std::string(text.substr(0, text.find('\0')));
}

// A driver that hangs keeps the question, not the one who asked: the worker and what it uses live on by themselves.
void add_serials(std::vector<ReaderStatus>& readers) {
  struct Enquiry {
    Context context;
    std::vector<ReaderStatus> readers;
  };
  const auto enquiry = std::make_shared<Enquiry>();
  enquiry->readers = readers;
  detail::Worker worker([enquiry] { enquiry->context.release(); });
  const auto outcome = worker.run(
      [asked = enquiry.get()](const std::atomic<bool>& abandoned) {
        const auto handle = asked->context.handle();
        if (!handle) return;
        for (auto& reader : asked->readers) {
          if (abandoned) return;
          reader.serial = serial_of(*handle, reader.name);
        }
      },
      kSerialPatience);
  if (outcome) readers = enquiry->readers;
}

std::string names_in_one_line(std::span<const ReaderStatus> readers) {
  std::string line;
  for (const auto& reader : readers) {
    if (!line.empty()) line += ", ";
    line += '"' + reader.name + '"';
  }
  return line;
}

}  // namespace

namespace detail {

Result<std::vector<std::string>> reader_names(Context& context) {
  COSE_TRY(const auto handle, context.handle());
  std::string names(kNamesRoom, '\0');
  DWORD size = names.size();
  const LONG code = SCardListReaders(handle, nullptr, names.data(), &size);
  context.note(code);
  if (code == SCARD_E_NO_READERS_AVAILABLE) return std::vector<std::string>{};
  if (code != SCARD_S_SUCCESS) return std::unexpected(scard_error(code, "PC/SC"));
  return split_multi_string(std::string_view(names).substr(0, std::min<std::size_t>(size, names.size())));
}

ReaderStatus status_of(const SCARD_READERSTATE& state) {
  ReaderStatus status;
  status.name = state.szReader;
  if (state.dwEventState & SCARD_STATE_PRESENT) status.presence = iso7816::Presence::kPresent;
  if (state.dwEventState & SCARD_STATE_EXCLUSIVE) {
    status.use = Use::kExclusive;
  } else if (state.dwEventState & SCARD_STATE_INUSE) {
    status.use = Use::kShared;
  }
  status.mute = (state.dwEventState & SCARD_STATE_MUTE) != 0;
  status.atr = to_bytes(ByteView(state.rgbAtr).first(std::min<std::size_t>(state.cbAtr, sizeof state.rgbAtr)));
  return status;
}

SCARD_READERSTATE unaware_of(const std::string& reader) {
  SCARD_READERSTATE state{};
  state.szReader = reader.c_str();
  state.dwCurrentState = SCARD_STATE_UNAWARE;
  return state;
}

}  // namespace detail

Result<std::vector<ReaderStatus>> list_readers(Context& context, SerialNumbers serials) {
  for (int attempt = 1;; ++attempt) {
    COSE_TRY(const auto names, detail::reader_names(context));
    auto readers = ask_states(context, names);
    const bool one_has_gone = !readers && readers.error().kind == ErrorKind::kNotFound;
    if (one_has_gone && attempt < kListAttempts) continue;
    if (readers && serials == SerialNumbers::kAsk) add_serials(*readers);
    return readers;
  }
}

Result<ReaderStatus> choose_reader(std::span<const ReaderStatus> readers, std::string_view text) {
  if (readers.empty()) return std::unexpected(scard_error(SCARD_E_NO_READERS_AVAILABLE, "PC/SC"));
  const auto first_that = [&](auto fits) { return std::find_if(readers.begin(), readers.end(), fits); };
  auto chosen = first_that([&](const ReaderStatus& reader) { return text.empty() || reader.name == text; });
  if (chosen == readers.end()) {
    chosen = first_that([&](const ReaderStatus& reader) { return reader.name.find(text) != std::string::npos; });
  }
  if (chosen == readers.end()) {
    chosen = first_that([&](const ReaderStatus& reader) { return reader.serial == text; });
  }
  if (chosen == readers.end()) {
    return fail(ErrorKind::kNotFound, "no reader has \"" + std::string(text) +
                                          "\" in its name or as its serial number; there are " +
                                          names_in_one_line(readers));
  }
  return *chosen;
}

Result<ReaderStatus> find_reader(Context& context, std::string_view text) {
  COSE_TRY(auto readers, list_readers(context));
  auto chosen = choose_reader(readers, text);
  if (chosen || readers.empty()) return chosen;
  add_serials(readers);
  return choose_reader(readers, text);
}

}  // namespace cose::pcsc
