// SPDX-License-Identifier: Apache-2.0
// The assembler's inside. It goes over the lines twice with the same code: the first pass learns where every name
// is, the second one writes the values. That works because no size depends on a value: a branch is as wide as its
// mnemonic says.
//
// One method for each directive, in four files by what they are about: assemble_package.cc, assemble_class.cc,
// assemble_code.cc, assemble_descriptor.cc.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cap/container.h"
#include "cap/detail/source.h"
#include "cap/methods.h"
#include "cap/model.h"
#include "cap/opcodes.h"

namespace cose::cap::detail {

// What the first pass learned.
struct Symbols {
  struct Method {
    MethodLocation location;
    std::size_t code_size = 0;
    std::size_t first_handler = 0;
    std::size_t handler_count = 0;
  };
  std::map<std::string, std::uint16_t> classes;
  std::map<std::string, Method> methods;
  std::map<std::string, std::uint16_t> constants;
  std::map<std::string, std::uint16_t> types;
  std::map<std::string, std::size_t> labels;  // "method label" to code offset
  std::vector<std::size_t> handler_counts;    // by block
};

class Assembler {
 public:
  explicit Assembler(const std::vector<std::vector<Token>>& lines) : lines_(lines) {}

  [[nodiscard]] Result<Components> run();

 private:
  enum class Pass { kLearn, kWrite };

  // Offsets in `methods` of the block; the handler table in front of them is added at the end.
  struct References {
    std::vector<std::size_t> byte;
    std::vector<std::size_t> byte2;
  };

  // All that a pass builds anew.
  struct Build {
    CapFile cap;
    std::vector<References> references;
    std::map<ComponentTag, Bytes> raw;        // .component
    std::map<ComponentTag, Bytes> custom;     // .custom
    std::set<ComponentTag> omitted;           // .omit
    std::map<std::string, Token> directory;   // .directory
    std::optional<std::uint8_t> flags;        // .flags
    std::optional<std::uint16_t> image_size;  // .static image=
    bool started = false;
    bool uses_int = false;
    bool mapping_given = false;
    std::string method;  // name of the current method, empty before the first
    std::size_t code_start = 0;
  };

  Status go_over(Pass pass);
  Status line(const std::vector<Token>& tokens);
  Result<Components> finish();
  Status finish_directory(Components& components);
  void derive();

  // Directives.
  Status cap(Arguments& arguments);
  Status package(Arguments& arguments);
  Status flags(Arguments& arguments);
  Status import(Arguments& arguments);
  Status applet(Arguments& arguments);
  Status constant(Arguments& arguments);
  Status statics(Arguments& arguments);
  Status array(Arguments& arguments);
  Status values(Arguments& arguments);
  Status export_class(Arguments& arguments);
  Status export_fields(Arguments& arguments);
  Status export_methods(Arguments& arguments);
  Status export_package(Arguments& arguments);
  Status resource(Arguments& arguments);
  Status resource_data(Arguments& arguments);
  Status debug(Arguments& arguments);
  Status custom(Arguments& arguments);
  Status component(Arguments& arguments);
  Status omit(Arguments& arguments);
  Status directory(Arguments& arguments);

  Status signature(Arguments& arguments);
  Status interface(Arguments& arguments);
  Status super(Arguments& arguments);
  Status class_info(Arguments& arguments);
  Status extends(Arguments& arguments);
  Status instance(Arguments& arguments);
  Status public_methods(Arguments& arguments);
  Status package_methods(Arguments& arguments);
  Status implements(Arguments& arguments);
  Status remote(Arguments& arguments);
  Status remote_method(Arguments& arguments);
  Status remote_interfaces(Arguments& arguments);
  Status token_mapping(Arguments& arguments);
  Status inheritable_tokens(Arguments& arguments);
  Status close_class();

  Status block(Arguments& arguments);
  Status method(Arguments& arguments);
  Status data(Arguments& arguments);
  Status byte(Arguments& arguments);
  Status catch_handler(Arguments& arguments);
  Status handler(Arguments& arguments);
  Status label(const Token& token);
  Status instruction(Arguments& arguments);
  Status references(Arguments& arguments, Operands operands, Bytes& code);
  Status branch(Arguments& arguments, Bytes& code, std::size_t width);
  Status constant_operand(Arguments& arguments, Bytes& code, std::size_t width);
  Status table_switch(Arguments& arguments, Bytes& code, std::size_t match_width);
  Status lookup_switch(Arguments& arguments, Bytes& code, std::size_t match_width);
  Status append_code(ByteView octets, const Token& where);

  Status descriptor(Arguments& arguments);
  Status descriptor_package(Arguments& arguments);
  Status class_descriptor(Arguments& arguments);
  Status descriptor_interfaces(Arguments& arguments);
  Status field_descriptor(Arguments& arguments);
  Status method_descriptor(Arguments& arguments);
  Status type(Arguments& arguments);
  Status constant_types(Arguments& arguments);

  // Operands.
  template <typename Map>
  Result<typename Map::mapped_type> look_up(const Map& map, const Token& token, std::string_view what);
  template <typename Map>
  Status define(Map& map, const Token& token, typename Map::mapped_type value);
  Result<ClassRef> class_ref(const Token& token);
  Result<MethodLocation> method_ref(const Token& token);
  Result<std::uint16_t> constant_index(const Token& token, std::int64_t maximum);
  Result<std::array<std::uint8_t, 3>> static_ref(const Token& token, ConstantTag tag);
  Result<std::uint16_t> type_offset(const Token& token);
  Result<TypeDescriptor> type_words(Arguments& arguments);
  Result<std::size_t> label_offset(const Token& token);
  Result<std::int64_t> distance(const Token& token, std::size_t instruction, std::int64_t limit);

  [[nodiscard]] Format format() const { return build_.cap.header.shape(); }
  [[nodiscard]] MethodBlock& current_block();
  [[nodiscard]] std::size_t methods_start(std::size_t block) const;
  [[nodiscard]] Result<ClassInfo*> current_class(const Arguments& arguments);
  void start_descriptor();
  [[nodiscard]] DescriptorComponent& descriptor_component();

  struct Directive {
    std::string_view name;
    Status (Assembler::*handler)(Arguments&);
  };
  static const std::vector<Directive>& directives();

  const std::vector<std::vector<Token>>& lines_;
  Symbols symbols_;
  Pass pass_ = Pass::kLearn;
  Build build_;
};

template <typename Map>
Result<typename Map::mapped_type> Assembler::look_up(const Map& map, const Token& token, std::string_view what) {
  const auto found = map.find(token.text);
  if (found != map.end()) return found->second;
  if (pass_ == Pass::kLearn) return typename Map::mapped_type{};
  return fail_at(token, "no " + std::string(what) + " is called '" + token.text + "'");
}

template <typename Map>
Status Assembler::define(Map& map, const Token& token, typename Map::mapped_type value) {
  if (pass_ == Pass::kWrite) return {};
  if (map.emplace(token.text, std::move(value)).second) return {};
  return fail_at(token, "'" + token.text + "' is defined twice");
}

}  // namespace cose::cap::detail
