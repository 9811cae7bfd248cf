// SPDX-License-Identifier: Apache-2.0
#include "grid/racs_http.h"

#include <algorithm>

#include "bytes/hex.h"

namespace cose::grid {

namespace {

std::unexpected<Error> bad(std::string text) {
  return fail(ErrorKind::kInvalid, "RACS query: " + std::move(text));
}

Result<std::string> decode(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    auto character = text[at] == '+' ? ' ' : text[at];
    if (character == '%') {
      const int high = at + 2 < text.size() ? hex_digit(text[at + 1]) : -1;
      const int low = at + 2 < text.size() ? hex_digit(text[at + 2]) : -1;
      if (high < 0 || low < 0) return bad("expected two hexadecimal digits behind %");
      character = static_cast<char>(high << 4 | low);
      at += 2;
    }
    if (character < ' ' || character > '~') return bad("a field holds a character that is not printable ASCII");
    plain += character;
  }
  return plain;
}

void append_escaped(std::string& to, std::string_view text) {
  for (const char character : text) {
    switch (character) {
      case '<': to += "&lt;"; break;
      case '>': to += "&gt;"; break;
      case '&': to += "&amp;"; break;
      case '"': to += "&quot;"; break;
      case '\'': to += "&apos;"; break;
      default: to += character;
    }
  }
}

void append_element(std::string& to, std::string_view name, std::string_view text) {
  to.append("<").append(name).append(">");
  append_escaped(to, text);
  to.append("</").append(name).append(">");
}

// "+009 001 Hello".
void append_status(std::string& to, std::string_view line) {
  to += "<Cmd-Response>";
  append_element(to, "status", line.substr(0, 4));
  append_element(to, "line", line.size() > 5 ? line.substr(5, 3) : std::string_view());
  append_element(to, "parameters", line.size() > 9 ? line.substr(9) : std::string_view());
  to += "</Cmd-Response>";
}

}  // namespace

Result<std::string> racs_lines_of_query(std::string_view query) {
  if (query.size() > kMaximumRacsQuery) return fail(ErrorKind::kLimit, "RACS query: longer than 262144 characters");
  std::string lines;
  while (!query.empty()) {
    const auto field = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(field.size() + 1, query.size()));
    if (field.empty()) continue;
    const auto equals = std::min(field.find('='), field.size());
    COSE_TRY(const auto name, decode(field.substr(0, equals)));
    COSE_TRY(const auto value, decode(field.substr(std::min(equals + 1, field.size()))));
    // A name with a blank would be a command with parameters of its own.
    if (name.empty() || name.find(' ') != std::string::npos) return bad("expected the name of a command before =");
    lines += name;
    if (!value.empty()) lines.append(" ").append(value);
    lines += "\r\n";
  }
  return lines;
}

std::string racs_xml(std::string_view responses) {
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<RACS-Response>";
  while (!responses.empty()) {
    const auto line = responses.substr(0, responses.find("\r\n"));
    responses.remove_prefix(std::min(line.size() + 2, responses.size()));
    if (line == "END")
      append_element(xml, "end", {});
    else if (line.starts_with("BEGIN"))
      append_element(xml, "begin", line.substr(std::min<std::size_t>(6, line.size())));
    else if (!line.empty())
      append_status(xml, line);
  }
  return xml + "</RACS-Response>\r\n";
}

}  // namespace cose::grid
