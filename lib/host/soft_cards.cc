// SPDX-License-Identifier: Apache-2.0
#include "host/soft_cards.h"

#include <charconv>

#include "cap/limits.h"
#include "host/card_profile_file.h"
#include "host/files.h"

namespace cose::host {

namespace {

Result<std::uint32_t> parse_serial(const std::string& text) {
  std::uint32_t serial = 0;
  const auto* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, serial);
  if (error != std::errc() || at != end || text.empty())
    return fail(ErrorKind::kInvalid, "serial: expected a number, found \"" + text + "\"");
  return serial;
}

Status load_all(const std::string& files, softse::CardProduct& product) {
  for (std::size_t from = 0; from < files.size();) {
    const auto comma = std::min(files.find(',', from), files.size());
    COSE_TRY(const auto octets, read_file(files.substr(from, comma - from), cap::kMaximumFile));
    product.preloaded.push_back({.cap = to_bytes(as_bytes(octets))});
    from = comma + 1;
  }
  return {};
}

Result<softse::CardProduct> product_of(const CardUri& uri) {
  softse::CardProduct product;
  if (uri.options.contains("profile")) {
    COSE_TRY(product, load_card_product(uri.option("profile")));
  }
  if (uri.options.contains("scp")) {
    const auto number = uri.option("scp");
    if (number != "02" && number != "03")
      return fail(ErrorKind::kInvalid, "scp: expected 02 or 03, found \"" + number + "\"");
    COSE_CHECK(softse::prefer_protocol(product, number == "03" ? 0x03 : 0x02));
  }
  COSE_CHECK(load_all(uri.option("load"), product));
  return product;
}

std::string text_of(const CardUri& uri, std::string_view but) {
  std::string text = "sim:";
  for (const auto& [name, value] : uri.options)
    if (name != but) text.append(text.size() == 4 ? "?" : "&").append(name).append("=").append(value);
  return text;
}

}  // namespace

Result<SoftCards::Kind*> SoftCards::kind(const CardUri& uri) {
  auto& known = kinds_[text_of(uri, "serial")];
  if (known.factory != nullptr) return &known;
  COSE_TRY(auto product, product_of(uri));
  known.next_serial = product.first_serial;
  COSE_TRY(known.factory, softse::SoftCardFactory::create(std::move(product), packages_, clock_, rng_));
  return &known;
}

Result<std::shared_ptr<iso7816::CardSource>> SoftCards::source(const CardUri& uri) {
  auto found = kind(uri);
  if (!found) return std::unexpected(found.error().within("card URI \"" + text_of(uri, "") + "\""));
  auto serial = (*found)->next_serial;
  if (uri.options.contains("serial")) {
    COSE_TRY(serial, parse_serial(uri.option("serial")));
  } else {
    ++(*found)->next_serial;
  }
  return std::make_shared<softse::SoftCardSource>(text_of(uri, ""), (*found)->factory, serial);
}

}  // namespace cose::host
