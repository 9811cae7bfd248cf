// SPDX-License-Identifier: Apache-2.0
#include "jcapi/coverage.h"

#include <algorithm>

#include "jcapi/binding.h"

namespace cose::jcapi {

namespace {

using jcvm::Class;
using jcvm::Method;
using Packages = std::vector<std::shared_ptr<const jcvm::Package>>;

// Classes that a card of ours lacks, and why. Interfaces beside them are there for applets that implement them.
struct LeftOut {
  std::string_view class_name;
  std::string_view reason;
};
constexpr std::string_view kRmi = "remote method invocation: nothing that speaks to cards uses it any more";
constexpr LeftOut kLeftOut[] = {
    {"javacard/framework/service/RemoteService", kRmi},
    {"javacard/framework/service/RMIService", kRmi},
    {"javacard/framework/service/CardRemoteObject", kRmi},
    {"javacardx/framework/event/EventRegistry", "the card has no sources of events"},
    {"org/globalplatform/contactless/GPCLSystem", "there is no contactless registry (GPC Amendment C)"},
    {"org/globalplatform/securechannel/provider/SecureChannelProvider",
     "secure channels are those of the security domains, SCP02 and SCP03"},
    {"org/globalplatform/upgrade/UpgradeManager", "load files are deleted and loaded anew (no GPC Amendment H)"},
};

Presence presence_of(const Method* method) {
  if (method == nullptr) return Presence::kMissing;
  if (method->native != nullptr) return Presence::kDone;
  return method->is_abstract ? Presence::kApplets : Presence::kMissing;
}

// Of the classes without `abstract` that derive from `type`: what they have for its method.
template <typename Find>
Presence behind(const Packages& packages, const Class& type, Find&& find) {
  auto presence = Presence::kApplets;
  for (const auto& package : packages)
    for (const auto& each : package->classes) {
      if (each.is_interface || each.is_abstract || &each == &type || !each.derives_from(type)) continue;
      if (presence_of(find(each)) != Presence::kDone) return Presence::kMissing;
      presence = Presence::kDone;
    }
  return presence;
}

const Method* virtual_method(const Class& type, std::size_t token) {
  return token < type.virtual_methods.size() ? type.virtual_methods[token] : nullptr;
}

Presence presence_in(const Packages& packages, const Class& type, const api::Method& method) {
  if (type.is_interface)
    return behind(packages, type, [&](const Class& each) -> const Method* {
      const auto* table = each.find_interface(type);
      return table != nullptr && method.token < table->tokens.size() ? virtual_method(each, table->tokens[method.token])
                                                                     : nullptr;
    });
  if (method.in_static_space()) {
    for (const auto& exported : type.package->exports[0].classes)
      if (exported.type == &type && method.token < exported.static_methods.size())
        return presence_of(exported.static_methods[method.token]);
    return Presence::kMissing;
  }
  const auto presence = presence_of(virtual_method(type, method.token));
  if (presence != Presence::kApplets) return presence;
  return behind(packages, type, [&](const Class& each) { return virtual_method(each, method.token); });
}

const Class* find(const Packages& packages, std::string_view name) {
  for (const auto& package : packages)
    if (const auto* found = package->find_class(name)) return found;
  return nullptr;
}

}  // namespace

std::string_view to_string(Presence presence) {
  switch (presence) {
    case Presence::kDone: return "done";
    case Presence::kApplets: return "applets";
    case Presence::kLeftOut: return "left out";
    default: return "missing";
  }
}

std::size_t ClassCoverage::count(Presence presence) const {
  return static_cast<std::size_t>(std::ranges::count(methods, presence, &MethodCoverage::presence));
}

std::size_t PackageCoverage::count(Presence presence) const {
  std::size_t sum = 0;
  for (const auto& each : classes) sum += each.count(presence);
  return sum;
}

std::vector<PackageCoverage> coverage() {
  const auto packages = make_api();
  std::vector<PackageCoverage> all;
  for (const auto& package : api::packages()) {
    auto& covered = all.emplace_back(PackageCoverage{&package, {}});
    for (const auto& type : package.classes) {
      auto& of_class = covered.classes.emplace_back(ClassCoverage{&type, {}, {}});
      const auto* made = find(packages, type.name);
      const auto* left_out = std::ranges::find(kLeftOut, type.name, &LeftOut::class_name);
      if (left_out != std::end(kLeftOut)) of_class.reason = left_out->reason;
      for (const auto& method : type.methods) {
        auto presence = made == nullptr ? Presence::kMissing : presence_in(packages, *made, method);
        if (presence == Presence::kMissing && !of_class.reason.empty()) presence = Presence::kLeftOut;
        of_class.methods.push_back({&method, presence});
      }
    }
  }
  return all;
}

}  // namespace cose::jcapi
