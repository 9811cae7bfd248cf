// SPDX-License-Identifier: Apache-2.0
// What SCP01 and SCP02 have in common: the MAC over the plain command, then the encryption of its data.
#pragma once

#include "crypto/block_cipher.h"
#include "scp/detail/messages.h"

namespace cose::scp::detail {

struct DesKeys {
  Secret encryption;
  Secret mac;
  Secret response_mac;  // empty in SCP01
  Secret data_encryption;
};

class DesMessages : public Messages {
 public:
  // initial: the first chaining value, zeros unless the protocol starts from the AID.
  DesMessages(Protocol protocol, DesKeys keys, Bytes initial);

  [[nodiscard]] Result<iso7816::CommandApdu> protect(const iso7816::CommandApduView& plain,
                                                     SecurityLevel level) override;
  [[nodiscard]] Result<iso7816::CommandApdu> unprotect(const iso7816::CommandApduView& secured,
                                                       SecurityLevel level) override;
  [[nodiscard]] Result<Bytes> protect_response(ByteView data, iso7816::StatusWord status, SecurityLevel level) override;
  [[nodiscard]] Result<Bytes> unprotect_response(ByteView data, iso7816::StatusWord status,
                                                 SecurityLevel level) override;
  [[nodiscard]] Result<Bytes> wrap_sensitive(ByteView plain) override;
  [[nodiscard]] Result<Secret> unwrap_sensitive(ByteView wrapped) override;

 protected:
  // The algorithm of the C-MAC.
  [[nodiscard]] virtual Result<Bytes> mac(ByteView message, ByteView initial) const = 0;
  [[nodiscard]] virtual Result<Bytes> encrypted_chaining_value(ByteView value) const = 0;
  // The data field before encryption, filled up to blocks; and back.
  [[nodiscard]] virtual Result<Bytes> filled(ByteView data) const = 0;
  [[nodiscard]] virtual Result<Bytes> emptied(ByteView filled) const = 0;

  [[nodiscard]] const DesKeys& keys() const { return keys_; }

 private:
  [[nodiscard]] Result<Bytes> command_mac(const iso7816::CommandApduView& plain);
  [[nodiscard]] Result<Bytes> response_mac(ByteView data, iso7816::StatusWord status);
  [[nodiscard]] Result<Bytes> crypt(crypto::Direction direction, ByteView data) const;
  void remember(const iso7816::CommandApduView& plain);

  Protocol protocol_;
  DesKeys keys_;
  Bytes initial_;            // of the next C-MAC, not yet encrypted
  bool is_first_ = true;     // the first chaining value is never encrypted
  Bytes response_chaining_;  // of the next R-MAC
  Bytes last_command_;       // as the R-MAC covers it
};

}  // namespace cose::scp::detail
