// SPDX-License-Identifier: Apache-2.0
// The Java Card runtime environment of one card: applets, logical channels, selection, the running of commands,
// installation and deletion. It owns the card's virtual machine.
//
// What it leaves to a card manager (lib/gpcard; PlainCard in tests): which command is for whom. The manager sees each
// command first, finds the channel and the applet by its own rules, and calls select() and process(). Applets that are
// not Java, as security domains written in C++, have an entry and an id like any other, without an instance: the
// runtime keeps them selected, and whoever dispatches answers for them.
//
// The table of applets is in the card's heap (Root::kApplets), so that the image of the machine is the whole card.
// Everything that changes the card's content goes through change_content(): all of it happens or nothing, also when
// the power is cut in between. install() and uninstall() do so themselves and join a change that is under way.
//
// Natives reach it by runtime_of(call). One owner at a time. Takes time and chance from ports. Views into the card's
// memory are good until the next call. The data of a command and the caller's buffer for the answer are apart. Errors:
// kLimit (memory, numbers), kBusy (content in use), kNotFound. Source: JCRE 3.1 chapters 3 to 11, JC API 3.1.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "bytes/clock.h"
#include "bytes/result.h"
#include "bytes/rng.h"
#include "iso7816/class_byte.h"
#include "iso7816/command_apdu.h"
#include "iso7816/status_word.h"
#include "jcre/aid.h"
#include "jcre/apdu.h"
#include "jcvm/link.h"
#include "jcvm/machine.h"
#include "jcvm/native.h"

namespace cose::jcre {

using jcvm::AppletId;
using jcvm::Context;
using jcvm::kNoApplet;
using jcvm::PackageNumber;
using jcvm::Reference;

// What org.globalplatform's natives ask for (jcre/card_manager.h); implemented by lib/gpcard.
class CardManager;

inline constexpr std::uint8_t kChannels = iso7816::kMaximumLogicalChannel + 1;
inline constexpr std::size_t kMaximumApplets = 254;
inline constexpr PackageNumber kNoPackage = 0xFF;

struct RuntimeOptions {
  jcvm::MachineOptions machine;
  // Of the APDU buffer: header, Lc and 256 octets (JC API 3.1 asks for 133 at least; the maximum is 32767).
  std::uint16_t apdu_buffer = 261;
  Protocol protocol = Protocol::kT1;
};

struct Applet {
  Aid aid;
  std::uint8_t state = 0;  // of its life cycle, as the card manager numbers it; 0xFF marks a free entry in the image
  PackageNumber package = kNoPackage;
  Context context = jcvm::kRuntimeContext;
  Reference instance = jcvm::kNull;  // null: not Java
  Reference name = jcvm::kNull;      // its javacard.framework.AID, owned by the runtime; null without that class
};

struct InstallRequest {
  PackageNumber package = kNoPackage;
  ByteView module_aid;    // which applet of the package
  ByteView instance_aid;  // the name it shall have
  ByteView control;       // "control information" of the install parameters: the privileges
  ByteView parameters;    // the applet's own
};

struct Installed {
  iso7816::StatusWord status{0x9000};  // else: the reason of the ISOException, or what fits (JCRE 3.1 §11.2)
  AppletId applet = kNoApplet;
};

enum class Selecting : std::uint8_t { kNo, kYes };

class Runtime final : public jcvm::MachineHooks {
 public:
  // A new card with the packages of the API on it. `api` in the order of their imports.
  [[nodiscard]] static Result<std::unique_ptr<Runtime>> create(const RuntimeOptions& options, jcvm::Packages api,
                                                               const Clock& clock, Rng& rng);
  // A card as a snapshot has it: after a power cut, or out of a store. `find` gives the package of an identity.
  using FindPackage = std::function<std::shared_ptr<const jcvm::Package>(ByteView identity)>;
  [[nodiscard]] static Result<std::unique_ptr<Runtime>> restore(const RuntimeOptions& options,
                                                                const jcvm::Snapshot& snapshot, const FindPackage& find,
                                                                const Clock& clock, Rng& rng);
  ~Runtime() override;
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  [[nodiscard]] jcvm::Machine& machine() { return machine_; }
  [[nodiscard]] const Clock& clock() { return clock_; }
  [[nodiscard]] Rng& rng() { return rng_; }
  [[nodiscard]] const RuntimeOptions& options() const { return options_; }
  void set_card_manager(CardManager* manager) { card_manager_ = manager; }
  [[nodiscard]] CardManager* card_manager() { return card_manager_; }

  // ---- content ----
  // Runs `change` as one atomic change; its error undoes everything, the machine's packages included. Not while
  // applets run (kBusy). A change inside a change is part of the outer one.
  [[nodiscard]] Status change_content(const std::function<Status()>& change);
  [[nodiscard]] Installed install(const InstallRequest& request);
  // Calls uninstall() of those that have it, then removes the instances and all that only they hold. kBusy: one of
  // them is selected, or other applets or static fields hold objects of theirs (JCRE 3.1 §11.3.2).
  [[nodiscard]] Status uninstall(std::span<const AppletId> applets);
  // The package with all its applets. kBusy as well: another package imports it, or others hold objects of its classes.
  [[nodiscard]] Status remove_package(PackageNumber package);
  // An entry without a Java instance; in a change of its own or part of one.
  [[nodiscard]] Result<AppletId> add_native_applet(const Aid& aid, std::uint8_t state);
  [[nodiscard]] Status set_applet_state(AppletId applet, std::uint8_t state);
  // Octets that a card manager keeps in the image, in a change or alone; replaced as a whole. Empty: none yet.
  [[nodiscard]] Status store_octets(jcvm::Root root, ByteView octets);
  [[nodiscard]] ByteView stored_octets(jcvm::Root root) const;

  // ---- applets ----
  [[nodiscard]] const Applet* applet(AppletId id) const;  // null: no such
  [[nodiscard]] std::optional<AppletId> find_applet(ByteView aid) const;
  [[nodiscard]] std::vector<AppletId> applets() const;  // ascending
  [[nodiscard]] std::optional<AppletId> applet_of_instance(Reference instance) const;

  // ---- channels and selection, JCRE 3.1 chapter 4 ----
  [[nodiscard]] bool is_open(std::uint8_t channel) const { return channel < kChannels && channels_[channel].open; }
  [[nodiscard]] AppletId selected_on(std::uint8_t channel) const { return channels_[channel].applet; }
  [[nodiscard]] bool is_selected(AppletId applet) const;  // on any channel
  [[nodiscard]] std::optional<std::uint8_t> free_channel() const;
  void open_channel(std::uint8_t channel);
  // Deselects what is selected there.
  void close_channel(std::uint8_t channel);
  // Deselects the applet of the channel, then selects `applet`. 9000; 6999 when it refuses, which leaves nothing
  // selected; 6985 when it may not be selected on a second channel, which changes nothing. To be followed by
  // process(..., Selecting::kYes) when a SELECT command asked for it. Native applets: their entry is set.
  [[nodiscard]] iso7816::StatusWord select(std::uint8_t channel, AppletId applet);
  void deselect(std::uint8_t channel);

  // ---- commands ----
  // Runs process() of the applet selected on the channel; `response` is replaced by its data and status word. The
  // applet must be a Java one. Nothing selected: 6999.
  void process(std::uint8_t channel, const iso7816::CommandApduView& command, Bytes& response,
               Selecting selecting = Selecting::kNo);
  // Runs `body`, which calls an applet's methods on the machine, as a command on that channel would: for calls that are
  // no process(). A transaction left open is aborted.
  using Body = std::function<jcvm::Outcome(jcvm::Machine&)>;
  [[nodiscard]] jcvm::Outcome call(std::uint8_t channel, AppletId selected, const Body& body);
  // What a command of the card manager itself ends with: deletion of unreachable objects if one asked for it.
  void end_command();
  // Power off and on, or a warm reset: rolls back, clears, closes all channels but the first, selects nothing.
  void reset();

  // ---- while a command runs: for natives ----
  [[nodiscard]] Apdu& apdu() { return apdu_; }
  [[nodiscard]] Reference apdu_object() const { return apdu_object_; }
  [[nodiscard]] Reference apdu_buffer() const { return apdu_buffer_; }
  [[nodiscard]] MutableByteView apdu_buffer_octets();
  // Of the running command; 0 and none outside of one.
  [[nodiscard]] std::uint8_t channel() const { return channel_; }
  [[nodiscard]] AppletId selected_applet() const { return selected_; }
  [[nodiscard]] bool selecting() const { return selecting_ == Selecting::kYes; }
  [[nodiscard]] bool reselecting() const { return reselecting_; }

  // JCSystem. requestObjectDeletion(): after this command.
  void request_object_deletion() { deletion_requested_ = true; }
  // JCSystem.makeGlobalArray(): an array that ends with the command, since nobody can keep it.
  void add_global_array(Reference array) { global_arrays_.push_back(array); }
  // The context of an applet is active when one of its applets is selected on a channel.
  [[nodiscard]] bool context_active(Context context) const;
  [[nodiscard]] bool may_enter(AppletId server) override;

  // Applet.register(): the reason of the SystemException, or zero. An empty AID: the name that the request gives.
  [[nodiscard]] std::int16_t register_applet(Reference instance, ByteView aid);

 private:
  struct Channel {
    bool open = false;
    AppletId applet = kNoApplet;
  };
  struct Installation {
    const InstallRequest* request = nullptr;
    AppletId applet = kNoApplet;
    Context context = jcvm::kRuntimeContext;
  };
  struct Entry {
    Applet applet;
    bool multiselectable = false;
    bool extended_length = false;
  };
  // Classes and tokens of javacard.framework that the runtime itself calls.
  struct Known;
  // Which channel and applet a call is for; puts back what was before.
  class Running;

  Runtime(const RuntimeOptions& options, const Clock& clock, Rng& rng);
  [[nodiscard]] Status find_known();
  [[nodiscard]] Status make_apdu();
  [[nodiscard]] const Entry* entry(AppletId id) const;
  [[nodiscard]] bool is_kind_of(Reference instance, const jcvm::Class* type) const;

  // ---- the table of applets in the image ----
  void reload_applets();
  [[nodiscard]] std::optional<Applet> applet_in_image(AppletId id) const;
  [[nodiscard]] Result<AppletId> free_id() const;
  [[nodiscard]] Status reserve_entry(AppletId id);
  [[nodiscard]] Status put_applet(AppletId id, const Applet& applet);
  [[nodiscard]] Status clear_applet(AppletId id);
  [[nodiscard]] Reference make_name(const Aid& aid);

  [[nodiscard]] Status install_in_change(const InstallRequest& request, const jcvm::Method& install, AppletId id,
                                         Installed& result);
  [[nodiscard]] std::uint16_t put_install_parameters(const InstallRequest& request);
  [[nodiscard]] Status uninstall_in_change(std::span<const AppletId> applets, std::optional<PackageNumber> without);
  void call_uninstall(const Applet& applet);
  [[nodiscard]] Status store_octets_now(jcvm::Root root, ByteView octets);

  [[nodiscard]] bool may_select(std::uint8_t channel, const Entry& wanted) const;
  [[nodiscard]] jcvm::Outcome call_select(const Entry& wanted, bool context_was_active, bool instance_was_active);
  void abort_left_open();
  void drop_global_arrays();
  [[nodiscard]] iso7816::StatusWord status_of(const jcvm::Outcome& outcome) const;
  void answer(const iso7816::CommandApduView& command, iso7816::StatusWord status, Bytes& response);
  [[nodiscard]] bool get_response(const iso7816::CommandApduView& command, Bytes& response);

  RuntimeOptions options_;
  jcvm::Machine machine_;
  const Clock& clock_;
  Rng& rng_;
  CardManager* card_manager_ = nullptr;
  std::unique_ptr<Known> known_;
  std::vector<std::optional<Entry>> applets_;  // by id: what the image says
  std::array<Channel, kChannels> channels_{};
  Apdu apdu_;
  Reference apdu_object_ = jcvm::kNull;
  Reference apdu_buffer_ = jcvm::kNull;
  std::optional<Installation> installation_;
  std::uint8_t channel_ = 0;
  AppletId selected_ = kNoApplet;
  Selecting selecting_ = Selecting::kNo;
  bool reselecting_ = false;
  bool deletion_requested_ = false;
  std::vector<Reference> global_arrays_;
  int changes_ = 0;  // nested
  // T=0: what waits for GET RESPONSE.
  Bytes waiting_;
  std::uint8_t waiting_channel_ = 0;
};

[[nodiscard]] inline Runtime& runtime_of(jcvm::NativeCall& call) {
  return static_cast<Runtime&>(*call.machine().hooks());
}

}  // namespace cose::jcre
