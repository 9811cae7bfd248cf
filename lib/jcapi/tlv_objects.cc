// SPDX-License-Identifier: Apache-2.0
#include "jcapi/detail/tlv_objects.h"

#include <array>
#include <vector>

namespace cose::jcapi::detail {

using jcvm::kNull;
using jcvm::ObjectKind;

namespace {

constexpr std::string_view kTlvAid{"\xA0\x00\x00\x00\x62\x02\x08\x03", 8};
constexpr jcvm::ExceptionClass kTlvException{kTlvAid, 6, "TLVException"};

}  // namespace

NativeResult throw_tlv(NativeCall& call, TlvReason reason) {
  return call.throw_exception(kTlvException, static_cast<std::int16_t>(reason));
}

NativeResult throw_fault(NativeCall& call, Fault fault, std::optional<TlvReason> too_short) {
  const auto reason = fault.reason ? fault.reason : too_short;
  return reason ? throw_tlv(call, *reason) : call.throw_exception(jcvm::kArrayIndexOutOfBounds);
}

// ---- tags ----

ByteView tag_octets(NativeCall& call, Reference tag) {
  const auto state = call.state_of(tag, sibling(call, kBerTagToken));
  return state ? state->subspan(1, (*state)[0]) : ByteView();
}

bool set_tag(NativeCall& call, Reference tag, ByteView octets) {
  Bytes state{static_cast<std::uint8_t>(octets.size())};
  append(state, octets);
  state.resize(kTagState);
  return call.write_state(tag, 0, state);
}

Reference make_tag_object(NativeCall& call, ByteView octets) {
  const auto token = is_constructed(octets[0]) ? kConstructedTagToken : kPrimitiveTagToken;
  const auto tag = call.new_instance(sibling(call, token));
  return tag != kNull && set_tag(call, tag, octets) ? tag : kNull;
}

// ---- TLVs ----

Reference tag_of(NativeCall& call, Reference tlv) {
  return call.held(tlv, sibling(call, kBerTlvToken), kTagCell);
}

bool is_constructed_tlv(NativeCall& call, Reference tlv) {
  return call.is_instance(tlv, sibling(call, kConstructedTlvToken));
}

const jcvm::Class& content_class(NativeCall& call, Reference tlv) {
  return sibling(call, is_constructed_tlv(call, tlv) ? kConstructedTlvToken : kPrimitiveTlvToken);
}

namespace {

// The state of a class starts with the cell of BERTLV.
std::uint32_t count_offset(NativeCall& call) {
  return sibling(call, kBerTlvToken).native_octets;
}

}  // namespace

std::uint16_t count_of(NativeCall& call, Reference tlv) {
  const auto state = call.state_of(tlv, content_class(call, tlv));
  if (!state) return 0;
  const auto at = count_offset(call);
  return static_cast<std::uint16_t>((*state)[at] << 8 | (*state)[at + 1]);
}

Reference content_of(NativeCall& call, Reference tlv) {
  return call.held(tlv, content_class(call, tlv), kContentCell);
}

bool set_tlv(NativeCall& call, Reference tlv, Reference tag, Reference content, std::uint16_t count) {
  const std::array octets{static_cast<std::uint8_t>(count >> 8), static_cast<std::uint8_t>(count)};
  return together(call, [&] {
    return call.hold(tlv, content_class(call, tlv), kContentCell, content) &&
           call.write_state(tlv, count_offset(call), octets) &&
           call.hold(tlv, sibling(call, kBerTlvToken), kTagCell, tag);
  });
}

std::optional<Bytes> value_of(NativeCall& call, Reference tlv, TlvReason too_large, int depth) {
  if (tag_octets(call, tag_of(call, tlv)).empty()) return throw_tlv(call, TlvReason::kEmptyTlv), std::nullopt;
  const auto count = count_of(call, tlv);
  const auto content = content_of(call, tlv);
  if (!is_constructed_tlv(call, tlv)) return copy_of(call, content, 0, count);
  if (depth >= kMaximumTlvDepth) return throw_tlv(call, TlvReason::kIllegalSize), std::nullopt;
  Bytes value;
  for (std::int32_t index = 0; index < count; ++index) {
    const auto each = call.load_element(content, ObjectKind::kReferenceArray, index);
    if (!each) return std::nullopt;
    const auto octets = encoded(call, static_cast<Reference>(*each), depth + 1);
    if (!octets) return std::nullopt;
    append(value, *octets);
    // A TLV has two octets at least, so no structure costs more to count than this.
    if (value.size() > kMaximumTlvSize) return throw_tlv(call, too_large), std::nullopt;
  }
  return value;
}

std::optional<Bytes> encoded(NativeCall& call, Reference tlv, int depth) {
  const auto value = value_of(call, tlv, TlvReason::kTlvSizeAbove32767, depth);
  if (!value) return std::nullopt;
  auto octets = concat(tag_octets(call, tag_of(call, tlv)), encoded_length(value->size()), *value);
  if (octets.size() > kMaximumTlvSize) return throw_tlv(call, TlvReason::kTlvSizeAbove32767), std::nullopt;
  return octets;
}

NativeResult return_size(NativeCall& call) {
  const auto octets = encoded(call, call.self());
  if (!octets) return NativeResult::kThrown;
  return call.return_short(static_cast<std::int16_t>(octets->size()));
}

// ---- from octets ----

namespace {

// An array of at least that length, the one that is there when it is long enough. kNull: an exception is pending.
Reference room_for(NativeCall& call, Reference present, ObjectKind kind, std::size_t length) {
  if (const auto* header = call.heap().find(present); header != nullptr && header->length >= length) return present;
  return call.new_array(kind, static_cast<std::int32_t>(length));
}

bool fill_primitive(NativeCall& call, Reference tlv, Reference tag, ByteView value) {
  const auto content = room_for(call, content_of(call, tlv), ObjectKind::kByteArray, value.size());
  return content != kNull && together(call, [&] {
           return call.write(content, 0, value) &&
                  set_tlv(call, tlv, tag, content, static_cast<std::uint16_t>(value.size()));
         });
}

bool store_all(NativeCall& call, Reference array, const std::vector<Reference>& elements) {
  for (std::size_t at = 0; at < elements.size(); ++at)
    if (!call.store_element(array, ObjectKind::kReferenceArray, static_cast<std::int32_t>(at), elements[at]))
      return false;
  return true;
}

bool fill_constructed(NativeCall& call, Reference tlv, Reference tag, ByteView value) {
  std::vector<Reference> made;
  while (!value.empty()) {
    const auto size = tlv_head(value)->size();
    made.push_back(make_tlv_object(call, value.first(size)));
    if (made.back() == kNull) return false;
    value = value.subspan(size);
  }
  // JC API 3.1, init: the TLVs that were there are let go, so the array is a new one unless it fits.
  const auto content = room_for(call, content_of(call, tlv), ObjectKind::kReferenceArray, made.size());
  if (content == kNull) return false;
  const auto count = static_cast<std::uint16_t>(made.size());
  made.resize(call.heap().find(content)->length);
  return together(call, [&] { return store_all(call, content, made) && set_tlv(call, tlv, tag, content, count); });
}

}  // namespace

bool fill_tlv(NativeCall& call, Reference tlv, Reference tag, ByteView value) {
  return is_constructed_tlv(call, tlv) ? fill_constructed(call, tlv, tag, value)
                                       : fill_primitive(call, tlv, tag, value);
}

Reference make_tlv_object(NativeCall& call, ByteView octets) {
  const auto head = *tlv_head(octets);
  const auto tag = make_tag_object(call, octets.first(head.tag_size));
  if (tag == kNull) return kNull;
  const auto token = is_constructed(octets[0]) ? kConstructedTlvToken : kPrimitiveTlvToken;
  const auto tlv = call.new_instance(sibling(call, token));
  if (tlv == kNull || !fill_tlv(call, tlv, tag, octets.subspan(head.value_offset, head.length))) return kNull;
  return tlv;
}

}  // namespace cose::jcapi::detail
