// SPDX-License-Identifier: Apache-2.0
// What is on the card: the answers to GET STATUS, in both forms (GPC 2.3.1 §11.4.3, tables 11-34 to 11-36).
//
// Values. Errors: kInvalid for answers that are neither form.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "gphost/names.h"

namespace cose::gphost {

struct RegistryEntry {
  EntryKind kind = EntryKind::kApplication;
  Bytes aid;
  std::uint8_t state = 0;
  Privileges privileges{};
  std::optional<Bytes> load_file;          // C4: the package of an application
  std::optional<Bytes> domain;             // CC: the associated security domain
  std::optional<Bytes> version;            // CE: of a package
  std::vector<Bytes> modules;              // 84: of a package
  std::vector<Bytes> implicit_selections;  // CF

  friend bool operator==(const RegistryEntry&, const RegistryEntry&) = default;
};

enum class StatusFormat { kTlv, kLegacy };

// P1 of GET STATUS.
enum class StatusScope : std::uint8_t {
  kIssuerDomain = 0x80,
  kApplications = 0x40,
  kLoadFiles = 0x20,
  kLoadFilesAndModules = 0x10,
};

[[nodiscard]] Result<std::vector<RegistryEntry>> parse_status(ByteView data, StatusScope scope, StatusFormat format);

struct Registry {
  std::vector<RegistryEntry> entries;

  // Null when there is none.
  [[nodiscard]] const RegistryEntry* find(ByteView aid) const;
  [[nodiscard]] const RegistryEntry* find(ByteView aid, EntryKind kind) const;
};

}  // namespace cose::gphost
