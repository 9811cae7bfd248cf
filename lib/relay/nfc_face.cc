// SPDX-License-Identifier: Apache-2.0
#include "relay/nfc_face.h"

#include <array>
#include <thread>

#include <nfc/nfc.h>
#include <poll.h>

#include "iso7816/response_apdu.h"

namespace cose::relay {

namespace {

// What the reader sees: ISO/IEC 14443-3 §6.5.2 (ATQA), §6.5.3 (SAK 20: ISO/IEC 14443-4).
nfc_target make_target() {
  nfc_target target{};
  target.nm = {.nmt = NMT_ISO14443A, .nbr = NBR_UNDEFINED};
  auto& card = target.nti.nai;
  card.abtAtqa[1] = 0x04;
  card.btSak = 0x20;
  constexpr std::array<std::uint8_t, 4> kUid{0x08, 0xC0, 0x5E, 0x01};
  std::ranges::copy(kUid, card.abtUid);
  card.szUidLen = kUid.size();
  constexpr std::array<std::uint8_t, 4> kAts{0x75, 0x33, 0x92, 0x03};
  std::ranges::copy(kAts, card.abtAts);
  card.szAtsLen = kAts.size();
  return target;
}

// The chip waits for a field without a limit; this ends the wait when the stop comes.
class Interruption {
 public:
  Interruption(nfc_device* device, const StopSignal& stop) : ended_(StopSignal::make()) {
    if (!ended_) return;
    thread_ = std::thread([device, &stop, &ended = *ended_] {
      std::array<pollfd, 2> waits{{{stop.descriptor(), POLLIN, 0}, {ended.descriptor(), POLLIN, 0}}};
      while (poll(waits.data(), waits.size(), -1) < 0) {
      }
      // An abort that comes between two waits of the chip is lost.
      while (!ended.requested()) {
        nfc_abort_command(device);
        static_cast<void>(ended.sleep(kRepeatMilliseconds));
      }
    });
  }
  ~Interruption() {
    if (!thread_.joinable()) return;
    ended_->request();
    thread_.join();
  }
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

 private:
  static constexpr int kRepeatMilliseconds = 100;

  Result<StopSignal> ended_;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<NfcFace>> NfcFace::open(const std::string& device) {
  nfc_context* context = nullptr;
  nfc_init(&context);
  if (context == nullptr) return fail(ErrorKind::kLimit, "libnfc does not start");
  auto* opened = nfc_open(context, device.c_str());
  if (opened == nullptr) {
    nfc_exit(context);
    return fail(ErrorKind::kNotFound,
                "no NFC chip answers at \"" + device +
                    "\"; expected a name such as pn532_uart:/dev/ttyUSB0 (nfc-scan-device lists)");
  }
  return std::unique_ptr<NfcFace>(new NfcFace(context, opened));
}

NfcFace::~NfcFace() {
  nfc_close(device_);
  nfc_exit(context_);
}

Status NfcFace::serve(CardRelay& relay, const StopSignal& stop) {
  const Interruption interruption(device_, stop);
  while (!stop.requested()) {
    COSE_CHECK(wait_for_field(stop));
    if (stop.requested()) break;
    relay.power_on();
    serve_tap(relay);
    relay.power_off();
    if (relay.is_lost()) return fail(ErrorKind::kCardRemoved, "the card is not reachable any more");
  }
  return {};
}

Status NfcFace::wait_for_field(const StopSignal& stop) {
  auto target = make_target();
  std::array<std::uint8_t, 264> first;
  const int activated = nfc_target_init(device_, &target, first.data(), first.size(), 0);
  if (activated >= 0 || stop.requested()) return {};
  return fail(ErrorKind::kClosed, std::string("the NFC chip failed: ") + nfc_strerror(device_));
}

// Until the reader lets the card go or takes its field away: the chip tells by an error of the next call.
void NfcFace::serve_tap(CardRelay& relay) {
  std::array<std::uint8_t, 264> command;
  for (;;) {
    const int size = nfc_target_receive_bytes(device_, command.data(), command.size(), -1);
    if (size < 0) return;
    // ISO/IEC 14443-4 §7.5.5: an empty block only looks whether the card is there.
    if (size == 0) continue;
    relay.transmit(ByteView(command).first(static_cast<std::size_t>(size)), answer_);
    if (answer_.size() > kMaximumAnswer) {
      answer_.clear();
      iso7816::append_status(answer_, iso7816::StatusWord::kNoPreciseDiagnosis);
    }
    if (nfc_target_send_bytes(device_, answer_.data(), answer_.size(), -1) < 0) return;
  }
}

}  // namespace cose::relay
