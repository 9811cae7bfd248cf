// SPDX-License-Identifier: Apache-2.0
// Certificates in DER, as an applet would hand them to CertificateParser. Whatever is read lies inside the input.
#include <functional>

#include "jcapi/x509.h"

namespace {

using cose::ByteView;
namespace x509 = cose::jcapi::x509;

void expect_inside(ByteView whole, ByteView part) {
  if (part.empty()) return;
  const std::less_equal<const std::uint8_t*> not_behind;
  COSE_ASSERT(not_behind(whole.data(), part.data()) &&
              not_behind(part.data() + part.size(), whole.data() + whole.size()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView der(data, size);
  const auto certificate = x509::parse(der);
  if (!certificate) return 0;
  for (const auto part :
       {certificate->tbs, certificate->version_element, certificate->serial_number,
        certificate->tbs_signature_algorithm, certificate->issuer, certificate->not_before, certificate->not_after,
        certificate->subject, certificate->public_key_info, certificate->issuer_unique_id,
        certificate->subject_unique_id, certificate->signature_algorithm, certificate->signature})
    expect_inside(der, part);
  COSE_ASSERT(certificate->extensions.size() <= x509::kMaximumExtensions);
  for (const auto& extension : certificate->extensions) {
    expect_inside(der, extension.identifier);
    expect_inside(der, extension.value);
  }
  if (const auto key = x509::rsa_key_of(*certificate)) {
    expect_inside(der, key->modulus);
    expect_inside(der, key->exponent);
  }
  if (const auto key = x509::ec_key_of(*certificate)) expect_inside(der, key->point);
  static_cast<void>(x509::signature_algorithm_of(*certificate));
  return 0;
}
