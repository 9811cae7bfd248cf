// SPDX-License-Identifier: Apache-2.0
// The list of all tables of natives, in any order. A new table: declare its function, add its line.
#include "jcapi/binding.h"

namespace cose::jcapi {

Bindings aead_cipher_bindings();
Bindings aid_bindings();
Bindings apdu_util_bindings();
Bindings applet_bindings();
Bindings array_logic_bindings();
Bindings basic_service_bindings();
Bindings bcd_util_bindings();  // and ParityBit
Bindings ber_tag_bindings();
Bindings ber_tlv_bindings();  // and PrimitiveBERTLV
Bindings big_number_bindings();
Bindings bio_builder_bindings();
Bindings byte_buffer_bindings();
Bindings certificate_parser_bindings();
Bindings checksum_bindings();
Bindings cipher_bindings();  // and Cipher.OneShot
Bindings constructed_ber_tlv_bindings();
Bindings derivation_function_bindings();
Bindings dispatcher_bindings();
Bindings exception_bindings();
Bindings framework_apdu_bindings();
Bindings globalplatform_bindings();
Bindings globalplatform_channel_bindings();
Bindings globalplatform_entry_bindings();  // and CVM
Bindings jcint_bindings();
Bindings jcsystem_bindings();
Bindings jcsystem_array_bindings();  // and SensitiveArrays
Bindings key_bindings();
Bindings key_agreement_bindings();
Bindings key_builder_bindings();
Bindings key_pair_bindings();
Bindings language_bindings();  // java.lang, java.io
Bindings memory_access_bindings();
Bindings message_digest_bindings();  // and InitializedMessageDigest
Bindings monotonic_counter_bindings();
Bindings named_parameter_spec_bindings();
Bindings owner_pin_bindings();  // and OwnerPINBuilder
Bindings random_data_bindings();
Bindings resources_bindings();
Bindings sensitive_result_bindings();
Bindings signature_bindings();  // and SignatureMessageRecovery
Bindings string_conversion_bindings();
Bindings string_util_bindings();
Bindings time_duration_bindings();  // and SysTime
Bindings util_bindings();
Bindings x509_certificate_bindings();

std::vector<Bindings> all_bindings() {
  std::vector<Bindings> all;
  all.push_back(aead_cipher_bindings());
  all.push_back(aid_bindings());
  all.push_back(apdu_util_bindings());
  all.push_back(applet_bindings());
  all.push_back(array_logic_bindings());
  all.push_back(basic_service_bindings());
  all.push_back(bcd_util_bindings());
  all.push_back(ber_tag_bindings());
  all.push_back(ber_tlv_bindings());
  all.push_back(big_number_bindings());
  all.push_back(bio_builder_bindings());
  all.push_back(byte_buffer_bindings());
  all.push_back(certificate_parser_bindings());
  all.push_back(checksum_bindings());
  all.push_back(cipher_bindings());
  all.push_back(constructed_ber_tlv_bindings());
  all.push_back(derivation_function_bindings());
  all.push_back(dispatcher_bindings());
  all.push_back(exception_bindings());
  all.push_back(framework_apdu_bindings());
  all.push_back(globalplatform_bindings());
  all.push_back(globalplatform_channel_bindings());
  all.push_back(globalplatform_entry_bindings());
  all.push_back(jcint_bindings());
  all.push_back(jcsystem_bindings());
  all.push_back(jcsystem_array_bindings());
  all.push_back(key_bindings());
  all.push_back(key_agreement_bindings());
  all.push_back(key_builder_bindings());
  all.push_back(key_pair_bindings());
  all.push_back(language_bindings());
  all.push_back(memory_access_bindings());
  all.push_back(message_digest_bindings());
  all.push_back(monotonic_counter_bindings());
  all.push_back(named_parameter_spec_bindings());
  all.push_back(owner_pin_bindings());
  all.push_back(random_data_bindings());
  all.push_back(resources_bindings());
  all.push_back(sensitive_result_bindings());
  all.push_back(signature_bindings());
  all.push_back(string_conversion_bindings());
  all.push_back(string_util_bindings());
  all.push_back(time_duration_bindings());
  all.push_back(util_bindings());
  all.push_back(x509_certificate_bindings());
  return all;
}

}  // namespace cose::jcapi
