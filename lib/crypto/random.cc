// SPDX-License-Identifier: Apache-2.0
#include "crypto/random.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "crypto/detail/digest_table.h"
#include "crypto/detail/openssl.h"

namespace cose::crypto {

namespace {

constexpr std::size_t kMaximumRequest = 65536;
constexpr std::size_t kMaximumSeed = 4096;
constexpr std::string_view kWhat = "random number generator";

using FetchedRand = std::unique_ptr<EVP_RAND, detail::Freer<EVP_RAND_free>>;

Result<Handle<evp_rand_ctx_st>> make_generator(const char* name, evp_rand_ctx_st* parent) {
  const FetchedRand algorithm(EVP_RAND_fetch(nullptr, name, nullptr));
  if (algorithm == nullptr) return detail::openssl_failure(kWhat, ErrorKind::kUnsupported);
  return Handle<evp_rand_ctx_st>(detail::allocated(EVP_RAND_CTX_new(algorithm.get(), parent)));
}

// NIST SP 800-57 part 1 table 3: what HMAC with this function is worth, capped at what SP 800-90A distinguishes.
unsigned strength_bits(DigestKind kind) {
  const auto size = digest_size(kind);
  if (size <= 20) return 128;
  return size <= 28 ? 192 : 256;
}

// Parameters are read, never written, though their type has no const.
OSSL_PARAM octets_parameter(const char* name, ByteView octets) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<std::uint8_t*>(octets.data()), octets.size());
}

OSSL_PARAM text_parameter(const char* name, const char* text) {
  return OSSL_PARAM_construct_utf8_string(name, const_cast<char*>(text), 0);
}

// OpenSSL's test source hands out the octets it was given: here, the caller's seed.
Result<Handle<evp_rand_ctx_st>> make_seed_source(const HmacDrbg::Seed& seed, unsigned strength) {
  COSE_TRY(auto source, make_generator("TEST-RAND", nullptr));
  const std::array<OSSL_PARAM, 4> parameters{OSSL_PARAM_construct_uint(OSSL_RAND_PARAM_STRENGTH, &strength),
                                             octets_parameter(OSSL_RAND_PARAM_TEST_ENTROPY, seed.entropy),
                                             octets_parameter(OSSL_RAND_PARAM_TEST_NONCE, seed.nonce),
                                             OSSL_PARAM_construct_end()};
  if (EVP_RAND_instantiate(source.get(), strength, 0, nullptr, 0, parameters.data()) != 1)
    return detail::openssl_failure(kWhat);
  return source;
}

// Left to itself OpenSSL reseeds after a fork, silently and from the same octets: two children would draw the same
// numbers, and neither of them those of the seed. With an empty source they fail instead.
Status empty_source(evp_rand_ctx_st* source) {
  static constexpr std::uint8_t kNoOctet = 0;
  const std::array<OSSL_PARAM, 2> parameters{octets_parameter(OSSL_RAND_PARAM_TEST_ENTROPY, ByteView(&kNoOctet, 0)),
                                             OSSL_PARAM_construct_end()};
  if (EVP_RAND_CTX_set_params(source, parameters.data()) != 1) return detail::openssl_failure(kWhat);
  return {};
}

Status expect_at_least(std::string_view what, std::size_t least, std::size_t found) {
  if (found >= least && found <= kMaximumSeed) return {};
  return detail::wrong_size(what, std::to_string(least) + " to " + std::to_string(kMaximumSeed), found);
}

}  // namespace

Status SystemRng::fill(MutableByteView buffer) {
  if (RAND_priv_bytes_ex(nullptr, buffer.data(), buffer.size(), 0) != 1) return detail::openssl_failure(kWhat);
  return {};
}

HmacDrbg::HmacDrbg(Handle<evp_rand_ctx_st> generator) : generator_(std::move(generator)) {}

Result<HmacDrbg> HmacDrbg::create(DigestKind kind, const Seed& seed) {
  const unsigned strength = strength_bits(kind);
  COSE_CHECK(expect_at_least("seed entropy", strength / 8, seed.entropy.size()));
  COSE_CHECK(expect_at_least("seed nonce", strength / 16, seed.nonce.size()));
  COSE_CHECK(expect_at_least("seed personalization", 0, seed.personalization.size()));
  COSE_TRY(const auto source, make_seed_source(seed, strength));
  COSE_TRY(auto generator, make_generator("HMAC-DRBG", source.get()));
  // Zero switches the limits off: neither a count nor the machine's clock may ask a source of numbers that are meant to
  // repeat for new ones.
  unsigned no_limit = 0;
  std::int64_t no_time = 0;
  const std::array<OSSL_PARAM, 5> parameters{
      text_parameter(OSSL_DRBG_PARAM_MAC, "HMAC"),
      text_parameter(OSSL_DRBG_PARAM_DIGEST, detail::digest_row(kind).openssl_name),
      OSSL_PARAM_construct_uint(OSSL_DRBG_PARAM_RESEED_REQUESTS, &no_limit),
      OSSL_PARAM_construct_int64(OSSL_DRBG_PARAM_RESEED_TIME_INTERVAL, &no_time), OSSL_PARAM_construct_end()};
  // For a null personalization OpenSSL puts in a string of its own.
  static constexpr std::uint8_t kNoOctet = 0;
  const auto* personalization = seed.personalization.empty() ? &kNoOctet : seed.personalization.data();
  if (EVP_RAND_instantiate(generator.get(), strength, 0, personalization, seed.personalization.size(),
                           parameters.data()) != 1)
    return detail::openssl_failure(kWhat);
  COSE_CHECK(empty_source(source.get()));
  return HmacDrbg(std::move(generator));
}

Status HmacDrbg::fill(MutableByteView buffer) {
  while (!buffer.empty()) {
    const auto run = buffer.first(std::min(buffer.size(), kMaximumRequest));
    if (EVP_RAND_generate(generator_.get(), run.data(), run.size(), 0, 0, nullptr, 0) != 1)
      return detail::openssl_failure(kWhat);
    buffer = buffer.subspan(run.size());
  }
  return {};
}

}  // namespace cose::crypto
