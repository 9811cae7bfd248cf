// SPDX-License-Identifier: Apache-2.0
// javacardx.security.cert.CertificateParser.
#include <memory>

#include "jcapi/detail/certificate.h"

namespace cose::jcapi {

namespace {

using namespace detail;

constexpr std::string_view kParser = "javacardx/security/cert/CertificateParser";
constexpr std::string_view kParserHidden = "javacardx/security/cert/CertificateParserImpl";

Bytes octets_of(const Kept& kept) {
  return {static_cast<std::uint8_t>(kept.fields >> 8),      static_cast<std::uint8_t>(kept.fields),
          static_cast<std::uint8_t>(kept.extensions >> 24), static_cast<std::uint8_t>(kept.extensions >> 16),
          static_cast<std::uint8_t>(kept.extensions >> 8),  static_cast<std::uint8_t>(kept.extensions)};
}

// buildCert(byte[] buffer, short offset, short length, ParserHandler, and perhaps PublicKey) and parseCert() read
// alike.
struct Input {
  Bytes der;
  x509::Certificate certificate;  // of these octets
};

// Null: an exception is pending.
std::unique_ptr<Input> read_input(NativeCall& call) {
  const auto octets = call.readable(call.reference(0), call.number(1), call.number(2));
  if (!octets) return nullptr;
  const auto handler = call.reference(3);
  if (handler != kNull && !call.check_access(handler)) return nullptr;
  auto input = std::make_unique<Input>();
  input->der = to_bytes(*octets);
  auto parsed = x509::parse(input->der);
  if (!parsed) return static_cast<void>(throw_certificate(call, CertificateReason::kInvalidEncoding)), nullptr;
  input->certificate = std::move(*parsed);
  return input;
}

NativeResult build(NativeCall& call, const Input& input) {
  const auto handler = call.reference(3);
  const auto kept = ask_handlers(call, input.certificate, handler, Purpose::kBuild);
  if (!kept) return NativeResult::kThrown;
  const auto key = public_key(call, input.certificate, handler, Purpose::kBuild);
  if (!key) return NativeResult::kThrown;
  const auto der = call.new_array(jcvm::ObjectKind::kByteArray, static_cast<std::int32_t>(input.der.size()));
  if (der == kNull || !call.write(der, 0, input.der)) return NativeResult::kThrown;
  const auto& type = *class_named(call, kCertificateClass);
  const auto object = call.new_instance(type);
  if (object == kNull || !call.write_state(object, 0, octets_of(*kept)) || !call.hold(object, type, kEncoding, der) ||
      !call.hold(object, type, kPublicKey, *key))
    return NativeResult::kThrown;
  return call.return_reference(object);
}

NativeResult build_unverified(NativeCall& call) {
  const auto input = read_input(call);
  return input ? build(call, *input) : NativeResult::kThrown;
}
NativeResult build_verified(NativeCall& call) {
  const auto input = read_input(call);
  if (!input) return NativeResult::kThrown;
  const auto key = verification_key(call, call.reference(4));
  if (!key) return NativeResult::kThrown;
  if (!verifies(call, input->certificate, *key)) return throw_certificate(call, CertificateReason::kInvalidSignature);
  return build(call, *input);
}

bool tell_handlers(NativeCall& call, const Input& input) {
  const auto handler = call.reference(3);
  return ask_handlers(call, input.certificate, handler, Purpose::kParse) &&
         public_key(call, input.certificate, handler, Purpose::kParse);
}
NativeResult parse_unverified(NativeCall& call) {
  const auto input = read_input(call);
  return done(call, input && tell_handlers(call, *input));
}
NativeResult parse_verified(NativeCall& call) {
  const auto input = read_input(call);
  if (!input) return NativeResult::kThrown;
  const auto key = verification_key(call, call.reference(4));
  if (!key || !tell_handlers(call, *input)) return NativeResult::kThrown;
  return call.return_boolean(verifies(call, input->certificate, *key));
}

NativeResult get_parser(NativeCall& call) {
  if (call.number(0) != kTypeX509) return throw_certificate(call, CertificateReason::kInvalidParameter);
  return made(call, call.new_instance(*class_named(call, kParserHidden)));
}

constexpr MethodBinding kMethods[] = {
    {kParser, "getInstance(S)Ljavacardx/security/cert/CertificateParser;", get_parser},
    {kParserHidden,
     "buildCert([BSSLjavacardx/security/cert/CertificateParser$ParserHandler;)Ljavacardx/security/cert/Certificate;",
     build_unverified},
    {kParserHidden,
     "buildCert([BSSLjavacardx/security/cert/CertificateParser$ParserHandler;Ljavacard/security/PublicKey;)Ljavacardx/"
     "security/cert/Certificate;",
     build_verified},
    {kParserHidden, "parseCert([BSSLjavacardx/security/cert/CertificateParser$ParserHandler;)V", parse_unverified},
    {kParserHidden,
     "parseCert([BSSLjavacardx/security/cert/CertificateParser$ParserHandler;Ljavacard/security/PublicKey;)Z",
     parse_verified},
};
constexpr HiddenClass kHiddenClasses[] = {{kParserHidden, kParser, {}}};

}  // namespace

Bindings certificate_parser_bindings() {
  return {kMethods, {}, kHiddenClasses};
}

}  // namespace cose::jcapi
