// SPDX-License-Identifier: Apache-2.0
#include "jcapi/binding.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "api/api.h"
#include "jcvm/link.h"
#include "jcvm/machine.h"

namespace cose::jcapi {

namespace {

using jcvm::ClassName;
using jcvm::NativeClass;
using jcvm::NativeFlag;
using jcvm::NativeMethod;
using jcvm::NativePackage;

constexpr std::string_view kThrowable = "java/lang/Throwable";
// Tokens of hidden classes, above those of the table.
constexpr std::uint8_t kFirstHidden = 0x80;

using MethodName = std::pair<std::string_view, std::string_view>;  // class, name and descriptor

// A virtual method of a class as it is being joined.
struct Virtual {
  std::string key;
  std::uint8_t token = 0;
};

bool is_throwable(const api::Class& type) {
  const auto* super = &type;
  while (super != nullptr && super->name != kThrowable) super = api::find_class(super->super);
  return super != nullptr;
}

std::string key_of(const api::Method& method) {
  return fmt::format("{}{}", method.name, method.descriptor);
}

class Joiner {
 public:
  explicit Joiner(std::span<const Bindings> bindings) {
    for (const auto& each : bindings) {
      for (const auto& method : each.methods) methods_.emplace(MethodName(method.class_name, method.method), &method);
      for (const auto& state : each.states) states_.emplace(state.class_name, &state);
      for (const auto& hidden : each.hidden) hidden_.push_back(&hidden);
    }
  }

  Result<std::vector<std::shared_ptr<const jcvm::Package>>> run() {
    std::vector<std::shared_ptr<const jcvm::Package>> made;
    for (const auto& package : api::packages()) {
      const auto described = describe(package);
      COSE_TRY(auto linked, jcvm::make_native_package(described, made));
      made.push_back(std::move(linked));
    }
    COSE_CHECK(all_used());
    return made;
  }

 private:
  NativePackage describe(const api::Package& package) {
    NativePackage described;
    described.name = package.name;
    described.aid = package.aid;
    described.version = {package.version.major, package.version.minor};
    for (const auto& type : package.classes) described.classes.push_back(describe(type, described.static_references));
    auto token = kFirstHidden;
    for (const auto* hidden : hidden_)
      if (api::package_of(hidden->class_name) == package.name) hidden_tokens_[hidden->class_name] = token++;
    for (const auto* hidden : hidden_)
      if (api::package_of(hidden->class_name) == package.name) described.classes.push_back(describe(*hidden));
    return described;
  }

  NativeClass describe(const api::Class& type, std::uint8_t& static_references) {
    NativeClass made;
    made.token = type.token;
    made.name = type.name;
    made.super = name_of(type.super);
    set_state(type.name, made);
    const auto flag = [&](std::uint16_t has, std::uint8_t native) {
      if ((type.flags & has) != 0) made.flags |= native;
    };
    flag(api::kInterface, jcvm::kNativeInterface);
    flag(api::kShareable, jcvm::kNativeShareable);
    flag(api::kAbstract, jcvm::kNativeAbstract);
    flag(api::kFinal, jcvm::kNativeFinal);
    if (!type.is_interface() && is_throwable(type)) made.flags |= jcvm::kNativeThrown;
    for (const auto& method : type.methods) add_method(type, method, made);
    for (const auto& field : type.fields)
      if (field.token != api::kNoToken) made.static_fields.push_back(static_references++);
    std::vector<Virtual> known;
    for (const auto& method : type.methods)
      if (!method.in_static_space()) known.push_back({key_of(method), method.token});
    for (const auto interface : type.interfaces) made.interfaces.push_back(map_of(interface, known));
    return made;
  }

  void add_method(const api::Class& type, const api::Method& method, NativeClass& made) {
    const auto key = key_of(method);
    const auto* bound = bound_to(type.name, key);
    const auto* super = api::find_class(type.super);
    const auto* above = super == nullptr ? nullptr : api::find_method(*super, method.name, method.descriptor);
    // The API numbers InitializedMessageDigest.doIntermediateMessageDigest() anew: its token is not that of above.
    const bool inherited = !method.in_static_space() && above != nullptr && above->token == method.token;
    if (bound == nullptr && inherited) return;
    NativeMethod described{method.token, method.name, method.descriptor, nullptr, false};
    described.abstract = type.is_interface() || (method.flags & api::kAbstract) != 0;
    if (bound != nullptr) described.function = bound->function;
    if (bound != nullptr) described.abstract = false;
    (method.in_static_space() ? made.static_methods : made.virtual_methods).push_back(described);
  }

  // Methods of the super class keep their tokens; what the interfaces add comes behind.
  NativeClass describe(const HiddenClass& hidden) {
    NativeClass made;
    made.token = hidden_tokens_.at(hidden.class_name);
    made.name = hidden.class_name;
    made.flags = jcvm::kNativeHidden;
    made.super = name_of(hidden.super);
    set_state(hidden.class_name, made);
    auto known = virtuals_of(hidden.super);
    std::uint8_t next = 0;
    for (const auto& each : known) next = std::max(next, static_cast<std::uint8_t>(each.token + 1));
    for (const auto name : hidden.interfaces) {
      const auto* interface = api::find_class(name);
      if (interface == nullptr) continue;
      for (const auto& method : interface->methods) {
        const auto key = key_of(method);
        if (std::ranges::find(known, key, &Virtual::key) == known.end()) known.push_back({key, next++});
      }
    }
    for (const auto& each : known)
      if (const auto* bound = bound_to(hidden.class_name, each.key)) {
        const auto paren = bound->method.find('(');
        made.virtual_methods.push_back(
            {each.token, bound->method.substr(0, paren), bound->method.substr(paren), bound->function, false});
      }
    for (const auto name : hidden.interfaces) made.interfaces.push_back(map_of(name, known));
    virtuals_[hidden.class_name] = std::move(known);
    return made;
  }

  std::vector<Virtual> virtuals_of(std::string_view class_name) {
    if (const auto found = virtuals_.find(class_name); found != virtuals_.end()) return found->second;
    std::vector<Virtual> known;
    if (const auto* type = api::find_class(class_name))
      for (const auto& method : type->methods)
        if (!method.in_static_space()) known.push_back({key_of(method), method.token});
    return known;
  }

  jcvm::NativeInterface map_of(std::string_view name, const std::vector<Virtual>& known) {
    jcvm::NativeInterface made{name_of(name), {}};
    const auto* interface = api::find_class(name);
    if (interface == nullptr) return made;
    for (const auto& method : interface->methods) {
      const auto found = std::ranges::find(known, key_of(method), &Virtual::key);
      if (made.tokens.size() <= method.token) made.tokens.resize(method.token + 1U, 0xFF);
      if (found != known.end()) made.tokens[method.token] = found->token;
    }
    return made;
  }

  ClassName name_of(std::string_view class_name) const {
    const auto* package = api::find_package(api::package_of(class_name));
    if (package == nullptr) return {};
    if (const auto hidden = hidden_tokens_.find(class_name); hidden != hidden_tokens_.end())
      return {package->aid, hidden->second};
    const auto* type = api::find_class(class_name);
    return type == nullptr ? ClassName{} : ClassName{package->aid, type->token};
  }

  void set_state(std::string_view class_name, NativeClass& made) {
    const auto found = states_.find(class_name);
    if (found == states_.end()) return;
    made.state_octets = found->second->state_octets;
    made.reference_cells = found->second->reference_cells;
  }

  const MethodBinding* bound_to(std::string_view class_name, std::string_view key) {
    const auto found = methods_.find(MethodName(class_name, key));
    if (found == methods_.end()) return nullptr;
    used_.insert(found->second);
    return found->second;
  }

  // A binding that the table has no place for is a slip of the pen, which would else show as a missing method.
  Status all_used() const {
    for (const auto& [name, binding] : methods_)
      if (!used_.contains(binding))
        return fail(ErrorKind::kInvalid, fmt::format("the table of the API has no {}.{}", name.first, name.second));
    return {};
  }

  std::map<MethodName, const MethodBinding*> methods_;
  std::map<std::string_view, const StateBinding*> states_;
  std::vector<const HiddenClass*> hidden_;
  std::map<std::string_view, std::uint8_t> hidden_tokens_;
  std::map<std::string_view, std::vector<Virtual>> virtuals_;
  std::set<const MethodBinding*> used_;
};

}  // namespace

Result<std::vector<std::shared_ptr<const jcvm::Package>>> make_api(std::span<const Bindings> bindings) {
  return Joiner(bindings).run();
}

std::vector<std::shared_ptr<const jcvm::Package>> make_api() {
  auto made = make_api(all_bindings());
  COSE_ASSERT(made.has_value());
  return std::move(*made);
}

const jcvm::Class* class_named(jcvm::NativeCall& call, std::string_view class_name) {
  return call.machine().find_class_named(class_name);
}

}  // namespace cose::jcapi
