// SPDX-License-Identifier: Apache-2.0
// The card in a PC/SC reader.
//
// Every call returns in bounded time although pcsc-lite's own calls do not: they run on a thread of the card's, which
// the caller waits for until a deadline. After kTimeout that thread is still in its call; power_up() and transmit()
// answer kBusy until it has come back. Then the card is taken off power, so the late answer of one command can never
// be mistaken for the answer to the next, and power_up() starts afresh. Destroying a ReaderCard never hangs either: a
// stuck thread keeps what it uses, takes the card off power when its call returns, and ends.
//
// power_up   without power: connects. Exclusive use resets the card then, so that no session of somebody before
//            remains; shared use does not, because the session may be another program's: power up twice to reset.
//            With power: cold takes the power off and on, warm resets (SCARD_UNPOWER_CARD, SCARD_RESET_CARD). Other
//            programs that share the card lose their session and are told so.
// power_down disconnects and takes the card off power, for all who share it. So does the destructor.
// transmit   T=1: the C-APDU as it is, up to 65544 octets, and 65538 back where the reader can. T=0: see
//            detail/t0.h. Shared use locks the card for the length of each exchange (SCardBeginTransaction), so that
//            nobody gets between a command and its GET RESPONSE; between exchanges others may have their turn.
//
// Errors, beside those of Card:
//   kCardRemoved  taken out; or reset or powered off by another program: power_up() again
//   kBusy         another program holds the card (the message says so), or a stuck call (likewise)
//   kClosed       pcscd or the reader went away; when they are back, power_up() works again on the same object
//   kNotFound     no reader of this name         kRefused     pcscd does not serve this user
//   kUnsupported  protocol, or form over T=0     kLimit       command too long
// Thread rule: that of Card.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "iso7816/card.h"

namespace cose::pcsc {

enum class Sharing { kShared, kExclusive };

enum class Protocol { kAny, kT0, kT1 };

// How a command of four octets goes over T=0. CCID readers add P3 = 00 themselves; a few older drivers want to have
// it (ISO/IEC 7816-3 §12.2.2).
enum class CaseOne { kHeader, kHeaderAndZero };

struct ReaderCardOptions {
  Sharing sharing = Sharing::kShared;
  Protocol protocol = Protocol::kAny;
  CaseOne case_one = CaseOne::kHeader;
  std::chrono::milliseconds command_timeout{30'000};
  std::chrono::milliseconds connect_timeout{10'000};  // for power_up and power_down
};

namespace detail {
class Connection;
class Worker;
}  // namespace detail

class ReaderCard final : public iso7816::Card {
 public:
  // ISO/IEC 7816-4 §5.1: header, extended Lc, 65535 octets, extended Le.
  static constexpr std::size_t kMaximumCommand = 4 + 3 + 65535 + 2;
  // 65536 octets and the status word.
  static constexpr std::size_t kMaximumResponse = 65536 + 2;

  // `reader` is the whole name, as pcsc/readers.h gives it. Talks to nobody yet.
  explicit ReaderCard(std::string reader, ReaderCardOptions options = {});
  ~ReaderCard() override;

  [[nodiscard]] Result<Bytes> power_up(iso7816::ResetKind kind) override;
  [[nodiscard]] Status transmit(ByteView command, Bytes& response) override;
  Status power_down() override;

  [[nodiscard]] const std::string& reader() const { return reader_; }

  // What card and reader agreed on at the last power_up; kAny before, and after a failed one.
  [[nodiscard]] Protocol protocol() const { return protocol_; }

 private:
  [[nodiscard]] Error explain(const Error& error) const;

  const std::string reader_;
  const ReaderCardOptions options_;
  Protocol protocol_ = Protocol::kAny;
  std::shared_ptr<detail::Connection> connection_;
  std::unique_ptr<detail::Worker> worker_;
};

}  // namespace cose::pcsc
