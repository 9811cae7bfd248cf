// SPDX-License-Identifier: Apache-2.0
// What a terminal and an issuer host say to each other: one JSON object a line (docs/protocols/issuer.md), and the
// client side of it as a host for terminals.
//
// Errors: kInvalid for a line of another form; of the client those of net/line_client.h.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "emv/authorisation.h"
#include "net/endpoint.h"
#include "remote/line_channel.h"

namespace cose::host {

inline constexpr std::uint16_t kIssuerPort = 2583;

[[nodiscard]] std::string to_line(const emv::AuthorisationRequest& request);
[[nodiscard]] std::string to_line(const emv::AuthorisationResponse& response);
[[nodiscard]] Result<emv::AuthorisationRequest> request_of_line(std::string_view line);
[[nodiscard]] Result<emv::AuthorisationResponse> response_of_line(std::string_view line);

// What an issuer host answers to a line, also to one that is no request.
[[nodiscard]] std::string answer_line(emv::AuthorisationHost& issuer, std::string_view line);

// Connects with the first request, and anew after an error.
class RemoteIssuer final : public emv::AuthorisationHost {
 public:
  explicit RemoteIssuer(net::Endpoint endpoint) : endpoint_(std::move(endpoint)) {}
  [[nodiscard]] Result<emv::AuthorisationResponse> authorise(const emv::AuthorisationRequest& request) override;

 private:
  net::Endpoint endpoint_;
  std::unique_ptr<remote::LineChannel> channel_;
};

}  // namespace cose::host
