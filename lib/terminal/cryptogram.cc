// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "bytes/hex.h"
#include "crypto/digest.h"
#include "terminal/detail/steps.h"

namespace cose::terminal::detail {

namespace {

using iso7816::StatusWord;

constexpr std::uint8_t kCryptogramBits = 0xC0;
constexpr std::uint8_t kReserved = 0xC0;
constexpr std::uint8_t kCombinedRequested = 0x10;
constexpr std::size_t kFormat1Minimum = 11;

// The octets of template 77 without 9F4B (EMV 4.4 Book 2 §6.6.2 step 10).
Bytes without_signature(ByteView content) {
  Bytes kept;
  tlv::TlvReader reader(content);
  while (!reader.at_end()) {
    const auto element = reader.next();
    if (!element) return kept;
    if (element->tag != tags::kSignature) append(kept, element->encoded);
  }
  return kept;
}

// EMV 4.4 Book 3 §6.5.5.4. `hashed`: what CDA's hash covers of the answer.
Status take_answer(Run& run, ByteView answer, Bytes& hashed) {
  COSE_TRY(const auto tree, tlv::parse_tree(answer));
  if (tree.size() != 1) return fail(ErrorKind::kInvalid, "expected one template");
  for (const auto tag : {tags::kCid, tags::kAtc, tags::kCryptogram, tags::kIssuerData, tags::kSignature})
    run.data.objects.erase(tag);
  if (tree.front().tag == Tag(0x80)) {
    const ByteView value(tree.front().value);
    if (value.size() < kFormat1Minimum)
      return fail(ErrorKind::kInvalid, "format 1: expected CID, ATC and cryptogram, found " + to_hex(value));
    run.data.set(tags::kCid, value.first(1));
    run.data.set(tags::kAtc, value.subspan(1, 2));
    run.data.set(tags::kCryptogram, value.subspan(3, 8));
    if (value.size() > kFormat1Minimum) run.data.set(tags::kIssuerData, value.subspan(kFormat1Minimum));
    return {};
  }
  if (tree.front().tag != Tag(0x77)) return fail(ErrorKind::kInvalid, "expected template 77 or 80");
  emv::DataObjects objects;
  static_cast<void>(collect(tree, objects));
  for (auto& [tag, value] : objects) run.data.objects[tag] = std::move(value);
  if (run.data.get(tags::kCid).size() != 1 || run.data.get(tags::kAtc).size() != 2)
    return fail(ErrorKind::kInvalid, "the answer lacks CID (9F27) or ATC (9F36)");
  if (!run.data.has(tags::kCryptogram) && !run.data.has(tags::kSignature))
    return fail(ErrorKind::kInvalid, "the answer has neither cryptogram (9F26) nor signature (9F4B)");
  COSE_TRY(const auto content, tlv::require(answer, Tag(0x77)));
  hashed = without_signature(content);
  return {};
}

// EMV 4.4 Book 2 §6.6.2.
bool check_combined(Run& run, ByteView hashed) {
  const auto data = concat(run.pdol_data, run.cdol1_data, run.cdol2_data, hashed);
  auto report = emv::authenticate_combined(*run.parties.authorities, run.authentication_input(),
                                           run.data.get(tags::kNumber), data);
  for (const auto& step : report.steps)
    if (!step.passed) run.problem(step.name + ": " + step.detail);
  if (report.passed() && report.cryptogram_information != run.data.get(tags::kCid)[0]) {
    run.problem("the signed CID is another than that in the answer");
    report.steps.push_back({.name = "cryptogram information", .passed = false, .detail = "differs from the answer's"});
  }
  const bool passed = report.passed();
  if (passed) {
    run.data.set(tags::kCryptogram, report.cryptogram);
    run.data.set(Tag(0x9F4C), report.dynamic_number);
    run.note("CDA: the cryptogram is under the card's signature");
  }
  run.outcome.authentication = std::move(report);
  return passed;
}

void refuse_combined(Run& run) {
  run.combined_failed = true;
  run.tvr(tvr::kCdaFailed);
  run.tsi(tsi::kAuthenticated);
}

// EMV 4.4 Book 3 §10.8: the hash over what the TDOL asks for.
Status set_certificate_hash(Run& run) {
  auto list = run.data.get(tags::kTdol);
  if (list.empty()) {
    list = run.application->default_tdol;
    run.tvr(tvr::kDefaultTdol);
  }
  COSE_TRY(const auto filled, fill_list(run.data, list));
  COSE_TRY(const auto hash, crypto::digest(crypto::DigestKind::kSha1, filled));
  run.data.set(tags::kTcHash, hash);
  return {};
}

Result<Bytes> command_data(Run& run, Round round) {
  const auto list = run.data.get(round == Round::kFirst ? tags::kCdol1 : tags::kCdol2);
  COSE_TRY(const auto dol, tlv::Dol::parse(list));
  for (const auto& entry : dol.entries())
    if (entry.tag == tags::kTcHash) COSE_CHECK(set_certificate_hash(run));
  return fill_list(run.data, list);
}

bool is_allowed(Cryptogram wanted, std::uint8_t information, Round round) {
  const auto given = static_cast<unsigned>(information & kCryptogramBits);
  if (given == kReserved) return false;
  if (round == Round::kSecond && given == static_cast<unsigned>(Cryptogram::kArqc)) return false;
  // EMV 4.4 Book 3 §9.2 table 35: the card may only lower what was asked for: TC, ARQC, AAC.
  const auto rank = [](unsigned type) { return type == 0x40U ? 2 : type == 0x80U ? 1 : 0; };
  return rank(given) <= rank(static_cast<unsigned>(wanted));
}

}  // namespace

Result<Cryptogram> generate_cryptogram(Run& run, Round round, Cryptogram wanted) {
  const bool combined = asks_combined(run, wanted);
  const auto data = command_data(run, round);
  if (!data) {
    run.end(Decision::kTerminated, std::string(round == Round::kFirst ? "CDOL1: " : "CDOL2: ") + data.error().message);
    return Cryptogram::kAac;
  }
  (round == Round::kFirst ? run.cdol1_data : run.cdol2_data) = *data;
  const auto p1 = static_cast<std::uint8_t>(static_cast<std::uint8_t>(wanted) | (combined ? kCombinedRequested : 0));
  run.note(std::string("asked for ") + std::string(to_string(wanted)) + (combined ? " with CDA" : ""));
  COSE_TRY(const auto answer, run.send({.cla = 0x80, .ins = 0xAE, .p1 = p1, .data = *data, .le = kWholeAnswer}));
  if (answer.status != StatusWord::kOk) {
    run.end(Decision::kTerminated, "GENERATE AC: " + status_text(answer.status));
    return Cryptogram::kAac;
  }
  return accept_cryptogram(run, round, wanted, answer.data);
}

bool asks_combined(const Run& run, Cryptogram wanted) {
  return is_combined(run) && wanted != Cryptogram::kAac && !run.data.has_bit(tags::kTvr, tvr::kCdaFailed);
}

Cryptogram accept_cryptogram(Run& run, Round round, Cryptogram wanted, ByteView answer) {
  const bool combined = asks_combined(run, wanted);
  Bytes hashed;
  if (const auto taken = take_answer(run, answer, hashed); !taken) {
    run.end(Decision::kTerminated, "GENERATE AC: " + taken.error().message);
    return Cryptogram::kAac;
  }
  run.tsi(tsi::kCardRisk);
  const auto information = run.data.get(tags::kCid)[0];
  if (!is_allowed(wanted, information, round)) {
    run.end(Decision::kTerminated,
            fmt::format("GENERATE AC: CID {:02X} answers no request for {}", information, to_string(wanted)));
    return Cryptogram::kAac;
  }
  const auto given = static_cast<Cryptogram>(information & kCryptogramBits);
  if (combined && given != Cryptogram::kAac) {
    if (check_combined(run, hashed))
      run.tsi(tsi::kAuthenticated);
    else
      refuse_combined(run);
  }
  run.note(fmt::format("{} {}, ATC {}", to_string(given), to_hex(run.data.get(tags::kCryptogram)),
                       binary_of(run.data.get(tags::kAtc))));
  return given;
}

}  // namespace cose::terminal::detail
