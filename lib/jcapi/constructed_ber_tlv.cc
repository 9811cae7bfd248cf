// SPDX-License-Identifier: Apache-2.0
// javacardx.framework.tlv.ConstructedBERTLV. The array of its TLVs grows as needed.
#include <vector>

#include "jcapi/binding.h"
#include "jcapi/detail/tlv_objects.h"

namespace cose::jcapi {

namespace {

using detail::TlvReason;
using jcvm::kNull;
using jcvm::NativeCall;
using jcvm::NativeResult;
using jcvm::ObjectKind;
using jcvm::Reference;

// ---- static: in octets ----

struct Found {
  Bytes octets;  // of the TLV that is searched, from its tag to the end of the array
  detail::TlvHead head;
};

// A constructed TLV at `offset` of an array. Nothing: an exception is pending.
std::optional<Found> constructed_at(NativeCall& call, Reference array, std::int16_t offset) {
  const auto octets = detail::readable_from(call, array, offset);
  if (!octets) return std::nullopt;
  const auto head = detail::checked_tlv(*octets);
  if (!head) return detail::throw_fault(call, head.error()), std::nullopt;
  if (!detail::is_constructed((*octets)[0])) return detail::throw_tlv(call, TlvReason::kMalformedTlv), std::nullopt;
  return Found{to_bytes(octets->first(head->size())), *head};
}

// The tag at two parameters from `parameter` on; empty when the array is null, which means any. Nothing: an exception
// is pending.
std::optional<Bytes> wanted_tag(NativeCall& call, std::size_t parameter) {
  if (call.reference(parameter) == kNull) return Bytes();
  const auto octets = detail::readable_from(call, call.reference(parameter), call.number(parameter + 1));
  if (!octets) return std::nullopt;
  const auto size = detail::tag_size(*octets);
  if (!size) return detail::throw_fault(call, size.error()), std::nullopt;
  return to_bytes(octets->first(*size));
}

// Where the first TLV with that tag starts, `at` or behind it.
std::optional<std::size_t> search(const Found& in, std::size_t at, ByteView tag) {
  while (at < in.head.size()) {
    const auto rest = ByteView(in.octets).subspan(at);
    const auto head = *detail::tlv_head(rest);
    if (tag.empty() || equal(rest.first(head.tag_size), tag)) return at;
    at += head.size();
  }
  return std::nullopt;
}

NativeResult return_offset(NativeCall& call, std::optional<std::size_t> found) {
  if (!found) return call.return_short(-1);
  return call.return_short(static_cast<std::int16_t>(static_cast<std::size_t>(call.number(1)) + *found));
}

NativeResult find_static(NativeCall& call) {
  const auto in = constructed_at(call, call.reference(0), call.number(1));
  if (!in) return NativeResult::kThrown;
  const auto tag = wanted_tag(call, 2);
  if (!tag) return NativeResult::kThrown;
  return return_offset(call, search(*in, in->head.value_offset, *tag));
}

NativeResult find_next_static(NativeCall& call) {
  const auto in = constructed_at(call, call.reference(0), call.number(1));
  if (!in) return NativeResult::kThrown;
  if (call.number(2) < 0) return call.throw_exception(jcvm::kArrayIndexOutOfBounds);
  const auto tag = wanted_tag(call, 3);
  if (!tag) return NativeResult::kThrown;
  const auto start = call.number(2) - call.number(1);
  auto at = in->head.value_offset;
  while (at < in->head.size()) {
    const auto next = at + detail::tlv_head(ByteView(in->octets).subspan(at))->size();
    if (static_cast<int>(at) == start) return return_offset(call, search(*in, next, *tag));
    at = next;
  }
  return detail::throw_tlv(call, TlvReason::kInvalidParameter);
}

NativeResult append_static(NativeCall& call) {
  const auto from = detail::readable_from(call, call.reference(0), call.number(1));
  if (!from) return NativeResult::kThrown;
  const auto added = detail::checked_tlv(*from);
  if (!added) return detail::throw_fault(call, added.error());
  const auto octets = to_bytes(from->first(added->size()));
  const auto to = constructed_at(call, call.reference(2), call.number(3));
  if (!to) return NativeResult::kThrown;
  const auto whole = ByteView(to->octets);
  const auto tlv = concat(whole.first(to->head.tag_size), detail::encoded_length(to->head.length + octets.size()),
                          whole.subspan(to->head.value_offset), octets);
  if (tlv.size() > detail::kMaximumTlvSize) return detail::throw_tlv(call, TlvReason::kTlvSizeAbove32767);
  return detail::return_written(call, 2, tlv);
}

// ---- of this TLV ----

NativeResult construct(NativeCall& call) {
  const auto capacity = call.number(0);
  if (capacity < 0) return detail::throw_tlv(call, TlvReason::kInvalidParameter);
  const auto content = call.new_array(ObjectKind::kReferenceArray, capacity);
  if (content == kNull || !detail::set_tlv(call, call.self(), kNull, content, 0)) return NativeResult::kThrown;
  return call.return_void();
}

std::vector<Reference> elements_of(NativeCall& call, Reference tlv) {
  std::vector<Reference> elements(detail::count_of(call, tlv));
  const auto content = detail::content_of(call, tlv);
  for (std::size_t at = 0; at < elements.size(); ++at)
    elements[at] = static_cast<Reference>(
        call.load_element(content, ObjectKind::kReferenceArray, static_cast<std::int32_t>(at)).value_or(kNull));
  return elements;
}

// Is `this` the TLV or somewhere in it?
bool reaches_this(NativeCall& call, Reference tlv) {
  std::vector<bool> seen(std::size_t{UINT16_MAX} + 1);
  std::vector<Reference> pending{tlv};
  while (!pending.empty()) {
    const auto each = pending.back();
    pending.pop_back();
    if (each == call.self()) return true;
    if (seen[each] || !detail::is_constructed_tlv(call, each)) continue;
    seen[each] = true;
    for (const auto inside : elements_of(call, each)) pending.push_back(inside);
  }
  return false;
}

// JC API 3.1: a TLV may come to contain another by reference, never itself. False: an exception is pending.
bool may_contain(NativeCall& call, Reference tlv) {
  if (!call.check_access(tlv)) return false;
  if (!reaches_this(call, tlv)) return true;
  detail::throw_tlv(call, TlvReason::kInvalidParameter);
  return false;
}

// Puts the elements into this TLV, in its array or a larger one.
bool store_elements(NativeCall& call, Reference tag, const std::vector<Reference>& elements) {
  auto content = detail::content_of(call, call.self());
  const auto* header = call.heap().find(content);
  if (header == nullptr || header->length < elements.size()) {
    const auto capacity = static_cast<std::int32_t>(elements.size() + elements.size() / 2);
    content = call.new_array(ObjectKind::kReferenceArray, capacity);
    if (content == kNull) return false;
  }
  const auto capacity = call.heap().find(content)->length;
  return detail::together(call, [&] {
    for (std::size_t at = 0; at < capacity; ++at)
      if (!call.store_element(content, ObjectKind::kReferenceArray, static_cast<std::int32_t>(at),
                              at < elements.size() ? elements[at] : kNull))
        return false;
    return detail::set_tlv(call, call.self(), tag, content, static_cast<std::uint16_t>(elements.size()));
  });
}

NativeResult init(NativeCall& call) {
  const auto octets = detail::copy_of(call, 0);
  if (!octets) return NativeResult::kThrown;
  const auto head = detail::whole_tlv(*octets);
  if (!head) return detail::throw_fault(call, head.error());
  if (!detail::is_constructed((*octets)[0])) return detail::throw_tlv(call, TlvReason::kMalformedTlv);
  const auto tag = detail::make_tag_object(call, ByteView(*octets).first(head->tag_size));
  if (tag == kNull || !detail::fill_tlv(call, call.self(), tag, ByteView(*octets).subspan(head->value_offset)))
    return NativeResult::kThrown;
  return detail::return_size(call);
}

NativeResult init_with_tlv(NativeCall& call) {
  const auto tag = call.reference(0);
  if (!call.check_access(tag) || !may_contain(call, call.reference(1))) return NativeResult::kThrown;
  if (!store_elements(call, tag, {call.reference(1)})) return NativeResult::kThrown;
  return detail::return_size(call);
}

NativeResult init_with_value(NativeCall& call) {
  const auto tag = call.reference(0);
  if (!call.check_access(tag)) return NativeResult::kThrown;
  const auto value = detail::copy_of(call, 1);
  if (!value) return NativeResult::kThrown;
  // The API names no reason for a value that is no sequence of TLVs; as in the other init(): MALFORMED_TLV.
  const auto sound = detail::checked_value(*value);
  if (!sound) return detail::throw_fault(call, sound.error());
  if (!detail::fill_tlv(call, call.self(), tag, *value)) return NativeResult::kThrown;
  return detail::return_size(call);
}

NativeResult append(NativeCall& call) {
  const auto tlv = call.reference(0);
  if (!may_contain(call, tlv)) return NativeResult::kThrown;
  auto elements = elements_of(call, call.self());
  if (elements.size() >= jcvm::kMaximumArrayLength / 2) return detail::throw_tlv(call, TlvReason::kInsufficientStorage);
  elements.push_back(tlv);
  if (!store_elements(call, detail::tag_of(call, call.self()), elements)) return NativeResult::kThrown;
  return detail::return_size(call);
}

// Index of the occurrence of a TLV that parameters `parameter` and `parameter` + 1 name. Nothing: an exception is
// pending.
std::optional<std::size_t> occurrence(NativeCall& call, const std::vector<Reference>& elements, std::size_t parameter) {
  const auto tlv = call.reference(parameter);
  if (!call.check_access(tlv)) return std::nullopt;
  auto left = call.number(parameter + 1);
  for (std::size_t at = 0; left > 0 && at < elements.size(); ++at)
    if (elements[at] == tlv && --left == 0) return at;
  detail::throw_tlv(call, TlvReason::kInvalidParameter);
  return std::nullopt;
}

NativeResult remove(NativeCall& call) {
  auto elements = elements_of(call, call.self());
  const auto at = occurrence(call, elements, 0);
  if (!at) return NativeResult::kThrown;
  elements.erase(elements.begin() + static_cast<std::ptrdiff_t>(*at));
  if (!store_elements(call, detail::tag_of(call, call.self()), elements)) return NativeResult::kThrown;
  return detail::return_size(call);
}

// The first from `at` on with that tag; of any tag when it is null.
NativeResult return_found(NativeCall& call, const std::vector<Reference>& elements, std::size_t at, Reference tag) {
  if (tag != kNull && !call.check_access(tag)) return NativeResult::kThrown;
  const auto wanted = to_bytes(detail::tag_octets(call, tag));
  for (; at < elements.size(); ++at)
    if (tag == kNull || equal(detail::tag_octets(call, detail::tag_of(call, elements[at])), wanted))
      return call.return_reference(elements[at]);
  return call.return_reference(kNull);
}

NativeResult find(NativeCall& call) {
  return return_found(call, elements_of(call, call.self()), 0, call.reference(0));
}

NativeResult find_next(NativeCall& call) {
  const auto elements = elements_of(call, call.self());
  const auto at = occurrence(call, elements, 1);
  if (!at) return NativeResult::kThrown;
  return return_found(call, elements, *at + 1, call.reference(0));
}

}  // namespace

Bindings constructed_ber_tlv_bindings() {
  static constexpr std::string_view kClass = "javacardx/framework/tlv/ConstructedBERTLV";
  static constexpr MethodBinding kMethods[] = {
      {kClass, "<init>(S)V", construct},
      {kClass, "append([BS[BS)S", append_static},
      {kClass, "find([BS[BS)S", find_static},
      {kClass, "findNext([BSS[BS)S", find_next_static},
      {kClass, "init([BSS)S", init},
      {kClass, "init(Ljavacardx/framework/tlv/ConstructedBERTag;Ljavacardx/framework/tlv/BERTLV;)S", init_with_tlv},
      {kClass, "init(Ljavacardx/framework/tlv/ConstructedBERTag;[BSS)S", init_with_value},
      {kClass, "append(Ljavacardx/framework/tlv/BERTLV;)S", append},
      {kClass, "delete(Ljavacardx/framework/tlv/BERTLV;S)S", remove},
      {kClass, "find(Ljavacardx/framework/tlv/BERTag;)Ljavacardx/framework/tlv/BERTLV;", find},
      {kClass,
       "findNext(Ljavacardx/framework/tlv/BERTag;Ljavacardx/framework/tlv/BERTLV;S)"
       "Ljavacardx/framework/tlv/BERTLV;",
       find_next},
  };
  static constexpr StateBinding kStates[] = {{kClass, detail::kCountState, 1}};
  return {kMethods, kStates};
}

}  // namespace cose::jcapi
