// SPDX-License-Identifier: Apache-2.0
// Header component, JCVM 3.1 §6.4.
#include <fmt/format.h>

#include "cap/detail/fields.h"
#include "cap/parse.h"
#include "cap/write.h"

namespace cose::cap {

namespace {

Status read_packages(Reader& reader, Header& header) {
  std::uint8_t count = 1;
  if (header.shape().extended()) {
    COSE_TRY(header.cap, detail::read_package_info(reader));
    COSE_TRY(count, reader.u8());
  }
  COSE_TRY(header.packages, detail::read_list(count, [&] { return detail::read_package_info(reader); }));
  if (header.shape().since(2)) {
    COSE_TRY(header.package_names, detail::read_list(count, [&] { return detail::read_name8(reader); }));
  }
  return reader.expect_end();
}

}  // namespace

Result<Header> parse_header(ByteView info) {
  Reader reader(info);
  COSE_TRY(const auto magic, reader.u32());
  if (magic != kCapMagic)
    return fail(ErrorKind::kInvalid, fmt::format("expected magic {:08X}, found {:08X}", kCapMagic, magic));
  Header header;
  COSE_TRY(header.format, detail::read_version(reader));
  if (header.format.major != 2 || header.format.minor < 1 || header.format.minor > 3)
    return fail(ErrorKind::kUnsupported, fmt::format("expected CAP format 2.1, 2.2 or 2.3, found {}.{}",
                                                     header.format.major, header.format.minor));
  COSE_TRY(header.flags, reader.u8());
  COSE_CHECK(read_packages(reader, header));
  return header;
}

Result<Bytes> write_header(const Header& header) {
  detail::FieldWriter writer;
  writer.u32(kCapMagic).version(header.format).u8(header.flags);
  if (header.shape().extended()) {
    writer.package_info(header.cap.value_or(PackageInfo{}));
    writer.count8(header.packages.size(), "package_count");
  }
  for (const auto& package : header.packages) writer.package_info(package);
  if (header.shape().since(2))
    for (const auto& name : header.package_names) writer.run8(as_bytes(name), "name_length");
  return writer.finish();
}

}  // namespace cose::cap
