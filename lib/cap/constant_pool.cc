// SPDX-License-Identifier: Apache-2.0
// ConstantPool component, JCVM 3.1 §6.8.
#include <algorithm>

#include <fmt/format.h>

#include "cap/detail/fields.h"
#include "cap/parse.h"
#include "cap/write.h"

namespace cose::cap {

Result<std::vector<Constant>> parse_constant_pool(ByteView info) {
  Reader reader(info);
  COSE_TRY(const auto count, reader.u16());
  COSE_TRY(auto constants, detail::read_list(count, [&]() -> Result<Constant> {
             Constant constant;
             COSE_TRY(const auto tag, reader.u8());
             if (tag < 1 || tag > 6)
               return fail(ErrorKind::kInvalid,
                           fmt::format("expected a constant tag from 1 to 6 at position {}, found {}",
                                       reader.position() - 1, tag));
             constant.tag = static_cast<ConstantTag>(tag);
             COSE_TRY(const auto octets, reader.take(constant.info.size()));
             std::ranges::copy(octets, constant.info.begin());
             return constant;
           }));
  COSE_CHECK(reader.expect_end());
  return constants;
}

Result<Bytes> write_constant_pool(const std::vector<Constant>& constants) {
  detail::FieldWriter writer;
  writer.count16(constants.size(), "constant count");
  for (const auto& constant : constants) writer.u8(static_cast<std::uint8_t>(constant.tag)).octets(constant.info);
  return writer.finish();
}

}  // namespace cose::cap
