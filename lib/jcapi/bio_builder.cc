// SPDX-License-Identifier: Apache-2.0
// javacardx.biometry.BioBuilder and javacardx.biometry1toN.Bio1toNBuilder: this card compares no biometric data, which
// the API provides for with NO_SUCH_BIO_TEMPLATE and UNSUPPORTED_BIO_TYPE. So no template is ever given out.
#include "jcapi/binding.h"

namespace cose::jcapi {

namespace {

using jcvm::NativeCall;
using jcvm::NativeResult;

constexpr jcvm::ExceptionClass kBio{{"\xA0\x00\x00\x00\x62\x02\x02", 7}, 3, "BioException"};
constexpr std::int16_t kNoSuchBioTemplate = 3;
constexpr jcvm::ExceptionClass kBio1toN{{"\xA0\x00\x00\x00\x62\x02\x04", 7}, 7, "Bio1toNException"};
constexpr std::int16_t kUnsupportedBioType = 3;

NativeResult no_template(NativeCall& call) {
  return call.throw_exception(kBio, kNoSuchBioTemplate);
}

NativeResult no_type(NativeCall& call) {
  return call.throw_exception(kBio1toN, kUnsupportedBioType);
}

}  // namespace

Bindings bio_builder_bindings() {
  static constexpr std::string_view kOne = "javacardx/biometry/BioBuilder";
  static constexpr std::string_view kMany = "javacardx/biometry1toN/Bio1toNBuilder";
  static constexpr MethodBinding kMethods[] = {
      {kOne, "buildBioTemplate(BB)Ljavacardx/biometry/OwnerBioTemplate;", no_template},
      {kOne, "buildBioTemplate(BB[BB)Ljavacardx/biometry/OwnerBioTemplate;", no_template},
      {kMany, "buildBioMatcher(SBB)Ljavacardx/biometry1toN/OwnerBioMatcher;", no_type},
      {kMany, "buildBioMatcher(SBB[BB)Ljavacardx/biometry1toN/OwnerBioMatcher;", no_type},
      {kMany, "buildBioTemplateData(B)Ljavacardx/biometry1toN/OwnerBioTemplateData;", no_type},
      {kMany, "buildBioTemplateData(B[B)Ljavacardx/biometry1toN/OwnerBioTemplateData;", no_type},
  };
  return {kMethods};
}

}  // namespace cose::jcapi
