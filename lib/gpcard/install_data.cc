// SPDX-License-Identifier: Apache-2.0
#include "gpcard/install_data.h"

#include "bytes/reader.h"
#include "tlv/tlv_reader.h"

namespace cose::gpcard {

namespace {

Answer<ByteView> take_field(Reader& reader) {
  COSE_TRY(const auto first, well_formed(reader.u8()));
  std::size_t length = first;
  if (first == 0x81) {
    COSE_TRY(length, well_formed(reader.u8()));
  } else if (first == 0x82) {
    COSE_TRY(length, well_formed(reader.u16()));
  }
  return well_formed(reader.take(length));
}

// Two octets or four.
Answer<std::uint32_t> amount(ByteView value) {
  Reader reader(value);
  if (value.size() == 2) return well_formed(reader.u16());
  if (value.size() == 4) return well_formed(reader.u32());
  return refuse(StatusWord::kWrongData);
}

Answer<void> parse_services(ByteView value, std::vector<std::uint16_t>& services) {
  Reader reader(value);
  while (!reader.at_end()) {
    COSE_TRY(const auto service, well_formed(reader.u16()));
    services.push_back(service);
  }
  return {};
}

// Table 11-49, inside EF.
Answer<void> parse_system(ByteView data, InstallParameters& parameters) {
  tlv::TlvReader reader(data);
  while (!reader.at_end()) {
    COSE_TRY(const auto element, well_formed(reader.next()));
    switch (element.tag.value()) {
      case 0xC6: {
        COSE_TRY(parameters.quota.code, amount(element.value));
        break;
      }
      case 0xC7: {
        COSE_TRY(parameters.quota.transient, amount(element.value));
        break;
      }
      case 0xC8: {
        COSE_TRY(parameters.quota.persistent, amount(element.value));
        break;
      }
      case 0xCF: append(parameters.implicit_selection, element.value); break;
      case 0xCB: COSE_CHECK(parse_services(element.value, parameters.services)); break;
      default: break;
    }
  }
  return {};
}

}  // namespace

Answer<InstallFields> parse_install(ByteView data, std::size_t count) {
  InstallFields parsed;
  Reader reader(data);
  for (std::size_t at = 0; at < count; ++at) {
    COSE_TRY(const auto field, take_field(reader));
    parsed.fields.push_back(field);
  }
  parsed.signed_data = data.first(reader.position());
  // Clients leave the empty token out.
  if (!reader.at_end()) {
    COSE_TRY(parsed.token, take_field(reader));
  }
  if (!reader.at_end()) return refuse(StatusWord::kWrongData);
  return parsed;
}

Answer<InstallParameters> parse_parameters(ByteView data) {
  InstallParameters parameters;
  tlv::TlvReader reader(data);
  while (!reader.at_end()) {
    COSE_TRY(const auto element, well_formed(reader.next()));
    if (element.tag == tlv::Tag(0xC9)) parameters.application = element.value;
    // EA and CA are for UICCs (ETSI TS 102 226), B6 names a token's maker, EE a load file's scheme.
    if (element.tag == tlv::Tag(0xEF)) COSE_CHECK(parse_system(element.value, parameters));
  }
  return parameters;
}

Answer<std::vector<scp::Protocol>> domain_protocols(ByteView application_parameters) {
  std::vector<scp::Protocol> protocols;
  tlv::TlvReader reader(application_parameters);
  while (!reader.at_end()) {
    const auto element = reader.next();
    // Not every C9 is TLV, since its contents are the domain's own affair.
    if (!element) return std::vector<scp::Protocol>{};
    if (element->tag != tlv::Tag(0x81)) continue;
    if (element->value.size() % 2 != 0) return refuse(StatusWord::kWrongData);
    for (std::size_t at = 0; at < element->value.size(); at += 2) {
      const scp::Protocol protocol{element->value[at], element->value[at + 1]};
      if (!scp::check(protocol)) return refuse(StatusWord::kWrongData);
      protocols.push_back(protocol);
    }
  }
  return protocols;
}

}  // namespace cose::gpcard
