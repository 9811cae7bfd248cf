// SPDX-License-Identifier: Apache-2.0
// A card in the air: a PN532 emulates a contactless card (ISO/IEC 14443 type A, ISO-DEP) to whatever reader it is held
// to. The chip answers the activation by itself, with an ATS of its own (75 33 92 03: frames of 64 octets, FWI 9, so a
// command has 154 ms) and a UID whose first octet is 08, the sign of a random one.
//
// Bounds: an answer has at most kMaximumAnswer octets, the chip's buffer; a longer one is a failure (6F00). Needs the
// card's session to be open, since 154 ms pay for no handshake. Thread rule: one thread; StopSignal ends it from any.
// Source: NXP UM0701-02 (PN532 user manual) §7.3.14 to §7.3.18; libnfc 1.8.
#pragma once

#include <memory>
#include <string>

#include "relay/reader_face.h"

struct nfc_context;
struct nfc_device;

namespace cose::relay {

class NfcFace final : public ReaderFace {
 public:
  static constexpr std::size_t kMaximumAnswer = 261;

  // `device` as libnfc names it: pn532_uart:/dev/ttyUSB0. Error: kNotFound.
  [[nodiscard]] static Result<std::unique_ptr<NfcFace>> open(const std::string& device);
  ~NfcFace() override;
  NfcFace(const NfcFace&) = delete;
  NfcFace& operator=(const NfcFace&) = delete;

  [[nodiscard]] Status serve(CardRelay& relay, const StopSignal& stop) override;

 private:
  NfcFace(nfc_context* context, nfc_device* device) : context_(context), device_(device) {}
  [[nodiscard]] Status wait_for_field(const StopSignal& stop);
  void serve_tap(CardRelay& relay);

  nfc_context* context_;
  nfc_device* device_;
  Bytes answer_;
};

}  // namespace cose::relay
