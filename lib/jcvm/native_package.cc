// SPDX-License-Identifier: Apache-2.0
// Packages from tables of natives.
#include <algorithm>

#include <fmt/format.h>

#include "jcvm/detail/class_layout.h"
#include "jcvm/link.h"

namespace cose::jcvm {

namespace {

class Builder {
 public:
  Builder(const NativePackage& description, Packages available) : description_(description), available_(available) {}

  Result<std::shared_ptr<const Package>> run() {
    auto& package = *package_;
    package.name = description_.name;
    package.native = true;
    package.identity = to_bytes(as_bytes(description_.aid));
    package.identity.push_back(description_.version.major);
    package.identity.push_back(description_.version.minor);
    package.exports.push_back({{description_.version, to_bytes(as_bytes(description_.aid))}, {}});
    package.statics.reference_count = description_.static_references;
    package.statics.initial.assign(std::size_t{2} * description_.static_references, 0);
    package.statics.instances.resize(description_.static_references);
    // Interfaces and super classes may stand anywhere in the table.
    for (const auto& each : description_.classes) {
      auto& made = package.classes.emplace_back();
      made.package = &package;
      made.index = static_cast<std::uint16_t>(package.classes.size() - 1);
      made.name = each.name;
      auto& exported = package.exports[0].classes;
      if (exported.size() <= each.token) exported.resize(each.token + 1U);
      exported[each.token].type = &made;
    }
    for (const auto& each : description_.classes)
      if (auto status = build(each); !status)
        return std::unexpected(status.error().within(fmt::format("{}: class {}", description_.name, each.name)));
    finish();
    return package_;
  }

 private:
  void finish() {
    auto& package = *package_;
    for (const auto& each : package.classes) package.by_name.push_back(&each);
    std::ranges::sort(package.by_name, {}, [](const Class* type) -> const std::string& { return type->name; });
    auto& exported = package.exports[0].classes;
    for (const auto& each : description_.classes)
      if ((each.flags & kNativeHidden) != 0) exported[each.token] = {};
    while (!exported.empty() && exported.back().type == nullptr) exported.pop_back();
  }

  [[nodiscard]] Class& class_of(const NativeClass& described) {
    return package_->classes[package_->exports[0].classes[described.token].type->index];
  }

  Result<const Class*> find(ClassName name) {
    if (name.package_aid.empty() || name.package_aid == description_.aid) {
      const auto described = std::ranges::find(description_.classes, name.token, &NativeClass::token);
      if (described == description_.classes.end())
        return fail(ErrorKind::kNotFound, fmt::format("there is no class {}", name.token));
      COSE_CHECK(build(*described));
      return &class_of(*described);
    }
    for (const auto& package : available_)
      if (const auto* exported = package->find_class(as_bytes(name.package_aid), name.token);
          exported != nullptr && exported->type != nullptr) {
        if (std::ranges::find(package_->imports, package) == package_->imports.end())
          package_->imports.push_back(package);
        return exported->type;
      }
    return fail(ErrorKind::kNotFound, fmt::format("there is no class {} of another package", name.token));
  }

  // Once per class, super classes first. A class that waits for itself is the table's fault.
  Status build(const NativeClass& described) {
    auto& state = states_[described.token];
    if (state == State::kBuilt) return {};
    if (state == State::kBuilding) return fail(ErrorKind::kInvalid, "derives from itself");
    state = State::kBuilding;
    auto& made = class_of(described);
    made.is_interface = (described.flags & kNativeInterface) != 0;
    made.is_shareable = (described.flags & kNativeShareable) != 0;
    made.is_abstract = (described.flags & (kNativeAbstract | kNativeInterface)) != 0;
    made.is_final = (described.flags & kNativeFinal) != 0;
    COSE_CHECK(made.is_interface ? build_interface(described, made) : build_class(described, made));
    auto& exported = package_->exports[0].classes[described.token];
    for (const auto& each : described.static_methods)
      COSE_CHECK(
          add_method(made, each, each.name == "<init>" ? Kind::kConstructor : Kind::kStatic, exported.static_methods));
    for (const auto index : described.static_fields) {
      exported.static_fields.push_back(static_cast<std::uint16_t>(2 * index));
      package_->statics.instances[index] = &made;
    }
    if ((described.flags & kNativeThrown) != 0) package_->thrown.push_back(&made);
    states_[described.token] = State::kBuilt;
    return {};
  }

  Status build_interface(const NativeClass& described, Class& made) {
    for (const auto& each : described.interfaces) {
      COSE_TRY(const auto* super, find(each.name));
      detail::add_super_interface(made, *super);
    }
    for (const auto& each : described.virtual_methods)
      COSE_CHECK(add_method(made, each, Kind::kVirtual, made.interface_methods));
    return {};
  }

  Status build_class(const NativeClass& described, Class& made) {
    if (described.super.token != 0xFF) {
      COSE_TRY(made.super, find(described.super));
      made.ancestors = made.super->ancestors;
      made.native_octets = made.super->native_octets;
      made.first_cell = made.super->instance_octets;
      made.reference_offsets = made.super->reference_offsets;
      made.virtual_methods = made.super->virtual_methods;
    }
    made.ancestors.push_back(&made);
    // State octets, then reference cells, after what the super class has.
    const auto cells = made.first_cell + (described.state_octets + 1) / 2 * 2;
    made.native_octets = static_cast<std::uint16_t>(cells + 2 * described.reference_cells);
    made.instance_octets = made.native_octets;
    for (int at = 0; at < described.reference_cells; ++at)
      made.reference_offsets.push_back(static_cast<std::uint16_t>(cells + 2 * at));
    for (const auto& each : described.virtual_methods)
      COSE_CHECK(add_method(made, each, Kind::kVirtual, made.virtual_methods));
    for (const auto& each : described.interfaces) {
      COSE_TRY(const auto* interface, find(each.name));
      detail::add_interface(made, {interface, each.tokens});
    }
    detail::inherit_interfaces(made);
    return {};
  }

  enum class Kind { kVirtual, kStatic, kConstructor };

  Status add_method(const Class& owner, const NativeMethod& described, Kind kind, std::vector<const Method*>& table) {
    auto signature = parse_signature(described.descriptor, kind == Kind::kStatic);
    if (!signature) return std::unexpected(signature.error());
    auto& method = package_->methods.emplace_back();
    method.native = described.function;
    method.package = package_.get();
    method.owner = &owner;
    method.argument_words = static_cast<std::uint8_t>(signature->words());
    method.returns = signature->returns;
    method.shape = shape_of(method.argument_words, words_of(method.returns));
    method.is_static = kind == Kind::kStatic;
    method.is_abstract = described.abstract;
    method.arguments = signature->arguments;
    method.name = fmt::format("{}.{}{}", owner.name, described.name, described.descriptor);
    if (table.size() <= described.token) table.resize(described.token + 1U);
    table[described.token] = &method;
    return {};
  }

  enum class State { kNew, kBuilding, kBuilt };

  const NativePackage& description_;
  Packages available_;
  std::shared_ptr<Package> package_ = std::make_shared<Package>();
  std::array<State, 256> states_{};
};

// One type at `at`, which moves behind it. 0: none.
char letter_of(std::string_view descriptor, std::size_t& at) {
  const auto start = at;
  while (at < descriptor.size() && descriptor[at] == '[') ++at;
  if (at >= descriptor.size()) return 0;
  const bool array = at != start;
  const char type = descriptor[at++];
  if (type == 'L') {
    const auto end = descriptor.find(';', at);
    if (end == std::string_view::npos) return 0;
    at = end + 1;
    return 'a';
  }
  if (std::string_view("BSZI").find(type) == std::string_view::npos) return 0;
  if (array) return 'a';
  return type == 'I' ? 'i' : 's';
}

}  // namespace

std::size_t Signature::words() const {
  return arguments.size() + static_cast<std::size_t>(std::ranges::count(arguments, 'i'));
}

Result<Signature> parse_signature(std::string_view descriptor, bool is_static) {
  Signature signature;
  if (!is_static) signature.arguments = "a";
  const auto bad = [&] { return fail(ErrorKind::kInvalid, fmt::format("'{}' is no method descriptor", descriptor)); };
  if (!descriptor.starts_with('(')) return bad();
  std::size_t at = 1;
  while (at < descriptor.size() && descriptor[at] != ')') {
    const auto letter = letter_of(descriptor, at);
    if (letter == 0) return bad();
    signature.arguments += letter;
  }
  if (at + 1 >= descriptor.size()) return bad();
  ++at;
  if (descriptor.substr(at) == "V") return signature;
  const auto letter = letter_of(descriptor, at);
  if (letter == 0 || at != descriptor.size()) return bad();
  signature.returns = letter == 'a' ? Returns::kReference : letter == 'i' ? Returns::kInt : Returns::kShort;
  return signature;
}

Result<std::shared_ptr<const Package>> make_native_package(const NativePackage& description, Packages available) {
  return Builder(description, available).run();
}

}  // namespace cose::jcvm
