// SPDX-License-Identifier: Apache-2.0
// Kernel 2 in magnetic-stripe mode: the card's code over the terminal's digits, put into the track that the issuer
// gets. Source: EMV Contactless Book C-2 2.10 §3.6 and state 13; annex A for the bit maps.
#include <bit>

#include <fmt/core.h>

#include "bytes/hex.h"
#include "terminal/detail/kernels.h"
#include "terminal/detail/steps.h"

namespace cose::terminal::detail {

namespace {

constexpr Tag kTrack2(0x9F6B), kCodeMap(0x9F65), kNumberMap(0x9F66), kCounterDigits(0x9F67);
constexpr Tag kCode2(0x9F61), kDigits(0x9F6A), kNumberList(0x9F69), kInterface(0x9F6D);
const Bytes kDefaultList{0x9F, 0x6A, 0x04};
constexpr unsigned kMaximumDigits = 8;

struct Shape {
  std::uint64_t code_map = 0;    // PCVC3: where digits of the code go
  std::uint64_t number_map = 0;  // PUNATC: where digits of number and counter go
  unsigned counter_digits = 0;   // NATC
  unsigned number_digits = 0;
};

Result<Shape> shape_of(const Run& run) {
  Shape shape{.code_map = binary_of(run.data.get(kCodeMap)),
              .number_map = binary_of(run.data.get(kNumberMap)),
              .counter_digits = static_cast<unsigned>(binary_of(run.data.get(kCounterDigits)))};
  const auto places = static_cast<unsigned>(std::popcount(shape.number_map));
  if (shape.counter_digits > 5 || places < shape.counter_digits || places - shape.counter_digits > kMaximumDigits)
    return fail(ErrorKind::kInvalid, "9F66 and 9F67 leave no room for 0 to 8 digits");
  shape.number_digits = places - shape.counter_digits;
  return shape;
}

// As many random digits as the card takes, zeros before them.
Result<Bytes> draw_digits(Rng& rng, unsigned count) {
  std::uint64_t number = 0;
  for (unsigned digit = 0; digit < count; ++digit) {
    constexpr std::uint8_t kLastFair = 250;
    std::uint8_t octet = 0;
    do COSE_CHECK(rng.fill({&octet, 1}));
    while (octet >= kLastFair);
    number = number * 10 + octet % 10U;
  }
  return packed(number, 4);
}

// The last digits of the number, into the places of the map, from the right.
void place(std::string& digits, std::uint64_t map, std::uint64_t number) {
  for (std::size_t at = 0; at < digits.size() && at < 64; ++at)
    if ((map >> at & 1) != 0) {
      digits[digits.size() - 1 - at] = static_cast<char>('0' + number % 10);
      number /= 10;
    }
}

// The track as the issuer gets it: its discretionary data with code, digits and counter.
Result<Bytes> filled_track(const Run& run, const Shape& shape) {
  auto text = to_hex(run.data.get(kTrack2));
  const bool padded = text.ends_with('F');
  if (padded) text.pop_back();
  const auto separator = text.find('D');
  constexpr std::size_t kFixed = 1 + 4 + 3;  // separator, month, service code
  if (separator == std::string::npos || text.size() < separator + kFixed + 1)
    return fail(ErrorKind::kInvalid, "track 2 (9F6B) has no discretionary data");
  auto digits = text.substr(separator + kFixed);
  const auto code = binary_of(run.data.get(kCode2));
  place(digits, shape.code_map, code);
  // The counter's digits stand left of the number's, both from the right in the places of one map.
  auto number = number_of(run.data.get(kDigits));
  std::uint64_t scale = 1;
  for (unsigned digit = 0; digit < shape.number_digits; ++digit) scale *= 10;
  std::uint64_t counter_scale = 1;
  for (unsigned digit = 0; digit < shape.counter_digits; ++digit) counter_scale *= 10;
  number += binary_of(run.data.get(tags::kAtc)) % counter_scale * scale;
  place(digits, shape.number_map, number);
  // C-2 §3.6: the last digit tells how many digits of the number the issuer finds.
  digits.back() = static_cast<char>('0' + shape.number_digits);
  text.resize(separator + kFixed);
  text += digits;
  return from_hex(text.size() % 2 == 0 ? text : text + "F");
}

// Value in template 77, or alone behind the tag.
Status take_codes(Run& run, ByteView answer) {
  const auto tree = tlv::parse_tree(answer);
  if (!tree) return std::unexpected(tree.error());
  emv::DataObjects objects;
  static_cast<void>(collect(*tree, objects));
  for (auto& [tag, value] : objects) run.data.objects[tag] = std::move(value);
  if (run.data.get(kCode2).size() != 2 || run.data.get(tags::kAtc).size() != 2)
    return fail(ErrorKind::kInvalid, "the answer lacks CVC3 (9F61) or ATC (9F36)");
  return {};
}

Status compute(Run& run, const Shape& shape) {
  COSE_TRY(const auto digits, draw_digits(run.parties.rng, shape.number_digits));
  run.data.set(kDigits, digits);
  const auto list = run.data.has(kNumberList) ? to_bytes(run.data.get(kNumberList)) : kDefaultList;
  const auto data = fill_list(run.data, list);
  if (!data) {
    run.end(Decision::kTerminated, "UDOL: " + data.error().message);
    return {};
  }
  COSE_TRY(const auto answer,
           run.send({.cla = 0x80, .ins = 0x2A, .p1 = 0x8E, .p2 = 0x80, .data = *data, .le = kWholeAnswer}));
  if (answer.status != iso7816::StatusWord::kOk) {
    run.end(Decision::kTerminated, "COMPUTE CRYPTOGRAPHIC CHECKSUM: " + status_text(answer.status));
    return {};
  }
  if (const auto taken = take_codes(run, answer.data); !taken)
    run.end(Decision::kTerminated, "COMPUTE CRYPTOGRAPHIC CHECKSUM: " + taken.error().message);
  return {};
}

}  // namespace

Status run_mag_stripe(Run& run, const KernelInput& input) {
  run.outcome.kernel += ", magnetic stripe";
  if (!run.application->mag_stripe) {
    run.end(Decision::kTryAnotherInterface, "the card knows the magnetic-stripe mode only");
    return {};
  }
  run.end_step();
  run.begin_step("read application data");
  run.data.set(kInterface, Bytes{0x00, 0x01});
  COSE_CHECK(read_records(run));
  if (run.has_ended()) return {};
  const auto shape = shape_of(run);
  if (!shape) {
    run.end(Decision::kTerminated, shape.error().message);
    return {};
  }
  run.end_step();
  run.begin_step("COMPUTE CRYPTOGRAPHIC CHECKSUM");
  COSE_CHECK(compute(run, *shape));
  if (run.has_ended()) return {};
  const auto track = filled_track(run, *shape);
  if (!track) {
    run.end(Decision::kTerminated, track.error().message);
    return {};
  }
  run.data.set(tags::kTrack2, *track);
  run.outcome.verification =
      input.indicators.verification_required ? Verification::kSignature : Verification::kNotRequired;
  run.note(
      fmt::format("CVC3 {:05} over the digits {}", binary_of(run.data.get(kCode2)), to_hex(run.data.get(kDigits))));
  decide_online(run);
  return {};
}

}  // namespace cose::terminal::detail
