// SPDX-License-Identifier: Apache-2.0
#include "host/card_opener.h"

#include <charconv>

#include "host/files.h"
#include "iso7816/echo_card.h"
#include "iso7816/replay_card.h"
#include "iso7816/transcript.h"
#include "kiosk/clf.h"
#include "pcsc/reader_source.h"

namespace cose::host {

namespace {

using iso7816::CardSource;

constexpr int kLongestTimeout = 3600;
// Between questions to a far grid that cannot be reached.
constexpr remote::BackoffLimits kPauses{.longest = std::chrono::seconds(15)};

Result<std::shared_ptr<CardSource>> replay_source(const CardUri& uri) {
  COSE_TRY(const auto text, read_file(uri.text, iso7816::kMaximumTranscriptSize));
  auto transcript = uri.text.ends_with(".clf") ? kiosk::parse_clf(text) : iso7816::Transcript::parse(text);
  if (!transcript) return std::unexpected(transcript.error().within(uri.text));
  return std::make_shared<iso7816::ReplaySource>("replay:" + uri.text,
                                                 std::make_shared<const iso7816::Transcript>(*std::move(transcript)));
}

Result<pcsc::Protocol> parse_protocol(const std::string& text) {
  if (text == "any") return pcsc::Protocol::kAny;
  if (text == "t0") return pcsc::Protocol::kT0;
  if (text == "t1") return pcsc::Protocol::kT1;
  return fail(ErrorKind::kInvalid, "protocol: expected t0, t1 or any, found \"" + text + "\"");
}

Result<int> parse_timeout(const std::string& text) {
  int seconds = 0;
  const auto* end = text.data() + text.size();
  if (std::from_chars(text.data(), end, seconds).ptr != end || seconds < 1 || seconds > kLongestTimeout)
    return fail(ErrorKind::kInvalid, "timeout: expected 1 to 3600 seconds, found \"" + text + "\"");
  return seconds;
}

Result<std::shared_ptr<CardSource>> pcsc_source(const CardUri& uri, pcsc::Sharing sharing) {
  pcsc::ReaderCardOptions options;
  options.sharing = sharing;
  if (uri.options.contains("exclusive")) options.sharing = pcsc::Sharing::kExclusive;
  if (uri.options.contains("shared")) options.sharing = pcsc::Sharing::kShared;
  COSE_TRY(options.protocol, parse_protocol(uri.option("protocol", "any")));
  if (uri.options.contains("timeout")) {
    COSE_TRY(const auto seconds, parse_timeout(uri.option("timeout")));
    options.command_timeout = std::chrono::seconds(seconds);
  }
  return std::make_shared<pcsc::ReaderSource>(uri.text, options);
}

// What is reached the same way.
std::string shared_key(const CardUri& uri) {
  auto key = uri.endpoint.text();
  for (const auto& [name, value] : uri.options) key.append("&").append(name).append("=").append(value);
  return key;
}

}  // namespace

Result<grid::SecureMode> parse_secure_mode(std::string_view text) {
  if (text == "off") return grid::SecureMode::kOff;
  if (text == "offer") return grid::SecureMode::kOffer;
  if (text == "require") return grid::SecureMode::kRequire;
  return fail(ErrorKind::kInvalid, "secure: expected off, offer or require, found \"" + std::string(text) + "\"");
}

Result<std::shared_ptr<CardSource>> CardOpener::source(std::string_view text) {
  COSE_TRY(const auto uri, CardUri::parse(text));
  switch (uri.scheme) {
    case CardScheme::kPcsc: return pcsc_source(uri, defaults_.sharing);
    case CardScheme::kGrid: return grid_source(uri);
    case CardScheme::kRacs: return racs_source(uri);
    case CardScheme::kReplay: return replay_source(uri);
    case CardScheme::kSim: return uri.text.empty() ? soft_cards_.source(uri) : stored_cards_.source(uri.text);
    case CardScheme::kEcho: break;
  }
  return std::make_shared<iso7816::EchoSource>();
}

Result<remote::Keeping> CardOpener::keeping(const CardUri& uri) const {
  const auto text = uri.option("keep", defaults_.keeping == remote::Keeping::kOn ? "on" : "off");
  if (text == "on") return remote::Keeping::kOn;
  if (text == "off") return remote::Keeping::kOff;
  return fail(ErrorKind::kInvalid, "keep: expected on or off, found \"" + text + "\"");
}

Result<std::shared_ptr<remote::LineConnector>> CardOpener::racs_connector(const CardUri& uri) const {
  net::LineClientOptions options{.endpoint = uri.endpoint,
                                 .secure = grid::SecureMode::kRequire,
                                 .opening = net::LineClientOptions::Opening::kTls,
                                 .tls = nullptr};
  COSE_TRY(options.tls, tls_context(uri));
  return std::make_shared<net::LineClient>(std::move(options));
}

Result<std::shared_ptr<remote::LineConnector>> CardOpener::connector(const CardUri& uri) {
  if (uri.scheme == CardScheme::kRacs) return racs_connector(uri);
  net::LineClientOptions options{.endpoint = uri.endpoint, .secure = defaults_.secure, .tls = nullptr};
  COSE_TRY(options.keeping, keeping(uri));
  if (uri.options.contains("secure")) {
    COSE_TRY(options.secure, parse_secure_mode(uri.option("secure")));
  }
  if (options.secure != grid::SecureMode::kOff) {
    COSE_TRY(options.tls, tls_context(uri));
  }
  return std::make_shared<net::LineClient>(std::move(options));
}

Result<std::shared_ptr<const net::TlsContext>> CardOpener::tls_context(const CardUri& uri) const {
  return net::TlsContext::client({.ca = uri.option("ca", defaults_.tls.ca),
                                  .certificate = uri.option("cert", defaults_.tls.certificate),
                                  .key = uri.option("key", defaults_.tls.key),
                                  .psk = uri.option("psk", defaults_.tls.psk)});
}

Result<std::shared_ptr<CardSource>> CardOpener::racs_source(const CardUri& uri) {
  if (uri.text.empty())
    return fail(ErrorKind::kInvalid, "racs://" + uri.endpoint.text() + "/: expected the SEID of a secure element");
  auto& far = racs_[shared_key(uri)];
  if (!far.connector) {
    COSE_TRY(far.connector, racs_connector(uri));
    far.inventory = std::make_shared<remote::RacsInventory>(far.connector, clock_, remote::Backoff(rng_, kPauses));
  }
  remote::RacsCardOptions options{.clock = &clock_};
  COSE_TRY(options.keeping, keeping(uri));
  COSE_TRY(options.patience, patience(uri));
  if (!uri.text.ends_with('*'))
    return std::make_shared<remote::RacsSource>(far.connector, far.inventory, uri.text, options);
  // Each source of a prefix is one more place of its mount.
  const auto prefix = uri.text.substr(0, uri.text.size() - 1);
  auto& mount = far.mounts[prefix];
  if (!mount) mount = std::make_shared<net::RacsMount>(far.inventory, prefix);
  return std::make_shared<net::RacsMountSource>(far.connector, mount, options);
}

Result<Nanoseconds> CardOpener::patience(const CardUri& uri) const {
  if (!uri.options.contains("timeout")) return defaults_.patience;
  COSE_TRY(const auto seconds, parse_timeout(uri.option("timeout")));
  return std::chrono::seconds(seconds);
}

Result<std::shared_ptr<CardSource>> CardOpener::grid_source(const CardUri& uri) {
  if (!uri.slot) return fail(ErrorKind::kInvalid, "grid://" + uri.endpoint.text() + "/: expected a slot, such as /101");
  // One inventory for all slots reached the same way.
  auto& grid = grids_[shared_key(uri)];
  if (!grid.connector) {
    COSE_TRY(grid.connector, connector(uri));
    grid.inventory = std::make_shared<remote::InventoryCache>(grid.connector, clock_, remote::Backoff(rng_, kPauses));
  }
  remote::GridCardOptions options{.clock = &clock_};
  COSE_TRY(options.keeping, keeping(uri));
  COSE_TRY(options.patience, patience(uri));
  return std::make_shared<remote::GridSource>(grid.connector, grid.inventory, *uri.slot, options);
}

}  // namespace cose::host
