// SPDX-License-Identifier: Apache-2.0
// A card of our own making for vpcd, to be as slow, silent or fickle as a test needs. Test only.
//
// Wire (vsmartcard's vpcd): each message is a length of two octets, big-endian, and so many octets. From the reader an
// octet alone is a control: 00 power off, 01 power on, 02 reset, 04 "your ATR?", and only 04 is answered; all else is
// a command to answer. Connecting inserts the card, closing pulls it.
//
// `answer` runs on the card's thread and may block: then the reader hangs, as with a real card that does not answer.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "bytes/bytes.h"

namespace cose::interop {

inline constexpr std::uint16_t kFirstSlotPort = 35963;
inline constexpr std::uint16_t kSecondSlotPort = 35964;

class VirtualCard {
 public:
  using Answer = std::function<Bytes(ByteView command)>;

  VirtualCard(std::uint16_t port, Bytes atr, Answer answer);
  ~VirtualCard();
  VirtualCard(const VirtualCard&) = delete;
  VirtualCard& operator=(const VirtualCard&) = delete;

  // From any thread; a blocked `answer` stays blocked, its answer goes nowhere.
  void pull();

  [[nodiscard]] std::vector<Bytes> commands() const;
  // How often power came on or a reset came.
  [[nodiscard]] int starts() const { return starts_; }

 private:
  void serve();
  [[nodiscard]] std::optional<Bytes> receive() const;
  [[nodiscard]] bool receive_all(MutableByteView buffer) const;
  void send(ByteView message) const;

  const Bytes atr_;
  const Answer answer_;
  int socket_;
  std::atomic<int> starts_ = 0;
  mutable std::mutex mutex_;
  std::vector<Bytes> commands_;
  std::thread thread_;
};

}  // namespace cose::interop
