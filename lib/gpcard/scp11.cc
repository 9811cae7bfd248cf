// SPDX-License-Identifier: Apache-2.0
// SCP11 on the card (Amendment F 1.3 §6): PERFORM SECURITY OPERATION takes the host's certificates, MUTUAL AUTHENTICATE
// (variants a and c) and INTERNAL AUTHENTICATE (b) open the session. The cryptography is lib/scp's.
#include <algorithm>
#include <utility>

#include "gpcard/card_manager.h"
#include "gpcard/key_cryptography.h"
#include "gpcard/key_objects.h"
#include "gpcard/key_store.h"
#include "tlv/tlv_reader.h"

namespace cose::gpcard {

namespace {

constexpr std::uint8_t kMoreCertificates = 0x80;
constexpr StatusWord kNotVerified{0x6640};

// A domain without such a key uses that of the next above it, as with other secure channels (GPC 2.3.1 §7.1).
std::optional<Entry<Key>> key_above(const CommandContext& context, std::uint8_t version, std::uint8_t id) {
  auto domain = context.domain;
  for (std::size_t depth = 0; depth < kMaximumEntries; ++depth) {
    if (auto found = find_key(context.registry, domain, version, id)) return found;
    const auto above = context.registry.get<Application>(domain);
    if (!above || above->domain == domain) return std::nullopt;
    domain = above->domain;
  }
  return std::nullopt;
}

// Amendment F §7.3: without a list everybody whom the authority certified is allowed.
bool is_allowed(const CommandContext& context, const Key& authority, ByteView serial_number) {
  const auto list = context.registry.find_data(authority.domain, object_of_key(kAllowList, key_reference(authority)));
  if (!list) return true;
  tlv::TlvReader reader(list->value.value);
  while (!reader.at_end()) {
    const auto element = reader.next();
    if (!element) return false;
    if (element->tag == tlv::Tag(0x93) && equal(element->value, serial_number)) return true;
  }
  return false;
}

bool is_offered(const Application& domain, scp::Scp11Variant variant) {
  return std::ranges::any_of(domain.protocols, [&](const auto& protocol) { return scp::offers(protocol, variant); });
}

}  // namespace

// P1, P2: version and identifier of the authority's key; b8 of P2: more certificates follow.
Answer<void> perform_security_operation(CommandContext& context) {
  const auto& command = context.command;
  // The first certificate begins another session.
  if (context.session.channel) context.manager.end_session(context.channel);
  const auto id = static_cast<std::uint8_t>(command.p2 & ~kMoreCertificates);
  const auto authority = key_above(context, command.p1, id);
  if (!authority) return refuse(StatusWord::kReferencedDataNotFound);
  const auto key = ec_public_key(authority->value);
  if (!key) return refuse(StatusWord::kConditionsNotSatisfied);
  auto& chain = context.session.host_certificates;
  if (!chain) chain.emplace();
  COSE_CHECK(chain->add_certificate(command, *key));
  const bool is_last = (command.p2 & kMoreCertificates) == 0;
  if (is_last && !is_allowed(context, authority->value, chain->host_serial_number())) {
    chain.reset();
    return refuse(kNotVerified);
  }
  return {};
}

// P1, P2: version and identifier of the card's static key; the identifier tells the variant.
Answer<void> authenticate_by_certificates(CommandContext& context) {
  const auto& command = context.command;
  auto chain = std::exchange(context.session.host_certificates, std::nullopt);
  context.manager.end_session(context.channel);
  const auto variant = scp::variant_of_key(command.p2);
  if (!variant) return refuse(StatusWord::kIncorrectP1P2);
  if (context.manager.must_wait()) return refuse(StatusWord::kConditionsNotSatisfied);
  const auto own = key_above(context, command.p1, command.p2);
  if (!own) return refuse(StatusWord::kReferencedDataNotFound);
  const auto owner = context.registry.get<Application>(own->value.domain);
  const auto key = ec_private_key(own->value);
  if (!owner || !is_offered(*owner, *variant) || !key) return refuse(StatusWord::kConditionsNotSatisfied);
  if (!chain) chain.emplace();
  COSE_TRY(auto started, chain->authenticate(command, command.p1, *key, context.runtime.rng()));
  if (started.channel.protocol().options != static_cast<std::uint8_t>(*variant)) return refuse(StatusWord::kWrongData);
  auto& session = context.session;
  session.keys_domain = own->value.domain;
  session.host_is_known = *variant != scp::Scp11Variant::kB;
  session.channel.emplace(std::move(started.channel));
  append(context.answer, started.response);
  return {};
}

}  // namespace cose::gpcard
