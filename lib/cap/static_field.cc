// SPDX-License-Identifier: Apache-2.0
// StaticField component, JCVM 3.1 §6.11.
#include "cap/detail/fields.h"
#include "cap/parse.h"
#include "cap/write.h"

namespace cose::cap {

Result<StaticFieldComponent> parse_static_field(ByteView info) {
  Reader reader(info);
  StaticFieldComponent fields;
  COSE_TRY(fields.image_size, reader.u16());
  COSE_TRY(fields.reference_count, reader.u16());
  COSE_TRY(const auto array_count, reader.u16());
  COSE_TRY(fields.array_init, detail::read_list(array_count, [&]() -> Result<ArrayInit> {
             ArrayInit array;
             COSE_TRY(array.type, reader.u8());
             COSE_TRY(const auto values, reader.take_with_length16());
             array.values = to_bytes(values);
             return array;
           }));
  COSE_TRY(fields.default_value_count, reader.u16());
  COSE_TRY(const auto values, reader.take_with_length16());
  fields.non_default_values = to_bytes(values);
  COSE_CHECK(reader.expect_end());
  return fields;
}

Result<Bytes> write_static_field(const StaticFieldComponent& fields) {
  detail::FieldWriter writer;
  writer.u16(fields.image_size).u16(fields.reference_count).count16(fields.array_init.size(), "array_init_count");
  for (const auto& array : fields.array_init)
    writer.u8(array.type).count16(array.values.size(), "array_init count").octets(array.values);
  writer.u16(fields.default_value_count);
  writer.count16(fields.non_default_values.size(), "non_default_value_count").octets(fields.non_default_values);
  return writer.finish();
}

}  // namespace cose::cap
