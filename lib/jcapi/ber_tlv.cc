// SPDX-License-Identifier: Apache-2.0
// javacardx.framework.tlv: BERTLV and PrimitiveBERTLV.
//
// Octets that come with their length must be one TLV and nothing behind it. Values grow as needed, to what a TLV of
// 32767 octets can hold.
#include "jcapi/binding.h"
#include "jcapi/detail/tlv_objects.h"

namespace cose::jcapi {

namespace {

using detail::TlvReason;
using jcvm::kNull;
using jcvm::NativeCall;
using jcvm::NativeResult;
using jcvm::ObjectKind;

NativeResult construct(NativeCall& call) {
  return call.return_void();
}

// ---- BERTLV ----

NativeResult get_instance(NativeCall& call) {
  const auto octets = detail::copy_of(call, 0);
  if (!octets) return NativeResult::kThrown;
  const auto head = detail::whole_tlv(*octets);
  if (!head) return detail::throw_fault(call, head.error());
  const auto tlv = detail::make_tlv_object(call, *octets);
  return tlv == kNull ? NativeResult::kThrown : call.return_reference(tlv);
}

NativeResult verify_format(NativeCall& call) {
  const auto octets = call.readable(call.reference(0), call.number(1), call.number(2));
  if (!octets) return NativeResult::kThrown;
  return call.return_boolean(detail::whole_tlv(*octets).has_value());
}

// Parameters 0 and 1: array and offset. Nothing: an exception is pending.
std::optional<detail::TlvHead> head_in(NativeCall& call) {
  const auto octets = detail::readable_from(call, call.reference(0), call.number(1));
  if (!octets) return std::nullopt;
  const auto head = detail::tlv_head(*octets);
  if (!head) return detail::throw_fault(call, head.error()), std::nullopt;
  return *head;
}

NativeResult get_tag_static(NativeCall& call) {
  const auto head = head_in(call);
  if (!head) return NativeResult::kThrown;
  const auto tag = detail::copy_of(call, call.reference(0), call.number(1), static_cast<std::int32_t>(head->tag_size));
  return tag ? detail::return_written(call, 2, *tag) : NativeResult::kThrown;
}

NativeResult get_length_static(NativeCall& call) {
  const auto head = head_in(call);
  return head ? call.return_short(static_cast<std::int16_t>(head->length)) : NativeResult::kThrown;
}

NativeResult to_bytes_of(NativeCall& call) {
  const auto octets = detail::encoded(call, call.self());
  return octets ? detail::return_written(call, 0, *octets) : NativeResult::kThrown;
}

NativeResult get_tag(NativeCall& call) {
  const auto tag = detail::tag_of(call, call.self());
  return tag == kNull ? detail::throw_tlv(call, TlvReason::kEmptyTlv) : call.return_reference(tag);
}

NativeResult get_length(NativeCall& call) {
  const auto value = detail::value_of(call, call.self(), TlvReason::kTlvLengthAbove32767);
  return value ? call.return_short(static_cast<std::int16_t>(value->size())) : NativeResult::kThrown;
}

// ---- PrimitiveBERTLV, static ----

NativeResult get_value_offset(NativeCall& call) {
  const auto head = head_in(call);
  if (!head) return NativeResult::kThrown;
  const auto first = call.readable(call.reference(0), call.number(1), 1);
  if (detail::is_constructed((*first)[0])) return detail::throw_tlv(call, TlvReason::kMalformedTlv);
  if (head->size() > detail::kMaximumTlvSize) return detail::throw_tlv(call, TlvReason::kTlvSizeAbove32767);
  const auto offset = static_cast<std::size_t>(call.number(1)) + head->value_offset;
  return call.return_short(static_cast<std::int16_t>(offset));
}

NativeResult to_bytes_static(NativeCall& call) {
  const auto from = detail::readable_from(call, call.reference(0), call.number(1));
  if (!from) return NativeResult::kThrown;
  const auto size = detail::tag_size(*from);
  if (!size) return detail::throw_fault(call, size.error());
  if (detail::is_constructed((*from)[0])) return detail::throw_tlv(call, TlvReason::kMalformedTag);
  const auto tag = to_bytes(from->first(*size));
  const auto value = detail::copy_of(call, 2);
  if (!value) return NativeResult::kThrown;
  const auto tlv = concat(tag, detail::encoded_length(value->size()), *value);
  if (tlv.size() > detail::kMaximumTlvSize) return detail::throw_tlv(call, TlvReason::kTlvSizeAbove32767);
  return detail::return_written(call, 5, tlv);
}

NativeResult append_value_static(NativeCall& call) {
  const auto from = detail::readable_from(call, call.reference(0), call.number(1));
  if (!from) return NativeResult::kThrown;
  const auto head = detail::checked_tlv(*from);
  if (!head) return detail::throw_fault(call, head.error());
  if (detail::is_constructed((*from)[0])) return detail::throw_tlv(call, TlvReason::kMalformedTlv);
  const auto tag = to_bytes(from->first(head->tag_size));
  const auto old = to_bytes(from->subspan(head->value_offset, head->length));
  const auto added = detail::copy_of(call, 2);
  if (!added) return NativeResult::kThrown;
  const auto tlv = concat(tag, detail::encoded_length(old.size() + added->size()), old, *added);
  if (tlv.size() > detail::kMaximumTlvSize) return detail::throw_tlv(call, TlvReason::kTlvSizeAbove32767);
  return detail::return_written(call, 0, tlv);
}

// ---- PrimitiveBERTLV, of this TLV ----

NativeResult construct_primitive(NativeCall& call) {
  const auto capacity = call.number(0);
  if (capacity < 0) return detail::throw_tlv(call, TlvReason::kInvalidParameter);
  const auto content = call.new_array(ObjectKind::kByteArray, capacity);
  if (content == kNull || !detail::set_tlv(call, call.self(), kNull, content, 0)) return NativeResult::kThrown;
  return call.return_void();
}

NativeResult init(NativeCall& call) {
  const auto octets = detail::copy_of(call, 0);
  if (!octets) return NativeResult::kThrown;
  const auto head = detail::whole_tlv(*octets);
  if (!head) return detail::throw_fault(call, head.error());
  if (detail::is_constructed((*octets)[0])) return detail::throw_tlv(call, TlvReason::kMalformedTlv);
  const auto tag = detail::make_tag_object(call, ByteView(*octets).first(head->tag_size));
  if (tag == kNull || !detail::fill_tlv(call, call.self(), tag, ByteView(*octets).subspan(head->value_offset)))
    return NativeResult::kThrown;
  return detail::return_size(call);
}

// The tag's octets, the length and the value must be a TLV that can be.
bool fits(NativeCall& call, jcvm::Reference tag, std::size_t length) {
  const auto size = detail::tag_octets(call, tag).size() + detail::encoded_length(length).size() + length;
  if (size > detail::kMaximumTlvSize) return detail::throw_tlv(call, TlvReason::kInsufficientStorage), false;
  return true;
}

NativeResult init_with_tag(NativeCall& call) {
  const auto tag = call.reference(0);
  if (!call.check_access(tag)) return NativeResult::kThrown;
  const auto value = detail::copy_of(call, 1);
  if (!value || !fits(call, tag, value->size())) return NativeResult::kThrown;
  if (!detail::fill_tlv(call, call.self(), tag, *value)) return NativeResult::kThrown;
  return detail::return_size(call);
}

enum class Old : std::uint8_t { kKept, kDropped };

template <Old kOld>
NativeResult change_value(NativeCall& call) {
  const auto added = detail::copy_of(call, 0);
  if (!added) return NativeResult::kThrown;
  auto value = detail::value_of(call, call.self(), TlvReason::kTlvSizeAbove32767);
  if (!value) return NativeResult::kThrown;
  if (kOld == Old::kDropped) value->clear();
  append(*value, *added);
  const auto tag = detail::tag_of(call, call.self());
  if (!fits(call, tag, value->size()) || !detail::fill_tlv(call, call.self(), tag, *value))
    return NativeResult::kThrown;
  return detail::return_size(call);
}

NativeResult get_value(NativeCall& call) {
  const auto value = detail::value_of(call, call.self(), TlvReason::kTlvSizeAbove32767);
  return value ? detail::return_written(call, 0, *value) : NativeResult::kThrown;
}

}  // namespace

Bindings ber_tlv_bindings() {
  static constexpr std::string_view kTlv = "javacardx/framework/tlv/BERTLV";
  static constexpr std::string_view kPrimitive = "javacardx/framework/tlv/PrimitiveBERTLV";
  static constexpr MethodBinding kMethods[] = {
      {kTlv, "<init>()V", construct},
      {kTlv, "getInstance([BSS)Ljavacardx/framework/tlv/BERTLV;", get_instance},
      {kTlv, "verifyFormat([BSS)Z", verify_format},
      {kTlv, "getTag([BS[BS)S", get_tag_static},
      {kTlv, "getLength([BS)S", get_length_static},
      {kTlv, "toBytes([BS)S", to_bytes_of},
      {kTlv, "getTag()Ljavacardx/framework/tlv/BERTag;", get_tag},
      {kTlv, "getLength()S", get_length},
      {kTlv, "size()S", detail::return_size},
      {kPrimitive, "<init>(S)V", construct_primitive},
      {kPrimitive, "getValueOffset([BS)S", get_value_offset},
      {kPrimitive, "toBytes([BS[BSS[BS)S", to_bytes_static},
      {kPrimitive, "appendValue([BS[BSS)S", append_value_static},
      {kPrimitive, "init([BSS)S", init},
      {kPrimitive, "init(Ljavacardx/framework/tlv/PrimitiveBERTag;[BSS)S", init_with_tag},
      {kPrimitive, "appendValue([BSS)S", change_value<Old::kKept>},
      {kPrimitive, "replaceValue([BSS)S", change_value<Old::kDropped>},
      {kPrimitive, "getValue([BS)S", get_value},
  };
  static constexpr StateBinding kStates[] = {{kTlv, 0, 1}, {kPrimitive, detail::kCountState, 1}};
  return {kMethods, kStates};
}

}  // namespace cose::jcapi
