// SPDX-License-Identifier: Apache-2.0
#include "gphost/manager.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "bytes/hex.h"

namespace cose::gphost {

namespace {

using iso7816::StatusWord;

constexpr StatusWord kMoreData{0x6310};

// GPC 2.3.1 §11.1.6: 00, or the length of a receipt and the receipt.
Bytes receipt_in(Bytes answer) {
  if (answer.empty() || answer.front() == 0) return {};
  return answer;
}

std::string of(std::string_view what, ByteView aid) {
  return fmt::format("{} {}", what, to_hex(aid));
}

Result<scp::KeyAlgorithm> sensitive_algorithm(const Session& session) {
  const auto protocol = session.protocol();
  if (!protocol) return fail(ErrorKind::kRefused, "PUT KEY needs a secure channel");
  return protocol->number >= 0x03 ? scp::KeyAlgorithm::kAes : scp::KeyAlgorithm::kDes;
}

Result<KeyField> secret_field(Session& session, scp::KeyAlgorithm algorithm, ByteView key) {
  KeyField field;
  COSE_TRY(auto wrapped, session.wrap_sensitive(key));
  const bool is_aes = algorithm == scp::KeyAlgorithm::kAes;
  KeyField::Component component{static_cast<std::uint8_t>(is_aes ? 0x88 : 0x80), std::move(wrapped), std::nullopt};
  if (is_aes) component.plain_length = key.size();
  field.components.push_back(std::move(component));
  COSE_TRY(field.check_value, scp::key_check_value(algorithm, key));
  return field;
}

// Version, then the check values in order; cards that answer less are believed.
Status compare_check_values(ByteView answer, const PutKeyRequest& request) {
  std::size_t at = 1;
  for (const auto& key : request.keys) {
    const auto size = key.check_value.size();
    if (answer.size() < at + size) return {};
    if (!equal(answer.subspan(at, size), key.check_value))
      return fail(ErrorKind::kRefused,
                  fmt::format("PUT KEY: the card has another key than was sent (check value {}, expected {})",
                              to_hex(answer.subspan(at, size)), to_hex(key.check_value)));
    at += size;
  }
  return {};
}

Status put(Session& session, const PutKeyRequest& request) {
  COSE_TRY(const auto command, put_key(request));
  COSE_TRY(const auto answer, session.exchange(command, fmt::format("PUT KEY of version {:02X}", request.version)));
  return compare_check_values(answer, request);
}

}  // namespace

Result<std::vector<RegistryEntry>> get_status(Session& session, StatusScope scope, StatusFormat format,
                                              ByteView prefix) {
  Bytes data;
  for (std::size_t part = 0; part < kMaximumStatusParts; ++part) {
    const auto command = get_status(scope, format, part != 0, prefix);
    COSE_TRY(const auto response, session.send(command));
    if (response.status == StatusWord::kReferencedDataNotFound) break;
    if (!response.status.is_success() && response.status != kMoreData)
      return std::unexpected(refusal(command, response.status, {}));
    append(data, response.data);
    if (response.status != kMoreData) break;
  }
  return parse_status(data, scope, format);
}

Result<Registry> read_registry(Session& session) {
  Registry registry;
  auto format = StatusFormat::kTlv;
  for (const auto scope : {StatusScope::kIssuerDomain, StatusScope::kApplications, StatusScope::kLoadFilesAndModules}) {
    auto entries = get_status(session, scope, format);
    if (!entries && entries.error().kind == ErrorKind::kRefused && session.is_open()) {
      // Cards of Open Platform 2.0.1 know neither the newer form nor modules.
      if (scope == StatusScope::kLoadFilesAndModules) entries = get_status(session, StatusScope::kLoadFiles, format);
      if (!entries && session.is_open()) {
        format = StatusFormat::kLegacy;
        entries =
            get_status(session, scope == StatusScope::kLoadFilesAndModules ? StatusScope::kLoadFiles : scope, format);
      }
    }
    if (!entries) return std::unexpected(entries.error());
    std::ranges::move(*entries, std::back_inserter(registry.entries));
  }
  return registry;
}

Result<Bytes> read_data(Session& session, std::uint16_t tag) {
  return session.exchange(get_data(tag), fmt::format("GET DATA {:04X}", tag));
}

Result<Bytes> send_load_file(Session& session, ByteView structure, std::size_t block_size, const Progress& progress) {
  const auto room = session.room();
  const auto size = block_size == 0 ? room : std::min(block_size, room);
  std::size_t sent = 0;
  std::size_t number = 0;
  Bytes answer;
  // §11.6.2.2: at most 256 blocks, but cards take more when the number goes round.
  do {
    const auto part = structure.subspan(sent, std::min(size, structure.size() - sent));
    const bool is_last = sent + part.size() == structure.size();
    COSE_TRY(answer, session.exchange(load(part, static_cast<std::uint8_t>(number), is_last),
                                      fmt::format("LOAD of block {}", number)));
    sent += part.size();
    ++number;
    if (progress) progress(sent, structure.size());
  } while (sent < structure.size());
  return receipt_in(std::move(answer));
}

Result<Bytes> load_package(Session& session, const LoadRequest& request, ByteView load_file,
                           const std::vector<DapBlock>& daps, const Progress& progress) {
  COSE_TRY(const auto command, install_for_load(request));
  COSE_TRY(const auto answer, session.exchange(command, of("INSTALL [for load] of", request.package)));
  return send_load_file(session, load_file_structure(load_file, daps), 0, progress);
}

Result<Bytes> install(Session& session, const InstallRequest& request, InstallPurpose purpose) {
  COSE_TRY(const auto command, install_for_install(request, purpose));
  COSE_TRY(auto answer, session.exchange(command, of("INSTALL [for install] of", request.instance)));
  return receipt_in(std::move(answer));
}

Result<Bytes> load_and_install(Session& session, const LoadRequest& load, ByteView load_file,
                               const InstallRequest& instance, const std::vector<DapBlock>& daps,
                               const Progress& progress) {
  COSE_TRY(const auto first, begin_combined_install(load));
  COSE_TRY(const auto last, end_combined_install(instance));
  const auto what = of("INSTALL [for load, install and make selectable] of", load.package);
  COSE_TRY(const auto begun, session.exchange(first, what));
  COSE_TRY(const auto loaded, send_load_file(session, load_file_structure(load_file, daps), 0, progress));
  COSE_TRY(auto answer, session.exchange(last, what));
  return receipt_in(std::move(answer));
}

Result<Bytes> remove(Session& session, ByteView aid, DeleteRelated related, ByteView token) {
  COSE_TRY(const auto command, delete_object(aid, related, token));
  COSE_TRY(auto answer, session.exchange(command, of("DELETE of", aid)));
  return receipt_in(std::move(answer));
}

Status remove_keys(Session& session, std::uint8_t version, std::uint8_t identifier) {
  COSE_TRY(const auto command, delete_key(version, identifier));
  COSE_TRY(const auto answer, session.exchange(command, fmt::format("DELETE of keys of version {:02X}", version)));
  return {};
}

Result<Bytes> extradite(Session& session, ByteView application, ByteView domain, ByteView token) {
  COSE_TRY(const auto command, install_for_extradition(application, domain, token));
  COSE_TRY(auto answer, session.exchange(command, of("INSTALL [for extradition] of", application)));
  return receipt_in(std::move(answer));
}

Result<Bytes> update_registry(Session& session, ByteView application, ByteView domain, const Privileges& privileges,
                              ByteView token) {
  COSE_TRY(const auto command, install_for_registry_update(application, domain, privileges, token));
  COSE_TRY(auto answer, session.exchange(command, of("INSTALL [for registry update] of", application)));
  return receipt_in(std::move(answer));
}

Status change_status(Session& session, StatusTarget target, std::uint8_t state, ByteView aid) {
  COSE_TRY(const auto command, set_status(target, state, aid));
  COSE_TRY(const auto answer, session.exchange(command, fmt::format("SET STATUS {:02X} of {}", state, to_hex(aid))));
  return {};
}

Status put_keys(Session& session, const scp::KeySet& keys, std::uint8_t replaced_version) {
  COSE_CHECK(sensitive_algorithm(session));
  PutKeyRequest request{replaced_version, keys.version, 1, {}};
  for (const auto* key : {&keys.encryption, &keys.mac, &keys.data_encryption}) {
    COSE_TRY(auto field, secret_field(session, keys.algorithm, key->view()));
    request.keys.push_back(std::move(field));
  }
  return put(session, request);
}

Status put_single_key(Session& session, std::uint8_t version, std::uint8_t identifier, std::uint8_t replaced_version,
                      const std::vector<KeyPart>& parts, ByteView check_value) {
  KeyField field;
  for (const auto& part : parts) {
    KeyField::Component component{part.type, to_bytes(part.value), std::nullopt};
    if (part.secrecy == Secrecy::kSecret) {
      COSE_TRY(component.value, session.wrap_sensitive(part.value));
      if (part.type == 0x88 || component.value.size() != part.value.size()) component.plain_length = part.value.size();
    }
    field.components.push_back(std::move(component));
  }
  field.check_value = to_bytes(check_value);
  PutKeyRequest request{replaced_version, version, identifier, {}};
  request.keys.push_back(std::move(field));
  return put(session, request);
}

Result<Bytes> store_data_blocks(Session& session, const std::vector<Bytes>& blocks, StoreDataForm form) {
  Bytes answer;
  for (std::size_t number = 0; number < blocks.size(); ++number) {
    const bool is_last = number + 1 == blocks.size();
    COSE_TRY(answer, session.exchange(store_data(blocks[number], static_cast<std::uint8_t>(number), is_last, form),
                                      fmt::format("STORE DATA of block {}", number)));
  }
  return answer;
}

Result<Bytes> store_data(Session& session, ByteView data, StoreDataForm form) {
  std::vector<Bytes> blocks;
  const auto room = session.room();
  do {
    const auto part = data.first(std::min(room, data.size()));
    blocks.push_back(to_bytes(part));
    data = data.subspan(part.size());
  } while (!data.empty());
  return store_data_blocks(session, blocks, form);
}

Status personalize(Session& session, ByteView application, const std::vector<Bytes>& blocks, StoreDataForm form) {
  COSE_TRY(const auto command, install_for_personalization(application));
  COSE_TRY(const auto answer, session.exchange(command, of("INSTALL [for personalization] of", application)));
  COSE_TRY(const auto last, store_data_blocks(session, blocks, form));
  return {};
}

}  // namespace cose::gphost
