// SPDX-License-Identifier: Apache-2.0
// javacardx.security.cert.X509Certificate: certificates that CertificateParser has built.
#include <algorithm>
#include <memory>

#include "jcapi/detail/certificate.h"

namespace cose::jcapi {

namespace {

using namespace detail;

Kept kept_of(ByteView state) {
  return {static_cast<std::uint16_t>(state[0] << 8 | state[1]),
          static_cast<std::uint32_t>(state[2]) << 24 | static_cast<std::uint32_t>(state[3]) << 16 |
              static_cast<std::uint32_t>(state[4]) << 8 | state[5]};
}

struct Stored {
  Bytes der;
  x509::Certificate certificate;
  Kept kept;
};

std::unique_ptr<Stored> stored(NativeCall& call) {
  auto made = std::make_unique<Stored>();
  const auto& type = *class_named(call, kCertificateClass);
  const auto& header = *call.heap().find(call.held(call.self(), type, kEncoding));
  made->der = to_bytes({call.heap().contents(header), header.length});
  made->certificate = x509::parse(made->der).value();  // parsed when it was built
  made->kept = kept_of(call.state());
  return made;
}

// A new array of the caller's.
NativeResult give(NativeCall& call, ByteView octets) {
  const auto array = call.new_array(jcvm::ObjectKind::kByteArray, static_cast<std::int32_t>(octets.size()));
  if (array == kNull || !call.write(array, 0, octets)) return NativeResult::kThrown;
  return call.return_reference(array);
}

NativeResult get_type(NativeCall& call) {
  return call.return_short(kTypeX509);
}
NativeResult get_public_key(NativeCall& call) {
  return call.return_reference(call.held(call.self(), *class_named(call, kCertificateClass), kPublicKey));
}
NativeResult get_version(NativeCall& call) {
  return call.return_short(stored(call)->certificate.version);
}
NativeResult verify(NativeCall& call) {
  const auto key = verification_key(call, call.reference(0));
  if (!key) return NativeResult::kThrown;
  return call.return_boolean(verifies(call, stored(call)->certificate, *key));
}

// getField(short): null when it is not there or was not kept.
NativeResult get_field(NativeCall& call) {
  const auto found = std::ranges::find(kCertificateFields, static_cast<std::uint16_t>(call.number(0)), &Field::number);
  if (found == std::end(kCertificateFields)) return throw_certificate(call, CertificateReason::kInvalidParameter);
  const auto certificate = stored(call);
  const auto value = certificate->certificate.*found->element;
  if (value.empty() || (certificate->kept.fields & found->number) == 0) return call.return_reference(kNull);
  return give(call, value);
}

// getExtension(byte[] oid, short offset, short length)
NativeResult get_extension(NativeCall& call) {
  const auto identifier = input_at(call, 0);
  if (!identifier) return NativeResult::kThrown;
  const auto certificate = stored(call);
  const auto& all = certificate->certificate.extensions;
  for (std::size_t at = 0; at < all.size(); ++at)
    if (equal(all[at].identifier, identifier->view()) && (certificate->kept.extensions >> at & 1) != 0)
      return give(call, all[at].value);
  return call.return_reference(kNull);
}

// getExtensions(ExtensionHandler): until it answers false.
NativeResult get_extensions(NativeCall& call) {
  if (!call.check_access(call.reference(0))) return NativeResult::kThrown;
  Callback handler(call, call.reference(0), kExtensionHandler);
  const auto certificate = stored(call);
  const auto& all = certificate->certificate.extensions;
  for (std::size_t at = 0; at < all.size(); ++at) {
    if ((certificate->kept.extensions >> at & 1) == 0) continue;
    const auto more = ask_extension(call, handler, all[at]);
    if (!more) return NativeResult::kThrown;
    if (!*more) break;
  }
  return call.return_void();
}

constexpr MethodBinding kMethods[] = {
    {kCertificateClass, "getType()S", get_type},
    {kCertificateClass, "getPublicKey()Ljavacard/security/PublicKey;", get_public_key},
    {kCertificateClass, "verify(Ljavacard/security/PublicKey;)Z", verify},
    {kCertificateClass, "getVersion()S", get_version},
    {kCertificateClass, "getField(S)[B", get_field},
    {kCertificateClass, "getExtension([BSS)[B", get_extension},
    {kCertificateClass, "getExtensions(Ljavacardx/security/cert/X509Certificate$ExtensionHandler;)V", get_extensions},
};
constexpr std::string_view kInterfaces[] = {"javacardx/security/cert/Certificate",
                                            "javacardx/security/cert/X509Certificate"};
constexpr HiddenClass kHiddenClasses[] = {{kCertificateClass, "java/lang/Object", kInterfaces}};
constexpr StateBinding kStates[] = {{kCertificateClass, kKeptOctets, 2}};

}  // namespace

Bindings x509_certificate_bindings() {
  return {kMethods, kStates, kHiddenClasses};
}

}  // namespace cose::jcapi
