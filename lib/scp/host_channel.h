// SPDX-License-Identifier: Apache-2.0
// The host's end of a secure channel.
//
//   COSE_TRY(auto answer, scp::InitializeUpdateAnswer::parse(data));
//   COSE_TRY(auto started, scp::authenticate({...}));             // send started.external_authenticate
//   COSE_TRY(auto secured, started.channel.wrap(command));        // every command after it
//   COSE_TRY(auto data, started.channel.unwrap(data, status));    // every response
//
// A HostChannel owns its session keys and wipes them. One thread at a time. Errors: kInvalid for an answer that is
// none, kUnsupported for a protocol or level, kRefused for a card whose cryptogram or R-MAC is wrong; after that the
// channel is closed and answers kClosed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "iso7816/command_apdu.h"
#include "iso7816/status_word.h"
#include "scp/key_set.h"
#include "scp/protocol.h"

namespace cose::scp {

namespace detail {
class Messages;
}

class HostChannel {
 public:
  HostChannel(Protocol protocol, SecurityLevel level, std::unique_ptr<detail::Messages> messages);
  HostChannel(HostChannel&&) noexcept;
  HostChannel& operator=(HostChannel&&) noexcept;
  ~HostChannel();

  [[nodiscard]] Protocol protocol() const { return protocol_; }
  [[nodiscard]] SecurityLevel level() const { return level_; }

  // Octets of plain data that one short command can carry.
  [[nodiscard]] std::size_t room() const;

  [[nodiscard]] Result<iso7816::CommandApdu> wrap(const iso7816::CommandApduView& plain);
  // The plain data field. Called once for each wrapped command, in order.
  [[nodiscard]] Result<Bytes> unwrap(ByteView data, iso7816::StatusWord status);

  // Under the DEK; whole blocks.
  [[nodiscard]] Result<Bytes> encrypt_sensitive(ByteView plain);
  [[nodiscard]] std::size_t sensitive_block() const { return protocol_.number >= 0x03 ? 16 : 8; }

 private:
  Protocol protocol_;
  SecurityLevel level_;
  std::unique_ptr<detail::Messages> messages_;
};

// The answer to INITIALIZE UPDATE, taken apart. SCP02 does not say its `i`: it is 0 there.
struct InitializeUpdateAnswer {
  Bytes key_diversification;
  std::uint8_t key_version = 0;
  Protocol protocol;
  Bytes card_challenge;
  Bytes card_cryptogram;
  std::optional<std::uint32_t> sequence_counter;

  [[nodiscard]] static Result<InitializeUpdateAnswer> parse(ByteView data);
};

struct HostRequest {
  Protocol protocol;
  const KeySet& keys;  // borrowed for the call
  ByteView host_challenge;
  const InitializeUpdateAnswer& answer;
  SecurityLevel level;
  ByteView domain_aid = {};
};

struct StartedHost {
  iso7816::CommandApdu external_authenticate;
  HostChannel channel;
};

[[nodiscard]] Result<StartedHost> authenticate(const HostRequest& request);

// Whether these keys give the card's cryptogram: for finding out why an authentication would fail without trying one.
[[nodiscard]] bool explains_cryptogram(const HostRequest& request);

// SCP02 with implicit initiation: the sequence counter comes from GET DATA C1.
[[nodiscard]] Result<HostChannel> open_implicitly(Protocol protocol, const KeySet& keys, std::uint32_t counter,
                                                  ByteView domain_aid);

}  // namespace cose::scp
