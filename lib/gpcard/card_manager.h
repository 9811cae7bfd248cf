// SPDX-License-Identifier: Apache-2.0
// The card manager of one card: the OPEN of GlobalPlatform and all its security domains.
//
// It sees each command first: it finds the logical channel, serves MANAGE CHANNEL and SELECT, gives commands of a
// selected application to the runtime, and carries out those of a selected security domain (command.h). Issuer's and
// supplementary domains are entries of the same registry; they differ by privileges and keys only.
//
// Everything that lasts is in the registry, that is in the image of the card; sessions and counters of waiting are
// not. The runtime, the profile and the library outlive it; it belongs to the runtime's owner.
// Bad commands end in status words, never in errors. Source: GPC 2.3.1 chapters 6 to 11.
#pragma once

#include <array>
#include <memory>
#include <optional>

#include "gpcard/cardholder_verification.h"
#include "gpcard/command.h"
#include "iso7816/atr.h"
#include "jcre/card_manager.h"

namespace cose::gpcard {

class CardManager final : public jcre::CardManager {
 public:
  CardManager(jcre::Runtime& runtime, const CardProfile& profile, PackageLibrary& library);
  ~CardManager() override;
  CardManager(const CardManager&) = delete;
  CardManager& operator=(const CardManager&) = delete;

  // A new card's first content: the issuer's domain, without keys yet.
  [[nodiscard]] Status create();
  // Keys and data of one card, once.
  [[nodiscard]] Status personalize(const CardIdentity& identity);
  // A command of content management as the issuer's domain would carry it out in a session: for what a card is made
  // with. Errors: kRefused with the status word.
  [[nodiscard]] Status run_as_issuer(const iso7816::CommandApduView& command);
  // After a restart. Errors: kInvalid, an image that contradicts itself.
  [[nodiscard]] Status recover();
  // What must hold at all times between commands: each reference inside the registry and into the runtime leads to
  // what it should. For tests and after a restart.
  [[nodiscard]] Status check() const;

  // One command. The response is replaced; it has a status word at least.
  void transmit(ByteView command, Bytes& response);
  // Power on or reset: channels, sessions, and the default application.
  void reset();
  // As the profile has it, or with the historical bytes that an application set.
  [[nodiscard]] Bytes answer_to_reset() const;

  [[nodiscard]] Registry& registry() { return registry_; }
  [[nodiscard]] const Registry& registry() const { return registry_; }

  // ---- for the files of this library ----
  [[nodiscard]] jcre::Runtime& runtime() { return runtime_; }
  [[nodiscard]] const CardProfile& profile() const { return profile_; }
  [[nodiscard]] Slot issuer_domain() const;
  [[nodiscard]] Answer<void> change(const std::function<Answer<void>()>& work);
  [[nodiscard]] Session& session(std::uint8_t channel);
  void end_session(std::uint8_t channel);
  // Sessions and selections that name an entry that has gone.
  void forget(Slot slot);
  // The domain whose keys serve this one: itself, or the next above that has some (GPC 2.3.1 §7.1).
  [[nodiscard]] Slot domain_with_keys(Slot domain) const;
  // Waiting after failed authentications.
  [[nodiscard]] bool must_wait() const;
  // Counted before the answer goes out, and by a write that no transaction takes back.
  void authentication_failed();
  void authentication_succeeded();
  // The first command of a channel that no INITIALIZE UPDATE began.
  void opened_implicitly(Session& session, bool by_right_code);
  [[nodiscard]] bool set_card_state(CardState state);
  // While its install() runs, an application has an entry and no id yet.
  void set_installing(std::optional<Slot> slot) { installing_ = slot; }
  [[nodiscard]] std::optional<Entry<Application>> application(jcvm::AppletId applet) const;

  // ---- jcre::CardManager ----
  [[nodiscard]] std::uint8_t card_state() override;
  [[nodiscard]] bool lock_card(jcvm::AppletId by) override;
  [[nodiscard]] bool terminate_card(jcvm::AppletId by) override;
  [[nodiscard]] bool set_historical_bytes(jcvm::AppletId by, ByteView octets) override;
  [[nodiscard]] ByteView historical_bytes() override;
  [[nodiscard]] std::optional<jcvm::AppletId> find_entry(jcvm::AppletId by,
                                                         const std::optional<jcre::Aid>& aid) override;
  [[nodiscard]] std::uint8_t state_of(jcvm::AppletId application) override;
  [[nodiscard]] bool set_state(jcvm::AppletId by, jcvm::AppletId application, std::uint8_t state) override;
  [[nodiscard]] std::array<std::uint8_t, kPrivileges> privileges_of(jcvm::AppletId application) override;
  [[nodiscard]] bool is_associated(jcvm::AppletId application, const jcre::Aid& domain) override;
  [[nodiscard]] std::optional<jcre::Aid> aid_of(jcvm::AppletId application) override;
  [[nodiscard]] bool register_service(jcvm::AppletId application, std::uint16_t service) override;
  [[nodiscard]] bool deregister_service(jcvm::AppletId application, std::uint16_t service) override;
  [[nodiscard]] std::optional<jcvm::AppletId> find_service(const std::optional<jcre::Aid>& server,
                                                           std::uint16_t service) override;
  [[nodiscard]] jcre::ApplicationChannel* channel_of(jcvm::AppletId application) override;
  [[nodiscard]] jcre::CardholderVerification& cardholder_verification() override { return verification_; }

 private:
  class DomainChannel;

  void dispatch(const iso7816::CommandApduView& command, std::uint8_t channel, Bytes& response);
  void manage_channel(const iso7816::CommandApduView& command, std::uint8_t channel, Bytes& response);
  [[nodiscard]] Answer<void> open_channel(std::uint8_t from, std::uint8_t wanted, bool announce, Bytes& response);
  [[nodiscard]] Answer<void> close_channel(std::uint8_t channel);
  void select(const iso7816::CommandApduView& command, std::uint8_t channel, Bytes& response);
  [[nodiscard]] std::optional<Entry<Application>> find_to_select(const iso7816::CommandApduView& command,
                                                                 std::uint8_t channel) const;
  [[nodiscard]] bool may_be_selected(const Entry<Application>& candidate) const;
  [[nodiscard]] std::optional<Entry<Application>> default_application(std::uint8_t channel) const;
  void run_domain_command(const iso7816::CommandApduView& command, std::uint8_t channel, Slot domain, Bytes& response);
  [[nodiscard]] Answer<void> run_row(const CommandRow* row, const iso7816::CommandApduView& command,
                                     std::uint8_t channel, Slot domain, Bytes& data);
  [[nodiscard]] Answer<void> run_secured(const CommandRow* row, const iso7816::CommandApduView& command,
                                         std::uint8_t channel, Slot domain, Bytes& data);
  [[nodiscard]] Answer<void> run_unsecured(const CommandRow* row, const iso7816::CommandApduView& command,
                                           std::uint8_t channel, Slot domain, Bytes& data);
  [[nodiscard]] bool may_begin_implicitly(const iso7816::CommandApduView& command, std::uint8_t channel, Slot domain);
  void tell_quotas();
  void limit_to_le(const iso7816::CommandApduView& command, std::uint8_t channel, Bytes& response);
  void get_response(const iso7816::CommandApduView& command, std::uint8_t channel, Bytes& response);

  jcre::Runtime& runtime_;
  const CardProfile& profile_;
  PackageLibrary& library_;
  Registry registry_;
  Verification verification_;
  std::unique_ptr<DomainChannel> domain_channel_;
  std::array<std::unique_ptr<Session>, jcre::kChannels> sessions_;
  std::optional<Slot> installing_;
  Nanoseconds not_before_{0};
  Bytes historical_;  // what historical_bytes() shows
};

}  // namespace cose::gpcard
