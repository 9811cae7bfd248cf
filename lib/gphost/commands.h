// SPDX-License-Identifier: Apache-2.0
// The commands of card content management, built from values: pure functions, so that a test compares octets and a
// token can be computed over what will be sent.
//
// Commands come out plain, with class 80 on the basic channel and Le 256. Errors: kInvalid for parts that do not fit
// their length fields. Source: GPC 2.3.1 §11.2 (DELETE), §11.5 (INSTALL), §11.6 (LOAD), §11.8 (PUT KEY), §11.10 (SET
// STATUS), §11.11 (STORE DATA).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "gphost/names.h"
#include "gphost/registry.h"
#include "iso7816/command_apdu.h"

namespace cose::gphost {

inline constexpr std::size_t kMinimumAid = 5;
inline constexpr std::size_t kMaximumAid = 16;

// "5 to 16 octets": ISO/IEC 7816-4 §8.2.1.2.
[[nodiscard]] Status check_aid(ByteView aid, std::string_view what);

// As INSTALL carries them: one octet when the others are zero, which is what cards before GlobalPlatform 2.2 know.
[[nodiscard]] ByteView shortest(const Privileges& privileges);

struct MemoryLimits {
  std::optional<std::uint32_t> code = std::nullopt;           // EF C6: non-volatile code
  std::optional<std::uint32_t> volatile_data = std::nullopt;  // EF C7
  std::optional<std::uint32_t> data = std::nullopt;           // EF C8: non-volatile data
};

struct LoadRequest {
  Bytes package = {};
  Bytes domain = {};  // empty: the one that is selected
  Bytes hash = {};    // of the load file data block; needed for tokens and DAP
  MemoryLimits limits = {};
  Bytes token = {};
};

struct InstallRequest {
  Bytes package = {};
  Bytes module = {};
  Bytes instance = {};
  Privileges privileges{};
  Bytes parameters = {};  // of tag C9, what install() gets
  MemoryLimits limits = {};
  Bytes toolkit_parameters = {};  // tag EA, or CA; whole objects (UICC, SIM)
  Bytes system_parameters = {};   // more objects for inside EF
  Bytes token = {};
};

enum class InstallPurpose : std::uint8_t {
  kLoad = 0x02,
  kInstall = 0x04,
  kMakeSelectable = 0x08,
  kInstallAndMakeSelectable = 0x0C,
  kLoadInstallAndMakeSelectable = 0x0E,
  kExtradition = 0x10,
  kPersonalization = 0x20,
  kRegistryUpdate = 0x40,
};

[[nodiscard]] Result<iso7816::CommandApdu> install_for_load(const LoadRequest& request);
[[nodiscard]] Result<iso7816::CommandApdu> install_for_install(const InstallRequest& request, InstallPurpose purpose);
// INSTALL [for load, install and make selectable]: the first command, before LOAD, and the last, after it
// (§11.5.2.3.4).
[[nodiscard]] Result<iso7816::CommandApdu> begin_combined_install(const LoadRequest& request);
[[nodiscard]] Result<iso7816::CommandApdu> end_combined_install(const InstallRequest& request);
[[nodiscard]] Result<iso7816::CommandApdu> install_for_make_selectable(ByteView instance, const Privileges& privileges,
                                                                       ByteView token);
[[nodiscard]] Result<iso7816::CommandApdu> install_for_extradition(ByteView application, ByteView domain,
                                                                   ByteView token);
[[nodiscard]] Result<iso7816::CommandApdu> install_for_personalization(ByteView application);
[[nodiscard]] Result<iso7816::CommandApdu> install_for_registry_update(ByteView application, ByteView domain,
                                                                       const Privileges& privileges, ByteView token);

// E2 { 4F domain, C3 signature }.
struct DapBlock {
  Bytes domain = {};
  Bytes signature;
};
// The load file as LOAD carries it: DAP blocks, then C4 and the data block (or D4, ciphered).
enum class LoadBlock { kPlain, kCiphered };
[[nodiscard]] Bytes load_file_structure(ByteView data_block, const std::vector<DapBlock>& daps,
                                        LoadBlock form = LoadBlock::kPlain);
[[nodiscard]] iso7816::CommandApdu load(ByteView part, std::uint8_t number, bool is_last);

enum class DeleteRelated : std::uint8_t { kNo = 0x00, kYes = 0x80 };
[[nodiscard]] Result<iso7816::CommandApdu> delete_object(ByteView aid, DeleteRelated related, ByteView token);
// Zero stands for any: all keys of a version, or one key of each.
[[nodiscard]] Result<iso7816::CommandApdu> delete_key(std::uint8_t version, std::uint8_t identifier);

[[nodiscard]] iso7816::CommandApdu get_data(std::uint16_t tag);
[[nodiscard]] iso7816::CommandApdu get_status(StatusScope scope, StatusFormat format, bool next, ByteView prefix);

// P1 of SET STATUS.
enum class StatusTarget : std::uint8_t { kCard = 0x80, kApplication = 0x40, kDomainAndApplications = 0x60 };
[[nodiscard]] Result<iso7816::CommandApdu> set_status(StatusTarget target, std::uint8_t state, ByteView aid);

// One key of PUT KEY: what it is, its octets as they travel, its check value.
struct KeyField {
  struct Component {
    std::uint8_t type;
    Bytes value;                              // wrapped when it is secret
    std::optional<std::size_t> plain_length;  // AES: written before the wrapped octets, SCP03 §7.2
  };
  std::vector<Component> components;
  Bytes check_value;
};
struct PutKeyRequest {
  std::uint8_t replaced_version = 0;  // 0: new
  std::uint8_t version = 0;
  std::uint8_t first_identifier = 1;
  std::vector<KeyField> keys;
};
[[nodiscard]] Result<iso7816::CommandApdu> put_key(const PutKeyRequest& request);

// P1 of STORE DATA without b8.
struct StoreDataForm {
  enum class Structure : std::uint8_t { kNone = 0x00, kDgi = 0x08, kTlv = 0x10 };
  enum class Encryption : std::uint8_t { kNone = 0x00, kApplication = 0x20, kAll = 0x60 };
  Structure structure = Structure::kNone;
  Encryption encryption = Encryption::kNone;
  bool expects_response = false;
};
[[nodiscard]] iso7816::CommandApdu store_data(ByteView block, std::uint8_t number, bool is_last, StoreDataForm form);

}  // namespace cose::gphost
