// SPDX-License-Identifier: Apache-2.0
// The list of all tables of natives, in any order. A new table: declare its function, add its line.
#include "jcapi/binding.h"

namespace cose::jcapi {

Bindings language_bindings();  // java.lang, java.io
Bindings exception_bindings();
Bindings apdu_util_bindings();
Bindings array_logic_bindings();
Bindings jcint_bindings();
Bindings bcd_util_bindings();  // and ParityBit
Bindings big_number_bindings();
Bindings ber_tag_bindings();
Bindings ber_tlv_bindings();  // and PrimitiveBERTLV
Bindings constructed_ber_tlv_bindings();
Bindings string_util_bindings();
Bindings string_conversion_bindings();
Bindings time_duration_bindings();  // and SysTime
Bindings byte_buffer_bindings();
Bindings memory_access_bindings();
Bindings bio_builder_bindings();
Bindings basic_service_bindings();
Bindings dispatcher_bindings();

std::vector<Bindings> all_bindings() {
  return {
      language_bindings(),      exception_bindings(),
      apdu_util_bindings(),     array_logic_bindings(),
      jcint_bindings(),         bcd_util_bindings(),
      big_number_bindings(),    ber_tag_bindings(),
      ber_tlv_bindings(),       constructed_ber_tlv_bindings(),
      string_util_bindings(),   string_conversion_bindings(),
      time_duration_bindings(), byte_buffer_bindings(),
      memory_access_bindings(),
      bio_builder_bindings(),
      basic_service_bindings(),
      dispatcher_bindings(),
  };
}

}  // namespace cose::jcapi
