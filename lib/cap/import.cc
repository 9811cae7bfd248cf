// SPDX-License-Identifier: Apache-2.0
// Import component, JCVM 3.1 §6.7.
#include "cap/detail/fields.h"
#include "cap/parse.h"
#include "cap/write.h"

namespace cose::cap {

Result<std::vector<PackageInfo>> parse_import(ByteView info) {
  Reader reader(info);
  COSE_TRY(const auto count, reader.u8());
  COSE_TRY(auto imports, detail::read_list(count, [&] { return detail::read_package_info(reader); }));
  COSE_CHECK(reader.expect_end());
  return imports;
}

Result<Bytes> write_import(const std::vector<PackageInfo>& imports) {
  detail::FieldWriter writer;
  writer.count8(imports.size(), "import count");
  for (const auto& package : imports) writer.package_info(package);
  return writer.finish();
}

}  // namespace cose::cap
