// SPDX-License-Identifier: Apache-2.0
// Requests and responses of HTTP as values, cut out of the octets by whoever moves them (net/http_session.h).
//
// A Problem is a failure as a client is told it: RFC 9457, with the kind of failure as its title. Texts are UTF-8 as
// they came; whoever puts them into JSON replaces what is not.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bytes/result.h"
#include "grid/access.h"

namespace cose::web {

using Field = std::pair<std::string, std::string>;

struct Request {
  std::string method;
  std::string target;         // as it stood in the request line
  std::vector<Field> fields;  // of the header, names in lower case
  std::string body;

  // Of the first field with this name in lower case; empty: there is none.
  [[nodiscard]] std::string_view field(std::string_view name) const;
  [[nodiscard]] std::string_view path() const;
  [[nodiscard]] std::string_view query() const;
};

struct Response {
  // What the connection does when the header is out.
  enum class Then : std::uint8_t { kNextRequest, kEvents, kSocket };

  unsigned status = 200;
  std::string type;  // empty: no body
  std::string body;
  std::vector<Field> fields;
  Then then = Then::kNextRequest;
};

[[nodiscard]] std::string_view reason_of(unsigned status);

struct Problem {
  unsigned status = 500;
  std::string title;
  std::string detail;
};

[[nodiscard]] Problem problem_of(const Error& error);
[[nodiscard]] Problem problem_of(const grid::Refusal& refusal);
[[nodiscard]] Response respond(const Problem& problem);
[[nodiscard]] inline Response respond(const Error& error) {
  return respond(problem_of(error));
}

// %41 and the like; "+" is a blank in queries only. Error: kInvalid.
enum class Plus : std::uint8_t { kItself, kBlank };
[[nodiscard]] Result<std::string> decode_percent(std::string_view text, Plus plus);

// The fields of a query in their order. Errors: kInvalid, kLimit (more than 64).
[[nodiscard]] Result<std::vector<Field>> query_fields(std::string_view query);

}  // namespace cose::web
