// SPDX-License-Identifier: Apache-2.0
#include "cap/container.h"

#include <algorithm>
#include <cstdio>

#include <gtest/gtest.h>
#include <minizip/zip.h>

#include "bytes/hex.h"
#include "cap/limits.h"
#include "cap/parse.h"
#include "cap/reference_location.h"

namespace cose::cap {
namespace {

using namespace literals;

std::string error_of(const Result<Components>& components) {
  return components ? "read" : components.error().message;
}

TEST(LoadFile, ChecksTheFrame) {
  EXPECT_EQ(error_of(read_load_file({})), "expected a Header component, found no octets");
  EXPECT_EQ(error_of(read_load_file("02000100"_hex)), "expected the Header component first, found Directory");
  EXPECT_EQ(error_of(read_load_file("0100050000"_hex)), "Header component at offset 0: expected 5 octets, found 2");
  EXPECT_EQ(error_of(read_load_file("010000 0E0000"_hex)),
            "expected a component tag (1 to 13, 128 to 255) at offset 3, found 14");
  EXPECT_EQ(error_of(read_load_file("010000 040000 040000"_hex)), "second Import component at offset 6");
  EXPECT_EQ(error_of(read_load_file("010000 04"_hex)), "expected 2 octets at position 4, found 0");
}

TEST(LoadFile, HasLongSizesInTheExtendedFormat) {
  const auto components = read_load_file("01 0007 DECAFFED 03 02 08  07 00000002 AABB  0D 00000001 CC  06 0001 DD"_hex);
  ASSERT_TRUE(components) << components.error().message;
  EXPECT_EQ(components->layout(), Layout::kExtended);
  EXPECT_EQ(*components->find(ComponentTag::kMethod), "AABB"_hex);
  EXPECT_EQ(*components->find(ComponentTag::kStaticResources), "CC"_hex);
  EXPECT_EQ(*components->find(ComponentTag::kClass), "DD"_hex);
}

TEST(Zip, RefusesWhatIsNone) {
  EXPECT_EQ(error_of(read_cap(as_bytes("PK and nothing else"))), "expected a zip, found no zip directory at its end");
  Components none;
  EXPECT_EQ(error_of(read_zip(write_zip(none).value())), "expected Header.cap in the zip, found none");
}

TEST(Zip, ChecksTagAndSizeOfEveryEntry) {
  Components components;
  components.path = "a/b";
  components.infos[ComponentTag::kHeader] = "DECAFFED 01 02 00"_hex;
  components.infos[ComponentTag::kImport] = "00"_hex;
  auto zip = write_zip(components).value();
  const auto intact = zip;
  EXPECT_EQ(read_zip(zip).value(), components);
  // The Import entry: tag 4, size 1, info 0; its checksum guards it.
  const auto entry = "04000100"_hex;
  const auto at = std::ranges::search(zip, entry).begin();
  ASSERT_NE(at, zip.end());
  *at = 5;
  EXPECT_NE(error_of(read_zip(zip)).find("a/b/javacard/Import.cap: "), std::string::npos) << error_of(read_zip(zip));
  // Cut anywhere before the end record's last fields, which tell nothing that is needed, it is no zip.
  for (std::size_t size = 0; size < intact.size(); ++size) {
    const auto cut = read_zip(ByteView(intact).first(size));
    EXPECT_TRUE(!cut || (*cut == components && intact.size() - size < 8)) << size;
  }
}

// Deflated input of a foreign writer, made with minizip's own file functions.
Bytes deflated(const std::vector<std::pair<std::string, Bytes>>& entries) {
  const auto path = testing::TempDir() + "cose_container_test.zip";
  auto* const zip = zipOpen64(path.c_str(), APPEND_STATUS_CREATE);
  for (const auto& [name, content] : entries) {
    zip_fileinfo info{};
    zipOpenNewFileInZip(zip, name.c_str(), &info, nullptr, 0, nullptr, 0, nullptr, Z_DEFLATED, 9);
    zipWriteInFileInZip(zip, content.data(), static_cast<unsigned>(content.size()));
    zipCloseFileInZip(zip);
  }
  zipClose(zip, nullptr);
  Bytes octets;
  auto* const file = std::fopen(path.c_str(), "rb");
  for (int each = std::fgetc(file); each != EOF; each = std::fgetc(file))
    octets.push_back(static_cast<std::uint8_t>(each));
  std::fclose(file);
  std::remove(path.c_str());
  return octets;
}

const Bytes kHeader = "01 0007 DECAFFED 01 02 00"_hex;

TEST(Zip, ReadsDeflatedEntriesAndSkipsTheRest) {
  const auto zip = deflated({{"META-INF/MANIFEST.MF", to_bytes(as_bytes("x"))},
                             {"com/e/javacard/Header.cap", kHeader},
                             {"com/e/Applet.class", Bytes(100, 1)},
                             {"com/e/javacard/IMPORT.txt", Bytes(3, 1)},
                             {"com/e/javacard/Import.CAP", "040000"_hex}});
  const auto components = read_zip(zip);
  ASSERT_TRUE(components) << components.error().message;
  EXPECT_EQ(components->path, "com/e");
  EXPECT_EQ(components->infos.size(), 2U);
}

TEST(Zip, RefusesBombsAndSecondPackages) {
  const Bytes zeros(kMaximumFile + 1, 0);
  const auto bomb = deflated({{"a/javacard/Header.cap", zeros}});
  EXPECT_LT(bomb.size(), zeros.size() / 100);
  EXPECT_EQ(read_zip(bomb).error().kind, ErrorKind::kLimit);
  EXPECT_EQ(error_of(read_zip(deflated({{"a/javacard/Header.cap", kHeader}, {"b/javacard/Header.cap", kHeader}}))),
            "expected the components of one CAP file in a/javacard, found b/javacard/Header.cap as well");
  std::vector<std::pair<std::string, Bytes>> many(kMaximumZipEntries + 1, {"x", {}});
  EXPECT_EQ(read_zip(deflated(many)).error().kind, ErrorKind::kLimit);
}

TEST(Zip, RefusesEntriesThatAreNotWhatTheirNameSays) {
  EXPECT_EQ(error_of(read_zip(deflated({{"a/Header.cap", kHeader}, {"a/Import.cap", "050000"_hex}}))),
            "Import: expected tag 4, found 5");
  EXPECT_EQ(error_of(read_zip(deflated({{"a/Header.cap", kHeader}, {"a/Import.cap", "04000000"_hex}}))),
            "Import: 1 octets too many after position 3");
  EXPECT_EQ(error_of(read_zip(deflated({{"a/Header.cap", kHeader}, {"a/Strange.cap", "050000"_hex}}))),
            "Strange: expected tag of a custom component, found 5");
}

TEST(Component, HasNamesAndFiles) {
  for (unsigned number = 1; number <= kStandardComponents; ++number) {
    const auto tag = static_cast<ComponentTag>(number);
    EXPECT_EQ(component_named(name_of(tag)), tag);
  }
  EXPECT_EQ(component_named("Custom200"), static_cast<ComponentTag>(200));
  EXPECT_EQ(component_named("Custom12"), std::nullopt);
  EXPECT_EQ(component_named("Custom"), std::nullopt);
  EXPECT_EQ(file_name_of(ComponentTag::kMethod, Layout::kExtended), "Method.capx");
  EXPECT_EQ(file_name_of(ComponentTag::kMethod, Layout::kCompact), "Method.cap");
  EXPECT_EQ(file_name_of(ComponentTag::kStaticResources, Layout::kCompact), "StaticResources.capx");
}

// JCVM 3.1 §6.12: distances from 255 on take entries of 255 and a rest.
TEST(ReferenceLocation, JumpsFarAndNear) {
  const std::vector<std::size_t> offsets = {10, 11, 266, 520, 1030};
  const auto jumps = jumps_to(offsets);
  EXPECT_EQ(jumps, (Bytes{10, 1, 255, 0, 254, 255, 255, 0}));
  EXPECT_EQ(offsets_of_jumps(jumps), offsets);
}

TEST(Parse, NamesWhatIsMissing) {
  EXPECT_EQ(parse(Components{}).error().message, "expected a Header component, found none");
}

}  // namespace
}  // namespace cose::cap
