// SPDX-License-Identifier: Apache-2.0
// INITIALIZE UPDATE, EXTERNAL AUTHENTICATE and the session they open; BEGIN and END R-MAC SESSION
// (GPC 2.3.1 §E.5.1, §D.4; SCP03 §7.1). The protocols themselves are lib/scp's.
#include <algorithm>

#include "gpcard/card_manager.h"
#include "gpcard/key_store.h"

namespace cose::gpcard {

namespace {

// Two octets in SCP02 (GPC 2.3.1 §E.1.1), three in SCP03 (§5.1). A counter at its end opens no more sessions.
std::uint32_t last_counter(const scp::Protocol& protocol) {
  return protocol.number == 0x03 ? 0xFFFFFF : 0xFFFF;
}

std::optional<scp::Protocol> protocol_for(const Application& domain, scp::KeyAlgorithm algorithm) {
  const auto found = std::ranges::find_if(domain.protocols, [&](const scp::Protocol& each) {
    return algorithm == scp::KeyAlgorithm::kAes ? each.number == 0x03 : each.number < 0x03;
  });
  return found == domain.protocols.end() ? std::nullopt : std::optional(*found);
}

Answer<void> count(CommandContext& context) {
  auto& session = context.session;
  ++session.counter;
  session.counted = true;
  return answered(set_counter(context.registry, session.counter_slot, session.counter));
}

}  // namespace

Answer<void> initialize_update(CommandContext& context) {
  const auto& command = context.command;
  context.manager.end_session(context.channel);
  if (command.p2 != 0) return refuse(StatusWord::kIncorrectP1P2);
  if (command.data.size() != 8 && command.data.size() != 16) return refuse(StatusWord::kWrongLength);
  if (context.manager.must_wait()) return refuse(StatusWord::kConditionsNotSatisfied);
  const auto limit = context.profile.limits.failures_before_block;
  if (limit != 0 && context.registry.card().failures >= limit) return refuse(StatusWord::kAuthenticationMethodBlocked);
  const auto domain = context.manager.domain_with_keys(context.domain);
  const auto owner = context.registry.get<Application>(domain);
  const auto keys = channel_keys(context.registry, domain, command.p1);
  if (!owner || !keys) return refuse(StatusWord::kReferencedDataNotFound);
  const auto protocol = protocol_for(*owner, keys->keys.algorithm);
  if (!protocol || keys->counter >= last_counter(*protocol)) return refuse(StatusWord::kConditionsNotSatisfied);
  auto& session = context.session;
  session.keys_domain = domain;
  session.counter_slot = keys->counter_slot;
  session.counter = keys->counter;
  if (scp::counts_at_initialize_update(*protocol)) COSE_CHECK(count(context));
  const auto diversification = context.registry.find_data(context.manager.issuer_domain(), 0xCF);
  COSE_TRY(auto started,
           scp::initialize_update(
               {.protocol = *protocol,
                .keys = keys->keys,
                .key_diversification = diversification ? ByteView(diversification->value.value) : ByteView(),
                .host_challenge = command.data,
                .sequence_counter = session.counter,
                .domain_aid = owner->aid},
               context.runtime.rng()));
  session.channel.emplace(std::move(started.channel));
  append(context.answer, started.response);
  return {};
}

Answer<void> external_authenticate(CommandContext& context) {
  auto& session = context.session;
  // Amendment F §6.4: MUTUAL AUTHENTICATE has the same instruction and names a key.
  if (context.command.p2 != 0) return authenticate_by_certificates(context);
  if (!session.channel) return refuse(StatusWord::kConditionsNotSatisfied);
  const auto protocol = session.channel->protocol();
  const auto done = session.channel->external_authenticate(context.command);
  if (!done) {
    const bool wrong_cryptogram = done.error() == StatusWord::kWarningChanged;
    context.manager.end_session(context.channel);
    if (wrong_cryptogram) context.manager.authentication_failed();
    return done;
  }
  context.manager.authentication_succeeded();
  session.host_is_known = true;
  if (protocol.number == 0x02 && !session.counted) COSE_CHECK(count(context));
  return {};
}

// GPC 2.3.1 §E.1.2.2: the right C-MAC of the first command authenticates the host; the card does not prove itself.
Answer<void> open_implicitly(CommandContext& context) {
  const auto domain = context.manager.domain_with_keys(context.domain);
  const auto owner = context.registry.get<Application>(domain);
  const auto keys = channel_keys(context.registry, domain, 0);
  if (!owner || !keys || context.manager.must_wait()) return refuse(StatusWord::kSecurityStatusNotSatisfied);
  const auto protocol = protocol_for(*owner, keys->keys.algorithm);
  if (!protocol || protocol->is_explicit() || keys->counter >= last_counter(*protocol))
    return refuse(StatusWord::kSecurityStatusNotSatisfied);
  COSE_TRY(auto channel, scp::open_implicitly({.protocol = *protocol,
                                               .keys = keys->keys,
                                               .key_diversification = {},
                                               .host_challenge = {},
                                               .sequence_counter = keys->counter,
                                               .domain_aid = owner->aid}));
  auto& session = context.session;
  session.keys_domain = domain;
  session.counter_slot = keys->counter_slot;
  session.counter = keys->counter;
  session.channel.emplace(std::move(channel));
  return {};
}

void CardManager::opened_implicitly(Session& session, bool by_right_code) {
  if (!by_right_code) return authentication_failed();
  authentication_succeeded();
  session.host_is_known = true;
  session.counted = true;
  static_cast<void>(set_counter(registry_, session.counter_slot, ++session.counter));
}

// GPC 2.3.1 §E.5.3: SCP02 with R-MAC only.
Answer<void> begin_response_mac(CommandContext& context) {
  if (!context.session.channel->protocol().offers_response_mac()) return refuse(StatusWord::kInstructionNotSupported);
  return context.session.channel->set_response_mac(true);
}

Answer<void> end_response_mac(CommandContext& context) {
  if (!context.session.channel->protocol().offers_response_mac()) return refuse(StatusWord::kInstructionNotSupported);
  return context.session.channel->set_response_mac(false);
}

bool CardManager::must_wait() const {
  return runtime_.clock().monotonic() < not_before_;
}

void CardManager::authentication_failed() {
  auto card = registry_.card();
  if (card.failures < 0xFF) ++card.failures;
  static_cast<void>(registry_.set_card(card, jcvm::Atomicity::kNonAtomic));
  const auto& limits = profile_.limits;
  if (limits.failures_before_delay == 0 || card.failures < limits.failures_before_delay) return;
  const auto doublings = std::min(card.failures - limits.failures_before_delay, 20);
  const auto delay = std::min<std::chrono::milliseconds>(limits.first_delay * (1 << doublings), limits.longest_delay);
  not_before_ = runtime_.clock().monotonic() + delay;
}

void CardManager::authentication_succeeded() {
  auto card = registry_.card();
  if (card.failures == 0) return;
  card.failures = 0;
  static_cast<void>(registry_.set_card(card, jcvm::Atomicity::kNonAtomic));
}

}  // namespace cose::gpcard
