// SPDX-License-Identifier: Apache-2.0
#include "grid/line_decoder.h"

#include <algorithm>

namespace cose::grid {

namespace {

constexpr std::size_t kKeptCapacity = 1024;

bool is_text(char character) {
  const auto octet = static_cast<unsigned char>(character);
  return (octet >= 0x20 && octet < 0x7F) || octet == '\t';
}

}  // namespace

void LineDecoder::feed(ByteView octets) {
  if (start_ > 0) {
    buffer_.erase(0, start_);
    scanned_ -= start_;
    start_ = 0;
  }
  buffer_.append(as_text(octets));
}

std::optional<Line> LineDecoder::next() {
  const auto end = buffer_.find('\n', scanned_);
  if (end == std::string::npos) {
    scanned_ = buffer_.size();
    bound_unfinished_line();
    return std::nullopt;
  }
  const auto line = make_line(std::string_view(buffer_).substr(start_, end - start_));
  start_ = scanned_ = end + 1;
  skipping_ = false;
  return line;
}

Line LineDecoder::make_line(std::string_view raw) const {
  Line line;
  line.carriage_return = raw.ends_with('\r');
  if (line.carriage_return) raw.remove_suffix(1);
  if (skipping_ || raw.size() > maximum_line_)
    line.defect = LineDefect::kTooLong;
  else if (!std::ranges::all_of(raw, is_text))
    line.defect = LineDefect::kNotText;
  else
    line.text = raw;
  return line;
}

void LineDecoder::bound_unfinished_line() {
  // One octet more than the maximum may be the CR of a CR LF.
  if (!skipping_ && buffer_.size() - start_ <= maximum_line_ + 1) return;
  // Only the last octet is kept: it may be the CR before the LF that is still to come.
  skipping_ = true;
  if (buffer_.size() - start_ > 1) {
    buffer_.erase(0, buffer_.size() - 1);
    start_ = 0;
  }
  scanned_ = buffer_.size();
}

int LineDecoder::peek() const {
  return start_ < buffer_.size() ? static_cast<unsigned char>(buffer_[start_]) : -1;
}

Bytes LineDecoder::take_rest() {
  Bytes rest = to_bytes(as_bytes(std::string_view(buffer_).substr(start_)));
  buffer_.clear();
  start_ = scanned_ = 0;
  skipping_ = false;
  return rest;
}

void LineDecoder::shrink() {
  if (start_ < buffer_.size() || buffer_.capacity() <= kKeptCapacity) return;
  std::string().swap(buffer_);
  start_ = scanned_ = 0;
}

}  // namespace cose::grid
