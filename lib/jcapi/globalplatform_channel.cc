// SPDX-License-Identifier: Apache-2.0
// org.globalplatform.SecureChannel, SecureChannelx and SecureChannelx2: one object for all, whose work is on the
// session of the running command's channel (GPC 2.3.1 §10.3, API 1.7).
#include <algorithm>

#include "iso7816/command_apdu.h"
#include "jcapi/detail/globalplatform.h"

namespace cose::jcapi {

namespace {

using iso7816::StatusWord;
using jcre::ApplicationChannel;
using jcre::runtime_of;
using jcvm::NativeCall;
using jcvm::NativeResult;

NativeResult refused(NativeCall& call, StatusWord status) {
  return call.throw_exception(jcvm::kIso, static_cast<std::int16_t>(status.value()));
}

template <typename Do>
NativeResult with_channel(NativeCall& call, Do&& what) {
  auto* manager = detail::manager_of(call);
  auto* channel = manager == nullptr ? nullptr : manager->channel_of(call.applet());
  if (channel == nullptr) return refused(call, StatusWord::kConditionsNotSatisfied);
  return what(*channel);
}

// Header, Lc and data as they stand in a buffer, whatever length octet the applet left there.
iso7816::CommandApduView view_of(ByteView header, ByteView data) {
  return {.cla = header[0], .ins = header[1], .p1 = header[2], .p2 = header[3], .data = data};
}

// The applet may have received the data itself.
bool receive(NativeCall& call, std::size_t& length) {
  auto& apdu = runtime_of(call).apdu();
  auto buffer = runtime_of(call).apdu_buffer_octets();
  if (apdu.state() == jcre::ApduState::kInitial) {
    const auto first = apdu.receive_first(buffer);
    if (!first) return false;
  }
  const auto total = apdu.incoming_length();
  const auto at = apdu.data_offset();
  if (!total || !at || apdu.state() != jcre::ApduState::kFullIncoming) return false;
  length = static_cast<std::size_t>(*total);
  return *at == jcre::Apdu::kDataOffset && length <= buffer.size() - jcre::Apdu::kDataOffset;
}

// processSecurity(APDU): the answer goes behind the header, its length to the applet, which sends it.
NativeResult process_apdu(NativeCall& call) {
  return with_channel(call, [&](ApplicationChannel& channel) {
    std::size_t length = 0;
    if (!runtime_of(call).apdu().active() || !receive(call, length)) return refused(call, StatusWord::kWrongLength);
    const auto command = to_bytes(runtime_of(call).apdu_buffer_octets().first(jcre::Apdu::kDataOffset + length));
    Bytes response;
    const auto status =
        channel.process_security(view_of(command, ByteView(command).subspan(jcre::Apdu::kDataOffset)), response);
    if (!status.is_success()) return refused(call, status);
    auto buffer = runtime_of(call).apdu_buffer_octets().subspan(jcre::Apdu::kDataOffset);
    if (response.size() > buffer.size()) return refused(call, StatusWord::kWrongLength);
    std::ranges::copy(response, buffer.begin());
    return call.return_short(static_cast<std::int16_t>(response.size()));
  });
}

// processSecurity(byte[] baBuffer, short sInOffset, short sInLength, short sOutOffset)
NativeResult process_octets(NativeCall& call) {
  return with_channel(call, [&](ApplicationChannel& channel) {
    const auto octets = call.readable(call.reference(0), call.number(1), call.number(2));
    if (!octets) return NativeResult::kThrown;
    const auto command = to_bytes(*octets);
    const auto parsed = iso7816::CommandApduView::parse(command);
    if (!parsed) return refused(call, StatusWord::kWrongLength);
    Bytes response;
    const auto status = channel.process_security(*parsed, response);
    if (!status.is_success()) return refused(call, status);
    if (!call.write(call.reference(0), call.number(3), response)) return NativeResult::kThrown;
    return call.return_short(static_cast<std::int16_t>(response.size()));
  });
}

// unwrap, wrap, decryptData, encryptData: (byte[] baBuffer, short sOffset, short sLength), in place.
template <StatusWord (ApplicationChannel::*kWork)(ByteView, Bytes&)>
NativeResult in_place(NativeCall& call) {
  return with_channel(call, [&](ApplicationChannel& channel) {
    const auto octets = call.readable(call.reference(0), call.number(1), call.number(2));
    if (!octets) return NativeResult::kThrown;
    const auto given = to_bytes(*octets);
    Bytes made;
    const auto status = (channel.*kWork)(given, made);
    if (!status.is_success()) return refused(call, status);
    if (!call.write(call.reference(0), call.number(1), made)) return NativeResult::kThrown;
    return call.return_short(static_cast<std::int16_t>(made.size()));
  });
}

NativeResult reset_security(NativeCall& call) {
  return with_channel(call, [&](ApplicationChannel& channel) {
    channel.reset_security();
    return call.return_void();
  });
}

NativeResult security_level(NativeCall& call) {
  return with_channel(call, [&](ApplicationChannel& channel) {
    return call.return_short(static_cast<std::int8_t>(channel.security_level()));
  });
}

NativeResult set_security_level(NativeCall& call) {
  return with_channel(call, [&](ApplicationChannel& channel) {
    const auto status = channel.set_security_level(static_cast<std::uint8_t>(call.number(0)));
    return status.is_success() ? call.return_void() : refused(call, status);
  });
}

constexpr std::string_view kName = detail::kSecureChannelClass;

constexpr MethodBinding kMethods[] = {
    {kName, "processSecurity(Ljavacard/framework/APDU;)S", process_apdu},
    {kName, "processSecurity([BSSS)S", process_octets},
    {kName, "wrap([BSS)S", in_place<&ApplicationChannel::wrap>},
    {kName, "unwrap([BSS)S", in_place<&ApplicationChannel::unwrap>},
    {kName, "decryptData([BSS)S", in_place<&ApplicationChannel::decrypt>},
    {kName, "encryptData([BSS)S", in_place<&ApplicationChannel::encrypt>},
    {kName, "resetSecurity()V", reset_security},
    {kName, "getSecurityLevel()B", security_level},
    {kName, "setSecurityLevel(B)V", set_security_level},
};

// All of them by name: an interface of the API brings none of those that it extends.
constexpr std::string_view kInterfaces[] = {"org/globalplatform/SecureChannel", "org/globalplatform/SecureChannelx",
                                            "org/globalplatform/SecureChannelx2"};
constexpr HiddenClass kHidden[] = {{.class_name = kName, .interfaces = kInterfaces}};

}  // namespace

Bindings globalplatform_channel_bindings() {
  return {kMethods, {}, kHidden};
}

}  // namespace cose::jcapi
