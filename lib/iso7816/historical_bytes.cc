// SPDX-License-Identifier: Apache-2.0
#include "iso7816/historical_bytes.h"

#include <array>

#include "bytes/hex.h"
#include "bytes/reader.h"

namespace cose::iso7816 {

namespace {

// §8.1.1.1.
constexpr std::uint8_t kStatusAtEnd = 0x00;
constexpr std::uint8_t kObjectsOnly = 0x80;

constexpr std::size_t kStatusIndicatorSize = 3;
constexpr std::uint8_t kStatusIndicator = 8;

// §8.1.1.2: the interindustry data objects 41 to 4F, by the number of their tag.
constexpr std::array<std::string_view, 16> kObjectNames = {
    "",
    "country code",
    "issuer identification number",
    "card service data",
    "initial access data",
    "card issuer's data",
    "pre-issuing data",
    "card capabilities",
    "status indicator",
    "",
    "",
    "",
    "",
    "",
    "",
    "application identifier",
};

Result<std::vector<CompactObject>> read_objects(Reader& reader) {
  std::vector<CompactObject> objects;
  while (!reader.at_end()) {
    const auto position = reader.position();
    COSE_TRY(const auto head, reader.u8());
    auto value = reader.take(head & 0x0F);
    if (!value)
      return std::unexpected(value.error().within("COMPACT-TLV object " + to_hex({&head, 1}) + " at position " +
                                                  std::to_string(position)));
    objects.push_back({static_cast<std::uint8_t>(head >> 4), *value});
  }
  return objects;
}

// One octet is the life cycle status, two are a status word, three are both, §8.1.1.3.
void take_status(HistoricalBytes& historical, ByteView indicator) {
  if (indicator.size() == 1 || indicator.size() == kStatusIndicatorSize) historical.life_cycle = indicator[0];
  if (indicator.size() == 2 || indicator.size() == kStatusIndicatorSize) {
    const auto status = indicator.last(2);
    historical.status = StatusWord(status[0], status[1]);
  }
}

}  // namespace

Result<HistoricalBytes> HistoricalBytes::parse(ByteView octets) {
  Reader reader(octets);
  HistoricalBytes historical;
  COSE_TRY(historical.category, reader.u8());
  if (historical.category != kStatusAtEnd && historical.category != kObjectsOnly)
    return fail(ErrorKind::kUnsupported,
                "historical bytes of category " + to_hex({&historical.category, 1}) + ": expected 00 or 80");

  if (historical.category == kStatusAtEnd) {
    if (reader.remaining() < kStatusIndicatorSize)
      return fail(ErrorKind::kInvalid,
                  "expected a status indicator of 3 octets at the end of the historical bytes, "
                  "found " +
                      std::to_string(reader.remaining()));
    take_status(historical, octets.last(kStatusIndicatorSize));
    octets = octets.first(octets.size() - kStatusIndicatorSize);
  }
  Reader objects(octets);
  COSE_CHECK(objects.skip(1));
  COSE_TRY(historical.objects, read_objects(objects));
  if (historical.category == kObjectsOnly)
    for (const auto& object : historical.objects)
      if (object.number == kStatusIndicator) take_status(historical, object.value);
  return historical;
}

std::string_view compact_object_name(std::uint8_t number) {
  return number < kObjectNames.size() ? kObjectNames[number] : std::string_view();
}

}  // namespace cose::iso7816
