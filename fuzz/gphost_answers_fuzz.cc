// SPDX-License-Identifier: Apache-2.0
// What a card may answer a console: card data, registries, receipts. Nothing breaks, and what is read again is equal.
#include "gphost/card_data.h"
#include "gphost/delegation.h"
#include "gphost/registry.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cose::gphost;
  const cose::ByteView octets(data, size);
  static_cast<void>(CardRecognition::parse(octets));
  if (const auto keys = KeyInformation::parse(octets)) static_cast<void>(describe(*keys));
  if (const auto fields = parse_cplc(octets))
    for (const auto& field : *fields) static_cast<void>(field.to_string());
  static_cast<void>(CardResources::parse(octets));
  static_cast<void>(SelectedDomain::parse(octets));
  static_cast<void>(Receipt::parse(octets));
  for (const auto scope : {StatusScope::kIssuerDomain, StatusScope::kApplications, StatusScope::kLoadFilesAndModules})
    for (const auto format : {StatusFormat::kTlv, StatusFormat::kLegacy})
      if (const auto entries = parse_status(octets, scope, format))
        for (const auto& entry : *entries) {
          static_cast<void>(state_name(entry.kind, entry.state));
          static_cast<void>(privilege_names(entry.privileges));
        }
  return 0;
}
