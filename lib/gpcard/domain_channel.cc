// SPDX-License-Identifier: Apache-2.0
#include "gpcard/detail/domain_channel.h"

#include <algorithm>

#include "iso7816/class_byte.h"
#include "iso7816/response_apdu.h"

namespace cose::gpcard {

using iso7816::CommandApduView;

namespace {

// org.globalplatform.SecureChannel, API 1.7.
constexpr std::uint8_t kAuthenticated = 0x80;

}  // namespace

StatusWord CardManager::DomainChannel::process_security(const CommandApduView& command, Bytes& response) {
  const auto rows = command_rows();
  const auto row = std::ranges::find_if(rows, [&](const CommandRow& candidate) {
    return candidate.security == Security::kChannel && candidate.instruction == command.ins;
  });
  if (row == rows.end()) return StatusWord::kInstructionNotSupported;
  if ((command.cla & 0x80) == 0) return StatusWord::kClassNotSupported;
  const auto channel = manager_.runtime().channel();
  const auto done = manager_.run_row(&*row, command, channel, domain_, response);
  return done ? StatusWord::kOk : done.error();
}

StatusWord CardManager::DomainChannel::unwrap(ByteView octets, Bytes& plain) {
  if (!session().authenticated()) return StatusWord::kConditionsNotSatisfied;
  const auto command = CommandApduView::parse(octets);
  if (!command) return StatusWord::kWrongLength;
  auto unwrapped = session().channel->unwrap(*command);
  if (!unwrapped) {
    manager_.end_session(manager_.runtime().channel());
    return unwrapped.error();
  }
  // API 1.7, unwrap(): the header with the new Lc, then the data; no Le.
  plain = {unwrapped->cla, unwrapped->ins, unwrapped->p1, unwrapped->p2};
  if (unwrapped->data.size() > 255) return StatusWord::kWrongLength;
  plain.push_back(static_cast<std::uint8_t>(unwrapped->data.size()));
  append(plain, unwrapped->data);
  return StatusWord::kOk;
}

StatusWord CardManager::DomainChannel::wrap(ByteView octets, Bytes& wrapped) {
  if (!session().authenticated()) return StatusWord::kConditionsNotSatisfied;
  const auto response = iso7816::ResponseApduView::parse(octets);
  if (!response) return StatusWord::kWrongLength;
  auto data = session().channel->wrap(response->data, response->status);
  if (!data) return data.error();
  wrapped = *std::move(data);
  iso7816::append_status(wrapped, response->status);
  return StatusWord::kOk;
}

StatusWord CardManager::DomainChannel::decrypt(ByteView octets, Bytes& plain) {
  if (!session().authenticated()) return StatusWord::kConditionsNotSatisfied;
  const auto decrypted = session().channel->decrypt_sensitive(octets);
  if (!decrypted) return decrypted.error();
  plain = to_bytes(decrypted->view());
  return StatusWord::kOk;
}

StatusWord CardManager::DomainChannel::encrypt(ByteView octets, Bytes& wrapped) {
  if (!session().authenticated()) return StatusWord::kConditionsNotSatisfied;
  auto encrypted = session().channel->encrypt_sensitive(octets);
  if (!encrypted) return encrypted.error();
  wrapped = *std::move(encrypted);
  return StatusWord::kOk;
}

void CardManager::DomainChannel::reset_security() {
  manager_.end_session(manager_.runtime().channel());
}

std::uint8_t CardManager::DomainChannel::security_level() {
  if (!session().authenticated()) return 0;
  return static_cast<std::uint8_t>((session().host_is_known ? kAuthenticated : 0) | session().channel->level().bits);
}

// API 1.7, SecureChannelx.setSecurityLevel(): within what the session has.
StatusWord CardManager::DomainChannel::set_security_level(std::uint8_t level) {
  if (!session().authenticated()) return StatusWord::kConditionsNotSatisfied;
  const auto bits = static_cast<std::uint8_t>(level & ~kAuthenticated);
  return bits == session().channel->level().bits ? StatusWord::kOk : StatusWord::kConditionsNotSatisfied;
}

}  // namespace cose::gpcard
