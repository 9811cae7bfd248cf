// SPDX-License-Identifier: Apache-2.0
#include "crypto/aead_stream.h"

#include <algorithm>
#include <string>
#include <utility>

#include "bytes/secret.h"
#include "crypto/detail/aead_table.h"
#include "crypto/detail/openssl.h"
#include "crypto/mac9797.h"

namespace cose::crypto {

namespace {

constexpr std::size_t kBlock = 16;
constexpr std::string_view kWhat = "authenticated encryption";

using Block = std::array<std::uint8_t, kBlock>;

// OpenSSL tells a tag only to who encrypts. A decrypting stream therefore encrypts what it has decrypted once more,
// which gives the same ciphertext and its tag, for any size of nonce.
class GcmContext {
 public:
  static Result<GcmContext> create(Direction direction, ByteView key) {
    GcmContext made;
    made.context_.reset(detail::allocated(EVP_CIPHER_CTX_new()));
    made.encrypting_ = direction == Direction::kEncrypt ? 1 : 0;
    const auto* cipher = detail::fetched_aead(AeadMode::kGcm, key.size());
    if (cipher == nullptr ||
        EVP_CipherInit_ex2(made.context_.get(), cipher, key.data(), nullptr, made.encrypting_, nullptr) != 1)
      return detail::openssl_failure(kWhat, ErrorKind::kUnsupported);
    return made;
  }

  Status start(ByteView nonce) {
    if (EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_IVLEN, static_cast<int>(nonce.size()), nullptr) != 1 ||
        EVP_CipherInit_ex2(context_.get(), nullptr, nullptr, nonce.data(), encrypting_, nullptr) != 1)
      return detail::openssl_failure(kWhat);
    return {};
  }

  // output null: associated data.
  Status run(ByteView input, std::uint8_t* output) {
    if (input.empty()) return {};
    if (input.size() > detail::kMaximumRun) return fail(ErrorKind::kLimit, "the message is too long");
    int written = 0;
    if (EVP_CipherUpdate(context_.get(), output, &written, input.data(), static_cast<int>(input.size())) != 1)
      return detail::openssl_failure(kWhat);
    return {};
  }

  Result<Bytes> tag() {
    Bytes tag(kBlock);
    int written = 0;
    Block none{};
    if (EVP_CipherFinal_ex(context_.get(), none.data(), &written) != 1 ||
        EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, kBlock, tag.data()) != 1)
      return detail::openssl_failure(kWhat);
    return tag;
  }

 private:
  Handle<evp_cipher_ctx_st> context_;
  int encrypting_ = 1;
};

class GcmStream final : public AeadStream {
 public:
  static Result<std::unique_ptr<AeadStream>> create(Direction direction, ByteView key) {
    auto made = std::make_unique<GcmStream>();
    COSE_TRY(made->encryption_, GcmContext::create(Direction::kEncrypt, key));
    made->direction_ = direction;
    if (direction == Direction::kDecrypt) {
      COSE_TRY(made->decryption_, GcmContext::create(Direction::kDecrypt, key));
    }
    return made;
  }

  Status start(ByteView nonce, const AeadSizes&) override {
    COSE_CHECK(detail::check_nonce(AeadMode::kGcm, nonce.size()));
    COSE_CHECK(encryption_.start(nonce));
    return direction_ == Direction::kDecrypt ? decryption_.start(nonce) : Status{};
  }
  Status associate(ByteView associated) override { return encryption_.run(associated, nullptr); }
  Status update(ByteView input, MutableByteView output) override {
    if (output.size() < input.size()) return fail(ErrorKind::kLimit, "the output is too short");
    if (direction_ == Direction::kEncrypt) return encryption_.run(input, output.data());
    COSE_CHECK(decryption_.run(input, output.data()));
    Bytes again(input.size());
    return encryption_.run(output.first(input.size()), again.data());
  }
  Result<Bytes> finish() override { return encryption_.tag(); }

 private:
  Direction direction_ = Direction::kEncrypt;
  GcmContext encryption_;
  GcmContext decryption_;
};

// By hand from its two halves (SP 800-38C §6): OpenSSL's CCM wants the whole message, and its tag before that.
class CcmStream final : public AeadStream {
 public:
  CcmStream(Direction direction, BlockCipher counter, Iso9797Mac mac)
      : direction_(direction), counter_(std::move(counter)), mac_(std::move(mac)) {}

  static Result<std::unique_ptr<AeadStream>> create(Direction direction, ByteView key) {
    COSE_TRY(const auto kind, aes_with_key_size(key.size()));
    COSE_TRY(auto counter, BlockCipher::create(kind, CipherMode::kCtr, Direction::kEncrypt, key));
    COSE_TRY(auto mac, Iso9797Mac::create(MacAlgorithm::kAlgorithm1, kind, key));
    return std::make_unique<CcmStream>(direction, std::move(counter), std::move(mac));
  }

  Status start(ByteView nonce, const AeadSizes& sizes) override {
    COSE_CHECK(detail::check_nonce(AeadMode::kCcm, nonce.size()));
    COSE_CHECK(detail::check_tag(AeadMode::kCcm, sizes.tag));
    if (!detail::ccm_can_count(sizes.message, nonce.size()))
      return fail(ErrorKind::kLimit, "the message is too long for this nonce");
    sizes_ = sizes;
    left_ = sizes;
    COSE_CHECK(mac_.start());
    COSE_CHECK(mac_.update(first_block(nonce)));
    COSE_CHECK(mac_.update(head_of_associated()));
    Block counter_block{};
    counter_block[0] = static_cast<std::uint8_t>(length_octets(nonce) - 1);
    std::ranges::copy(nonce, counter_block.begin() + 1);
    COSE_CHECK(counter_.start(counter_block));
    tag_mask_.fill(0);
    return counter_.update(tag_mask_, tag_mask_);
  }

  Status associate(ByteView associated) override {
    if (associated.size() > left_.associated) return too_long(sizes_.associated);
    left_.associated -= associated.size();
    COSE_CHECK(mac_.update(associated));
    if (left_.associated != 0 || associated.empty()) return {};
    return fill_block(head_of_associated().size() + sizes_.associated);
  }

  Status update(ByteView input, MutableByteView output) override {
    if (left_.associated != 0) return too_short();
    if (input.size() > left_.message) return too_long(sizes_.message);
    if (output.size() < input.size()) return fail(ErrorKind::kLimit, "the output is too short");
    left_.message -= input.size();
    if (direction_ == Direction::kEncrypt) COSE_CHECK(mac_.update(input));
    COSE_CHECK(counter_.update(input, output));
    return direction_ == Direction::kDecrypt ? mac_.update(output.first(input.size())) : Status{};
  }

  Result<Bytes> finish() override {
    if (left_.associated != 0 || left_.message != 0) return too_short();
    COSE_CHECK(fill_block(sizes_.message));
    COSE_TRY(auto tag, mac_.finish(Padding::kNone));
    for (std::size_t at = 0; at < kBlock; ++at) tag[at] ^= tag_mask_[at];
    tag.resize(sizes_.tag);
    return tag;
  }

 private:
  static std::size_t length_octets(ByteView nonce) { return 15 - nonce.size(); }

  static std::unexpected<Error> too_long(std::size_t announced) {
    return fail(ErrorKind::kInvalid, "more octets than the " + std::to_string(announced) + " announced");
  }
  static std::unexpected<Error> too_short() { return fail(ErrorKind::kInvalid, "fewer octets than announced"); }

  Status fill_block(std::size_t size) {
    const Block zeros{};
    return mac_.update(ByteView(zeros).first((kBlock - size % kBlock) % kBlock));
  }

  // SP 800-38C §A.2.1: flags, nonce, length of the message.
  Block first_block(ByteView nonce) const {
    Block block{};
    const auto octets = length_octets(nonce);
    block[0] =
        static_cast<std::uint8_t>((sizes_.associated > 0 ? 0x40 : 0) | ((sizes_.tag - 2) / 2) << 3 | (octets - 1));
    std::ranges::copy(nonce, block.begin() + 1);
    for (std::size_t at = 0; at < std::min(octets, sizeof(std::size_t)); ++at)
      block[kBlock - 1 - at] = static_cast<std::uint8_t>(sizes_.message >> (8 * at));
    return block;
  }

  // SP 800-38C §A.2.2: the length in two octets, or in six with a mark.
  Bytes head_of_associated() const {
    Bytes head;
    if (sizes_.associated == 0) return head;
    const bool is_short = sizes_.associated < 0xFF00;
    if (!is_short) head = {0xFF, 0xFE};
    for (int shift = is_short ? 8 : 24; shift >= 0; shift -= 8)
      head.push_back(static_cast<std::uint8_t>(sizes_.associated >> shift));
    return head;
  }

  Direction direction_;
  BlockCipher counter_;
  Iso9797Mac mac_;
  AeadSizes sizes_;
  AeadSizes left_;
  Block tag_mask_{};
};

}  // namespace

Result<std::unique_ptr<AeadStream>> AeadStream::create(AeadMode mode, Direction direction, ByteView key) {
  COSE_TRY([[maybe_unused]] const auto kind, aes_with_key_size(key.size()));
  return mode == AeadMode::kGcm ? GcmStream::create(direction, key) : CcmStream::create(direction, key);
}

}  // namespace cose::crypto
