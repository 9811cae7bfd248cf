// SPDX-License-Identifier: Apache-2.0
// cose admin URI certificates show | store | authority | allow: what belongs to the card's keys of SCP11.
#include <array>
#include <iostream>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "admin_scp11.h"
#include "admin_subcommands.h"
#include "bytes/hex.h"
#include "scp/certificate.h"

namespace cose::app {

namespace {

struct CertificateOptions {
  std::string key;
  std::vector<std::string> values;
};

using Json = nlohmann::ordered_json;

Json to_json(ByteView encoded) {
  Json json{{"certificate", to_hex(encoded)}};
  if (const auto certificate = scp::Certificate::parse(encoded)) {
    json["serial"] = to_hex(certificate->serial_number);
    json["issuer"] = to_hex(certificate->issuer);
    json["subject"] = to_hex(certificate->subject);
    json["until"] = to_hex(certificate->expiration);
    json["use"] = certificate->use == scp::CertificateUse::kSignature ? "signature" : "key agreement";
  }
  return json;
}

Status show(AdminDesk& desk, const CertificateOptions& what, const AdminOptions& options) {
  COSE_TRY(const auto key, parse_key_reference(what.key));
  COSE_TRY(const auto chain, gphost::read_certificates(desk.session(), key));
  for (const auto& encoded : chain) {
    const auto json = to_json(encoded);
    if (options.json)
      std::cout << json.dump() << "\n";
    else
      for (const auto& [name, value] : json.items()) fmt::print("{:<12}{}\n", name, value.get<std::string>());
  }
  return {};
}

Status store(AdminDesk& desk, const CertificateOptions& what, const AdminOptions& options) {
  COSE_TRY(const auto key, parse_key_reference(what.key));
  std::vector<Bytes> chain;
  for (const auto& file : what.values) {
    COSE_TRY(auto certificate, read_certificate(file));
    chain.push_back(std::move(certificate));
  }
  COSE_CHECK(gphost::store_certificates(desk.session(), key, chain));
  report(options,
         fmt::format("{} certificates stored for key {:02X}:{:02X}", chain.size(), key.version, key.identifier));
  return {};
}

Status name_authority(AdminDesk& desk, const CertificateOptions& what, const AdminOptions& options) {
  COSE_TRY(const auto key, parse_key_reference(what.key));
  COSE_TRY(const auto identifier, from_loose_hex(what.values.front()));
  COSE_CHECK(gphost::store_authority_identifier(desk.session(), key, gphost::AuthorityOf::kHosts, identifier));
  report(options,
         fmt::format("key {:02X}:{:02X} is that of authority {}", key.version, key.identifier, to_hex(identifier)));
  return {};
}

Status allow(AdminDesk& desk, const CertificateOptions& what, const AdminOptions& options) {
  COSE_TRY(const auto key, parse_key_reference(what.key));
  std::vector<Bytes> serial_numbers;
  for (const auto& text : what.values) {
    COSE_TRY(auto number, from_loose_hex(text));
    serial_numbers.push_back(std::move(number));
  }
  COSE_CHECK(gphost::store_allow_list(desk.session(), key, serial_numbers));
  report(options, serial_numbers.empty() ? "every certified host is let in"
                                         : fmt::format("{} hosts are let in", serial_numbers.size()));
  return {};
}

using Work = Status (*)(AdminDesk&, const CertificateOptions&, const AdminOptions&);

struct Verb {
  const char* name;
  const char* description;
  const char* values;  // what stands behind the key; null: nothing
  bool needs_value;
  Access access;
  Work work;
};

constexpr std::array kVerbs = {
    Verb{"show", "the certificates of a key, from the authority's down", nullptr, false, Access::kPlain, show},
    Verb{"store", "gives a key its certificates", "FILE", true, Access::kSecure, store},
    Verb{"authority", "says whose certificates a key checks", "IDENTIFIER", true, Access::kSecure, name_authority},
    Verb{"allow", "lets only hosts with these certificates in; none: all", "SERIAL", false, Access::kSecure, allow}};

}  // namespace

void add_certificate_verbs(CLI::App& admin, const std::shared_ptr<AdminOptions>& options, Verbs& verbs) {
  auto* parent = add_verb(admin, "certificates", "what belongs to the card's keys of SCP11");
  parent->require_subcommand(1);
  for (const auto& each : kVerbs) {
    auto* verb = add_verb(*parent, each.name, each.description);
    const auto what = std::make_shared<CertificateOptions>();
    verb->add_option("KEY", what->key, "VERSION:IDENTIFIER of the key, such as 1:0x11")->required();
    if (each.values != nullptr) verb->add_option(each.values, what->values)->required(each.needs_value);
    verbs.push_back({verb, [options, what, each] {
                       return at_desk(*options, each.access,
                                      [&](AdminDesk& desk) { return each.work(desk, *what, *options); });
                     }});
  }
}

}  // namespace cose::app
