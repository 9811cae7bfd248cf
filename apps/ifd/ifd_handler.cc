// SPDX-License-Identifier: Apache-2.0
// libifdcose.so: the C functions that pcscd calls (IFD Handler API 3.0, pcsc-lite's ifdhandler.h). A reader is declared
// in /etc/reader.conf.d/cose:
//
//   FRIENDLYNAME "Grid"
//   DEVICENAME   grid://10.0.0.7:2310/101-104
//   LIBPATH      /usr/lib/pcsc/drivers/serial/libifdcose.so
//
// The readers of the process are the one piece of global state, since the API has nothing to hang them on: a LUN names
// reader and slot. pcscd calls different slots from different threads, one slot by one thread.
#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>

#include <reader.h>
// A C header that does not say so; what it declares is all that this library exports.
#pragma GCC visibility push(default)
extern "C" {
#include <ifdhandler.h>
}
#pragma GCC visibility pop

#include "ifd/ifd_reader.h"

namespace {

using cose::ByteView;
using cose::ifd::Reader;
using cose::ifd::ReaderSlot;

// Vendor's number of the request for properties (PC/SC part 10 §2.6.14); the value is ours.
constexpr DWORD kGetProperties = SCARD_CTL_CODE(3500);
constexpr std::uint32_t kMaximumApduData = 65536;

class Readers {
 public:
  // Where a LUN's reader is; null: closed.
  [[nodiscard]] std::shared_ptr<Reader> find(DWORD lun) {
    const std::lock_guard lock(mutex_);
    const auto found = readers_.find(lun >> 16);
    return found == readers_.end() ? nullptr : found->second;
  }
  void put(DWORD lun, std::shared_ptr<Reader> reader) {
    const std::lock_guard lock(mutex_);
    readers_[lun >> 16] = std::move(reader);
  }
  void remove(DWORD lun) {
    std::shared_ptr<Reader> ended;  // outside the lock: it waits for its cards
    const std::lock_guard lock(mutex_);
    if (const auto found = readers_.extract(lun >> 16); !found.empty()) ended = found.mapped();
  }

 private:
  std::mutex mutex_;
  std::map<DWORD, std::shared_ptr<Reader>> readers_;
};

Readers& readers() {
  static Readers all;
  return all;
}

// The slot of a LUN, with its reader kept alive while it is used.
struct Place {
  std::shared_ptr<Reader> reader;
  ReaderSlot* slot = nullptr;
};

Place place_of(DWORD lun) {
  Place place{readers().find(lun)};
  if (place.reader) place.slot = place.reader->slot(lun & 0xFFFF);
  return place;
}

RESPONSECODE give(ByteView octets, PUCHAR to, PDWORD length) {
  if (octets.size() > *length) return IFD_ERROR_INSUFFICIENT_BUFFER;
  std::ranges::copy(octets, to);
  *length = octets.size();
  return IFD_SUCCESS;
}

RESPONSECODE give_octet(std::size_t value, PUCHAR to, PDWORD length) {
  const auto octet = static_cast<std::uint8_t>(value);
  return give(ByteView(&octet, 1), to, length);
}

// No exception may reach pcscd.
template <typename Function>
RESPONSECODE guarded(Function function) {
  try {
    return function();
  } catch (const std::exception&) {
    return IFD_COMMUNICATION_ERROR;
  }
}

// PC/SC part 10 §2.2: which requests there are; and §2.6.14: that extended commands pass.
RESPONSECODE control(DWORD code, PUCHAR to, DWORD room, LPDWORD length) {
  *length = room;
  if (code == CM_IOCTL_GET_FEATURE_REQUEST) {
    const std::array<std::uint8_t, 6> features{FEATURE_GET_TLV_PROPERTIES,   4,
                                               kGetProperties >> 24,         (kGetProperties >> 16) & 0xFF,
                                               (kGetProperties >> 8) & 0xFF, kGetProperties & 0xFF};
    return give(features, to, length);
  }
  if (code == kGetProperties) {
    const std::array<std::uint8_t, 6> properties{PCSCv2_PART10_PROPERTY_dwMaxAPDUDataSize,
                                                 4,
                                                 kMaximumApduData & 0xFF,
                                                 (kMaximumApduData >> 8) & 0xFF,
                                                 (kMaximumApduData >> 16) & 0xFF,
                                                 kMaximumApduData >> 24};
    return give(properties, to, length);
  }
  *length = 0;
  return IFD_ERROR_NOT_SUPPORTED;
}

RESPONSECODE capability(const Place& place, DWORD tag, PUCHAR value, PDWORD length) {
  switch (tag) {
    case TAG_IFD_ATR:
    case SCARD_ATTR_ATR_STRING: return give(place.slot->atr(), value, length);
    case TAG_IFD_SLOTS_NUMBER: return give_octet(place.reader->slots(), value, length);
    case TAG_IFD_SIMULTANEOUS_ACCESS: return give_octet(cose::ifd::kMaximumSlots, value, length);
    case TAG_IFD_THREAD_SAFE:
    case TAG_IFD_SLOT_THREAD_SAFE: return give_octet(1, value, length);
    case SCARD_ATTR_VENDOR_NAME: return give(cose::as_bytes("CoSE"), value, length);
    case SCARD_ATTR_VENDOR_IFD_SERIAL_NO: return give(cose::as_bytes(place.slot->source()->uri()), value, length);
    default: return IFD_ERROR_TAG;
  }
}

}  // namespace

RESPONSECODE IFDHCreateChannelByName(DWORD Lun, LPSTR DeviceName) {
  return guarded([&]() -> RESPONSECODE {
    // pcscd opens each further slot with the name of the first.
    if (readers().find(Lun)) return place_of(Lun).slot == nullptr ? IFD_NO_SUCH_DEVICE : IFD_SUCCESS;
    auto reader = Reader::open(DeviceName);
    if (!reader) return IFD_NO_SUCH_DEVICE;
    readers().put(Lun, *std::move(reader));
    return IFD_SUCCESS;
  });
}

RESPONSECODE IFDHCreateChannel(DWORD, DWORD) {
  return IFD_NOT_SUPPORTED;
}

RESPONSECODE IFDHCloseChannel(DWORD Lun) {
  return guarded([&]() -> RESPONSECODE {
    const auto place = place_of(Lun);
    if (place.slot != nullptr) place.slot->power_off();
    if ((Lun & 0xFFFF) == 0) readers().remove(Lun);
    return IFD_SUCCESS;
  });
}

RESPONSECODE IFDHGetCapabilities(DWORD Lun, DWORD Tag, PDWORD Length, PUCHAR Value) {
  return guarded([&]() -> RESPONSECODE {
    const auto place = place_of(Lun);
    return place.slot == nullptr ? IFD_NO_SUCH_DEVICE : capability(place, Tag, Value, Length);
  });
}

RESPONSECODE IFDHSetCapabilities(DWORD, DWORD, DWORD, PUCHAR) {
  return IFD_ERROR_VALUE_READ_ONLY;
}

// Protocol details end where the card is.
RESPONSECODE IFDHSetProtocolParameters(DWORD, DWORD, UCHAR, UCHAR, UCHAR, UCHAR) {
  return IFD_SUCCESS;
}

RESPONSECODE IFDHPowerICC(DWORD Lun, DWORD Action, PUCHAR Atr, PDWORD AtrLength) {
  return guarded([&]() -> RESPONSECODE {
    const auto place = place_of(Lun);
    if (place.slot == nullptr) return IFD_NO_SUCH_DEVICE;
    if (Action == IFD_POWER_DOWN) {
      place.slot->power_off();
      *AtrLength = 0;
      return IFD_SUCCESS;
    }
    const auto atr = place.slot->power(Action == IFD_RESET ? ReaderSlot::Power::kReset : ReaderSlot::Power::kOn);
    if (!atr) return IFD_ERROR_POWER_ACTION;
    *AtrLength = MAX_ATR_SIZE;
    return give(*atr, Atr, AtrLength);
  });
}

RESPONSECODE IFDHTransmitToICC(DWORD Lun, SCARD_IO_HEADER SendPci, PUCHAR TxBuffer, DWORD TxLength, PUCHAR RxBuffer,
                               PDWORD RxLength, PSCARD_IO_HEADER RecvPci) {
  const auto room = *RxLength;
  *RxLength = 0;
  return guarded([&]() -> RESPONSECODE {
    const auto place = place_of(Lun);
    if (place.slot == nullptr) return IFD_NO_SUCH_DEVICE;
    if (RecvPci != nullptr) *RecvPci = SendPci;
    const auto& answer = place.slot->transmit(ByteView(TxBuffer, TxLength));
    if (answer.empty()) return IFD_COMMUNICATION_ERROR;
    *RxLength = room;
    return give(answer, RxBuffer, RxLength);
  });
}

RESPONSECODE IFDHControl(DWORD, DWORD dwControlCode, PUCHAR, DWORD, PUCHAR RxBuffer, DWORD RxLength,
                         LPDWORD pdwBytesReturned) {
  return guarded([&] { return control(dwControlCode, RxBuffer, RxLength, pdwBytesReturned); });
}

RESPONSECODE IFDHICCPresence(DWORD Lun) {
  return guarded([&]() -> RESPONSECODE {
    const auto place = place_of(Lun);
    if (place.slot == nullptr) return IFD_NO_SUCH_DEVICE;
    return place.slot->looks_present() ? IFD_ICC_PRESENT : IFD_ICC_NOT_PRESENT;
  });
}
