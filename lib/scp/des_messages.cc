// SPDX-License-Identifier: Apache-2.0
#include "scp/detail/des_messages.h"

#include <utility>

#include "scp/detail/ciphers.h"

namespace cose::scp::detail {

using iso7816::CommandApdu;
using iso7816::CommandApduView;

DesMessages::DesMessages(Protocol protocol, DesKeys keys, Bytes initial)
    : protocol_(protocol), keys_(std::move(keys)), initial_(std::move(initial)), response_chaining_(kDesBlock, 0) {}

// GPC 2.3.1 §D.3.2, §E.4.4: over the header as it will be with the MAC and the plain data. i=x2, xA: as it was.
Result<Bytes> DesMessages::command_mac(const CommandApduView& plain) {
  const bool is_modified = !protocol_.signs_unmodified_command();
  const auto cla = class_without_channel(is_modified ? secured_class(plain.cla) : unsecured_class(plain.cla));
  auto message = mac_header(plain, cla, plain.data.size() + (is_modified ? kDesBlock : 0));
  append(message, plain.data);

  auto start = initial_;
  if (!is_first_ && protocol_.encrypts_chaining_value()) {
    COSE_TRY(start, encrypted_chaining_value(initial_));
  }
  COSE_TRY(auto code, mac(message, start));
  wipe(message);
  return code;
}

Result<Bytes> DesMessages::crypt(crypto::Direction direction, ByteView data) const {
  COSE_TRY(const auto kind, cipher_for(KeyAlgorithm::kDes, keys_.encryption.view()));
  const Bytes zeros(kDesBlock, 0);
  const auto mode = crypto::CipherMode::kCbc;
  return direction == crypto::Direction::kEncrypt ? crypto::encrypt(kind, mode, keys_.encryption.view(), zeros, data)
                                                  : crypto::decrypt(kind, mode, keys_.encryption.view(), zeros, data);
}

void DesMessages::remember(const CommandApduView& plain) {
  last_command_ = mac_header(plain, class_without_channel(unsecured_class(plain.cla)), plain.data.size());
  append(last_command_, plain.data);
}

Result<CommandApdu> DesMessages::protect(const CommandApduView& plain, SecurityLevel level) {
  CommandApdu secured{plain.cla, plain.ins, plain.p1, plain.p2, to_bytes(plain.data), plain.le, plain.form};
  if (level.response_mac()) remember(plain);
  if (!level.command_mac()) return secured;
  COSE_TRY(auto code, command_mac(plain));
  if (level.command_encryption() && !plain.data.empty()) {
    COSE_TRY(auto padded, filled(plain.data));
    COSE_TRY(secured.data, crypt(crypto::Direction::kEncrypt, padded));
    wipe(padded);
  }
  append(secured.data, code);
  secured.cla = secured_class(plain.cla);
  if (is_first_) response_chaining_ = code;
  initial_ = std::move(code);
  is_first_ = false;
  return secured;
}

Result<CommandApdu> DesMessages::unprotect(const CommandApduView& secured, SecurityLevel level) {
  CommandApdu plain{unsecured_class(secured.cla), secured.ins, secured.p1,  secured.p2,
                    to_bytes(secured.data),       secured.le,  secured.form};
  if (level.command_mac()) {
    if (secured.data.size() < kDesBlock) return wrong_message();
    const auto received = secured.data.last(kDesBlock);
    plain.data.resize(secured.data.size() - kDesBlock);
    if (level.command_encryption() && !plain.data.empty()) {
      if (plain.data.size() % kDesBlock != 0) return wrong_message();
      COSE_TRY(auto padded, crypt(crypto::Direction::kDecrypt, plain.data));
      auto emptied_data = emptied(padded);
      wipe(padded);
      if (!emptied_data) return wrong_message();
      plain.data = *std::move(emptied_data);
    }
    COSE_TRY(auto code, command_mac(plain.view()));
    if (!constant_time_equal(code, received)) return wrong_message();
    if (is_first_) response_chaining_ = code;
    initial_ = std::move(code);
    is_first_ = false;
  }
  if (level.response_mac()) remember(plain.view());
  return plain;
}

// GPC 2.3.1 §E.4.5: command as it was without secure messaging, Li, response data, SW1 SW2.
Result<Bytes> DesMessages::response_mac(ByteView data, iso7816::StatusWord status) {
  auto message = last_command_;
  message.push_back(static_cast<std::uint8_t>(data.size()));
  append(message, data);
  message.push_back(status.sw1());
  message.push_back(status.sw2());
  COSE_TRY(response_chaining_, retail_des_mac(keys_.response_mac.view(), message, response_chaining_));
  return response_chaining_;
}

Result<Bytes> DesMessages::protect_response(ByteView data, iso7816::StatusWord status, SecurityLevel level) {
  auto secured = to_bytes(data);
  if (!level.response_mac()) return secured;
  COSE_TRY(const auto code, response_mac(data, status));
  append(secured, code);
  return secured;
}

Result<Bytes> DesMessages::unprotect_response(ByteView data, iso7816::StatusWord status, SecurityLevel level) {
  if (!level.response_mac()) return to_bytes(data);
  if (data.size() < kDesBlock) {
    // An error may go out bare, GPC 2.3.1 §E.4.5.
    if (data.empty() && !status.is_success() && !status.is_warning()) return Bytes();
    return wrong_message();
  }
  const auto plain = data.first(data.size() - kDesBlock);
  COSE_TRY(const auto code, response_mac(plain, status));
  if (!constant_time_equal(code, data.last(kDesBlock))) return wrong_message();
  return to_bytes(plain);
}

Result<Bytes> DesMessages::wrap_sensitive(ByteView plain) {
  return detail::wrap_sensitive(KeyAlgorithm::kDes, keys_.data_encryption.view(), plain);
}

Result<Secret> DesMessages::unwrap_sensitive(ByteView wrapped) {
  return detail::unwrap_sensitive(KeyAlgorithm::kDes, keys_.data_encryption.view(), wrapped);
}

}  // namespace cose::scp::detail
