// SPDX-License-Identifier: Apache-2.0
// Card content management as operations: what a console does with a card, each over an open Session.
//
// All take the Session they work in and leave it open. Receipts of delegated management come back as octets, empty
// where the card gave none. Errors: those of Session::exchange().
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "gphost/commands.h"
#include "gphost/registry.h"
#include "gphost/session.h"
#include "scp/key_set.h"

namespace cose::gphost {

// A card that never ends its list is not believed.
inline constexpr std::size_t kMaximumStatusParts = 1024;

// Octets done, octets in all.
using Progress = std::function<void(std::size_t done, std::size_t total)>;

// Nothing of that kind (6A88) is an empty list.
[[nodiscard]] Result<std::vector<RegistryEntry>> get_status(Session& session, StatusScope scope, StatusFormat format,
                                                            ByteView prefix = {});
// Everything, in the newer form, or in the older one when the card refuses that.
[[nodiscard]] Result<Registry> read_registry(Session& session);

[[nodiscard]] Result<Bytes> read_data(Session& session, std::uint16_t tag);

// INSTALL [for load] and LOAD. load_file: the components as a card receives them.
[[nodiscard]] Result<Bytes> load_package(Session& session, const LoadRequest& request, ByteView load_file,
                                         const std::vector<DapBlock>& daps = {}, const Progress& progress = {});
// LOAD only. block_size: plain data of one command, at most what the channel has room for; 0: that.
[[nodiscard]] Result<Bytes> send_load_file(Session& session, ByteView structure, std::size_t block_size,
                                           const Progress& progress = {});
[[nodiscard]] Result<Bytes> install(Session& session, const InstallRequest& request,
                                    InstallPurpose purpose = InstallPurpose::kInstallAndMakeSelectable);
// Both at once, where nothing stays on the card unless all of it went well. Not every card has it (6A86).
[[nodiscard]] Result<Bytes> load_and_install(Session& session, const LoadRequest& load, ByteView load_file,
                                             const InstallRequest& instance, const std::vector<DapBlock>& daps = {},
                                             const Progress& progress = {});
[[nodiscard]] Result<Bytes> remove(Session& session, ByteView aid, DeleteRelated related, ByteView token = {});
[[nodiscard]] Status remove_keys(Session& session, std::uint8_t version, std::uint8_t identifier);
[[nodiscard]] Result<Bytes> extradite(Session& session, ByteView application, ByteView domain, ByteView token = {});
[[nodiscard]] Result<Bytes> update_registry(Session& session, ByteView application, ByteView domain,
                                            const Privileges& privileges, ByteView token = {});
[[nodiscard]] Status change_status(Session& session, StatusTarget target, std::uint8_t state, ByteView aid);

// The three keys of a secure channel. replaced_version: 0 adds them. Checks the check values that the card returns.
[[nodiscard]] Status put_keys(Session& session, const scp::KeySet& keys, std::uint8_t replaced_version);
// One key of another use; parts that are secret are wrapped.
enum class Secrecy { kSecret, kPublic };
struct KeyPart {
  std::uint8_t type;
  ByteView value;
  Secrecy secrecy;
};
[[nodiscard]] Status put_single_key(Session& session, std::uint8_t version, std::uint8_t identifier,
                                    std::uint8_t replaced_version, const std::vector<KeyPart>& parts,
                                    ByteView check_value);

// In as many blocks as it takes. data: already encrypted when the form says so.
[[nodiscard]] Result<Bytes> store_data(Session& session, ByteView data, StoreDataForm form);
// The same, whole blocks given by the caller: one DGI or object each.
[[nodiscard]] Result<Bytes> store_data_blocks(Session& session, const std::vector<Bytes>& blocks, StoreDataForm form);
// INSTALL [for personalization], then the blocks.
[[nodiscard]] Status personalize(Session& session, ByteView application, const std::vector<Bytes>& blocks,
                                 StoreDataForm form);

}  // namespace cose::gphost
