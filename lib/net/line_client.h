// SPDX-License-Identifier: Apache-2.0
// The sockets behind remote/line_channel.h: connects to a far grid, reads its greeting, says HELLO, upgrades to TLS.
//
// Blocking. A connection has the patience given from the first packet to the last of its TLS handshake, an exchange
// what the caller gives it; only the resolver of host names keeps its own time (resolv.conf). A client is immutable and
// may connect for several threads; a channel is used by one thread at a time and needs no client any more. Errors:
// kNotFound (host name), kClosed (no listener, or the connection broke), kTimeout, kRefused (TLS, or a channel in clear
// where a secure one was asked for), kLimit (a reply line without end).
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "bytes/clock.h"
#include "grid/ascii_session.h"
#include "net/endpoint.h"
#include "net/tls.h"
#include "remote/grid_card.h"

namespace cose::net {

struct LineClientOptions {
  Endpoint endpoint;
  std::string client_name = "cose";
  // kOff: no HELLO. kOffer: TLS if the grid says SECURE. kRequire: TLS or an error.
  grid::SecureMode secure = grid::SecureMode::kOffer;
  // kTls: RACS, which has TLS from the first octet and greets nobody.
  // kSilent: neither greeting nor TLS, as issuers are asked (docs/protocols/issuer.md).
  enum class Opening { kGreeting, kTls, kSilent } opening = Opening::kGreeting;
  // Asks with HELLO whether the grid keeps slots (remote/grid_card.h).
  remote::Keeping keeping = remote::Keeping::kOff;
  // Needed for TLS; made by the caller, so that bad files are told before anything connects.
  std::shared_ptr<const TlsContext> tls;
};

class LineClient final : public remote::LineConnector {
 public:
  explicit LineClient(LineClientOptions options) : options_(std::move(options)) {}

  [[nodiscard]] Result<std::unique_ptr<remote::LineChannel>> connect(Nanoseconds patience) override;
  void pause(Nanoseconds time) override;
  [[nodiscard]] std::string address() const override { return options_.endpoint.text(); }

 private:
  LineClientOptions options_;
};

}  // namespace cose::net
