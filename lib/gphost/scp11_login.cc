// SPDX-License-Identifier: Apache-2.0
#include "gphost/scp11_login.h"

#include <fmt/format.h>

#include "gphost/key_management.h"
#include "gphost/session.h"
#include "scp/certificate.h"

namespace cose::gphost {

namespace {

// From the authority down to the key that the card uses.
Result<crypto::EcPublicKey> certified_key(const std::vector<Bytes>& chain, const crypto::EcPublicKey& authority) {
  if (chain.empty() || chain.size() > scp::kMaximumChain)
    return fail(ErrorKind::kRefused, "the card's certificates: expected 1 to 8 of them");
  COSE_TRY(auto signer, crypto::EcPublicKey::create(authority.curve(), authority.point()));
  for (std::size_t at = 0; at < chain.size(); ++at) {
    COSE_TRY(auto certificate, scp::Certificate::parse(chain[at]));
    const auto verified = certificate.verify(signer);
    if (!verified) return std::unexpected(verified.error().within("the card's certificate"));
    const auto wanted = at + 1 == chain.size() ? scp::CertificateUse::kKeyAgreement : scp::CertificateUse::kSignature;
    if (certificate.use != wanted) return fail(ErrorKind::kRefused, "the card's certificate is for another use");
    signer = std::move(certificate.key);
  }
  return signer;
}

}  // namespace

Result<crypto::EcPublicKey> Session::card_key_of(const Scp11Login& login) {
  if (login.card_key != nullptr) return crypto::EcPublicKey::create(login.card_key->curve(), login.card_key->point());
  if (login.authority == nullptr)
    return fail(ErrorKind::kInvalid, "SCP11: expected the card's key or the key of its authority");
  const auto identifier = login.key_identifier.value_or(scp::key_identifier(login.variant));
  COSE_TRY(const auto chain, read_certificates(*this, {login.key_version, identifier}));
  return certified_key(chain, *login.authority);
}

Status Session::send_certificates(const Scp11Login& login) {
  if (login.chain.empty()) return fail(ErrorKind::kInvalid, "SCP11a and SCP11c need the host's certificates");
  for (const auto& command :
       scp::Scp11Host::certificate_commands(login.chain, login.authority_version, login.authority_identifier)) {
    COSE_TRY(const auto response, send_plain(command));
    if (!response.status.is_success())
      return std::unexpected(refusal(command, response.status, "PERFORM SECURITY OPERATION"));
  }
  return {};
}

Status Session::authenticate(const Scp11Login& login) {
  answer_.reset();
  // Inside a session the card would take the plain commands that now come for wrong ones.
  if (channel_) {
    COSE_TRY(const auto selected, select(to_bytes(selected_aid_)));
    static_cast<void>(selected);
  }
  COSE_TRY(const auto card_key, card_key_of(login));
  COSE_TRY(auto host,
           scp::Scp11Host::create(login.variant, card_key, login.host_key, login.key_size, login.level, rng_));
  if (login.variant != scp::Scp11Variant::kB) COSE_CHECK(send_certificates(login));
  const auto identifier = login.key_identifier.value_or(scp::key_identifier(login.variant));
  const auto& command = host.command(login.key_version, identifier);
  COSE_TRY(const auto response, send_plain(command));
  if (!response.status.is_success())
    return std::unexpected(refusal(
        command, response.status,
        fmt::format("opening SCP11 with key version {:02X}, identifier {:02X}", login.key_version, identifier)));
  COSE_TRY(auto channel, host.finish(response.data));
  channel_ = std::move(channel);
  return {};
}

}  // namespace cose::gphost
