// SPDX-License-Identifier: Apache-2.0
#include "host/card_uri.h"

#include <algorithm>
#include <array>
#include <vector>

#include "bytes/hex.h"
#include "grid/seid_table.h"

namespace cose::host {

namespace {

struct SchemeRow {
  std::string_view prefix;
  CardScheme scheme;
  std::vector<std::string_view> options;
};

const std::vector<SchemeRow>& schemes() {
  static const std::vector<SchemeRow> rows{
      {"pcsc:", CardScheme::kPcsc, {"exclusive", "shared", "protocol", "timeout"}},
      {"grid://", CardScheme::kGrid, {"secure", "ca", "cert", "key", "psk", "timeout", "keep"}},
      {"racs://", CardScheme::kRacs, {"ca", "cert", "key", "psk", "timeout", "keep"}},
      {"replay:", CardScheme::kReplay, {}},
      {"echo:", CardScheme::kEcho, {}},
      {"sim:", CardScheme::kSim, {"profile", "scp", "load", "serial"}},
  };
  return rows;
}

std::unexpected<Error> bad(std::string_view uri, const std::string& wanted) {
  return fail(ErrorKind::kInvalid, "card URI \"" + std::string(uri) + "\": expected " + wanted);
}

Result<std::string> unescape(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      plain += text[at];
      continue;
    }
    const auto octet = from_hex(text.substr(at + 1, 2));
    if (!octet || octet->size() != 1) return bad(text, "two hexadecimal digits after %");
    plain += static_cast<char>(octet->front());
    at += 2;
  }
  return plain;
}

Status parse_options(std::string_view uri, std::string_view text, const SchemeRow& row, CardUri& parsed) {
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    const auto option = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto equals = std::min(option.find('='), option.size());
    const auto name = option.substr(0, equals);
    if (std::ranges::find(row.options, name) == row.options.end()) {
      std::string known;
      for (const auto& candidate : row.options) known += (known.empty() ? "" : ", ") + std::string(candidate);
      return bad(uri, known.empty() ? "no options" : "options of these: " + known);
    }
    COSE_TRY(auto value, unescape(option.substr(std::min(equals + 1, option.size()))));
    parsed.options[std::string(name)] = std::move(value);
  }
  return {};
}

Status parse_grid(std::string_view uri, std::string_view rest, CardUri& parsed) {
  const auto slash = std::min(rest.find('/'), rest.size());
  auto endpoint = net::Endpoint::parse(rest.substr(0, slash), net::kSimArrayPort);
  if (!endpoint) return bad(uri, "grid://HOST[:PORT]/SLOT");
  parsed.endpoint = *std::move(endpoint);
  const auto slot = rest.substr(std::min(slash + 1, rest.size()));
  if (slot.empty()) return {};
  const auto number = grid::SlotNumber::parse(slot);
  if (!number) return fail(ErrorKind::kInvalid, number.error().within("card URI \"" + std::string(uri) + "\"").message);
  parsed.slot = *number;
  return {};
}

Status parse_racs(std::string_view uri, std::string_view rest, CardUri& parsed) {
  const auto slash = std::min(rest.find('/'), rest.size());
  auto endpoint = net::Endpoint::parse(rest.substr(0, slash), net::kRacsPort);
  if (!endpoint) return bad(uri, "racs://HOST[:PORT]/SEID");
  parsed.endpoint = *std::move(endpoint);
  COSE_TRY(parsed.text, unescape(rest.substr(std::min(slash + 1, rest.size()))));
  if (parsed.text.empty()) return {};
  return grid::is_seid(parsed.text) ? Status() : bad(uri, "racs://HOST[:PORT]/SEID, a SEID of 1 to 63 characters");
}

}  // namespace

Result<CardUri> CardUri::parse(std::string_view text) {
  const auto row = std::ranges::find_if(
      schemes(), [text](const SchemeRow& candidate) { return text.starts_with(candidate.prefix); });
  if (row == schemes().end())
    return bad(text,
               "pcsc:[TEXT], grid://HOST[:PORT]/SLOT, racs://HOST[:PORT]/SEID, replay:FILE, sim:[DIR/NAME] or echo:");
  CardUri parsed;
  parsed.scheme = row->scheme;
  auto rest = text.substr(row->prefix.size());
  // A file's name may hold a question mark; only schemes with options give it a meaning.
  const auto question = row->options.empty() ? std::string_view::npos : rest.find('?');
  if (question != std::string_view::npos) {
    COSE_CHECK(parse_options(text, rest.substr(question + 1), *row, parsed));
    rest = rest.substr(0, question);
  }
  switch (row->scheme) {
    case CardScheme::kPcsc: {
      COSE_TRY(parsed.text, unescape(rest));
      return parsed;
    }
    case CardScheme::kGrid: COSE_CHECK(parse_grid(text, rest, parsed)); return parsed;
    case CardScheme::kRacs: COSE_CHECK(parse_racs(text, rest, parsed)); return parsed;
    case CardScheme::kReplay:
      if (rest.empty()) return bad(text, "replay:FILE");
      parsed.text = rest;
      return parsed;
    case CardScheme::kSim: {
      COSE_TRY(parsed.text, unescape(rest));
      if (!parsed.text.empty() && !parsed.options.empty()) return bad(text, "no options of a card that is kept");
      return parsed;
    }
    case CardScheme::kEcho: break;
  }
  if (!rest.empty()) return bad(text, "nothing after " + std::string(row->prefix) + " but options");
  return parsed;
}

namespace {

// Characters that have a meaning in a URI's options.
std::string escape(const std::string& text) {
  std::string escaped;
  for (const char character : text) {
    if (std::string_view("%&?=#").find(character) == std::string_view::npos)
      escaped += character;
    else
      escaped.append("%").append(to_hex(as_bytes(std::string_view(&character, 1))));
  }
  return escaped;
}

}  // namespace

std::string relocate_files(const std::string& uri, const std::string& folder) {
  constexpr std::string_view kReplay = "replay:";
  const auto is_relative = [](std::string_view file) { return !file.empty() && !file.starts_with('/'); };
  if (folder.empty()) return uri;
  if (uri.starts_with(kReplay))
    return is_relative(uri.substr(kReplay.size())) ? "replay:" + folder + "/" + uri.substr(kReplay.size()) : uri;
  constexpr std::string_view kSoft = "sim:";
  if (const auto place = std::string_view(uri).substr(std::min(uri.size(), kSoft.size()));
      uri.starts_with(kSoft) && place.find('/') < place.find('?'))
    return is_relative(place) ? "sim:" + escape(folder) + "/" + std::string(place) : uri;
  if (!uri.starts_with("grid://") && !uri.starts_with("racs://") && !uri.starts_with("sim:")) return uri;
  std::string relocated = uri;
  for (const std::string name : {"ca=", "cert=", "key=", "psk=", "profile=", "load="})
    for (auto at = relocated.find(name); at != std::string::npos; at = relocated.find(name, at + 1)) {
      const bool is_option = at > 0 && (relocated[at - 1] == '?' || relocated[at - 1] == '&');
      if (is_option && is_relative(std::string_view(relocated).substr(at + name.size())))
        relocated.insert(at + name.size(), escape(folder) + "/");
    }
  return relocated;
}

std::string CardUri::option(const std::string& name, std::string_view otherwise) const {
  const auto found = options.find(name);
  return found == options.end() ? std::string(otherwise) : found->second;
}

}  // namespace cose::host
