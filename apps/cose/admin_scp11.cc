// SPDX-License-Identifier: Apache-2.0
#include "admin_scp11.h"

#include <charconv>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "admin/load_file.h"
#include "bytes/hex.h"
#include "crypto/pem.h"
#include "gphost/scp11_login.h"
#include "scp/certificate.h"

namespace cose::app {

namespace {

constexpr std::uint8_t kFirstOctetOfCertificate = 0x7F;

Result<std::uint8_t> octet(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x")) {
    text.remove_prefix(2);
    base = 16;
  }
  std::uint8_t value = 0;
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, base);
  if (error != std::errc() || stop != end) return fail(ErrorKind::kInvalid, "expected a number up to 255");
  return value;
}

template <typename Wanted, typename Keys>
Result<Wanted> curve_key(Result<Keys> keys, const std::string& file) {
  if (!keys) return std::unexpected(keys.error().within(file));
  auto* key = std::get_if<Wanted>(&*keys);
  if (key == nullptr) return fail(ErrorKind::kInvalid, file + ": expected a key on an elliptic curve");
  return std::move(*key);
}

Result<std::optional<crypto::EcPublicKey>> public_key(const std::string& file) {
  if (file.empty()) return std::nullopt;
  COSE_TRY(const auto octets, admin::read_file(file, crypto::kMaximumPem));
  return curve_key<crypto::EcPublicKey>(crypto::read_public_key(as_text(octets)), file);
}

Result<std::optional<crypto::EcPrivateKey>> private_key(const std::string& file) {
  if (file.empty()) return std::nullopt;
  COSE_TRY(const auto octets, admin::read_file(file, crypto::kMaximumPem));
  return curve_key<crypto::EcPrivateKey>(crypto::read_private_key(as_text(octets)), file);
}

template <typename Key>
const Key* pointer_to(const std::optional<Key>& key) {
  return key ? &*key : nullptr;
}

}  // namespace

Result<gphost::KeyReference> parse_key_reference(const std::string& text) {
  const auto colon = text.find(':');
  if (colon != std::string::npos) {
    const auto version = octet(std::string_view(text).substr(0, colon));
    const auto identifier = octet(std::string_view(text).substr(colon + 1));
    if (version && identifier) return gphost::KeyReference{*version, *identifier};
  }
  return fail(ErrorKind::kInvalid, "expected VERSION:IDENTIFIER of a key, such as 1:0x11, found " + text);
}

Result<Bytes> read_certificate(const std::string& file) {
  COSE_TRY(auto octets, admin::read_file(file, scp::kMaximumCertificate * 2 + 2));
  if (!octets.empty() && octets.front() == kFirstOctetOfCertificate) return octets;
  auto decoded = from_loose_hex(as_text(octets));
  if (!decoded) return std::unexpected(decoded.error().within(file));
  return decoded;
}

void Scp11Options::add_to(CLI::App& app) {
  app.add_option("--scp11", variant, "open the session by SCP11: a and c prove both ends, b the card only")
      ->check(CLI::IsMember({"a", "b", "c"}));
  app.add_option("--host-key", host_key, "SCP11: the host's private key, a PEM file");
  app.add_option("--host-certificate", host_certificates, "SCP11: the host's certificates (7F21), its own last");
  app.add_option("--card-authority", card_authority, "SCP11: public key that has signed the card's certificates");
  app.add_option("--card-key", card_key, "SCP11: or the card's public key itself");
  app.add_option("--authority-key", authority_key, "SCP11: the card's key that checks the host's certificates")
      ->capture_default_str();
  app.add_option("--session-key-size", key_size, "SCP11: 16, 24 or 32 octets")->check(CLI::IsMember({16, 24, 32}));
}

Status Scp11Options::authenticate(gphost::Session& session, unsigned key_version, std::optional<unsigned> level) const {
  using scp::Scp11Variant;
  gphost::Scp11Login login;
  login.variant = variant == "a" ? Scp11Variant::kA : variant == "b" ? Scp11Variant::kB : Scp11Variant::kC;
  COSE_TRY(const auto card, public_key(card_key));
  COSE_TRY(const auto authority, public_key(card_authority));
  COSE_TRY(const auto host, private_key(host_key));
  login.card_key = pointer_to(card);
  login.authority = pointer_to(authority);
  login.host_key = pointer_to(host);
  for (const auto& file : host_certificates) {
    COSE_TRY(auto certificate, read_certificate(file));
    login.chain.push_back(std::move(certificate));
  }
  COSE_TRY(const auto checks_host, parse_key_reference(authority_key));
  login.authority_version = checks_host.version;
  login.authority_identifier = checks_host.identifier;
  if (key_version != 0) login.key_version = static_cast<std::uint8_t>(key_version);
  if (level) login.level = {static_cast<std::uint8_t>(*level)};
  login.key_size = key_size;
  return session.authenticate(login);
}

}  // namespace cose::app
