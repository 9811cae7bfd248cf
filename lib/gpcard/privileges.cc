// SPDX-License-Identifier: Apache-2.0
#include "gpcard/privileges.h"

#include <fmt/format.h>

#include "bytes/hex.h"

namespace cose::gpcard {

namespace {

constexpr std::uint32_t kUnused = 0x00000F;

// Meaningless without being a security domain, GPC 2.3.1 table 6-1.
constexpr Privileges kOfDomains{Privilege::kDapVerification,   Privilege::kDelegatedManagement,
                                Privilege::kMandatedDap,       Privilege::kAuthorizedManagement,
                                Privilege::kTokenVerification, Privilege::kReceiptGeneration,
                                Privilege::kCipheredLoad};

}  // namespace

Result<Privileges> Privileges::parse(ByteView octets) {
  if (octets.size() != 1 && octets.size() != kSize)
    return fail(ErrorKind::kInvalid, fmt::format("privileges: expected 1 or 3 octets, found {}", octets.size()));
  Privileges parsed;
  for (std::size_t at = 0; at < octets.size(); ++at)
    parsed.bits_ |= static_cast<std::uint32_t>(octets[at]) << (16 - 8 * at);
  if ((parsed.bits_ & kUnused) != 0)
    return fail(ErrorKind::kInvalid, fmt::format("privileges {}: bits without a meaning", to_hex(octets)));
  return parsed;
}

Status Privileges::check() const {
  if (!has(Privilege::kSecurityDomain) && has_any(kOfDomains))
    return fail(ErrorKind::kInvalid, "privileges of a security domain without the privilege of being one");
  if (has(Privilege::kDelegatedManagement) && has(Privilege::kAuthorizedManagement))
    return fail(ErrorKind::kInvalid, "delegated and authorized management exclude each other");
  if (has(Privilege::kMandatedDap) && !has(Privilege::kDapVerification))
    return fail(ErrorKind::kInvalid, "mandated DAP verification without DAP verification");
  return {};
}

}  // namespace cose::gpcard
