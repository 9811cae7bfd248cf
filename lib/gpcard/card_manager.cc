// SPDX-License-Identifier: Apache-2.0
// Commands on their way: channel, selected application, class and instruction, secure messaging.
#include "gpcard/card_manager.h"

#include <algorithm>

#include "gpcard/detail/domain_channel.h"
#include "iso7816/class_byte.h"
#include "iso7816/response_apdu.h"

namespace cose::gpcard {

using iso7816::CommandApduView;

namespace {

constexpr std::uint8_t kSelect = 0xA4;
constexpr std::uint8_t kManageChannel = 0x70;
constexpr std::uint8_t kGetResponse = 0xC0;
constexpr std::uint8_t kByName = 0x04;
constexpr std::uint8_t kProprietary = 0x80;

bool is_interindustry(std::uint8_t cla) {
  return (cla & kProprietary) == 0;
}

// GPC 2.3.1 tables 11-11 and 11-12: 80 to 8F, C0 to FF but for FF itself; without command chaining.
bool is_class_of_domains(std::uint8_t cla, bool interindustry_too) {
  if (is_interindustry(cla) && !interindustry_too) return false;
  if ((cla & 0xF0) == 0x80 || (cla & 0xF0) == 0xC0 || (cla & 0xF0) == 0xE0) return true;
  return is_interindustry(cla) && ((cla & 0x30) == 0 || (cla & 0xC0) == 0x40) && !iso7816::is_chained(cla);
}

bool has_secure_messaging(std::uint8_t cla) {
  return iso7816::secure_messaging(cla) != iso7816::SecureMessaging::kNone;
}

bool allowed(During during, CardState state) {
  switch (state) {
    case CardState::kTerminated: return during == During::kTerminated;
    case CardState::kLocked: return during != During::kLife;
    default: return true;
  }
}

}  // namespace

CardManager::CardManager(jcre::Runtime& runtime, const CardProfile& profile, PackageLibrary& library)
    : runtime_(runtime),
      profile_(profile),
      library_(library),
      registry_(runtime.machine()),
      verification_(registry_),
      domain_channel_(std::make_unique<DomainChannel>(*this)) {
  runtime_.set_card_manager(this);
}

CardManager::~CardManager() {
  runtime_.set_card_manager(nullptr);
}

void CardManager::transmit(ByteView octets, Bytes& response) {
  response.clear();
  const auto command = CommandApduView::parse(octets);
  if (!command) return iso7816::append_status(response, StatusWord::kWrongLength);
  // ISO/IEC 7816-4 §5.1.1: FF is no class.
  if (command->cla == 0xFF) return iso7816::append_status(response, StatusWord::kClassNotSupported);
  const auto channel = iso7816::logical_channel(command->cla);
  if (channel >= profile_.limits.channels || !runtime_.is_open(channel))
    return iso7816::append_status(response, StatusWord::kLogicalChannelNotSupported);
  if (command->ins != kGetResponse) session(channel).rest.clear();
  dispatch(*command, channel, response);
  runtime_.end_command();
}

void CardManager::dispatch(const CommandApduView& command, std::uint8_t channel, Bytes& response) {
  const bool interindustry = is_interindustry(command.cla);
  if (interindustry && command.ins == kManageChannel) return manage_channel(command, channel, response);
  if (interindustry && command.ins == kSelect && command.p1 == kByName) return select(command, channel, response);
  const auto selected = registry_.find_applet(runtime_.selected_on(channel));
  if (!selected) return iso7816::append_status(response, StatusWord::kAppletSelectFailed);
  if (interindustry && command.ins == kGetResponse && !session(channel).rest.empty())
    return get_response(command, channel, response);
  // GPC 2.3.1 §5.1.1.4, §5.1.1.5: a locked or terminated card serves its issuer's domain only.
  const auto state = registry_.card().card_state();
  const bool closed = state == CardState::kLocked || state == CardState::kTerminated;
  if (closed && selected->slot != issuer_domain() && !selected->value.privileges.has(Privilege::kFinalApplication))
    return iso7816::append_status(response, StatusWord::kConditionsNotSatisfied);
  if (selected->value.load_file == kNoSlot) return run_domain_command(command, channel, selected->slot, response);
  // GPC 2.3.1 §9.6.1: what was locked while selected answers no more commands.
  if (is_locked(selected->value.state)) return iso7816::append_status(response, StatusWord::kConditionsNotSatisfied);
  runtime_.process(channel, command, response);
}

void CardManager::run_domain_command(const CommandApduView& command, std::uint8_t channel, Slot domain,
                                     Bytes& response) {
  const auto rows = command_rows();
  const auto found = std::ranges::find(rows, command.ins, &CommandRow::instruction);
  const auto* row = found == rows.end() ? nullptr : &*found;
  Bytes data;
  Answer<void> done;
  if (!is_class_of_domains(command.cla, row == nullptr || row->interindustry))
    done = refuse(StatusWord::kClassNotSupported);
  else if (row != nullptr && row->security == Security::kChannel)
    done = run_row(row, command, channel, domain, data);
  else
    done = run_secured(row, command, channel, domain, data);
  const auto status = done ? StatusWord::kOk : done.error();
  // Errors carry no data; warnings do.
  if (!status.is_success() && !status.is_warning()) data.clear();
  response.assign(data.begin(), data.end());
  iso7816::append_status(response, status);
  limit_to_le(command, channel, response);
}

Answer<void> CardManager::run_row(const CommandRow* row, const CommandApduView& command, std::uint8_t channel,
                                  Slot domain, Bytes& data) {
  if (row == nullptr) return refuse(StatusWord::kInstructionNotSupported);
  if (!allowed(row->during, registry_.card().card_state())) return refuse(StatusWord::kConditionsNotSatisfied);
  const auto own = registry_.get<Application>(domain);
  // GPC 2.3.1 §9.6.2: a locked domain manages nothing.
  if (own && is_locked(own->state) && row->security != Security::kOpen)
    return refuse(StatusWord::kConditionsNotSatisfied);
  CommandContext context{*this,   runtime_, registry_, profile_, library_, session(channel),
                         channel, domain,   command,   data};
  return row->function(context);
}

// Secure messaging comes off before the command is looked at, and goes on behind it: what is refused has counted, too.
Answer<void> CardManager::run_secured(const CommandRow* row, const CommandApduView& command, std::uint8_t channel,
                                      Slot domain, Bytes& data) {
  auto& own = session(channel);
  const bool begins = !own.authenticated() && may_begin_implicitly(command, channel, domain);
  if (!own.authenticated()) return run_unsecured(row, command, channel, domain, data);
  const auto plain = own.channel->unwrap(command);
  if (begins) opened_implicitly(own, plain.has_value());
  if (!plain) {
    // GPC 2.3.1 §10.2.3: the session is over with the first message that is wrong.
    end_session(channel);
    return std::unexpected(plain.error());
  }
  const auto view = plain->view();
  const bool for_known_hosts = row != nullptr && row->security == Security::kAuthenticated;
  const auto done = for_known_hosts && !own.host_is_known
                        ? Answer<void>(refuse(StatusWord::kSecurityStatusNotSatisfied))
                        : run_row(row, view, channel, domain, data);
  if (!own.authenticated()) return done;
  COSE_TRY(data, own.channel->wrap(data, done ? StatusWord::kOk : done.error()));
  return done;
}

Answer<void> CardManager::run_unsecured(const CommandRow* row, const CommandApduView& command, std::uint8_t channel,
                                        Slot domain, Bytes& data) {
  const bool needed = row != nullptr && row->security == Security::kAuthenticated;
  if (needed || has_secure_messaging(command.cla)) return refuse(StatusWord::kSecurityStatusNotSatisfied);
  return run_row(row, command, channel, domain, data);
}

bool CardManager::may_begin_implicitly(const CommandApduView& command, std::uint8_t channel, Slot domain) {
  auto& own = session(channel);
  if (!has_secure_messaging(command.cla) || own.channel) return false;
  Bytes unused;
  CommandContext context{*this, runtime_, registry_, profile_, library_, own, channel, domain, command, unused};
  return open_implicitly(context).has_value();
}

// ISO/IEC 7816-4 §5.3.4: what Le has no room for waits for GET RESPONSE. No Le is taken for "as much as there is", as
// cards under T=1 do.
void CardManager::limit_to_le(const CommandApduView& command, std::uint8_t channel, Bytes& response) {
  const std::size_t room = command.le.value_or(iso7816::kMaximumShortLe);
  const auto size = response.size() - 2;
  if (size <= room) return;
  auto& rest = session(channel).rest;
  rest.assign(response.begin() + static_cast<std::ptrdiff_t>(room), response.end());
  response.resize(room);
  const auto left = rest.size() - 2;
  iso7816::append_status(response, StatusWord(0x61, static_cast<std::uint8_t>(left < 256 ? left : 0)));
}

void CardManager::get_response(const CommandApduView& command, std::uint8_t channel, Bytes& response) {
  response = std::move(session(channel).rest);
  session(channel).rest.clear();
  limit_to_le(command, channel, response);
}

Answer<void> CardManager::change(const std::function<Answer<void>()>& work) {
  std::optional<StatusWord> refused;
  const auto done = runtime_.change_content([&]() -> Status {
    const auto worked = work();
    if (worked) return {};
    refused = worked.error();
    return fail(ErrorKind::kRefused, "the command refused the change");
  });
  if (done) {
    tell_quotas();
    return {};
  }
  return refuse(refused ? *refused : status_of(done.error()));
}

// GPC 2.3.1 table 11-49, C7 and C8: the machine keeps applications within them.
void CardManager::tell_quotas() {
  std::vector<jcvm::Allowance> allowances;
  for (const auto& [slot, each] : registry_.all<Application>())
    if (each.quota.persistent != 0 || each.quota.transient != 0)
      allowances.push_back({each.applet, each.quota.persistent, each.quota.transient});
  runtime_.machine().heap().set_allowances(std::move(allowances));
}

Session& CardManager::session(std::uint8_t channel) {
  auto& own = sessions_[channel];
  if (own == nullptr) own = std::make_unique<Session>();
  return *own;
}

void CardManager::end_session(std::uint8_t channel) {
  if (sessions_[channel] == nullptr) return;
  // The load in progress ends with the session (GPC 2.3.1 §11.6.2.3); the rest of an answer does not.
  auto& own = *sessions_[channel];
  auto rest = std::move(own.rest);
  own = Session{};
  own.rest = std::move(rest);
}

void CardManager::forget(Slot slot) {
  for (auto& each : sessions_) {
    if (each == nullptr) continue;
    if (each->personalized == slot) each->personalized.reset();
    if (each->loading && each->loading->domain == slot) each->loading.reset();
    if (each->loaded && each->loaded->loading.domain == slot) each->loaded.reset();
    if (each->keys_domain == slot) *each = Session{};
  }
}

void CardManager::reset() {
  runtime_.reset();
  for (auto& each : sessions_) each.reset();
  verification_.reset_state();
  // GPC 2.3.1 §6.4.1: an application of the reset's choice, else the issuer's domain.
  auto chosen = default_application(0);
  if (chosen && !runtime_.select(0, chosen->value.applet).is_success()) chosen.reset();
  if (!chosen) {
    const auto issuer = registry_.get<Application>(issuer_domain());
    if (issuer) static_cast<void>(runtime_.select(0, issuer->applet));
  }
  runtime_.end_command();
}

Application CommandContext::self() const {
  auto found = registry.get<Application>(domain);
  COSE_ASSERT(found.has_value());
  return *std::move(found);
}

Answer<void> CommandContext::change(const std::function<Answer<void>()>& work) const {
  return manager.change(work);
}

}  // namespace cose::gpcard
