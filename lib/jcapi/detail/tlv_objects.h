// SPDX-License-Identifier: Apache-2.0
// The objects of javacardx.framework.tlv as natives see them: tokens, states, reading and making tags and TLVs.
//
// State of a BERTag: the number of its octets (zero: empty) and the octets. Of a BERTLV: cell 0, its tag (null: empty).
// Behind it a PrimitiveBERTLV has the length of its value and the array that holds it; a ConstructedBERTLV has the
// number of its TLVs and the array that holds them. Arrays grow when they are full.
//
// Tags and TLVs are shared by reference, so a TLV may change under the one that contains it; sizes are counted when
// they are asked for. A TLV cannot come to contain itself.
#pragma once

#include <optional>

#include "jcapi/detail/arguments.h"
#include "jcapi/detail/ber.h"

namespace cose::jcapi::detail {

using jcvm::Reference;

// Tokens of the package.
inline constexpr std::uint8_t kBerTlvToken = 0;
inline constexpr std::uint8_t kBerTagToken = 1;
inline constexpr std::uint8_t kConstructedTlvToken = 2;
inline constexpr std::uint8_t kConstructedTagToken = 3;
inline constexpr std::uint8_t kPrimitiveTlvToken = 4;
inline constexpr std::uint8_t kPrimitiveTagToken = 5;

inline constexpr std::uint16_t kTagState = 1 + kMaximumTagSize;
inline constexpr std::size_t kTagCell = 0;
inline constexpr std::uint16_t kCountState = 2;  // length of a value, number of TLVs; big-endian
inline constexpr std::size_t kContentCell = 0;   // of a subclass's own cells

// A TLVException; for a tag or TLV that ends too early what `too_short` says, nothing: ArrayIndexOutOfBounds.
NativeResult throw_tlv(NativeCall& call, TlvReason reason);
NativeResult throw_fault(NativeCall& call, Fault fault, std::optional<TlvReason> too_short = std::nullopt);

// ---- tags ----
// Empty when the tag object is.
[[nodiscard]] ByteView tag_octets(NativeCall& call, Reference tag);
[[nodiscard]] bool set_tag(NativeCall& call, Reference tag, ByteView octets);
// A PrimitiveBERTag or ConstructedBERTag. kNull: an exception is pending.
[[nodiscard]] Reference make_tag_object(NativeCall& call, ByteView octets);

// ---- TLVs ----
[[nodiscard]] Reference tag_of(NativeCall& call, Reference tlv);
[[nodiscard]] bool is_constructed_tlv(NativeCall& call, Reference tlv);
[[nodiscard]] std::uint16_t count_of(NativeCall& call, Reference tlv);
[[nodiscard]] Reference content_of(NativeCall& call, Reference tlv);
// The class of PrimitiveBERTLV or ConstructedBERTLV that the object is an instance of.
[[nodiscard]] const jcvm::Class& content_class(NativeCall& call, Reference tlv);
// Tag, content array and count, in one go. False: an exception is pending.
[[nodiscard]] bool set_tlv(NativeCall& call, Reference tlv, Reference tag, Reference content, std::uint16_t count);

// The value as octets, of any TLV object; nothing: an exception is pending (EMPTY_TLV, `too_large`).
[[nodiscard]] std::optional<Bytes> value_of(NativeCall& call, Reference tlv, TlvReason too_large, int depth = 0);
// The whole. TLV_SIZE_GREATER_THAN_32767.
[[nodiscard]] std::optional<Bytes> encoded(NativeCall& call, Reference tlv, int depth = 0);
// Returns the size of `this`.
NativeResult return_size(NativeCall& call);

// From octets that checked_tlv() has passed, with all that a constructed one contains. kNull: an exception is pending.
[[nodiscard]] Reference make_tlv_object(NativeCall& call, ByteView octets);
// The same into an object that is there. False: an exception is pending.
[[nodiscard]] bool fill_tlv(NativeCall& call, Reference tlv, Reference tag, ByteView value);

}  // namespace cose::jcapi::detail
