// SPDX-License-Identifier: Apache-2.0
#include "classfile/descriptor.h"

#include <algorithm>

#include <fmt/format.h>

namespace cose::classfile {

namespace {

constexpr std::size_t kMaximumDimensions = 255;  // JVMS 8 §4.3.2
constexpr std::size_t kMaximumParameters = 255;  // JVMS 8 §4.3.3

class DescriptorReader {
 public:
  explicit DescriptorReader(std::string_view text) : text_(text) {}

  Result<FieldType> field(std::string_view primitives) {
    FieldType type;
    std::size_t dimensions = 0;
    while (take('[')) ++dimensions;
    if (at_ == text_.size() || dimensions > kMaximumDimensions) return malformed();
    type.dimensions = static_cast<std::uint8_t>(dimensions);
    type.kind = text_[at_++];
    if (type.kind == 'V' && dimensions != 0) return malformed();
    if (type.kind != 'L') {
      if (primitives.find(type.kind) == std::string_view::npos) return malformed();
      return type;
    }
    const auto end = text_.find(';', at_);
    if (end == std::string_view::npos || end == at_) return malformed();
    type.class_name = text_.substr(at_, end - at_);
    at_ = end + 1;
    return type;
  }

  Result<MethodType> method() {
    MethodType type;
    if (!take('(')) return malformed();
    while (!take(')')) {
      if (type.parameters.size() == kMaximumParameters) return malformed();
      COSE_TRY(auto parameter, field("BCDFIJSZ"));
      type.parameters.push_back(std::move(parameter));
    }
    COSE_TRY(type.result, field("BCDFIJSZV"));
    return type;
  }

  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
  [[nodiscard]] std::unexpected<Error> malformed() const {
    return fail(ErrorKind::kInvalid, fmt::format("'{}' is no descriptor", text_));
  }

 private:
  bool take(char wanted) {
    if (at_ == text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<FieldType> parse_field_descriptor(std::string_view descriptor) {
  DescriptorReader reader(descriptor);
  COSE_TRY(auto type, reader.field("BCDFIJSZ"));
  if (!reader.at_end()) return reader.malformed();
  return type;
}

Result<MethodType> parse_method_descriptor(std::string_view descriptor) {
  DescriptorReader reader(descriptor);
  COSE_TRY(auto type, reader.method());
  if (!reader.at_end()) return reader.malformed();
  return type;
}

std::string to_java(const FieldType& type) {
  std::string text;
  switch (type.kind) {
    case 'B': text = "byte"; break;
    case 'C': text = "char"; break;
    case 'D': text = "double"; break;
    case 'F': text = "float"; break;
    case 'I': text = "int"; break;
    case 'J': text = "long"; break;
    case 'S': text = "short"; break;
    case 'Z': text = "boolean"; break;
    case 'V': text = "void"; break;
    default: text = type.class_name; std::ranges::replace(text, '/', '.');
  }
  for (unsigned each = 0; each < type.dimensions; ++each) text += "[]";
  return text;
}

}  // namespace cose::classfile
