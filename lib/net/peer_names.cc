// SPDX-License-Identifier: Apache-2.0
#include "net/detail/peer_names.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include <openssl/x509v3.h>

namespace cose::net::detail {

namespace {

using Kind = grid::Identity::Kind;

constexpr int kLongestName = 255;

struct Free {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
  void operator()(unsigned char* octets) const { OPENSSL_free(octets); }
};

// Whatever its string type is, as UTF-8; nothing if it holds what no name should: a zero that ends it for others, a
// line end that ends a line of a log.
std::optional<std::string> name_of(const ASN1_STRING* text) {
  unsigned char* octets = nullptr;
  const int size = ASN1_STRING_to_UTF8(&octets, text);
  const std::unique_ptr<unsigned char, Free> owner(octets);
  if (size < 1 || size > kLongestName) return std::nullopt;
  const std::string name(octets, octets + size);
  const auto is_control = [](char character) {
    return static_cast<unsigned char>(character) < 0x20 || character == 0x7F;
  };
  if (std::ranges::any_of(name, is_control)) return std::nullopt;
  return name;
}

void add_common_name(const X509* certificate, std::vector<grid::Identity>& found) {
  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int first = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (first < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, first) >= 0) return;
  if (auto name = name_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, first))))
    found.push_back({Kind::kCommonName, *std::move(name)});
}

}  // namespace

std::vector<grid::Identity> identities_in(const X509* certificate) {
  std::vector<grid::Identity> found;
  add_common_name(certificate, found);
  const std::unique_ptr<GENERAL_NAMES, Free> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int at = 0; names && at < sk_GENERAL_NAME_num(names.get()); ++at) {
    int type = 0;
    const auto* text =
        static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), at), &type));
    if (type != GEN_DNS && type != GEN_EMAIL && type != GEN_URI) continue;
    if (auto name = name_of(text)) found.push_back({Kind::kAlternativeName, *std::move(name)});
  }
  return found;
}

}  // namespace cose::net::detail
