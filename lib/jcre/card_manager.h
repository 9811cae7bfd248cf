// SPDX-License-Identifier: Apache-2.0
// What the natives of org.globalplatform ask of a card manager: the port between lib/jcapi and lib/gpcard.
//
// Applications are named by their id in the runtime. A function that an application may be refused says so by false,
// as the API does; those of a secure channel by a status word, which the native throws as an ISOException.
//
// The runtime hands the manager out; it is called while a command runs, on the thread of the card's owner. Views are
// good until the next call. Source: GPC 2.3.1 annex A, API of org.globalplatform 1.7.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "bytes/bytes.h"
#include "iso7816/command_apdu.h"
#include "iso7816/status_word.h"
#include "jcre/aid.h"
#include "jcvm/object.h"

namespace cose::jcre {

// The secure channel of the security domain that an application belongs to, on the channel of the running command.
class ApplicationChannel {
 public:
  virtual ~ApplicationChannel() = default;

  // INITIALIZE UPDATE, EXTERNAL AUTHENTICATE and what else opens and closes channels: the answer's data in `response`.
  // 6E00 or 6D00: no command of a secure channel, the application goes on with it.
  [[nodiscard]] virtual iso7816::StatusWord process_security(const iso7816::CommandApduView& command,
                                                             Bytes& response) = 0;
  // A whole command, header to data field, in place of the secured one.
  [[nodiscard]] virtual iso7816::StatusWord unwrap(ByteView command, Bytes& plain) = 0;
  // Data and status word in place of the plain ones.
  [[nodiscard]] virtual iso7816::StatusWord wrap(ByteView response, Bytes& wrapped) = 0;
  [[nodiscard]] virtual iso7816::StatusWord decrypt(ByteView wrapped, Bytes& plain) = 0;
  [[nodiscard]] virtual iso7816::StatusWord encrypt(ByteView plain, Bytes& wrapped) = 0;
  virtual void reset_security() = 0;
  // SecureChannel.AUTHENTICATED and so on; zero outside of a session.
  [[nodiscard]] virtual std::uint8_t security_level() = 0;
  [[nodiscard]] virtual iso7816::StatusWord set_security_level(std::uint8_t level) = 0;
};

// The global PIN, GPC 2.3.1 §8.2.
class CardholderVerification {
 public:
  virtual ~CardholderVerification() = default;

  enum class Format : std::uint8_t { kAscii = 1, kBcd = 2, kHexadecimal = 3 };

  [[nodiscard]] virtual bool active() = 0;
  [[nodiscard]] virtual bool submitted() = 0;
  [[nodiscard]] virtual bool verified() = 0;
  [[nodiscard]] virtual bool blocked() = 0;
  [[nodiscard]] virtual std::uint8_t tries_remaining() = 0;
  [[nodiscard]] virtual bool verify(ByteView value, std::uint8_t format) = 0;
  virtual void reset_state() = 0;
  // These need the privilege of CVM management.
  [[nodiscard]] virtual bool update(jcvm::AppletId by, ByteView value, std::uint8_t format) = 0;
  [[nodiscard]] virtual bool set_try_limit(jcvm::AppletId by, std::uint8_t limit) = 0;
  [[nodiscard]] virtual bool block(jcvm::AppletId by) = 0;
  [[nodiscard]] virtual bool reset_and_unblock(jcvm::AppletId by) = 0;
};

class CardManager {
 public:
  virtual ~CardManager() = default;

  static constexpr std::size_t kPrivileges = 3;

  [[nodiscard]] virtual std::uint8_t card_state() = 0;
  [[nodiscard]] virtual bool lock_card(jcvm::AppletId by) = 0;
  [[nodiscard]] virtual bool terminate_card(jcvm::AppletId by) = 0;
  [[nodiscard]] virtual bool set_historical_bytes(jcvm::AppletId by, ByteView octets) = 0;
  [[nodiscard]] virtual ByteView historical_bytes() = 0;

  // ---- entries of the registry ----
  // Nothing: `by` may not see it (its own it always may). No AID: its own.
  [[nodiscard]] virtual std::optional<jcvm::AppletId> find_entry(jcvm::AppletId by, const std::optional<Aid>& aid) = 0;
  [[nodiscard]] virtual std::uint8_t state_of(jcvm::AppletId application) = 0;
  [[nodiscard]] virtual bool set_state(jcvm::AppletId by, jcvm::AppletId application, std::uint8_t state) = 0;
  [[nodiscard]] virtual std::array<std::uint8_t, kPrivileges> privileges_of(jcvm::AppletId application) = 0;
  [[nodiscard]] virtual bool is_associated(jcvm::AppletId application, const Aid& domain) = 0;
  // The AID under which an application is registered; while it is being installed, too.
  [[nodiscard]] virtual std::optional<Aid> aid_of(jcvm::AppletId application) = 0;

  // ---- global services, GPC 2.3.1 §8.1 ----
  // False: not allowed, or another application has registered it uniquely.
  [[nodiscard]] virtual bool register_service(jcvm::AppletId application, std::uint16_t service) = 0;
  [[nodiscard]] virtual bool deregister_service(jcvm::AppletId application, std::uint16_t service) = 0;
  [[nodiscard]] virtual std::optional<jcvm::AppletId> find_service(const std::optional<Aid>& server,
                                                                   std::uint16_t service) = 0;

  // Null: the application's domain has no secure channel.
  [[nodiscard]] virtual ApplicationChannel* channel_of(jcvm::AppletId application) = 0;
  [[nodiscard]] virtual CardholderVerification& cardholder_verification() = 0;
};

}  // namespace cose::jcre
