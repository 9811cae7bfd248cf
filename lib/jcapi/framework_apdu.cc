// SPDX-License-Identifier: Apache-2.0
// javacard.framework.APDU: the object is one for the card, its state is jcre::Apdu.
#include "iso7816/class_byte.h"
#include "jcapi/binding.h"
#include "jcre/runtime.h"

namespace cose::jcapi {

namespace {

using jcre::Apdu;
using jcre::ApduProblem;
using jcre::ApduResult;
using jcre::Protocol;
using jcre::runtime_of;
using jcvm::NativeCall;
using jcvm::NativeResult;

// ISO/IEC 7816-3 §11.4.2: information field sizes, the largest there are; T=0 moves octet by octet.
constexpr std::int16_t kInBlock = 254;
constexpr std::int16_t kOutBlock = 254;
constexpr std::int16_t kT0InBlock = 1;
constexpr std::int16_t kT0OutBlock = 258;

NativeResult thrown(NativeCall& call, ApduProblem problem) {
  return call.throw_exception(kApdu, static_cast<std::int16_t>(problem));
}

NativeResult answered(NativeCall& call, const ApduResult<std::int16_t>& result) {
  return result ? call.return_short(*result) : thrown(call, result.error());
}

NativeResult answered(NativeCall& call, const ApduResult<void>& result) {
  return result ? call.return_void() : thrown(call, result.error());
}

// The object outside of process() is nobody's to use: whoever kept it on a stack gets ILLEGAL_USE.
template <typename Do>
NativeResult with_apdu(NativeCall& call, Do&& what) {
  auto& apdu = runtime_of(call).apdu();
  if (!apdu.active()) return thrown(call, ApduProblem::kIllegalUse);
  return answered(call, what(apdu));
}

bool is_t0(NativeCall& call) {
  return runtime_of(call).options().protocol == Protocol::kT0;
}

NativeResult in_block_size(NativeCall& call) {
  return call.return_short(is_t0(call) ? kT0InBlock : kInBlock);
}

NativeResult out_block_size(NativeCall& call) {
  return call.return_short(is_t0(call) ? kT0OutBlock : kOutBlock);
}

NativeResult protocol(NativeCall& call) {
  return call.return_short(is_t0(call) ? 0 : 1);
}

NativeResult buffer(NativeCall& call) {
  return call.return_reference(runtime_of(call).apdu_buffer());
}

NativeResult node_address(NativeCall& call) {
  return call.return_short(0);
}

NativeResult receive_first(NativeCall& call) {
  auto& runtime = runtime_of(call);
  return with_apdu(call, [&](Apdu& apdu) { return apdu.receive_first(runtime.apdu_buffer_octets()); });
}

NativeResult receive_more(NativeCall& call) {
  auto& runtime = runtime_of(call);
  const auto offset = call.number(0);
  return with_apdu(call, [&](Apdu& apdu) { return apdu.receive_more(runtime.apdu_buffer_octets(), offset); });
}

NativeResult set_outgoing(NativeCall& call) {
  return with_apdu(call, [](Apdu& apdu) { return apdu.set_outgoing(); });
}

NativeResult set_outgoing_no_chaining(NativeCall& call) {
  return with_apdu(call, [](Apdu& apdu) { return apdu.set_outgoing_no_chaining(); });
}

NativeResult set_outgoing_length(NativeCall& call) {
  const auto length = call.number(0);
  return with_apdu(call, [&](Apdu& apdu) { return apdu.set_outgoing_length(length); });
}

std::optional<ByteView> part_of(ByteView buffer, std::int16_t offset, std::int16_t length) {
  if (offset < 0 || length < 0 || std::size_t(offset) + std::size_t(length) > buffer.size()) return std::nullopt;
  return buffer.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(length));
}

// sendBytes(short bOff, short len)
NativeResult send(NativeCall& call) {
  const auto offset = call.number(0);
  const auto length = call.number(1);
  auto& runtime = runtime_of(call);
  return with_apdu(call, [&](Apdu& apdu) -> ApduResult<void> {
    if (auto may = apdu.may_send(length); !may) return may;
    const auto part = part_of(runtime.apdu_buffer_octets(), offset, length);
    if (!part) return std::unexpected(ApduProblem::kBufferBounds);
    return apdu.send(*part);
  });
}

// sendBytesLong(byte[] outData, short bOff, short len)
NativeResult send_long(NativeCall& call) {
  const auto length = call.number(2);
  auto& apdu = runtime_of(call).apdu();
  if (!apdu.active()) return thrown(call, ApduProblem::kIllegalUse);
  if (auto may = apdu.may_send(length); !may) return thrown(call, may.error());
  const auto* array = call.array(call.reference(0), jcvm::ObjectKind::kByteArray);
  if (array == nullptr) return NativeResult::kThrown;
  const auto offset = call.number(1);
  if (offset < 0 || length < 0 || offset + length > array->length) return thrown(call, ApduProblem::kBufferBounds);
  const auto octets = call.readable(call.reference(0), offset, length);
  return octets ? answered(call, apdu.send(*octets)) : NativeResult::kThrown;
}

// setOutgoingAndSend(short bOff, short len)
NativeResult set_outgoing_and_send(NativeCall& call) {
  const auto offset = call.number(0);
  const auto length = call.number(1);
  auto& runtime = runtime_of(call);
  return with_apdu(call, [&](Apdu& apdu) -> ApduResult<void> {
    if (apdu.outgoing()) return std::unexpected(ApduProblem::kIllegalUse);
    if (length < 0) return std::unexpected(ApduProblem::kBadLength);
    const auto part = part_of(runtime.apdu_buffer_octets(), offset, length);
    if (!part) return std::unexpected(ApduProblem::kBufferBounds);
    return apdu.set_outgoing_and_send(*part);
  });
}

NativeResult current_state(NativeCall& call) {
  return call.return_short(static_cast<std::int16_t>(runtime_of(call).apdu().state()));
}

NativeResult incoming_length(NativeCall& call) {
  return with_apdu(call, [](Apdu& apdu) { return apdu.incoming_length(); });
}

NativeResult data_offset(NativeCall& call) {
  return with_apdu(call, [](Apdu& apdu) { return apdu.data_offset(); });
}

// ---- static: for the applet whose process() runs ----

// JC API 3.1, getCurrentAPDU(): SecurityException for others than the selected applet's context and outside of
// process().
bool is_current(NativeCall& call) {
  if (runtime_of(call).apdu().active() && call.context() == call.machine().selected_context()) return true;
  call.machine().throw_exception(jcvm::kSecurity);
  return false;
}

NativeResult current(NativeCall& call) {
  if (!is_current(call)) return NativeResult::kThrown;
  return call.return_reference(runtime_of(call).apdu_object());
}

NativeResult current_buffer(NativeCall& call) {
  if (!is_current(call)) return NativeResult::kThrown;
  return buffer(call);
}

NativeResult wait_extension(NativeCall& call) {
  return is_current(call) ? call.return_void() : NativeResult::kThrown;
}

NativeResult cla_channel(NativeCall& call) {
  if (!is_current(call)) return NativeResult::kThrown;
  return call.return_short(iso7816::logical_channel(runtime_of(call).apdu().cla()));
}

// ---- of the class byte ----

NativeResult is_chaining(NativeCall& call) {
  return call.return_boolean(iso7816::is_chained(runtime_of(call).apdu().cla()));
}

NativeResult is_secure_messaging(NativeCall& call) {
  return call.return_boolean(iso7816::secure_messaging(runtime_of(call).apdu().cla()) !=
                             iso7816::SecureMessaging::kNone);
}

NativeResult is_interindustry(NativeCall& call) {
  return call.return_boolean((runtime_of(call).apdu().cla() & 0x80) == 0);
}

// ISO/IEC 7816-4 §5.1.1: FF is no class, 001x xxxx is reserved.
NativeResult is_valid(NativeCall& call) {
  const auto cla = runtime_of(call).apdu().cla();
  return call.return_boolean(cla != 0xFF && (cla & 0xE0) != 0x20);
}

// LC_ENCODING_TYPE_4_TYPE_16: classes of both forms name the channels 0 to 19.
NativeResult channel_encoding(NativeCall& call) {
  return call.return_short(2);
}

constexpr std::string_view kName = "javacard/framework/APDU";
constexpr MethodBinding kMethods[] = {
    {kName, "getInBlockSize()S", in_block_size},
    {kName, "getOutBlockSize()S", out_block_size},
    {kName, "getProtocol()B", protocol},
    {kName, "getCurrentAPDU()Ljavacard/framework/APDU;", current},
    {kName, "getCurrentAPDUBuffer()[B", current_buffer},
    {kName, "getCLAChannel()B", cla_channel},
    {kName, "waitExtension()V", wait_extension},
    {kName, "getBuffer()[B", buffer},
    {kName, "getNAD()B", node_address},
    {kName, "receiveBytes(S)S", receive_more},
    {kName, "sendBytes(SS)V", send},
    {kName, "sendBytesLong([BSS)V", send_long},
    {kName, "setIncomingAndReceive()S", receive_first},
    {kName, "setOutgoing()S", set_outgoing},
    {kName, "setOutgoingAndSend(SS)V", set_outgoing_and_send},
    {kName, "setOutgoingLength(S)V", set_outgoing_length},
    {kName, "setOutgoingNoChaining()S", set_outgoing_no_chaining},
    {kName, "getCurrentState()B", current_state},
    {kName, "isCommandChainingCLA()Z", is_chaining},
    {kName, "isSecureMessagingCLA()Z", is_secure_messaging},
    {kName, "isISOInterindustryCLA()Z", is_interindustry},
    {kName, "getIncomingLength()S", incoming_length},
    {kName, "getOffsetCdata()S", data_offset},
    {kName, "isValidCLA()Z", is_valid},
    {kName, "getLogicalChannelEncoding()B", channel_encoding},
};

}  // namespace

Bindings framework_apdu_bindings() {
  return {kMethods};
}

}  // namespace cose::jcapi
