// SPDX-License-Identifier: Apache-2.0
#include "net/endpoint.h"

#include <charconv>

namespace cose::net {

namespace {

std::unexpected<Error> bad(std::string_view text) {
  return fail(ErrorKind::kInvalid, "expected HOST, HOST:PORT or [IPV6]:PORT, found \"" + std::string(text) + "\"");
}

}  // namespace

Result<Endpoint> Endpoint::parse(std::string_view text, std::uint16_t default_port) {
  Endpoint endpoint{.host = {}, .port = default_port};
  std::string_view port;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return bad(text);
    endpoint.host = text.substr(1, end - 1);
    port = text.substr(end + 1);
    if (!port.empty() && !port.starts_with(':')) return bad(text);
  } else {
    const auto colon = text.find(':');
    endpoint.host = text.substr(0, colon);
    port = colon == std::string_view::npos ? std::string_view{} : text.substr(colon);
  }
  if (endpoint.host.empty()) return bad(text);
  if (port.empty()) return endpoint;
  port.remove_prefix(1);
  const auto* end = port.data() + port.size();
  const auto [stopped, error] = std::from_chars(port.data(), end, endpoint.port);
  if (port.empty() || stopped != end || error != std::errc{}) return bad(text);
  return endpoint;
}

std::string Endpoint::text() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace cose::net
