// SPDX-License-Identifier: Apache-2.0
// The words of the heap: references, kinds, contexts, and the header that stands before each object.
//
// A reference is a handle, an index into the card's table of objects, never an address; zero is null. Whatever number
// a program makes up and uses as a reference, it names an object of its own card or nothing, and then meets the same
// checks as any other: kind, class, bounds, firewall.
//
// Numbers in the image are little-endian, sizes in octets unless said otherwise.
#pragma once

#include <bit>
#include <cstdint>

namespace cose::jcvm {

static_assert(std::endian::native == std::endian::little, "the image of a card is used in place");

using Reference = std::uint16_t;
inline constexpr Reference kNull = 0;

// Who runs or owns (JCRE 3.1 §6.1): one context per package that holds applets, and the runtime environment's own.
using Context = std::uint8_t;
inline constexpr Context kRuntimeContext = 0;

// Which applet instance owns an object: an index into the runtime's registry.
using AppletId = std::uint8_t;
inline constexpr AppletId kNoApplet = 0xFF;

// Number of a class on one card; linked packages use pointers to Class (package.h).
using ClassId = std::uint16_t;
inline constexpr ClassId kNoClass = 0xFFFF;

// The array kinds carry the numbers of JCVM 3.1 §6.11 table 6-12.
enum class ObjectKind : std::uint8_t {
  kFree = 0,
  kInstance = 1,
  kBooleanArray = 2,
  kByteArray = 3,
  kShortArray = 4,
  kIntArray = 5,
  kReferenceArray = 6,
  kStatics = 7,  // the static field image of a loaded package; no program holds a reference to it
};

[[nodiscard]] constexpr bool is_array(ObjectKind kind) {
  return kind >= ObjectKind::kBooleanArray && kind <= ObjectKind::kReferenceArray;
}

[[nodiscard]] constexpr std::uint32_t element_size(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::kBooleanArray:
    case ObjectKind::kByteArray: return 1;
    case ObjectKind::kIntArray: return 4;
    default: return 2;
  }
}

using ObjectFlags = std::uint8_t;
inline constexpr ObjectFlags kClearOnReset = 0x01;     // JCRE 3.1 §5.1
inline constexpr ObjectFlags kClearOnDeselect = 0x02;  // JCRE 3.1 §5.1
inline constexpr ObjectFlags kGlobal = 0x04;           // global array, JCRE 3.1 §6.2.2
inline constexpr ObjectFlags kPermanentEntry = 0x08;   // entry points, JCRE 3.1 §6.2.1
inline constexpr ObjectFlags kTemporaryEntry = 0x10;
inline constexpr ObjectFlags kView = 0x20;  // array view, JCRE 3.1 §6.2.8.2: its elements are another array's
inline constexpr ObjectFlags kIntegritySensitive = 0x40;  // JC API 3.1, SensitiveArrays
// Arrays with one of these are open to all contexts: global ones, and as permanent entry points the arrays that a
// library's static fields start with, which belong to no applet's context.
inline constexpr ObjectFlags kOpenArray = kGlobal | kPermanentEntry;
inline constexpr ObjectFlags kTransient = kClearOnReset | kClearOnDeselect;
// What may not be kept in a field or an array (JCRE 3.1 §6.2.8.1 to §6.2.8.3).
inline constexpr ObjectFlags kNotStorable = kGlobal | kTemporaryEntry;

inline constexpr std::uint16_t kMaximumArrayLength = 32767;

// Before each object in the persistent image. Transient objects have theirs there, too; only their contents do not
// last. A block of memory ends at header + kUnit * units.
struct ObjectHeader {
  Reference handle;      // zero: a free block
  ClassId class_id;      // of an instance; the element class of a reference array; the number of a package of statics
  std::uint16_t length;  // elements of an array; octets of anything else
  std::uint16_t units;   // of the whole block; zero ends the list of blocks
  ObjectKind kind;
  ObjectFlags flags;
  Context context;
  AppletId applet;
};
static_assert(sizeof(ObjectHeader) == 12);

// The first octets of an image; the list of blocks follows, so an address of zero is never a block's.
inline constexpr std::uint32_t kImageMagic = 0x314D4A43;  // "CJM1"
inline constexpr std::uint32_t kFirstBlock = sizeof(kImageMagic);

inline constexpr std::uint32_t kUnit = 4;
inline constexpr std::uint32_t kHeaderSize = sizeof(ObjectHeader);

}  // namespace cose::jcvm
