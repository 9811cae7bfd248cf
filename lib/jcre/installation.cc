// SPDX-License-Identifier: Apache-2.0
// Installation and deletion of applets, JCRE 3.1 chapters 3 and 11.
#include <algorithm>

#include <fmt/format.h>

#include "jcre/detail/known.h"

namespace cose::jcre {

namespace {

using iso7816::StatusWord;
using jcvm::kNull;
using jcvm::Outcome;

constexpr StatusWord kDone{0x9000};
constexpr StatusWord kConditions{0x6985};
constexpr StatusWord kNoSuchModule{0x6A88};
constexpr StatusWord kWrongData{0x6A80};
constexpr StatusWord kNoRoom{0x6A84};
// bLength of install() is a byte; applets read it as 0 to 255.
constexpr std::size_t kMaximumParameters = 255;

std::size_t parameters_size(const InstallRequest& request) {
  return 3 + request.instance_aid.size() + request.control.size() + request.parameters.size();
}

std::size_t put(MutableByteView to, std::size_t at, ByteView octets) {
  to[at] = static_cast<std::uint8_t>(octets.size());
  std::ranges::copy(octets, to.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  return at + 1 + octets.size();
}

}  // namespace

// JCRE 3.1 §3.1: length and octets of the instance's AID, of the control information, of the applet's own data, in a
// global array, here the APDU buffer from its start.
std::uint16_t Runtime::put_install_parameters(const InstallRequest& request) {
  const auto buffer = apdu_buffer_octets();
  std::ranges::fill(buffer, std::uint8_t{0});
  auto end = put(buffer, 0, request.instance_aid);
  end = put(buffer, end, request.control);
  // install() takes the length as a byte: above 127 it is negative, and applets mask it.
  return static_cast<std::uint16_t>(static_cast<std::int8_t>(put(buffer, end, request.parameters)));
}

Installed Runtime::install(const InstallRequest& request) {
  const auto* loaded = machine_.loaded(request.package);
  if (loaded == nullptr || machine_.running()) return {kNoSuchModule, kNoApplet};
  const auto& modules = loaded->package->applets;
  const auto module = std::ranges::find_if(
      modules, [&](const jcvm::AppletModule& each) { return equal(each.aid, request.module_aid); });
  if (module == modules.end()) return {kNoSuchModule, kNoApplet};
  if (!Aid::of(request.instance_aid) || parameters_size(request) > kMaximumParameters) return {kWrongData, kNoApplet};
  if (find_applet(request.instance_aid)) return {kConditions, kNoApplet};
  const auto id = free_id();
  if (!id) return {kNoRoom, kNoApplet};
  Installed result{kConditions, kNoApplet};
  const auto done = change_content([&] { return install_in_change(request, *module->install, *id, result); });
  if (!done) result.applet = kNoApplet;
  return result;
}

Status Runtime::install_in_change(const InstallRequest& request, const jcvm::Method& install, AppletId id,
                                  Installed& result) {
  const auto context = machine_.loaded(request.package)->context;
  const std::array<std::uint16_t, 3> cells{apdu_buffer_, 0, put_install_parameters(request)};
  installation_ = Installation{&request, id, context};
  Outcome outcome;
  {
    // The new applet may make CLEAR_ON_DESELECT objects although nobody has selected it yet (JCRE 3.1 §5.1).
    const Running running(*this, channel_, selected_, context);
    outcome = machine_.invoke_static(install, cells, {context, id});
    abort_left_open();
  }
  installation_.reset();
  drop_global_arrays();
  if (!context_active(context)) machine_.deselect(context);
  std::ranges::fill(apdu_buffer_octets(), std::uint8_t{0});
  result.status = status_of(outcome);
  if (result.status != kDone) return fail(ErrorKind::kRefused, "install() threw an exception");
  // The applet's own transaction may have taken the registration back.
  const auto registered = applet_in_image(id);
  if (!registered || registered->instance == kNull) {
    result.status = kConditions;
    return fail(ErrorKind::kRefused, "install() registered no applet");
  }
  result.applet = id;
  return {};
}

std::int16_t Runtime::register_applet(Reference instance, ByteView aid) {
  // JC API 3.1, Applet.register(): once for each installation, and only then.
  if (!installation_ || machine_.current().context != installation_->context || entry(installation_->applet) != nullptr)
    return jcvm::kIllegalAid;
  if (!aid.empty() && !Aid::of(aid)) return jcvm::kIllegalValue;
  // Without a name of its own the applet takes the one that the installer gives (GPC 2.3.1 §6.6.1 calls it the instance
  // AID). That a name of its own has the provider of its package is not asked: card managers give others, too.
  const auto name = Aid::of(aid.empty() ? installation_->request->instance_aid : aid);
  if (find_applet(name->octets())) return jcvm::kIllegalAid;
  const Applet made{*name, 0, installation_->request->package, installation_->context, instance, kNull};
  return put_applet(installation_->applet, made) ? std::int16_t{0} : jcvm::kNoResource;
}

// ---- deletion ----

// JCRE 3.1 §11.3.1.1: before the deletion, whether or not it will succeed; what it throws is nobody's business.
void Runtime::call_uninstall(const Applet& applet) {
  if (!is_kind_of(applet.instance, known_->applet_event)) return;
  static_cast<void>(machine_.invoke_interface(applet.instance, *known_->applet_event, known_->uninstall, {}));
  abort_left_open();
}

Status Runtime::uninstall(std::span<const AppletId> applets) {
  return change_content([&] { return uninstall_in_change(applets, std::nullopt); });
}

Status Runtime::remove_package(PackageNumber package) {
  return change_content([&]() -> Status {
    if (machine_.loaded(package) == nullptr)
      return fail(ErrorKind::kNotFound, fmt::format("there is no package {}", package));
    std::vector<AppletId> own;
    for (const auto id : applets())
      if (applet(id)->package == package) own.push_back(id);
    COSE_CHECK(uninstall_in_change(own, package));
    return machine_.unload(package);
  });
}

// JCRE 3.1 §11.3.1 and §11.3.3: static fields of the package itself do not hold objects when it goes, too.
Status Runtime::uninstall_in_change(std::span<const AppletId> applets, std::optional<PackageNumber> without) {
  for (const auto id : applets) {
    if (entry(id) == nullptr) return fail(ErrorKind::kNotFound, fmt::format("there is no applet {}", id));
    if (is_selected(id)) return fail(ErrorKind::kBusy, "the applet is selected on a channel");
  }
  for (const auto id : applets) call_uninstall(*applet(id));
  for (const auto id : applets) COSE_CHECK(clear_applet(id));
  const auto live = machine_.reachable(without);
  for (const auto reference : machine_.heap().all()) {
    const auto owner = machine_.heap().find(reference)->applet;
    if (live[reference] && std::ranges::find(applets, owner) != applets.end())
      return fail(ErrorKind::kBusy, "others hold objects of the applet");
  }
  static_cast<void>(machine_.collect_garbage());
  return {};
}

}  // namespace cose::jcre
