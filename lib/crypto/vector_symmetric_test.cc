// SPDX-License-Identifier: Apache-2.0
// The operations of the vector files without public keys. Each runs in one piece and in many, where both exist.
#include <algorithm>

#include <gtest/gtest.h>

#include "crypto/aead.h"
#include "crypto/aead_stream.h"
#include "crypto/block_cipher.h"
#include "crypto/cmac.h"
#include "crypto/digest.h"
#include "crypto/hmac.h"
#include "crypto/kdf.h"
#include "crypto/mac9797.h"
#include "crypto/padding.h"
#include "crypto/random.h"
#include "crypto/testing/vector_operations.h"

namespace cose::crypto::testing {

namespace {

using cose::testing::VectorBlock;

template <typename Kind>
Result<Kind> kind_named(const VectorBlock& block, std::string_view field,
                        std::optional<Kind> (*find)(std::string_view)) {
  COSE_TRY(const auto text, block.text(field));
  if (const auto kind = find(text)) return *kind;
  return fail(ErrorKind::kNotFound, "no " + std::string(field) + " is called " + std::string(text));
}

template <typename Value>
Result<Value> one_of(const VectorBlock& block, std::string_view field,
                     std::initializer_list<std::pair<std::string_view, Value>> values) {
  COSE_TRY(const auto text, block.text(field));
  for (const auto& [name, value] : values)
    if (name == text) return value;
  return fail(ErrorKind::kNotFound, "no " + std::string(field) + " is called " + std::string(text));
}

Result<Padding> padding_of(const VectorBlock& block) {
  return one_of<Padding>(block, "padding",
                         {{"none", Padding::kNone},
                          {"iso9797-method-1", Padding::kIso9797Method1},
                          {"iso9797-method-2", Padding::kIso9797Method2},
                          {"pkcs7", Padding::kPkcs7}});
}

Result<Bytes> message_of(const VectorBlock& block) {
  COSE_TRY(auto once, block.octets("message"));
  if (!block.has("repeat")) return once;
  COSE_TRY(const auto times, block.number("repeat"));
  Bytes message;
  for (std::size_t at = 0; at < times; ++at) append(message, once);
  return message;
}

// Feeds a message in pieces of 1, 2, 3, ... octets.
template <typename Context>
Status feed_in_pieces(Context& context, ByteView message) {
  for (std::size_t size = 1; !message.empty(); ++size) {
    const auto piece = message.first(std::min(size, message.size()));
    COSE_CHECK(context.update(piece));
    message = message.subspan(piece.size());
  }
  return {};
}

Result<Bytes> agreed(const Bytes& whole, const Bytes& pieces) {
  EXPECT_EQ(whole, pieces) << "a message in pieces gave something else";
  return whole;
}

Result<Bytes> run_digest(const VectorBlock& block) {
  COSE_TRY(const auto kind, kind_named(block, "digest", digest_named));
  COSE_TRY(const auto message, message_of(block));
  COSE_TRY(const auto whole, digest(kind, message));
  COSE_TRY(auto context, Digest::create(kind));
  COSE_CHECK(feed_in_pieces(context, message));
  COSE_TRY(const auto pieces, context.finish());
  return agreed(whole, pieces);
}

Result<Bytes> run_hmac(const VectorBlock& block) {
  COSE_TRY(const auto kind, kind_named(block, "digest", digest_named));
  COSE_TRY(const auto key, block.octets("key"));
  COSE_TRY(const auto message, message_of(block));
  COSE_TRY(const auto whole, hmac(kind, key, message));
  COSE_TRY(auto context, Hmac::create(kind, key));
  COSE_CHECK(context.update(key));
  COSE_CHECK(context.restart());
  COSE_CHECK(feed_in_pieces(context, message));
  COSE_TRY(const auto pieces, context.finish());
  return agreed(whole, pieces);
}

Result<Bytes> run_cmac(const VectorBlock& block) {
  COSE_TRY(const auto kind, kind_named(block, "cipher", block_cipher_named));
  COSE_TRY(const auto key, block.octets("key"));
  COSE_TRY(const auto message, message_of(block));
  COSE_TRY(const auto whole, cmac(kind, key, message));
  COSE_TRY(auto context, Cmac::create(kind, key));
  COSE_CHECK(context.update(key));
  COSE_CHECK(context.restart());
  COSE_CHECK(feed_in_pieces(context, message));
  COSE_TRY(const auto pieces, context.finish());
  return agreed(whole, pieces);
}

Result<Bytes> run_mac9797(const VectorBlock& block) {
  COSE_TRY(
      const auto algorithm,
      one_of<MacAlgorithm>(block, "algorithm", {{"1", MacAlgorithm::kAlgorithm1}, {"3", MacAlgorithm::kAlgorithm3}}));
  COSE_TRY(const auto kind, kind_named(block, "cipher", block_cipher_named));
  COSE_TRY(const auto key, block.octets("key"));
  COSE_TRY(const auto padding, padding_of(block));
  COSE_TRY(const auto initial, block.octets_or_none("initial"));
  COSE_TRY(const auto message, message_of(block));
  COSE_TRY(const auto whole, mac9797(algorithm, kind, key, padding, message, initial));
  COSE_TRY(auto context, Iso9797Mac::create(algorithm, kind, key));
  COSE_CHECK(context.update(key));
  COSE_CHECK(context.start(initial));
  COSE_CHECK(feed_in_pieces(context, message));
  COSE_TRY(const auto pieces, context.finish(padding));
  return agreed(whole, pieces);
}

Result<Bytes> run_cipher(const VectorBlock& block, Direction direction) {
  COSE_TRY(const auto kind, kind_named(block, "cipher", block_cipher_named));
  COSE_TRY(const auto mode, one_of<CipherMode>(block, "mode",
                                               {{"ECB", CipherMode::kEcb},
                                                {"CBC", CipherMode::kCbc},
                                                {"CFB", CipherMode::kCfb},
                                                {"CTR", CipherMode::kCtr}}));
  COSE_TRY(const auto key, block.octets("key"));
  COSE_TRY(const auto initial, block.octets_or_none("initial"));
  COSE_TRY(const auto message, message_of(block));
  COSE_TRY(auto cipher, BlockCipher::create(kind, mode, direction, key));
  COSE_TRY(const auto whole, cipher.process(initial, message));

  // Again, in place and a block at a time.
  Bytes pieces = message;
  COSE_CHECK(cipher.start(initial));
  for (auto rest = MutableByteView(pieces); !rest.empty();) {
    const auto piece = rest.first(std::min(block_size(kind), rest.size()));
    COSE_CHECK(cipher.update(piece, piece));
    rest = rest.subspan(piece.size());
  }
  return agreed(whole, pieces);
}

Result<Bytes> run_encrypt(const VectorBlock& block) {
  return run_cipher(block, Direction::kEncrypt);
}

Result<Bytes> run_decrypt(const VectorBlock& block) {
  return run_cipher(block, Direction::kDecrypt);
}

struct AeadInput {
  Aead aead;
  Bytes nonce;
  Bytes associated;
  Bytes message;
  std::size_t tag_size;
};

Result<AeadInput> aead_input(const VectorBlock& block) {
  COSE_TRY(const auto mode, one_of<AeadMode>(block, "mode", {{"GCM", AeadMode::kGcm}, {"CCM", AeadMode::kCcm}}));
  COSE_TRY(const auto key, block.octets("key"));
  COSE_TRY(auto nonce, block.octets("nonce"));
  COSE_TRY(auto associated, block.octets_or_none("associated"));
  COSE_TRY(auto message, message_of(block));
  COSE_TRY(const auto tag_size, block.number("tag_size"));
  COSE_TRY(auto aead, Aead::create(mode, key));
  return AeadInput{std::move(aead), std::move(nonce), std::move(associated), std::move(message), tag_size};
}

// The same in pieces: ciphertext or plaintext, then the tag.
Result<Bytes> stream(const VectorBlock& block, const AeadInput& input, Direction direction, ByteView body) {
  COSE_TRY(const auto mode, one_of<AeadMode>(block, "mode", {{"GCM", AeadMode::kGcm}, {"CCM", AeadMode::kCcm}}));
  COSE_TRY(const auto key, block.octets("key"));
  COSE_TRY(const auto context, AeadStream::create(mode, direction, key));
  COSE_CHECK(context->start(input.nonce, {input.associated.size(), body.size(), input.tag_size}));
  for (const auto& octet : input.associated) COSE_CHECK(context->associate({&octet, 1}));
  auto output = to_bytes(body);
  std::size_t size = 1;
  for (auto rest = MutableByteView(output); !rest.empty(); ++size) {
    const auto piece = rest.first(std::min(size, rest.size()));
    COSE_CHECK(context->update(piece, piece));
    rest = rest.subspan(piece.size());
  }
  COSE_TRY(const auto tag, context->finish());
  append(output, ByteView(tag).first(input.tag_size));
  return output;
}

Result<Bytes> run_seal(const VectorBlock& block) {
  COSE_TRY(auto input, aead_input(block));
  COSE_TRY(const auto streamed, stream(block, input, Direction::kEncrypt, input.message));
  COSE_TRY(auto sealed, input.aead.seal(input.nonce, input.associated, input.message, input.tag_size));
  COSE_TRY(const auto opened, input.aead.open(input.nonce, input.associated, sealed, input.tag_size));
  EXPECT_EQ(opened, input.message);
  EXPECT_EQ(streamed, sealed);
  const auto body = ByteView(sealed).first(input.message.size());
  COSE_TRY(const auto back, stream(block, input, Direction::kDecrypt, body));
  EXPECT_EQ(back, concat(input.message, ByteView(sealed).last(input.tag_size)));
  return sealed;
}

Result<Bytes> run_open(const VectorBlock& block) {
  COSE_TRY(auto input, aead_input(block));
  return input.aead.open(input.nonce, input.associated, input.message, input.tag_size);
}

Result<std::size_t> block_size_of(const VectorBlock& block) {
  return block.number("block");
}

Result<Bytes> run_pad(const VectorBlock& block) {
  COSE_TRY(const auto padding, padding_of(block));
  COSE_TRY(const auto size, block_size_of(block));
  COSE_TRY(const auto message, message_of(block));
  return pad(padding, size, message);
}

Result<Bytes> run_unpad(const VectorBlock& block) {
  COSE_TRY(const auto padding, padding_of(block));
  COSE_TRY(const auto size, block_size_of(block));
  COSE_TRY(const auto message, message_of(block));
  return unpad(padding, size, message);
}

Bytes octets_of(const Secret& secret) {
  return to_bytes(secret.view());
}

Result<Bytes> run_x963_kdf(const VectorBlock& block) {
  COSE_TRY(const auto kind, kind_named(block, "digest", digest_named));
  COSE_TRY(const auto secret, block.octets("secret"));
  COSE_TRY(const auto info, block.octets_or_none("info"));
  COSE_TRY(const auto size, block.number("size"));
  COSE_TRY(const auto derived, x963_kdf(kind, secret, info, size));
  return octets_of(derived);
}

Result<Bytes> run_hkdf(const VectorBlock& block) {
  COSE_TRY(const auto kind, kind_named(block, "digest", digest_named));
  COSE_TRY(const auto salt, block.octets_or_none("salt"));
  COSE_TRY(const auto secret, block.octets("secret"));
  COSE_TRY(const auto info, block.octets_or_none("info"));
  COSE_TRY(const auto size, block.number("size"));
  COSE_TRY(const auto derived, hkdf(kind, salt, secret, info, size));
  return octets_of(derived);
}

Result<Bytes> run_counter_kdf(const VectorBlock& block) {
  COSE_TRY(const auto kind, kind_named(block, "cipher", block_cipher_named));
  COSE_TRY(const auto key, block.octets("key"));
  COSE_TRY(const auto before, block.octets_or_none("before"));
  COSE_TRY(const auto counter, block.number("counter"));
  COSE_TRY(const auto after, block.octets_or_none("after"));
  COSE_TRY(const auto size, block.number("size"));
  COSE_TRY(const auto derived, counter_kdf_cmac(kind, key, {before, counter, after}, size));
  return octets_of(derived);
}

// As NIST's validation program runs it: the second of two requests of one size counts.
Result<Bytes> run_hmac_drbg(const VectorBlock& block) {
  COSE_TRY(const auto kind, kind_named(block, "digest", digest_named));
  COSE_TRY(const auto entropy, block.octets("entropy"));
  COSE_TRY(const auto nonce, block.octets("nonce"));
  COSE_TRY(const auto personalization, block.octets_or_none("personalization"));
  COSE_TRY(const auto size, block.number("size"));
  COSE_TRY(auto generator, HmacDrbg::create(kind, {entropy, nonce, personalization}));
  Bytes drawn(size);
  COSE_CHECK(generator.fill(drawn));
  COSE_CHECK(generator.fill(drawn));
  return drawn;
}

}  // namespace

const Operations& symmetric_operations() {
  static const Operations operations{
      {"digest", run_digest},
      {"hmac", run_hmac},
      {"cmac", run_cmac},
      {"mac9797", run_mac9797},
      {"encrypt", run_encrypt},
      {"decrypt", run_decrypt},
      {"seal", run_seal},
      {"open", run_open},
      {"pad", run_pad},
      {"unpad", run_unpad},
      {"x963-kdf", run_x963_kdf},
      {"hkdf", run_hkdf},
      {"counter-kdf", run_counter_kdf},
      {"hmac-drbg", run_hmac_drbg},
  };
  return operations;
}

}  // namespace cose::crypto::testing
