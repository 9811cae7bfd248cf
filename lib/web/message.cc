// SPDX-License-Identifier: Apache-2.0
#include "web/message.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "bytes/hex.h"
#include "web/detail/json.h"

namespace cose::web {

namespace {

constexpr std::size_t kMaximumQueryFields = 64;

struct Reason {
  unsigned status;
  std::string_view words;
};

// RFC 9110 §15, RFC 6585; those that this server sends.
constexpr std::array kReasons{
    Reason{101, "Switching Protocols"},
    Reason{200, "OK"},
    Reason{201, "Created"},
    Reason{204, "No Content"},
    Reason{400, "Bad Request"},
    Reason{403, "Forbidden"},
    Reason{404, "Not Found"},
    Reason{405, "Method Not Allowed"},
    Reason{408, "Request Timeout"},
    Reason{409, "Conflict"},
    Reason{410, "Gone"},
    Reason{411, "Length Required"},
    Reason{413, "Content Too Large"},
    Reason{415, "Unsupported Media Type"},
    Reason{422, "Unprocessable Content"},
    Reason{426, "Upgrade Required"},
    Reason{429, "Too Many Requests"},
    Reason{431, "Request Header Fields Too Large"},
    Reason{500, "Internal Server Error"},
    Reason{502, "Bad Gateway"},
    Reason{503, "Service Unavailable"},
    Reason{504, "Gateway Timeout"},
};

unsigned status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalid:
    case ErrorKind::kUnsupported: return 400;
    case ErrorKind::kRefused: return 403;
    case ErrorKind::kNotFound: return 404;
    case ErrorKind::kBusy: return 409;
    case ErrorKind::kLimit: return 429;
    case ErrorKind::kTimeout: return 504;
    case ErrorKind::kClosed:
    case ErrorKind::kCardRemoved:
    case ErrorKind::kUnresponsive: return 502;
    case ErrorKind::kIo:
    case ErrorKind::kInternal: break;
  }
  return 500;
}

}  // namespace

std::string_view Request::field(std::string_view name) const {
  const auto found = std::ranges::find(fields, name, &Field::first);
  return found == fields.end() ? std::string_view() : std::string_view(found->second);
}

std::string_view Request::path() const {
  return std::string_view(target).substr(0, target.find('?'));
}

std::string_view Request::query() const {
  const auto mark = target.find('?');
  return mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
}

std::string_view reason_of(unsigned status) {
  const auto* const found = std::ranges::find(kReasons, status, &Reason::status);
  return found == kReasons.end() ? "Unknown" : found->words;
}

Problem problem_of(const Error& error) {
  return {status_of(error.kind), std::string(to_string(error.kind)), error.message};
}

Problem problem_of(const grid::Refusal& refusal) {
  switch (refusal.kind) {
    case grid::Refusal::Kind::kForbidden: return {403, "refused", refusal.text};
    case grid::Refusal::Kind::kQuota:
    case grid::Refusal::Kind::kNotNow: return {429, "limit", refusal.text};
    case grid::Refusal::Kind::kNoAudit: break;
  }
  return {503, "closed", refusal.text};
}

Response respond(const Problem& problem) {
  return {.status = problem.status,
          .type = "application/problem+json",
          .body = detail::text_of(detail::to_json(problem)),
          .fields = {}};
}

Result<std::string> decode_percent(std::string_view text, Plus plus) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '+' && plus == Plus::kBlank) {
      plain += ' ';
    } else if (text[at] != '%') {
      plain += text[at];
    } else {
      const int high = at + 2 < text.size() ? hex_digit(text[at + 1]) : -1;
      const int low = at + 2 < text.size() ? hex_digit(text[at + 2]) : -1;
      if (high < 0 || low < 0) return fail(ErrorKind::kInvalid, "expected two hexadecimal digits behind %");
      plain += static_cast<char>(high << 4 | low);
      at += 2;
    }
  }
  return plain;
}

Result<std::vector<Field>> query_fields(std::string_view query) {
  std::vector<Field> fields;
  while (!query.empty()) {
    const auto field = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(field.size() + 1, query.size()));
    if (field.empty()) continue;
    if (fields.size() == kMaximumQueryFields) return fail(ErrorKind::kLimit, "a query of more than 64 fields");
    const auto equals = std::min(field.find('='), field.size());
    COSE_TRY(auto name, decode_percent(field.substr(0, equals), Plus::kBlank));
    COSE_TRY(auto value, decode_percent(field.substr(std::min(equals + 1, field.size())), Plus::kBlank));
    fields.emplace_back(std::move(name), std::move(value));
  }
  return fields;
}

}  // namespace cose::web
