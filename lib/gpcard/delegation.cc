// SPDX-License-Identifier: Apache-2.0
#include "gpcard/delegation.h"

#include "bytes/writer.h"
#include "gpcard/card_manager.h"
#include "gpcard/key_cryptography.h"
#include "tlv/tlv_builder.h"

namespace cose::gpcard {

namespace {

// §9.1.3.1: the nearest above the delegate, for there may be several; else whoever has it.
std::optional<Entry<Application>> domain_that(const CommandContext& context, Privilege privilege) {
  auto slot = context.domain;
  for (std::size_t depth = 0; depth < kMaximumEntries; ++depth) {
    auto above = context.registry.get<Application>(slot);
    if (!above) break;
    const auto next = above->domain;
    if (above->privileges.has(privilege)) return Entry<Application>{slot, *std::move(above)};
    if (next == slot) break;
    slot = next;
  }
  for (auto& each : context.registry.all<Application>())
    if (each.value.privileges.has(privilege)) return std::move(each);
  return std::nullopt;
}

void put_length(Writer& to, std::size_t length) {
  if (length > 0xFF)
    to.u8(0).u16(static_cast<std::uint16_t>(length));
  else
    to.u8(static_cast<std::uint8_t>(length));
}

void put_with_length(Writer& to, ByteView octets) {
  to.u8(static_cast<std::uint8_t>(octets.size())).octets(octets);
}

void put_with_ber_length(Writer& to, ByteView octets) {
  Bytes length;
  tlv::append_length(length, octets.size());
  to.octets(length).octets(octets);
}

// Annex C.5: "card unique data" is IIN and CIN, as far as the card has them.
Bytes card_data_of(const CommandContext& context) {
  Bytes data;
  for (const std::uint32_t tag : {0x42U, 0x45U})
    if (const auto found = context.registry.find_data(context.manager.issuer_domain(), tag))
      append(data, found->value.value);
  return data;
}

}  // namespace

Answer<void> check_token(const CommandContext& context, ByteView data, ByteView token) {
  const auto self = context.self();
  if (self.privileges.has(Privilege::kAuthorizedManagement)) return {};
  if (!self.privileges.has(Privilege::kDelegatedManagement)) return refuse(StatusWord::kConditionsNotSatisfied);
  if (token.empty()) return refuse(StatusWord::kSecurityStatusNotSatisfied);
  const auto verifier = domain_that(context, Privilege::kTokenVerification);
  if (!verifier) return refuse(StatusWord::kConditionsNotSatisfied);
  const auto key = find_key(context.registry, verifier->slot, kTokenKeyVersion);
  if (!key) return refuse(StatusWord::kReferencedDataNotFound);
  Writer message;
  message.u8(context.command.p1).u8(context.command.p2);
  put_length(message, data.size());
  message.octets(data);
  if (!verify_signature(key->value, message.view(), token)) return refuse(StatusWord::kSecurityStatusNotSatisfied);
  return {};
}

Answer<void> append_receipt(CommandContext& context, ByteView data) {
  const auto self = context.self();
  const auto generator = domain_that(context, Privilege::kReceiptGeneration);
  const auto key = generator ? find_key(context.registry, generator->slot, kReceiptKeyVersion) : std::nullopt;
  if (!self.privileges.has(Privilege::kDelegatedManagement) || !key) {
    context.answer.push_back(0);
    return {};
  }
  auto card = context.registry.card();
  ++card.confirmations;
  const auto unique = card_data_of(context);
  Writer message;
  message.u8(2).u16(card.confirmations);
  put_with_length(message, unique);
  message.octets(data);
  const auto receipt = sign(key->value, message.view(), context.runtime.rng());
  if (!receipt) return refuse(StatusWord::kConditionsNotSatisfied);
  COSE_CHECK(answered(context.registry.set_card(card)));
  // §11.1.6, confirmation structure.
  Writer confirmation;
  put_with_ber_length(confirmation, *receipt);
  confirmation.u8(2).u16(card.confirmations);
  put_with_length(confirmation, unique);
  tlv::append_length(context.answer, confirmation.size());
  append(context.answer, confirmation.view());
  return {};
}

}  // namespace cose::gpcard
