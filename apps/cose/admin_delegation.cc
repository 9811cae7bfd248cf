// SPDX-License-Identifier: Apache-2.0
#include "admin_delegation.h"

#include <utility>

#include <fmt/core.h>

#include "admin/off_card_key.h"
#include "bytes/hex.h"
#include "crypto/digest.h"
#include "gphost/delegation.h"

namespace cose::app {

namespace {

constexpr auto kUsualHash = "SHA-256";

// "DOMAIN=VALUE"; without DOMAIN the value alone, for the domain that is selected.
struct ForDomain {
  Bytes domain;
  std::string value;

  [[nodiscard]] static Result<ForDomain> parse(const std::string& text) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) return ForDomain{{}, text};
    COSE_TRY(auto domain, from_loose_hex(text.substr(0, equals)));
    return ForDomain{std::move(domain), text.substr(equals + 1)};
  }
};

}  // namespace

void DelegationOptions::add_to(CLI::App& verb) {
  verb.add_option("--token", token, "token of delegated management (hexadecimal)");
  verb.add_option("--token-key", token_key, "or the key to make it with: a PEM file, aes:HEX or des:HEX");
  verb.add_option("--token-pass", password, "password of that file");
  verb.add_option("--receipt-key", receipt_key, "check the card's receipt: a PEM file, aes:HEX or des:HEX");
}

Result<Bytes> DelegationOptions::token_for(const Result<iso7816::CommandApdu>& command, Rng& rng) const {
  if (!command) return std::unexpected(command.error());
  if (token_key.empty()) return from_loose_hex(token);
  COSE_TRY(const auto key, admin::OffCardKey::for_signing(token_key, password));
  COSE_TRY(const auto input, gphost::token_input(*command));
  return key.sign(input, rng);
}

Status DelegationOptions::check(ByteView answer, std::initializer_list<ByteView> confirmed) const {
  if (receipt_key.empty()) return {};
  if (answer.empty()) return fail(ErrorKind::kRefused, "the card gave no receipt; it has done what it was told");
  COSE_TRY(const auto key, admin::OffCardKey::for_verifying(receipt_key));
  COSE_TRY(const auto receipt, gphost::Receipt::parse(answer));
  COSE_TRY(const auto verifying, key.verifying());
  auto verified = receipt.verify(verifying, confirmed);
  if (!verified) return std::unexpected(verified.error().within("the card's receipt"));
  fmt::print("receipt {} is genuine\n", to_hex(receipt.confirmation_counter));
  return {};
}

void LoadOptions::add_to(CLI::App& verb) {
  verb.add_option("CAP", file, "CAP file or load file")->required();
  verb.add_option("--into", into, "AID of the domain that gets the package; default: the one of the login");
  verb.add_option("--hash", hash, "hash of the load file in the command: SHA-1, SHA-256, ...; default: where needed");
  verb.add_option("--dap", dap, "DAP signature as [DOMAIN=]HEX");
  verb.add_option("--dap-key", dap_keys, "or the key to make it with, as [DOMAIN=]FILE");
  delegation.add_to(verb);
}

Result<Bytes> load_file_hash(const std::string& name, const admin::LoadFile& file) {
  const auto kind = crypto::digest_named(name.empty() ? kUsualHash : name);
  if (!kind) return fail(ErrorKind::kInvalid, fmt::format("--hash: expected SHA-1, SHA-256, ..., found {}", name));
  return gphost::load_file_hash(*kind, file.octets);
}

Result<gphost::LoadRequest> load_request(const LoadOptions& options, const admin::LoadFile& file) {
  gphost::LoadRequest request{.package = file.package};
  COSE_TRY(request.domain, from_loose_hex(options.into));
  const auto& delegation = options.delegation;
  // GPC 2.3.1 §11.5.2.3.1: the hash is mandatory with a DAP block or a token.
  const bool needs_hash =
      !options.dap.empty() || !options.dap_keys.empty() || !delegation.token.empty() || !delegation.token_key.empty();
  if (needs_hash || !options.hash.empty()) {
    COSE_TRY(request.hash, load_file_hash(options.hash, file));
  }
  return request;
}

Result<std::vector<gphost::DapBlock>> dap_blocks(const LoadOptions& options, const admin::LoadFile& file, Rng& rng) {
  std::vector<gphost::DapBlock> blocks;
  for (const auto& text : options.dap) {
    COSE_TRY(auto part, ForDomain::parse(text));
    COSE_TRY(auto signature, from_loose_hex(part.value));
    blocks.push_back({std::move(part.domain), std::move(signature)});
  }
  for (const auto& text : options.dap_keys) {
    COSE_TRY(auto part, ForDomain::parse(text));
    COSE_TRY(const auto key, admin::OffCardKey::for_signing(part.value));
    COSE_TRY(const auto hash, load_file_hash(options.hash, file));
    COSE_TRY(auto signature, key.sign(hash, rng));
    blocks.push_back({std::move(part.domain), std::move(signature)});
  }
  return blocks;
}

}  // namespace cose::app
