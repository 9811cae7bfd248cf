// SPDX-License-Identifier: Apache-2.0
// HOST:PORT as people write it: "127.0.0.1:2310", "[::1]:2310", "rack.example" with a default port. A value type.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bytes/result.h"

namespace cose::net {

// The SIM Array client's default.
inline constexpr std::uint16_t kSimArrayPort = 2310;
// The default of the author's RACS server; the draft assigns none.
inline constexpr std::uint16_t kRacsPort = 7777;

// Nobody's in particular; the usual one for HTTP beside a machine's own server.
inline constexpr std::uint16_t kHttpPort = 8080;

struct Endpoint {
  std::string host;
  std::uint16_t port = 0;  // 0: any free one, for listeners

  // Error: kInvalid, naming what was expected.
  [[nodiscard]] static Result<Endpoint> parse(std::string_view text, std::uint16_t default_port);
  [[nodiscard]] std::string text() const;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

}  // namespace cose::net
