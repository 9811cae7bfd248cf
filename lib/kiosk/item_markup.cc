// SPDX-License-Identifier: Apache-2.0
// The tree as XML, and as one HTML page. Whatever a card says is escaped: its texts are a stranger's.
#include <algorithm>

#include <fmt/core.h>

#include "bytes/hex.h"
#include "kiosk/item.h"

namespace cose::kiosk {

namespace {

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char character : text) {
    switch (character) {
      case '&': safe += "&amp;"; break;
      case '<': safe += "&lt;"; break;
      case '>': safe += "&gt;"; break;
      case '"': safe += "&quot;"; break;
      case '\'': safe += "&#39;"; break;
      default:
        // XML 1.0 §2.2 has no control characters, and octets beyond ASCII may be no UTF-8.
        if (character >= ' ' && character <= '~')
          safe += character;
        else
          safe += '.';
    }
  }
  return safe;
}

std::string_view name_of(ItemKind kind) {
  switch (kind) {
    case ItemKind::kGroup: return "group";
    case ItemKind::kObject: return "object";
    case ItemKind::kCheck: return "check";
    case ItemKind::kProblem: break;
  }
  return "problem";
}

void write_xml(const Item& item, const std::string& indent, std::string& out) {
  out += fmt::format("{}<{} title=\"{}\"", indent, name_of(item.kind), escaped(item.title));
  if (item.tag) out += fmt::format(" tag=\"{}\"", item.tag->to_string());
  if (!item.text.empty()) out += fmt::format(" text=\"{}\"", escaped(item.text));
  if (item.hidden) out += " hidden=\"yes\"";
  if (!item.value.empty()) out += fmt::format(" value=\"{}\"", to_hex(item.value));
  if (item.parts.empty() && item.children.empty() && !item.histogram) {
    out += "/>\n";
    return;
  }
  out += ">\n";
  for (const auto& part : item.parts)
    out += fmt::format("{}  <part start=\"{}\" size=\"{}\">{}</part>\n", indent, part.start, part.size,
                       escaped(part.text));
  if (item.histogram) {
    const auto& bins = *item.histogram;
    for (std::size_t bin = 0; bin < bins.baseline.size(); ++bin)
      out += fmt::format("{}  <bin from=\"{:.3f}\" baseline=\"{}\" observed=\"{}\"/>\n", indent,
                         bins.low + static_cast<double>(bin) * bins.width, bins.baseline[bin], bins.observed[bin]);
  }
  for (const auto& child : item.children) write_xml(child, indent + "  ", out);
  out += fmt::format("{}</{}>\n", indent, name_of(item.kind));
}

// Octets that a part covers light up when the pointer is on the part: by classes alone, without a script.
std::string marked_value(const Item& item) {
  if (item.value.empty()) return {};
  return fmt::format("<code>{}</code>", to_hex(item.value));
}

// Bars side by side: the baseline's, and what was measured now. Heights are shares, as the counts differ.
void write_bars(const std::vector<std::size_t>& counts, std::string_view name, double offset, std::string& out) {
  constexpr double kHeight = 80, kBin = 20, kBar = 9;
  std::size_t most = 1;
  for (const auto count : counts) most = std::max(most, count);
  for (std::size_t bin = 0; bin < counts.size(); ++bin) {
    const auto height = kHeight * static_cast<double>(counts[bin]) / static_cast<double>(most);
    if (counts[bin] != 0)
      out += fmt::format("<rect class=\"{}\" x=\"{:.0f}\" y=\"{:.1f}\" width=\"{:.0f}\" height=\"{:.1f}\"/>", name,
                         static_cast<double>(bin) * kBin + offset, kHeight - height, kBar, height);
  }
}

void write_histogram(const Histogram& histogram, std::string& out) {
  const auto bins = static_cast<double>(histogram.baseline.size());
  out += fmt::format("<svg viewBox=\"0 0 {:.0f} 100\" role=\"img\">", bins * 20);
  write_bars(histogram.baseline, "before", 0, out);
  write_bars(histogram.observed, "now", 10, out);
  out += fmt::format(
      "<text x=\"0\" y=\"96\">{:.2f} {}</text><text x=\"{:.0f}\" y=\"96\" text-anchor=\"end\">{:.2f} "
      "{}</text></svg>\n<p class=\"legend\"><b class=\"before\">baseline</b> <b class=\"now\">this "
      "card</b></p>\n",
      histogram.low, escaped(histogram.unit), bins * 20, histogram.low + bins * histogram.width,
      escaped(histogram.unit));
}

void write_html(const Item& item, int depth, std::string& out) {
  const auto tag = item.tag ? fmt::format("<b class=\"tag\">{}</b> ", item.tag->to_string()) : std::string();
  const auto text =
      item.text.empty() ? std::string() : fmt::format(": <span class=\"text\">{}</span>", escaped(item.text));
  const auto line = fmt::format("{}<span class=\"title\">{}</span>{}{}", tag, escaped(item.title), text,
                                item.hidden ? " <i>octets hidden</i>" : "");
  const bool leaf = item.children.empty() && item.parts.empty() && item.value.empty() && !item.histogram;
  if (leaf) {
    out += fmt::format("<div class=\"{}\">{}</div>\n", name_of(item.kind), line);
    return;
  }
  const bool open = item.kind != ItemKind::kObject || depth < 2;
  out += fmt::format("<details class=\"{}\"{}><summary>{}</summary>\n{}\n", name_of(item.kind), open ? " open" : "",
                     line, marked_value(item));
  if (!item.parts.empty()) {
    out += "<table>\n";
    for (const auto& part : item.parts)
      out += fmt::format("<tr><td>{}</td><td><code>{}</code></td><td>{}</td></tr>\n", part.start,
                         item.value.size() >= part.start + part.size
                             ? to_hex(ByteView(item.value).subspan(part.start, part.size))
                             : std::string(),
                         escaped(part.text));
    out += "</table>\n";
  }
  if (item.histogram) write_histogram(*item.histogram, out);
  for (const auto& child : item.children) write_html(child, depth + 1, out);
  out += "</details>\n";
}

constexpr std::string_view kStyle = R"(
body{font:15px/1.45 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222;background:#fff}
details{margin:.15em 0 .15em 1em;border-left:2px solid #e4e4e4;padding-left:.6em}
div{margin-left:1.6em}
summary{cursor:pointer}
.group>summary .title{font-weight:600}
.tag{font-family:ui-monospace,monospace;color:#06637a;font-weight:500}
code{font:12px ui-monospace,monospace;color:#666;word-break:break-all}
table{font-size:13px;border-collapse:collapse;margin:.2em 0 .4em 1em}
td{padding:0 .7em 0 0;vertical-align:top}
svg{width:100%;max-width:30em;height:auto;margin:.3em 0 0 1em}
svg text{font-size:11px;fill:currentColor}
rect.before{fill:#8fa3ad}
rect.now{fill:#c2571a}
.legend{margin:0 0 .4em 1em;font-size:12px}
b.before{color:#60757f}
b.now{color:#c2571a}
.check .title{color:#15702f}
.problem .title,.problem .text{color:#a3161d}
@media(prefers-color-scheme:dark){
body{background:#15171a;color:#ddd}
details{border-color:#333}
code{color:#999}
.tag{color:#6cc5da}
.check .title{color:#6cc98a}
.problem .title,.problem .text{color:#f08a8f}
}
)";

}  // namespace

std::string to_xml(const Item& item) {
  std::string out = "<?xml version=\"1.0\" encoding=\"US-ASCII\"?>\n";
  write_xml(item, "", out);
  return out;
}

std::string to_html(const Item& item) {
  auto out = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" "
      "content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">\n<title>{}</title>\n<style>{}</style></head>\n<body>\n",
      escaped(item.title), kStyle);
  write_html(item, 0, out);
  out += "</body></html>\n";
  return out;
}

}  // namespace cose::kiosk
