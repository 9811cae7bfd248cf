// SPDX-License-Identifier: Apache-2.0
#include "gpcard/card_profile.h"

#include <algorithm>
#include <utility>

#include "bytes/hex.h"
#include "bytes/writer.h"

namespace cose::gpcard {

using namespace literals;

namespace {

// Dates are YDDD. No fabricator has registered these numbers for us: 0000 is nobody's.
constexpr std::uint16_t kFabricator = 0x0000;
constexpr std::uint16_t kType = 0x0001;
constexpr std::uint16_t kSystem = 0xC05E;
constexpr std::uint16_t kSystemDate = 0x6329;
constexpr std::uint16_t kLevel = 0x0001;
constexpr std::uint16_t kFabricationDate = 0x6329;

}  // namespace

CardProfile::CardProfile()
    // T=0 and T=1; historical bytes "CoSE".
    : atr("3B848001436F53453F"_hex),
      issuer_domain_aid("A000000151000000"_hex),
      domain_package_aid("A0000001515350"_hex),
      domain_module_aid("A000000151535041"_hex),
      protocols{{0x02, 0x15}, {0x03, 0x70}},
      version{2, 2, 1},
      select_details("9F6501FF"_hex) {
  const auto privileges = Privileges::parse("9EFE80"_hex);
  COSE_ASSERT(privileges.has_value());
  issuer_privileges = *privileges;
}

CardIdentity identity_of(const CardProfile& profile, std::uint32_t serial) {
  const auto batch = static_cast<std::uint16_t>(serial >> 16);
  CardIdentity identity;
  Writer cplc;
  cplc.u16(kFabricator).u16(kType).u16(kSystem).u16(kSystemDate).u16(kLevel).u16(kFabricationDate).u32(serial);
  cplc.u16(batch).u16(0).u16(0).u16(0).u16(0).u16(0).u16(0).u32(0).u16(0).u16(0).u32(0);
  identity.cplc = cplc.take();
  COSE_ASSERT(identity.cplc.size() == kCplcSize);
  if (profile.cplc.size() == kCplcSize) {
    constexpr std::ptrdiff_t kSerialAndBatch = 12;
    constexpr std::size_t kSerialAndBatchSize = 6;
    const auto own = std::exchange(identity.cplc, profile.cplc);
    std::ranges::copy(ByteView(own).subspan(kSerialAndBatch, kSerialAndBatchSize),
                      identity.cplc.begin() + kSerialAndBatch);
  }
  constexpr std::size_t kFabricationDateOffset = 10;
  const auto& aid = profile.issuer_domain_aid;
  Writer diversification;
  diversification.octets(ByteView(aid).last(2)).octets(ByteView(identity.cplc).subspan(kFabricationDateOffset, 2));
  diversification.u32(serial).u16(batch);
  identity.key_diversification = diversification.take();
  return identity;
}

}  // namespace cose::gpcard
