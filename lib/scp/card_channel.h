// SPDX-License-Identifier: Apache-2.0
// The card's end of a secure channel: what a security domain holds between INITIALIZE UPDATE and the end of a session.
//
//   auto started = scp::initialize_update(request, rng);          // send started->response
//   started->channel->external_authenticate(command);             // P1 is the level
//   auto plain = channel.unwrap(command);                         // every command of class 84
//   channel.wrap(data, status);                                   // every response to one
//
// A CardChannel owns its session keys and wipes them when it closes or is destroyed. It belongs to one thread at a
// time. Refusals are status words. The first secure message that is wrong (code, padding, order, repetition, one that
// is missing) closes the channel for good: is_open() is false and every later call answers 6982 (GPC 2.3.1 §10.2.3).
//
// The caller keeps the sequence counter. It grows with INITIALIZE UPDATE in SCP03 (§6.2.2.1) and with the first
// successful C-MAC in SCP02 (GPC 2.3.1 §E.1.1): see counts_at_initialize_update().
#pragma once

#include <cstdint>
#include <memory>

#include "bytes/bytes.h"
#include "bytes/rng.h"
#include "bytes/secret.h"
#include "iso7816/command_apdu.h"
#include "iso7816/status_word.h"
#include "scp/key_set.h"
#include "scp/protocol.h"

namespace cose::scp {

namespace detail {
class Messages;
}

class CardChannel {
 public:
  // For the protocols of this library.
  CardChannel(Protocol protocol, std::uint8_t key_version, Bytes host_cryptogram,
              std::unique_ptr<detail::Messages> messages);
  // A channel that needs no EXTERNAL AUTHENTICATE: SCP11, and SCP02 with implicit initiation.
  CardChannel(Protocol protocol, std::uint8_t key_version, SecurityLevel level,
              std::unique_ptr<detail::Messages> messages);
  CardChannel(CardChannel&&) noexcept;
  CardChannel& operator=(CardChannel&&) noexcept;
  ~CardChannel();

  // 6300 for a wrong cryptogram or MAC (the channel closes), 6A86 for a level that is not offered, 6982 when it does
  // not follow INITIALIZE UPDATE.
  [[nodiscard]] Answer<void> external_authenticate(const iso7816::CommandApduView& command);

  // The host is authenticated and no message has been wrong since.
  [[nodiscard]] bool is_open() const { return state_ == State::kOpen; }
  [[nodiscard]] SecurityLevel level() const { return level_; }
  [[nodiscard]] Protocol protocol() const { return protocol_; }
  [[nodiscard]] std::uint8_t key_version() const { return key_version_; }

  // The plain command, its class without the bit of secure messaging. A command without secure messaging passes as it
  // is when the level asks for none, else 6982 and the channel closes.
  [[nodiscard]] Answer<iso7816::CommandApdu> unwrap(const iso7816::CommandApduView& command);

  // The data field to send in front of this status word. SCP03 §6.2.5: errors go out bare.
  [[nodiscard]] Answer<Bytes> wrap(ByteView data, iso7816::StatusWord status);

  // Sensitive data inside commands (PUT KEY, STORE DATA) under the DEK. 6A80 when it is not whole blocks.
  [[nodiscard]] Answer<Secret> decrypt_sensitive(ByteView wrapped);
  [[nodiscard]] Answer<Bytes> encrypt_sensitive(ByteView plain);

  // GPC 2.3.1 §E.5.3 and §E.5.4, BEGIN and END R-MAC SESSION: R-MAC on and off inside an open session of SCP02.
  [[nodiscard]] Answer<void> set_response_mac(bool on);

  void close();

 private:
  enum class State { kStarted, kOpen, kClosed };

  [[nodiscard]] std::unexpected<iso7816::StatusWord> closed(iso7816::StatusWord status);

  Protocol protocol_;
  std::uint8_t key_version_;
  State state_;
  SecurityLevel level_;
  Bytes host_cryptogram_;
  std::unique_ptr<detail::Messages> messages_;
};

// SCP03 §7.1.1.6 table 7-3, GPC 2.3.1 tables D-6 and E-8.
inline constexpr std::size_t kKeyDiversificationSize = 10;

struct InitializeUpdateRequest {
  Protocol protocol;
  const KeySet& keys;              // borrowed for the call
  ByteView key_diversification;    // kKeyDiversificationSize octets
  ByteView host_challenge;         // the data field of the command
  std::uint32_t sequence_counter;  // two octets count in SCP02, three in SCP03; none in SCP01
  ByteView domain_aid;             // of the security domain; for pseudo-random challenges
};

struct StartedChannel {
  Bytes response;  // without the status word
  CardChannel channel;
};

// 6A80 for a host challenge of the wrong size; 6985 for a protocol that starts in another way; 6F00 when keys and
// protocol do not fit together or no random numbers come.
[[nodiscard]] Answer<StartedChannel> initialize_update(const InitializeUpdateRequest& request, Rng& rng);

[[nodiscard]] constexpr bool counts_at_initialize_update(Protocol protocol) {
  return protocol.number == 0x03;
}

// SCP02 with implicit initiation (GPC 2.3.1 §E.1.2.2): a channel of level C-MAC that the first secured command opens.
// request.host_challenge stays empty.
[[nodiscard]] Answer<CardChannel> open_implicitly(const InitializeUpdateRequest& request);

}  // namespace cose::scp
