// SPDX-License-Identifier: Apache-2.0
// One PC/SC reader of libifdcose.so: slots that hold cards of a grid, or of any other kind.
//
// A device name is a card URI; that of a grid may name several slots: grid://10.0.0.7/101-104?secure=require, or
// racs://10.0.0.7/pay*?slots=4&ca=FILE. What is in the slots is asked in the background, so looking for cards never
// goes to the network; a card is opened when it is first powered and kept until the reader is closed. Thread rule: each
// slot by one thread at a time, as pcscd does.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/card_opener.h"
#include "host/presence_watcher.h"
#include "host/system_clock.h"
#include "relay/card_relay.h"

namespace cose::ifd {

// pcscd has room for sixteen readers, each slot being one.
inline constexpr std::size_t kMaximumSlots = 16;

class ReaderSlot final : public relay::RelayObserver {
 public:
  ReaderSlot(std::shared_ptr<iso7816::CardSource> source, const Clock& clock)
      : source_(std::move(source)), clock_(clock) {}
  ~ReaderSlot() override;

  [[nodiscard]] const std::shared_ptr<iso7816::CardSource>& source() const { return source_; }
  // Any thread.
  void set_presence(iso7816::Presence presence);
  // A card that was lost is absent once, so that pcscd powers it again.
  [[nodiscard]] bool looks_present();

  enum class Power { kOn, kReset };
  [[nodiscard]] Result<ByteView> power(Power action);
  void power_off();
  [[nodiscard]] ByteView atr() const;
  [[nodiscard]] const Bytes& transmit(ByteView command);

  void relayed(const relay::RelayEvent& event) override;

 private:
  std::shared_ptr<iso7816::CardSource> source_;
  const Clock& clock_;
  std::unique_ptr<iso7816::Card> card_;
  std::unique_ptr<relay::CardRelay> relay_;
  std::atomic<bool> present_ = false;
  std::atomic<bool> was_absent_ = false;  // since the last power-on
  bool lost_ = false;
  Bytes answer_;
};

class Reader {
 public:
  // Errors: kInvalid (device name), kLimit (more slots than pcscd has readers).
  [[nodiscard]] static Result<std::unique_ptr<Reader>> open(std::string_view device_name);

  [[nodiscard]] std::size_t slots() const { return slots_.size(); }
  // Null: no such slot.
  [[nodiscard]] ReaderSlot* slot(std::size_t number) { return number < slots_.size() ? slots_[number].get() : nullptr; }

 private:
  Reader() = default;
  [[nodiscard]] Status add(host::CardOpener& opener, const std::string& uri);
  void watch();

  host::SystemClock clock_;
  std::vector<std::unique_ptr<ReaderSlot>> slots_;
  std::unique_ptr<host::PresenceWatcher> watcher_;
};

}  // namespace cose::ifd
