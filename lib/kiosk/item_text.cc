// SPDX-License-Identifier: Apache-2.0
// The tree on a terminal.
#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "bytes/hex.h"
#include "kiosk/item.h"

namespace cose::kiosk {

namespace {

// A line of hexadecimal; longer values go on below each other.
constexpr std::size_t kOctetsOfALine = 32;

enum class Ink { kPlain, kBold, kDim, kGood, kBad, kTag };

class Writer {
 public:
  explicit Writer(const TextStyle& style) : style_(style) {}

  void write(const Item& item, const std::string& lead, const std::string& below) {
    out_ += lead + heading(item) + "\n";
    write_details(item, below + (item.children.empty() ? "   " : "│  "));
    for (std::size_t at = 0; at < item.children.size(); ++at) {
      const bool last = at + 1 == item.children.size();
      write(item.children[at], below + (last ? "└─ " : "├─ "), below + (last ? "   " : "│  "));
    }
  }

  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  [[nodiscard]] std::string inked(Ink ink, std::string_view text) const {
    if (!style_.colours || text.empty()) return std::string(text);
    static constexpr std::string_view kCodes[] = {"0", "1", "2", "32", "31", "36"};
    return fmt::format("\x1b[{}m{}\x1b[0m", kCodes[static_cast<std::size_t>(ink)], text);
  }

  [[nodiscard]] std::string heading(const Item& item) const {
    auto line = item.tag ? inked(Ink::kTag, item.tag->to_string()) + " " : std::string();
    switch (item.kind) {
      case ItemKind::kGroup: line += inked(Ink::kBold, item.title); break;
      case ItemKind::kObject: line += item.title; break;
      case ItemKind::kCheck: line += inked(Ink::kGood, "ok " + item.title); break;
      case ItemKind::kProblem: line += inked(Ink::kBad, "! " + item.title); break;
    }
    if (!item.text.empty()) line += ": " + item.text;
    if (item.hidden) line += inked(Ink::kDim, "  (octets hidden)");
    if (fits(item)) line += "  " + inked(Ink::kDim, to_hex(item.value));
    return line;
  }

  [[nodiscard]] static bool fits(const Item& item) {
    return !item.value.empty() && item.value.size() <= kOctetsOfALine / 2;
  }

  void write_details(const Item& item, const std::string& lead) {
    if (!item.value.empty() && !fits(item))
      for (std::size_t at = 0; at < item.value.size(); at += kOctetsOfALine) {
        const auto rest = ByteView(item.value).subspan(at);
        out_ += lead + inked(Ink::kDim, to_hex(rest.first(std::min(kOctetsOfALine, rest.size())))) + "\n";
      }
    for (const auto& part : item.parts) {
      const auto range = part.size == 1 ? fmt::format("[{}]", part.start)
                                        : fmt::format("[{}-{}]", part.start, part.start + part.size - 1);
      out_ += lead + (style_.parts ? inked(Ink::kDim, range) + " " : "· ") + part.text + "\n";
    }
    if (item.histogram) write_histogram(*item.histogram, lead);
  }

  // Two rows of blocks, each as high as its own share.
  void write_histogram(const Histogram& histogram, const std::string& lead) {
    for (const auto& [name, counts] : {std::pair(std::string_view("baseline "), &histogram.baseline),
                                       std::pair(std::string_view("this card"), &histogram.observed)})
      out_ += lead + std::string(name) + " " + bars(*counts) + "\n";
    out_ += lead + fmt::format("          {:.2f} to {:.2f} {}\n", histogram.low,
                               histogram.low + histogram.width * static_cast<double>(histogram.baseline.size()),
                               histogram.unit);
  }

  [[nodiscard]] static std::string bars(const std::vector<std::size_t>& counts) {
    static constexpr std::string_view kBlocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    std::size_t most = 1;
    for (const auto count : counts) most = std::max(most, count);
    std::string row;
    for (const auto count : counts) row += kBlocks[(count * 8 + most - 1) / most];
    return row;
  }

  TextStyle style_;
  std::string out_;
};

}  // namespace

std::string to_text(const Item& item, const TextStyle& style) {
  Writer writer(style);
  writer.write(item, "", "");
  return writer.take();
}

}  // namespace cose::kiosk
