// SPDX-License-Identifier: Apache-2.0
// The cryptography of one open channel, the same for both ends: what a protocol does to a command and to a response,
// and the values it carries from one message to the next.
//
// The ends (card_channel.h, host_channel.h) decide when; a Messages only does. A failed unprotect leaves nothing that
// may be used further: the end closes. Errors: kRefused for a code or padding that is wrong (one message for both).
#pragma once

#include <memory>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/secret.h"
#include "iso7816/command_apdu.h"
#include "iso7816/status_word.h"
#include "scp/key_set.h"
#include "scp/protocol.h"

namespace cose::scp::detail {

class Messages {
 public:
  virtual ~Messages() = default;

  // The host's side: plain to secured. The card's: secured to plain.
  [[nodiscard]] virtual Result<iso7816::CommandApdu> protect(const iso7816::CommandApduView& plain,
                                                             SecurityLevel level) = 0;
  [[nodiscard]] virtual Result<iso7816::CommandApdu> unprotect(const iso7816::CommandApduView& secured,
                                                               SecurityLevel level) = 0;

  // The data field in front of the status word.
  [[nodiscard]] virtual Result<Bytes> protect_response(ByteView data, iso7816::StatusWord status,
                                                       SecurityLevel level) = 0;
  [[nodiscard]] virtual Result<Bytes> unprotect_response(ByteView data, iso7816::StatusWord status,
                                                         SecurityLevel level) = 0;

  // Keys and other sensitive data inside a command, under the DEK; whole blocks.
  [[nodiscard]] virtual Result<Bytes> wrap_sensitive(ByteView plain) = 0;
  [[nodiscard]] virtual Result<Secret> unwrap_sensitive(ByteView wrapped) = 0;
};

// What both ends know after INITIALIZE UPDATE.
struct HandshakeInput {
  Protocol protocol;
  const KeySet& keys;
  ByteView host_challenge;
  ByteView card_challenge;
  std::uint32_t counter = 0;  // SCP02: session keys; else only for the challenge
  ByteView domain_aid = {};   // SCP02 with starts_from_aid()
};

struct Handshake {
  Bytes card_cryptogram;
  Bytes host_cryptogram;
  std::unique_ptr<Messages> messages;
};

[[nodiscard]] Result<Handshake> scp01_handshake(const HandshakeInput& input);
[[nodiscard]] Result<Handshake> scp02_handshake(const HandshakeInput& input);
[[nodiscard]] Result<Handshake> scp03_handshake(const HandshakeInput& input);
[[nodiscard]] Result<Handshake> handshake(const HandshakeInput& input);

// GPC 2.3.1 §E.4.2.3, SCP03 §6.2.2.1.
[[nodiscard]] Result<Bytes> scp02_challenge(Protocol protocol, const KeySet& keys, std::uint32_t counter,
                                            ByteView domain_aid);
[[nodiscard]] Result<Bytes> scp03_challenge(Protocol protocol, const KeySet& keys, std::uint32_t counter,
                                            ByteView domain_aid);

// SCP03 §5.3 with session keys from elsewhere: SCP11 brings its own and begins with its receipt.
struct Scp03Keys {
  Secret encryption;
  Secret mac;
  Secret response_mac;
  Secret data_encryption;
};
[[nodiscard]] Result<std::unique_ptr<Messages>> scp03_messages(Scp03Keys keys, ByteView chaining_value,
                                                               std::size_t code_size);

// A class byte with and without the bit of secure messaging, and without the channel, which no MAC covers
// (GPC 2.3.1 §E.4.4, SCP03 §6.2.4).
[[nodiscard]] std::uint8_t secured_class(std::uint8_t cla);
[[nodiscard]] std::uint8_t unsecured_class(std::uint8_t cla);
[[nodiscard]] bool is_secured_class(std::uint8_t cla);
[[nodiscard]] std::uint8_t class_without_channel(std::uint8_t cla);

// CLA INS P1 P2 Lc for a data field of `size` octets.
[[nodiscard]] Bytes mac_header(const iso7816::CommandApduView& command, std::uint8_t cla, std::size_t size);

[[nodiscard]] std::unexpected<Error> wrong_message();

}  // namespace cose::scp::detail
