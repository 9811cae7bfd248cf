// SPDX-License-Identifier: Apache-2.0
// javacard.framework.service.BasicService: the Common Service Format of the APDU buffer (JC API 3.1). While a command
// comes in: its header, Lc and data; once it is processed: CLA, INS, status word, La and the answer's data.
#include <array>

#include "jcapi/binding.h"
#include "jcapi/detail/service.h"
#include "jcre/runtime.h"

namespace cose::jcapi {

namespace detail {

using jcre::Apdu;
using jcre::ApduState;
using jcvm::NativeCall;
using jcvm::NativeResult;

NativeResult throw_service(NativeCall& call, ServiceReason reason) {
  return call.throw_exception(kService, static_cast<std::int16_t>(reason));
}

bool check_apdu(NativeCall& call, std::size_t parameter) {
  const auto apdu = call.reference(parameter);
  if (apdu != jcvm::kNull && apdu == jcre::runtime_of(call).apdu_object()) return true;
  call.throw_exception(apdu == jcvm::kNull ? jcvm::kNullPointer : jcvm::kSecurity);
  return false;
}

bool is_processed(const Apdu& apdu) {
  return apdu.state() >= ApduState::kOutgoing || apdu.state() < ApduState::kInitial;
}

std::uint16_t output_length(NativeCall& call) {
  auto& runtime = jcre::runtime_of(call);
  const auto la = runtime.apdu_buffer_octets()[kLengthOffset];
  // La of 256 octets is 00 as that of none: the runtime remembers which. An applet may have written La itself.
  const auto remembered = runtime.apdu().service_length();
  return (remembered & 0xFF) == la ? remembered : la;
}

}  // namespace detail

namespace {

using detail::check_apdu;
using detail::ServiceReason;
using detail::throw_service;
using jcre::ApduState;
using jcvm::NativeCall;
using jcvm::NativeResult;

constexpr std::int16_t kMaximumOutput = 256;
constexpr std::uint16_t kSuccess = 0x9000;

NativeResult construct(NativeCall& call) {
  return call.return_void();
}

// processDataIn, processCommand, processDataOut: nothing was done.
NativeResult process_nothing(NativeCall& call) {
  return call.return_boolean(false);
}

NativeResult receive_in_data(NativeCall& call) {
  if (!check_apdu(call, 0)) return NativeResult::kThrown;
  auto& runtime = jcre::runtime_of(call);
  auto& apdu = runtime.apdu();
  if (apdu.state() != ApduState::kInitial && apdu.state() != ApduState::kFullIncoming)
    return throw_service(call, ServiceReason::kCannotAccessInCommand);
  if (apdu.state() == ApduState::kInitial && !apdu.receive_first(runtime.apdu_buffer_octets()))
    return throw_service(call, ServiceReason::kCannotAccessInCommand);
  if (apdu.state() != ApduState::kFullIncoming) return throw_service(call, ServiceReason::kCommandDataTooLong);
  return call.return_short(apdu.incoming_length().value_or(0));
}

// False: an exception is pending.
bool process(NativeCall& call) {
  if (!check_apdu(call, 0)) return false;
  auto& apdu = jcre::runtime_of(call).apdu();
  if (apdu.state() >= ApduState::kOutgoing) return true;
  if (apdu.state() >= ApduState::kInitial && apdu.set_outgoing()) return true;
  throw_service(call, ServiceReason::kCannotAccessOutCommand);
  return false;
}

NativeResult set_processed(NativeCall& call) {
  return process(call) ? call.return_void() : NativeResult::kThrown;
}

NativeResult is_processed(NativeCall& call) {
  if (!check_apdu(call, 0)) return NativeResult::kThrown;
  return call.return_boolean(detail::is_processed(jcre::runtime_of(call).apdu()));
}

void put_output_length(NativeCall& call, std::uint16_t length) {
  auto& runtime = jcre::runtime_of(call);
  runtime.apdu_buffer_octets()[detail::kLengthOffset] = static_cast<std::uint8_t>(length);
  runtime.apdu().set_service_length(length);
}

NativeResult set_output_length(NativeCall& call) {
  if (!check_apdu(call, 0)) return NativeResult::kThrown;
  const auto length = call.number(1);
  const auto room = jcre::runtime_of(call).apdu_buffer_octets().size() - detail::kDataOffset;
  if (length < 0 || length > kMaximumOutput || static_cast<std::size_t>(length) > room)
    return throw_service(call, ServiceReason::kIllegalParameter);
  put_output_length(call, static_cast<std::uint16_t>(length));
  return call.return_void();
}

// A processed command in no error. False: an exception is pending.
bool check_output(NativeCall& call) {
  if (!check_apdu(call, 0)) return false;
  if (jcre::runtime_of(call).apdu().state() >= ApduState::kOutgoing) return true;
  throw_service(call, ServiceReason::kCannotAccessOutCommand);
  return false;
}

NativeResult get_output_length(NativeCall& call) {
  if (!check_output(call)) return NativeResult::kThrown;
  return call.return_short(static_cast<std::int16_t>(detail::output_length(call)));
}

void put_status_word(NativeCall& call, std::uint16_t status) {
  const auto buffer = jcre::runtime_of(call).apdu_buffer_octets();
  buffer[detail::kStatusOffset] = static_cast<std::uint8_t>(status >> 8);
  buffer[detail::kStatusOffset + 1] = static_cast<std::uint8_t>(status);
}

NativeResult set_status_word(NativeCall& call) {
  if (!check_apdu(call, 0)) return NativeResult::kThrown;
  put_status_word(call, static_cast<std::uint16_t>(call.number(1)));
  return call.return_void();
}

NativeResult get_status_word(NativeCall& call) {
  if (!check_output(call)) return NativeResult::kThrown;
  const auto buffer = jcre::runtime_of(call).apdu_buffer_octets();
  return call.return_short(
      static_cast<std::int16_t>(buffer[detail::kStatusOffset] << 8 | buffer[detail::kStatusOffset + 1]));
}

NativeResult fail(NativeCall& call) {
  if (!process(call)) return NativeResult::kThrown;
  put_output_length(call, 0);
  put_status_word(call, static_cast<std::uint16_t>(call.number(1)));
  return call.return_boolean(true);
}

NativeResult succeed(NativeCall& call) {
  if (!process(call)) return NativeResult::kThrown;
  put_status_word(call, kSuccess);
  return call.return_boolean(true);
}

NativeResult succeed_with_status_word(NativeCall& call) {
  if (!process(call)) return NativeResult::kThrown;
  put_status_word(call, static_cast<std::uint16_t>(call.number(1)));
  return call.return_boolean(true);
}

// CLA and INS stay where they are, P1 and P2 make room for the status word.
template <std::size_t kOffset>
NativeResult get_header_octet(NativeCall& call) {
  if (!check_apdu(call, 0)) return NativeResult::kThrown;
  auto& runtime = jcre::runtime_of(call);
  if (kOffset >= detail::kStatusOffset && detail::is_processed(runtime.apdu()))
    return throw_service(call, ServiceReason::kCannotAccessInCommand);
  return call.return_short(static_cast<std::int8_t>(runtime.apdu_buffer_octets()[kOffset]));
}

NativeResult selecting_applet(NativeCall& call) {
  return call.return_boolean(jcre::runtime_of(call).selecting());
}

}  // namespace

Bindings basic_service_bindings() {
  static constexpr std::string_view kClass = "javacard/framework/service/BasicService";
  static constexpr MethodBinding kMethods[] = {
      {kClass, "<init>()V", construct},
      {kClass, "processDataIn(Ljavacard/framework/APDU;)Z", process_nothing},
      {kClass, "processCommand(Ljavacard/framework/APDU;)Z", process_nothing},
      {kClass, "processDataOut(Ljavacard/framework/APDU;)Z", process_nothing},
      {kClass, "receiveInData(Ljavacard/framework/APDU;)S", receive_in_data},
      {kClass, "setProcessed(Ljavacard/framework/APDU;)V", set_processed},
      {kClass, "isProcessed(Ljavacard/framework/APDU;)Z", is_processed},
      {kClass, "setOutputLength(Ljavacard/framework/APDU;S)V", set_output_length},
      {kClass, "getOutputLength(Ljavacard/framework/APDU;)S", get_output_length},
      {kClass, "setStatusWord(Ljavacard/framework/APDU;S)V", set_status_word},
      {kClass, "getStatusWord(Ljavacard/framework/APDU;)S", get_status_word},
      {kClass, "fail(Ljavacard/framework/APDU;S)Z", fail},
      {kClass, "succeed(Ljavacard/framework/APDU;)Z", succeed},
      {kClass, "succeedWithStatusWord(Ljavacard/framework/APDU;S)Z", succeed_with_status_word},
      {kClass, "getCLA(Ljavacard/framework/APDU;)B", get_header_octet<0>},
      {kClass, "getINS(Ljavacard/framework/APDU;)B", get_header_octet<1>},
      {kClass, "getP1(Ljavacard/framework/APDU;)B", get_header_octet<2>},
      {kClass, "getP2(Ljavacard/framework/APDU;)B", get_header_octet<3>},
      {kClass, "selectingApplet()Z", selecting_applet},
  };
  return {kMethods};
}

}  // namespace cose::jcapi
