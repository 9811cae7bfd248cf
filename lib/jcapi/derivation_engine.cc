// SPDX-License-Identifier: Apache-2.0
#include "jcapi/detail/derivation_engine.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "crypto/cmac.h"
#include "crypto/hmac.h"
#include "jcapi/detail/message_hash.h"
#include "jcapi/detail/signature_table.h"

namespace cose::jcapi::detail {

namespace {

// [i]_r of SP 800-108: big-endian in so many octets.
Result<Bytes> counter(std::uint32_t index, std::size_t octets) {
  if (octets < sizeof(index) && octets != 0 && index >> (8 * octets) != 0)
    return fail(ErrorKind::kLimit, "the counter of the derivation has come to its end");
  Bytes made;
  for (auto at = octets; at > 0; --at) made.push_back(static_cast<std::uint8_t>(index >> (8 * (at - 1))));
  return made;
}

// P_hash of TLS: the chain A(i) and the seed.
Derivation::Block tls_chain(crypto::DigestKind kind, Secret key, Bytes seed) {
  ChainParameters parameters{{kind}, std::move(key), std::move(seed), std::nullopt, 0};
  return chain_mode(std::move(parameters));
}

}  // namespace

std::optional<Prf> prf_of_algorithm(std::int16_t algorithm) {
  if (const auto digest = digest_of_algorithm(algorithm)) return Prf{digest};
  const auto row = signature_of_algorithm(algorithm);
  if (!row) return std::nullopt;
  if (row->cipher == SignatureId::kAesCmac128) return Prf{};
  if (row->cipher == SignatureId::kHmac) return Prf{digest_of_algorithm(row->digest)};
  return std::nullopt;
}

Result<Bytes> run_prf(const Prf& prf, ByteView key, ByteView input) {
  if (prf.hmac) return crypto::hmac(*prf.hmac, key, input);
  COSE_TRY(const auto kind, crypto::aes_with_key_size(key.size()));
  return crypto::cmac(kind, key, input);
}

Result<Secret> Derivation::take(std::size_t size) {
  if (left_ && size > *left_) return fail(ErrorKind::kLimit, "the derivation gives no more octets");
  Secret taken(size);
  auto rest = taken.writable();
  while (!rest.empty()) {
    if (pending_.empty()) {
      COSE_TRY(pending_, block_(++index_));
    }
    const auto run = std::min(rest.size(), pending_.size());
    std::ranges::copy(pending_.view().first(run), rest.begin());
    pending_ = Secret(pending_.view().subspan(run));
    rest = rest.subspan(run);
  }
  if (left_) *left_ -= size;
  return taken;
}

// SP 800-108 §5.1.
Derivation::Block counter_mode(CounterParameters parameters) {
  const auto shared = std::make_shared<CounterParameters>(std::move(parameters));
  return [shared](std::uint32_t index) -> Result<Secret> {
    COSE_TRY(const auto number, counter(index, shared->counter_octets));
    COSE_TRY(auto value, run_prf(shared->prf, shared->key.view(), concat(shared->before, number, shared->after)));
    return Secret::take(std::move(value));
  };
}

// SP 800-108 §5.2, §5.3.
Derivation::Block chain_mode(ChainParameters parameters) {
  struct Chain {
    ChainParameters parameters;
    Bytes value;  // K(i-1) of the feedback mode, A(i-1) of the pipeline
  };
  auto start = parameters.initial.value_or(parameters.input);
  const auto chain = std::make_shared<Chain>(Chain{std::move(parameters), std::move(start)});
  return [chain](std::uint32_t index) -> Result<Secret> {
    const auto& [prf, key, input, initial, counter_octets] = chain->parameters;
    COSE_TRY(const auto number, counter(index, counter_octets));
    if (!initial) {
      COSE_TRY(chain->value, run_prf(prf, key.view(), chain->value));
    }
    COSE_TRY(auto value, run_prf(prf, key.view(), concat(chain->value, number, input)));
    if (initial) chain->value = value;
    return Secret::take(std::move(value));
  };
}

Derivation::Block tls12_prf(Secret key, Bytes seed) {
  return tls_chain(crypto::DigestKind::kSha256, std::move(key), std::move(seed));
}

// RFC 4346 §5: halves of the secret, which share an octet when its length is odd. The two functions have blocks of 16
// and 20 octets, so one of 80 is made at a time.
Derivation::Block tls11_prf(Secret key, Bytes seed) {
  constexpr std::size_t kRun = 80;
  const auto half = (key.size() + 1) / 2;
  const auto md5 = std::make_shared<Derivation>(
      tls_chain(crypto::DigestKind::kMd5, Secret(key.view().first(half)), seed), std::nullopt);
  const auto sha1 = std::make_shared<Derivation>(
      tls_chain(crypto::DigestKind::kSha1, Secret(key.view().last(half)), seed), std::nullopt);
  return [md5, sha1](std::uint32_t) -> Result<Secret> {
    COSE_TRY(auto left, md5->take(kRun));
    COSE_TRY(const auto right, sha1->take(kRun));
    for (std::size_t at = 0; at < kRun; ++at) left.writable()[at] ^= right.view()[at];
    return left;
  };
}

Derivation::Block only(Secret value) {
  const auto shared = std::make_shared<Secret>(std::move(value));
  return [shared](std::uint32_t index) -> Result<Secret> {
    if (index != 1) return fail(ErrorKind::kLimit, "the derivation gives no more octets");
    return shared->clone();
  };
}

Result<Secret> hkdf_expand(crypto::DigestKind kind, ByteView key, ByteView info, std::size_t size) {
  // T(i) = HMAC(key, T(i-1) | info | i): the counter stands last, which SP 800-108 has not.
  Bytes output;
  Bytes previous;
  for (std::uint32_t index = 1; output.size() < size; ++index) {
    COSE_TRY(const auto number, counter(index, 1));
    COSE_TRY(previous, crypto::hmac(kind, key, concat(previous, info, number)));
    append(output, previous);
  }
  output.resize(size);
  return Secret::take(std::move(output));
}

}  // namespace cose::jcapi::detail
