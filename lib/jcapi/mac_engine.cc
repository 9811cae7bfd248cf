// SPDX-License-Identifier: Apache-2.0
// Message authentication codes, and what engines without a hash refuse.
#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "crypto/cmac.h"
#include "crypto/hmac.h"
#include "crypto/mac9797.h"
#include "jcapi/detail/message_hash.h"
#include "jcapi/detail/signature_engine.h"

namespace cose::jcapi::detail {

namespace {

using crypto::Cmac;
using crypto::Hmac;
using crypto::Iso9797Mac;
using crypto::MacAlgorithm;
using crypto::Padding;

std::unexpected<Error> not_here() {
  return fail(ErrorKind::kUnsupported, "the signature has no such operation");
}
std::unexpected<Error> no_fit() {
  return fail(ErrorKind::kInvalid, "the key does not fit the signature");
}

class MacEngine final : public SignatureEngine {
 public:
  using Function = std::variant<Iso9797Mac, Cmac, Hmac>;
  MacEngine(Function function, Padding padding, std::size_t length)
      : function_(std::move(function)), padding_(padding), length_(length) {}

  std::size_t length() const override { return length_; }
  Status update(ByteView octets) override {
    return std::visit([&](auto& each) { return each.update(octets); }, function_);
  }
  Result<Bytes> sign(ByteView last) override {
    auto code = finish(last);
    if (!code) COSE_CHECK(restart());
    if (code) code->resize(length_);
    return code;
  }
  Result<bool> verify(ByteView last, ByteView signature) override {
    COSE_TRY(const auto code, sign(last));
    return constant_time_equal(code, signature);
  }

 private:
  Result<Bytes> finish(ByteView last) {
    COSE_CHECK(update(last));
    if (auto* mac = std::get_if<Iso9797Mac>(&function_)) return mac->finish(padding_);
    if (auto* mac = std::get_if<Cmac>(&function_)) return mac->finish();
    return std::get<Hmac>(function_).finish();
  }
  Status restart() {
    if (auto* mac = std::get_if<Iso9797Mac>(&function_)) return mac->start();
    if (auto* mac = std::get_if<Cmac>(&function_)) return mac->restart();
    return std::get<Hmac>(function_).restart();
  }

  Function function_;
  Padding padding_;
  std::size_t length_;
};

struct BlockMac {
  MacAlgorithm algorithm = MacAlgorithm::kAlgorithm1;
  crypto::BlockCipherKind kind;
  Padding padding = Padding::kNone;
};

// Nothing: the key does not fit.
std::optional<crypto::BlockCipherKind> block_cipher_of(SignatureId cipher, const KeyObject& key) {
  const auto sized = [&](KeyKind wanted, const Result<crypto::BlockCipherKind>& found) {
    return key.kind() == wanted && found ? std::optional(*found) : std::nullopt;
  };
  const auto octets = key.capacity(Part::kValue);
  switch (cipher) {
    case SignatureId::kDesMac4:
    case SignatureId::kDesMac8: return sized(KeyKind::kDes, crypto::des_with_key_size(octets));
    case SignatureId::kSm4Mac128: return sized(KeyKind::kSm4, crypto::BlockCipherKind::kSm4);
    case SignatureId::kSeedMac: return sized(KeyKind::kSeed, crypto::BlockCipherKind::kSeed);
    default: return sized(KeyKind::kAes, crypto::aes_with_key_size(octets));
  }
}

std::optional<BlockMac> block_mac(const SignatureRow& row, const KeyObject& key) {
  const auto kind = block_cipher_of(row.cipher, key);
  if (!kind) return std::nullopt;
  BlockMac made{MacAlgorithm::kAlgorithm1, *kind, block_padding(row.padding).value_or(Padding::kNone)};
  const bool method1 = row.padding == PaddingId::kIso9797M1Alg3;
  if (method1 || row.padding == PaddingId::kIso9797M2Alg3) {
    made.algorithm = MacAlgorithm::kAlgorithm3;
    made.padding = method1 ? Padding::kIso9797Method1 : Padding::kIso9797Method2;
  }
  return made;
}

std::size_t length_of(const BlockMac& mac, SignatureId cipher) {
  return cipher == SignatureId::kDesMac4 ? 4 : crypto::block_size(mac.kind);
}

Result<std::unique_ptr<SignatureEngine>> make_hmac(const SignatureParameters& parameters, const KeyObject& key) {
  if ((key.kind() != KeyKind::kHmac && key.kind() != KeyKind::kGeneric) || !parameters.initial.empty()) return no_fit();
  const auto digest = *digest_of_algorithm(parameters.row.digest);
  COSE_TRY(auto mac, Hmac::create(digest, key.component(Part::kValue)));
  return std::make_unique<MacEngine>(std::move(mac), Padding::kNone, crypto::digest_size(digest));
}

Result<std::unique_ptr<SignatureEngine>> make_cmac(const SignatureParameters& parameters, const KeyObject& key) {
  if (key.kind() != KeyKind::kAes || !parameters.initial.empty()) return no_fit();
  COSE_TRY(const auto kind, crypto::aes_with_key_size(key.capacity(Part::kValue)));
  COSE_TRY(auto mac, Cmac::create(kind, key.component(Part::kValue)));
  return std::make_unique<MacEngine>(std::move(mac), Padding::kNone, crypto::block_size(kind));
}

}  // namespace

Status SignatureEngine::resume(ByteView, ByteView) {
  return not_here();
}
Result<Bytes> SignatureEngine::sign_hash(ByteView) {
  return not_here();
}
Result<bool> SignatureEngine::verify_hash(ByteView, ByteView) {
  return not_here();
}
Result<Bytes> SignatureEngine::begin_verify(ByteView) {
  return not_here();
}
Result<bool> SignatureEngine::verify_rest(ByteView) {
  return not_here();
}

Result<std::unique_ptr<SignatureEngine>> make_mac_engine(const SignatureParameters& parameters, const KeyObject& key) {
  const auto cipher = parameters.row.cipher;
  if (cipher == SignatureId::kHmac) return make_hmac(parameters, key);
  if (cipher == SignatureId::kAesCmac128) return make_cmac(parameters, key);
  const auto wanted = block_mac(parameters.row, key);
  if (!wanted) return no_fit();
  COSE_TRY(auto mac, Iso9797Mac::create(wanted->algorithm, wanted->kind, key.component(Part::kValue)));
  COSE_CHECK(mac.start(parameters.initial));
  return std::make_unique<MacEngine>(std::move(mac), wanted->padding, length_of(*wanted, cipher));
}

}  // namespace cose::jcapi::detail
