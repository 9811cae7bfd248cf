// SPDX-License-Identifier: Apache-2.0
// javacard.framework.service.Dispatcher: a row of services with their phases, in the order of registration. They are
// called through the interface Service, so in the context of their owner. Remote objects (RMIService, CardRemoteObject)
// are left out with all of RMI: a CAP file that needs them is refused.
#include <array>
#include <vector>

#include "jcapi/binding.h"
#include "jcapi/detail/service.h"
#include "jcre/runtime.h"

namespace cose::jcapi {

namespace {

using detail::ServiceReason;
using detail::throw_service;
using jcre::ApduState;
using jcvm::kNull;
using jcvm::NativeCall;
using jcvm::NativeResult;
using jcvm::ObjectKind;
using jcvm::Outcome;
using jcvm::Reference;

constexpr std::int16_t kInputData = 1;
constexpr std::int16_t kOutputData = 3;

constexpr std::uint8_t kServiceToken = 0;
constexpr std::size_t kServicesCell = 0;
constexpr std::size_t kPhasesCell = 1;
constexpr std::uint16_t kCountState = 2;

constexpr std::int16_t kUnknownError = 0x6F00;             // ISO7816.SW_UNKNOWN
constexpr std::int16_t kInstructionNotSupported = 0x6D00;  // ISO7816.SW_INS_NOT_SUPPORTED
constexpr auto kSuccess = static_cast<std::int16_t>(0x9000);

struct Entry {
  Reference service = kNull;
  std::int16_t phase = 0;
  friend bool operator==(const Entry&, const Entry&) = default;
};

const jcvm::Class& dispatcher_class(NativeCall& call) {
  return *call.method().owner;
}

// Nothing: an exception is pending, as of a dispatcher whose constructor never ran.
std::optional<std::vector<Entry>> entries_of(NativeCall& call) {
  const auto state = call.state();
  std::vector<Entry> entries(static_cast<std::size_t>(state[0] << 8 | state[1]));
  const auto services = call.held(call.self(), dispatcher_class(call), kServicesCell);
  const auto phases = call.held(call.self(), dispatcher_class(call), kPhasesCell);
  if (services == kNull || phases == kNull) return call.throw_exception(jcvm::kNullPointer), std::nullopt;
  for (std::size_t at = 0; at < entries.size(); ++at) {
    const auto index = static_cast<std::int32_t>(at);
    const auto service = call.load_element(services, ObjectKind::kReferenceArray, index);
    const auto phase = call.load_element(phases, ObjectKind::kByteArray, index);
    if (!service || !phase) return std::nullopt;
    entries[at] = {static_cast<Reference>(*service), static_cast<std::int16_t>(*phase)};
  }
  return entries;
}

bool store_entries(NativeCall& call, const std::vector<Entry>& entries) {
  const auto services = call.held(call.self(), dispatcher_class(call), kServicesCell);
  const auto phases = call.held(call.self(), dispatcher_class(call), kPhasesCell);
  const auto capacity = static_cast<std::size_t>(call.heap().find(services)->length);
  const std::array count{static_cast<std::uint8_t>(entries.size() >> 8), static_cast<std::uint8_t>(entries.size())};
  return detail::together(call, [&] {
    for (std::size_t at = 0; at < capacity; ++at) {
      const auto entry = at < entries.size() ? entries[at] : Entry{};
      const auto index = static_cast<std::int32_t>(at);
      if (!call.store_element(services, ObjectKind::kReferenceArray, index, entry.service) ||
          !call.store_element(phases, ObjectKind::kByteArray, index, entry.phase))
        return false;
    }
    return call.write_state(call.self(), 0, count);
  });
}

NativeResult construct(NativeCall& call) {
  const auto capacity = call.number(0);
  if (capacity < 0) return throw_service(call, ServiceReason::kIllegalParameter);
  const auto services = call.new_array(ObjectKind::kReferenceArray, capacity);
  const auto phases = services == kNull ? kNull : call.new_array(ObjectKind::kByteArray, capacity);
  if (phases == kNull || !call.hold(call.self(), dispatcher_class(call), kServicesCell, services) ||
      !call.hold(call.self(), dispatcher_class(call), kPhasesCell, phases) || !store_entries(call, {}))
    return NativeResult::kThrown;
  return call.return_void();
}

// Parameters 0 and 1: a service and a phase. Nothing: an exception is pending.
std::optional<Entry> wanted(NativeCall& call) {
  const Entry entry{call.reference(0), call.number(1)};
  if (entry.service == kNull || entry.phase < kInputData || entry.phase > kOutputData)
    return throw_service(call, ServiceReason::kIllegalParameter), std::nullopt;
  if (!call.check_access(entry.service)) return std::nullopt;
  if (!call.is_instance(entry.service, detail::sibling(call, kServiceToken)))
    return call.throw_exception(jcvm::kSecurity), std::nullopt;
  return entry;
}

NativeResult add_service(NativeCall& call) {
  const auto entry = wanted(call);
  if (!entry) return NativeResult::kThrown;
  auto entries = entries_of(call);
  if (!entries) return NativeResult::kThrown;
  if (std::ranges::find(*entries, *entry) != entries->end()) return call.return_void();
  const auto services = call.held(call.self(), dispatcher_class(call), kServicesCell);
  if (entries->size() == call.heap().find(services)->length)
    return throw_service(call, ServiceReason::kDispatchTableFull);
  entries->push_back(*entry);
  return store_entries(call, *entries) ? call.return_void() : NativeResult::kThrown;
}

NativeResult remove_service(NativeCall& call) {
  const auto entry = wanted(call);
  if (!entry) return NativeResult::kThrown;
  auto entries = entries_of(call);
  if (!entries) return NativeResult::kThrown;
  if (std::erase(*entries, *entry) == 0) return call.return_void();
  return store_entries(call, *entries) ? call.return_void() : NativeResult::kThrown;
}

// How the services of a phase ended: done, by an exception of the program, or by one that is pending.
enum class Phase : std::uint8_t { kDone, kException, kPending };

struct PhaseResult {
  Phase phase = Phase::kDone;
  Reference exception = kNull;
};

// Methods of Service are numbered in the order of the phases.
PhaseResult run_phase(NativeCall& call, std::int16_t phase) {
  const auto entries = entries_of(call);
  if (!entries) return {Phase::kPending};
  const std::array<std::uint16_t, 1> cells = {call.reference(0)};
  for (const auto& entry : *entries) {
    if (entry.phase != phase) continue;
    const auto outcome = call.machine().invoke_interface(entry.service, detail::sibling(call, kServiceToken),
                                                         static_cast<std::uint8_t>(phase - kInputData), cells);
    if (outcome.kind == Outcome::Kind::kExhausted) return {Phase::kPending};
    if (outcome.kind == Outcome::Kind::kThrown) return {Phase::kException, outcome.exception};
    if (outcome.value != 0) break;
  }
  return {};
}

// JC API 3.1: the output phase only if the command has been processed.
PhaseResult run_phases(NativeCall& call, std::int16_t first) {
  for (auto phase = first; phase < kOutputData; ++phase)
    if (const auto result = run_phase(call, phase); result.phase != Phase::kDone) return result;
  if (!jcre::runtime_of(call).apdu().outgoing()) return {};
  return run_phase(call, kOutputData);
}

// Sends what the APDU buffer holds. Nothing: an exception is pending.
std::optional<std::int16_t> send_output(NativeCall& call) {
  auto& runtime = jcre::runtime_of(call);
  const auto length = detail::output_length(call);
  const auto buffer = runtime.apdu_buffer_octets();
  const auto status = static_cast<std::int16_t>(buffer[detail::kStatusOffset] << 8 | buffer[detail::kStatusOffset + 1]);
  auto sent = runtime.apdu().set_outgoing_length(static_cast<std::int16_t>(length));
  if (sent && length != 0) sent = runtime.apdu().send(buffer.subspan(detail::kDataOffset, length));
  if (sent) return status;
  call.throw_exception(kApdu, static_cast<std::int16_t>(sent.error()));
  return std::nullopt;
}

NativeResult dispatch(NativeCall& call) {
  const auto phase = call.number(1);
  if (!detail::check_apdu(call, 0)) return NativeResult::kThrown;
  if (phase < kInputData || phase > kOutputData) return throw_service(call, ServiceReason::kIllegalParameter);
  const auto result = run_phases(call, phase);
  if (result.phase == Phase::kPending) return NativeResult::kThrown;
  if (result.phase == Phase::kException) return call.return_reference(result.exception);
  if (!jcre::runtime_of(call).apdu().outgoing()) return call.return_reference(kNull);
  const auto status = send_output(call);
  return status ? call.throw_exception(jcvm::kIso, *status) : NativeResult::kThrown;
}

NativeResult process(NativeCall& call) {
  if (!detail::check_apdu(call, 0)) return NativeResult::kThrown;
  const auto result = run_phases(call, kInputData);
  if (result.phase == Phase::kPending) return NativeResult::kThrown;
  if (result.phase == Phase::kException) return call.throw_exception(jcvm::kIso, kUnknownError);
  if (!jcre::runtime_of(call).apdu().outgoing()) return call.throw_exception(jcvm::kIso, kInstructionNotSupported);
  const auto status = send_output(call);
  if (!status) return NativeResult::kThrown;
  return *status == kSuccess ? call.return_void() : call.throw_exception(jcvm::kIso, *status);
}

}  // namespace

Bindings dispatcher_bindings() {
  static constexpr std::string_view kClass = "javacard/framework/service/Dispatcher";
  static constexpr MethodBinding kMethods[] = {
      {kClass, "<init>(S)V", construct},
      {kClass, "addService(Ljavacard/framework/service/Service;B)V", add_service},
      {kClass, "removeService(Ljavacard/framework/service/Service;B)V", remove_service},
      {kClass, "dispatch(Ljavacard/framework/APDU;B)Ljava/lang/Exception;", dispatch},
      {kClass, "process(Ljavacard/framework/APDU;)V", process},
  };
  static constexpr StateBinding kStates[] = {{kClass, kCountState, 2}};
  return {kMethods, kStates};
}

}  // namespace cose::jcapi
