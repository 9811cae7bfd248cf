// SPDX-License-Identifier: Apache-2.0
// javacardx.framework.tlv: BERTag, PrimitiveBERTag, ConstructedBERTag.
#include "jcapi/binding.h"
#include "jcapi/detail/tlv_objects.h"

namespace cose::jcapi {

namespace {

using detail::TlvReason;
using jcvm::NativeCall;
using jcvm::NativeResult;

NativeResult construct(NativeCall& call) {
  if (!detail::set_tag(call, call.self(), {})) return NativeResult::kThrown;
  return call.return_void();
}

// ---- static methods: of a tag at parameters 0 and 1, array and offset ----

NativeResult get_instance(NativeCall& call) {
  const auto octets = detail::readable_from(call, call.reference(0), call.number(1));
  if (!octets) return NativeResult::kThrown;
  const auto size = detail::tag_size(*octets);
  if (!size) return detail::throw_fault(call, size.error());
  const auto tag = detail::make_tag_object(call, to_bytes(octets->first(*size)));
  return tag == jcvm::kNull ? NativeResult::kThrown : call.return_reference(tag);
}

NativeResult to_bytes_static(NativeCall& call) {
  const auto tag = detail::make_tag(call.number(0), call.number(1) != 0, call.number(2));
  if (!tag) return detail::throw_fault(call, tag.error());
  return detail::return_written(call, 3, *tag);
}

NativeResult size_static(NativeCall& call) {
  const auto octets = detail::readable_from(call, call.reference(0), call.number(1));
  if (!octets) return NativeResult::kThrown;
  const auto size = detail::tag_size(*octets);
  if (!size) return detail::throw_fault(call, size.error());
  return call.return_short(static_cast<std::int16_t>(*size));
}

NativeResult tag_number_static(NativeCall& call) {
  const auto octets = detail::readable_from(call, call.reference(0), call.number(1));
  if (!octets) return NativeResult::kThrown;
  const auto number = detail::tag_number(*octets);
  if (!number) return detail::throw_fault(call, number.error());
  return call.return_short(*number);
}

NativeResult is_constructed_static(NativeCall& call) {
  const auto octet = call.readable(call.reference(0), call.number(1), 1);
  return octet ? call.return_boolean(detail::is_constructed((*octet)[0])) : NativeResult::kThrown;
}

NativeResult tag_class_static(NativeCall& call) {
  const auto octet = call.readable(call.reference(0), call.number(1), 1);
  return octet ? call.return_short(detail::tag_class((*octet)[0])) : NativeResult::kThrown;
}

NativeResult verify_format(NativeCall& call) {
  const auto octets = detail::readable_from(call, call.reference(0), call.number(1));
  if (!octets) return NativeResult::kThrown;
  const auto size = detail::tag_size(*octets);
  if (!size && size.error() == detail::kTooShort) return call.throw_exception(jcvm::kArrayIndexOutOfBounds);
  return call.return_boolean(size.has_value());
}

// ---- of this tag ----

// Empty: EMPTY_TAG is pending.
ByteView own_octets(NativeCall& call) {
  const auto octets = detail::tag_octets(call, call.self());
  if (octets.empty()) detail::throw_tlv(call, TlvReason::kEmptyTag);
  return octets;
}

NativeResult size(NativeCall& call) {
  const auto octets = own_octets(call);
  return octets.empty() ? NativeResult::kThrown : call.return_short(static_cast<std::int16_t>(octets.size()));
}

NativeResult to_bytes_of(NativeCall& call) {
  const auto octets = own_octets(call);
  return octets.empty() ? NativeResult::kThrown : detail::return_written(call, 0, to_bytes(octets));
}

NativeResult tag_number(NativeCall& call) {
  const auto octets = own_octets(call);
  if (octets.empty()) return NativeResult::kThrown;
  const auto number = detail::tag_number(octets);
  return number ? call.return_short(*number) : detail::throw_fault(call, number.error());
}

NativeResult is_constructed(NativeCall& call) {
  const auto octets = own_octets(call);
  return octets.empty() ? NativeResult::kThrown : call.return_boolean(detail::is_constructed(octets[0]));
}

NativeResult tag_class(NativeCall& call) {
  const auto octets = own_octets(call);
  return octets.empty() ? NativeResult::kThrown : call.return_short(detail::tag_class(octets[0]));
}

// JC API 3.1: two empty tags are equal, null is equal to none.
NativeResult equals(NativeCall& call) {
  const auto other = call.reference(0);
  if (other == jcvm::kNull) return call.return_boolean(false);
  if (!call.check_access(other)) return NativeResult::kThrown;
  return call.return_boolean(equal(detail::tag_octets(call, call.self()), detail::tag_octets(call, other)));
}

template <bool kConstructed>
NativeResult init_from_octets(NativeCall& call) {
  const auto octets = detail::readable_from(call, call.reference(0), call.number(1));
  if (!octets) return NativeResult::kThrown;
  const auto size = detail::tag_size(*octets);
  if (!size) return detail::throw_fault(call, size.error());
  if (detail::is_constructed((*octets)[0]) != kConstructed) return detail::throw_tlv(call, TlvReason::kMalformedTag);
  if (!detail::set_tag(call, call.self(), to_bytes(octets->first(*size)))) return NativeResult::kThrown;
  return call.return_void();
}

template <bool kConstructed>
NativeResult init_from_number(NativeCall& call) {
  const auto tag = detail::make_tag(call.number(0), kConstructed, call.number(1));
  if (!tag) return detail::throw_fault(call, tag.error());
  if (!detail::set_tag(call, call.self(), *tag)) return NativeResult::kThrown;
  return call.return_void();
}

}  // namespace

Bindings ber_tag_bindings() {
  static constexpr std::string_view kTag = "javacardx/framework/tlv/BERTag";
  static constexpr std::string_view kPrimitive = "javacardx/framework/tlv/PrimitiveBERTag";
  static constexpr std::string_view kConstructed = "javacardx/framework/tlv/ConstructedBERTag";
  static constexpr MethodBinding kMethods[] = {
      {kTag, "<init>()V", construct},
      {kTag, "getInstance([BS)Ljavacardx/framework/tlv/BERTag;", get_instance},
      {kTag, "toBytes(SZS[BS)S", to_bytes_static},
      {kTag, "size([BS)B", size_static},
      {kTag, "tagNumber([BS)S", tag_number_static},
      {kTag, "isConstructed([BS)Z", is_constructed_static},
      {kTag, "tagClass([BS)B", tag_class_static},
      {kTag, "verifyFormat([BS)Z", verify_format},
      {kTag, "size()B", size},
      {kTag, "toBytes([BS)S", to_bytes_of},
      {kTag, "tagNumber()S", tag_number},
      {kTag, "isConstructed()Z", is_constructed},
      {kTag, "tagClass()B", tag_class},
      {kTag, "equals(Ljavacardx/framework/tlv/BERTag;)Z", equals},
      {kPrimitive, "<init>()V", construct},
      {kPrimitive, "init([BS)V", init_from_octets<false>},
      {kPrimitive, "init(BS)V", init_from_number<false>},
      {kConstructed, "<init>()V", construct},
      {kConstructed, "init([BS)V", init_from_octets<true>},
      {kConstructed, "init(BS)V", init_from_number<true>},
  };
  static constexpr StateBinding kStates[] = {{kTag, detail::kTagState, 0}};
  return {kMethods, kStates};
}

}  // namespace cose::jcapi
