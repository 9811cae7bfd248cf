// SPDX-License-Identifier: Apache-2.0
#include "host/payment_authority.h"

#include <algorithm>
#include <filesystem>
#include <utility>
#include <variant>

#include <fmt/core.h>
#include <toml++/toml.h>

#include "bytes/hex.h"
#include "crypto/pem.h"
#include "emv/ca_keys.h"
#include "host/detail/table_reader.h"
#include "host/files.h"

namespace cose::host {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaximumFile = 4U << 20;

struct NamedKey {
  std::string_view name;
  Secret emv::IssuerKeys::* key;
};
constexpr NamedKey kMasterKeys[] = {{"key_ac", &emv::IssuerKeys::cryptogram},
                                    {"key_integrity", &emv::IssuerKeys::integrity},
                                    {"key_confidentiality", &emv::IssuerKeys::confidentiality},
                                    {"key_cvc3", &emv::IssuerKeys::checksum}};

std::string issuer_file(const std::string& directory) {
  return directory + "/issuer.toml";
}

Status write_private(const std::string& file, ByteView content) {
  COSE_CHECK(write_file(file, content));
  std::error_code error;
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write, error);
  return error ? fail(ErrorKind::kIo, file + ": " + error.message()) : Status{};
}

Result<crypto::RsaPrivateKey> open_key(const std::string& file, std::size_t bits, Rng& rng) {
  if (fs::exists(file)) {
    COSE_TRY(const auto text, read_file(file, crypto::kMaximumPem));
    auto key = crypto::read_private_key(text);
    if (!key) return std::unexpected(key.error().within(file));
    auto* rsa = std::get_if<crypto::RsaPrivateKey>(&*key);
    if (rsa == nullptr) return fail(ErrorKind::kInvalid, file + ": expected an RSA key");
    return std::move(*rsa);
  }
  COSE_TRY(auto made, crypto::RsaPrivateKey::generate(bits, rng));
  COSE_TRY(const auto pem, made.to_pem());
  COSE_CHECK(write_private(file, pem.view()));
  return made;
}

// "A000000003 F1 010001 MODULUS CHECKVALUE until 12/2039 test"
Result<std::string> key_line(const crypto::RsaPrivateKey& authority, const AuthorityWishes& wishes) {
  COSE_TRY(const auto key, authority.public_key());
  COSE_TRY(const auto check, emv::ca_key_check_value(wishes.provider, wishes.index, key.modulus(), key.exponent()));
  return fmt::format("# A test authority of our own: it guards nothing.\n{} {:02X} {} {} {} until {:02}/{} test\n",
                     to_hex(wishes.provider), wishes.index, to_hex(key.exponent()), to_hex(key.modulus()),
                     to_hex(check), wishes.expiry.month, wishes.expiry.year);
}

Result<emv::Scheme> parse_scheme(const std::string& text) {
  if (text == "visa") return emv::Scheme::kVisa;
  if (text == "mastercard") return emv::Scheme::kMastercard;
  return fail(ErrorKind::kInvalid, "expected visa or mastercard, found \"" + text + "\"");
}

Result<Secret> parse_key(const std::string& text) {
  COSE_TRY(auto octets, from_loose_hex(text));
  if (octets.size() != emv::kDesKey) return fail(ErrorKind::kInvalid, "expected a key of 16 octets");
  return Secret::take(std::move(octets));
}

Status draw_missing(emv::IssuerKeys& keys, Rng& rng) {
  for (const auto& [name, key] : kMasterKeys) {
    if (!(keys.*key).empty()) continue;
    keys.*key = Secret(emv::kDesKey);
    COSE_CHECK(rng.fill((keys.*key).writable()));
  }
  return {};
}

}  // namespace

Result<PaymentAuthority> PaymentAuthority::open(const std::string& directory, AuthorityWishes wishes, Rng& rng) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return fail(ErrorKind::kIo, directory + ": " + error.message());
  COSE_TRY(auto authority, open_key(directory + "/ca.pem", wishes.authority_bits, rng));
  COSE_TRY(auto issuer, open_key(directory + "/issuer.pem", wishes.issuer_bits, rng));
  PaymentAuthority opened(directory, std::move(authority), std::move(issuer));
  COSE_CHECK(opened.read_authority(wishes));
  if (!fs::exists(issuer_file(directory))) {
    COSE_CHECK(draw_missing(wishes.keys, rng));
    opened.name_ = wishes.name;
    opened.scheme_ = wishes.scheme;
    opened.keys_ = std::move(wishes.keys);
    COSE_CHECK(opened.write_issuer());
    return opened;
  }
  COSE_CHECK(opened.read_issuer());
  if (opened.scheme_ != wishes.scheme)
    return fail(ErrorKind::kInvalid,
                issuer_file(directory) + ": this issuer is of another scheme; take another directory");
  return opened;
}

Status PaymentAuthority::read_authority(const AuthorityWishes& wishes) {
  const auto file = ca_keys_file();
  if (!fs::exists(file)) {
    COSE_TRY(const auto line, key_line(authority_, wishes));
    COSE_CHECK(write_file(file, as_bytes(line)));
  }
  COSE_TRY(const auto text, read_file(file, kMaximumFile));
  const auto keys = emv::CaKeys::parse(text);
  if (!keys) return std::unexpected(keys.error().within(file));
  const auto modulus = authority_.modulus();
  const auto found =
      std::ranges::find_if(keys->all(), [&](const auto& each) { return equal(each.key.modulus(), modulus); });
  if (found == keys->all().end()) return fail(ErrorKind::kInvalid, file + ": the key of ca.pem is not in it");
  if (!equal(found->provider, wishes.provider))
    return fail(ErrorKind::kInvalid, file + ": this authority is of " + to_hex(found->provider) + ", not of " +
                                         to_hex(wishes.provider) + "; take another directory");
  index_ = found->index;
  expiry_ = found->expiry.value_or(wishes.expiry);
  return {};
}

Status PaymentAuthority::read_issuer() {
  const auto file = issuer_file(directory_);
  COSE_TRY(const auto text, read_file(file, kMaximumFile));
  try {
    const auto table = toml::parse(text, file);
    const auto* issuer = table["issuer"].as_table();
    if (issuer == nullptr) return fail(ErrorKind::kInvalid, file + ": expected a table [issuer]");
    detail::TableReader reader(*issuer, file);
    COSE_CHECK(reader.text("name", name_));
    COSE_CHECK(reader.parsed("scheme", scheme_, parse_scheme));
    for (const auto& [name, key] : kMasterKeys) COSE_CHECK(reader.parsed(name, keys_.*key, parse_key));
    for (const auto& [name, key] : kMasterKeys)
      if ((keys_.*key).empty()) return fail(ErrorKind::kInvalid, file + ": [issuer] has no " + std::string(name));
    if (const auto* cards = table["card"].as_array())
      for (const auto& node : *cards)
        if (const auto* card = node.as_table())
          known_.insert((*card)["pan"].value_or(std::string()) + "/" + (*card)["sequence"].value_or(std::string("00")));
    return {};
  } catch (const toml::parse_error& error) {
    return fail(ErrorKind::kInvalid,
                file + ":" + std::to_string(error.source().begin.line) + ": " + std::string(error.description()));
  }
}

Result<emv::CertifiedIssuer> PaymentAuthority::issuer_for(std::string_view pan) const {
  COSE_TRY(const auto known, issuer_key_.public_key());
  const auto secret = issuer_key_.private_exponent();
  COSE_TRY(auto key, crypto::RsaPrivateKey::create(known.modulus(), known.exponent(), secret.view()));
  return emv::certify_issuer(authority_, index_, pan, expiry_, std::move(key));
}

Status PaymentAuthority::write_issuer() const {
  auto text = fmt::format(
      "# The issuer's master keys and its cards. Test keys: they guard nothing.\n[issuer]\nname = \"{}\"\n"
      "scheme = \"{}\"\n",
      name_, scheme_ == emv::Scheme::kMastercard ? "mastercard" : "visa");
  for (const auto& [name, key] : kMasterKeys) text += fmt::format("{} = \"{}\"\n", name, to_hex((keys_.*key).view()));
  return write_private(issuer_file(directory_), as_bytes(text));
}

Status PaymentAuthority::save() {
  COSE_TRY(auto text, read_file(issuer_file(directory_), kMaximumFile));
  for (const auto& card : noted_) {
    if (!known_.insert(card.account.pan + "/" + card.account.sequence).second) continue;
    text += fmt::format("\n[[card]]\npan = \"{}\"\nsequence = \"{}\"\npin = \"{}\"\n", card.account.pan,
                        card.account.sequence, card.pin);
  }
  noted_.clear();
  return write_private(issuer_file(directory_), as_bytes(text));
}

}  // namespace cose::host
