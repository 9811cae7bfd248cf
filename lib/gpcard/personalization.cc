// SPDX-License-Identifier: Apache-2.0
#include "gpcard/detail/personalization.h"

#include <algorithm>
#include <array>

#include "gpcard/card_manager.h"

namespace cose::gpcard {

namespace {

using jcvm::Outcome;
using jcvm::Reference;

// org.globalplatform, tokens of API 1.7.
constexpr std::string_view kPackage{"\xA0\x00\x00\x01\x51\x00", 6};
constexpr std::uint8_t kApplication = 0;
constexpr std::uint8_t kPersonalization = 8;
constexpr std::uint8_t kProcessData = 0;
constexpr std::size_t kMaximumAnswer = 255;

struct Call {
  jcvm::Machine& machine;
  Reference instance;
  Reference in = jcvm::kNull;
  Reference out = jcvm::kNull;
  std::uint16_t length;
};

Outcome with_answer(const Call& call, const jcvm::Class& type) {
  const std::array<std::uint16_t, 5> cells{call.in, 0, call.length, call.out, 0};
  return call.machine.invoke_interface(call.instance, type, kProcessData, cells);
}

Outcome without_answer(const Call& call, const jcvm::Class& type) {
  const std::array<std::uint16_t, 3> cells{call.in, 0, call.length};
  return call.machine.invoke_interface(call.instance, type, kProcessData, cells);
}

// JCRE 3.1 §6.2.2: arrays of the runtime that any context may read, and none may keep.
Reference global_array(jcvm::Machine& machine, std::size_t size) {
  jcvm::NewObject wanted;
  wanted.kind = jcvm::ObjectKind::kByteArray;
  wanted.length = static_cast<std::uint32_t>(size);
  wanted.flags = jcvm::kGlobal | jcvm::kClearOnReset;
  return machine.heap().allocate(wanted);
}

StatusWord status_of(const Outcome& outcome) {
  if (outcome.kind == Outcome::Kind::kThrown && outcome.exception_class != nullptr &&
      outcome.exception_class->name.ends_with("ISOException"))
    return StatusWord(static_cast<std::uint16_t>(outcome.reason));
  return StatusWord::kNoPreciseDiagnosis;
}

Bytes command_octets(const CommandContext& context) {
  const auto& command = context.command;
  Bytes octets{command.cla, command.ins, command.p1, command.p2, static_cast<std::uint8_t>(command.data.size())};
  append(octets, command.data);
  return octets;
}

Answer<void> run(CommandContext& context, const jcre::Applet& applet, jcvm::AppletId id, Call& call) {
  auto& machine = call.machine;
  const auto* with = machine.find_class(kPackage, kPersonalization);
  const auto* without = machine.find_class(kPackage, kApplication);
  const bool answers = with != nullptr && machine.is_instance(applet.instance, *with);
  if (!answers && (without == nullptr || !machine.is_instance(applet.instance, *without)))
    return refuse(StatusWord::kConditionsNotSatisfied);
  const auto outcome = context.runtime.call(context.channel, id, [&](jcvm::Machine&) {
    return answers ? with_answer(call, *with) : without_answer(call, *without);
  });
  if (outcome.kind != Outcome::Kind::kReturned) return refuse(status_of(outcome));
  if (!answers) return {};
  const auto length = static_cast<std::size_t>(std::max(outcome.value, 0));
  if (length > kMaximumAnswer) return refuse(StatusWord::kNoPreciseDiagnosis);
  const auto* header = machine.heap().find(call.out);
  append(context.answer, ByteView(machine.heap().contents(*header), length));
  return {};
}

}  // namespace

Answer<void> personalize(CommandContext& context, Slot target) {
  constexpr std::uint8_t kLastBlock = 0x80;
  const auto application = context.registry.get<Application>(target);
  const auto* applet = application ? context.runtime.applet(application->applet) : nullptr;
  if (applet == nullptr || applet->instance == jcvm::kNull || is_locked(application->state))
    return refuse(StatusWord::kConditionsNotSatisfied);
  // The length octet in front of the data is one.
  if (context.command.data.size() > 255) return refuse(StatusWord::kWrongLength);
  auto& machine = context.runtime.machine();
  const auto octets = command_octets(context);
  Call call{machine, applet->instance, global_array(machine, octets.size()), global_array(machine, kMaximumAnswer),
            static_cast<std::uint16_t>(octets.size())};
  Answer<void> done = refuse(StatusWord::kNotEnoughMemory);
  if (call.in != jcvm::kNull && call.out != jcvm::kNull &&
      machine.heap().write(*machine.heap().find(call.in), 0, octets.data(), static_cast<std::uint32_t>(octets.size())))
    done = run(context, *applet, application->applet, call);
  static_cast<void>(machine.heap().remove(call.in));
  static_cast<void>(machine.heap().remove(call.out));
  machine.heap().forget_dead();
  machine.heap().compact_transient();
  if ((context.command.p1 & kLastBlock) != 0) context.session.personalized.reset();
  return done;
}

}  // namespace cose::gpcard
