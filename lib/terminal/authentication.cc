// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "bytes/hex.h"
#include "terminal/detail/steps.h"

namespace cose::terminal::detail {

namespace {

constexpr Tag kTagList(0x9F4A);
constexpr Tag kDynamicNumber(0x9F4C);

// EMV 4.4 Book 3 §10.3, in the order of preference: what the card offers, the terminal can, and which bit says that it
// failed.
struct Row {
  emv::AuthenticationMethod method;
  Bit offered;
  Bit supported;
  Bit failed;
};
constexpr Row kRows[] = {
    {emv::AuthenticationMethod::kCda, aip::kCda, capability::kCda, tvr::kCdaFailed},
    {emv::AuthenticationMethod::kDda, aip::kDda, capability::kDda, tvr::kDdaFailed},
    {emv::AuthenticationMethod::kSda, aip::kSda, capability::kSda, tvr::kSdaFailed},
};

// EMV 4.4 Book 3 §7.2 table 30: without these the card's data are missing.
constexpr Tag kNeededBySda[] = {Tag(0x8F), Tag(0x90), Tag(0x93), Tag(0x9F32)};
constexpr Tag kNeededByKeys[] = {Tag(0x8F), Tag(0x90), Tag(0x9F32), Tag(0x9F46), Tag(0x9F47)};

const Row* choose(const Run& run) {
  for (const auto& row : kRows)
    if (run.card_offers(row.offered) && run.terminal_can(row.supported)) return &row;
  return nullptr;
}

template <std::size_t Size>
void note_missing(Run& run, const Tag (&needed)[Size]) {
  for (const auto tag : needed)
    if (!run.data.has(tag)) run.tvr(tvr::kDataMissing);
}

// EMV 4.4 Book 3 §6.5.9: format 1 has the signature alone.
Status take_signature(Run& run, ByteView answer) {
  const auto tree = tlv::parse_tree(answer);
  if (!tree) return std::unexpected(tree.error());
  if (tree->size() == 1 && tree->front().tag == Tag(0x80)) {
    run.data.set(tags::kSignature, tree->front().value);
    return {};
  }
  const auto* signature = find(*tree, tags::kSignature);
  if (signature == nullptr) return fail(ErrorKind::kInvalid, "the answer has no 9F4B");
  run.data.set(tags::kSignature, signature->value);
  return {};
}

emv::AuthenticationReport failed(emv::AuthenticationMethod method, std::string step, std::string reason) {
  emv::AuthenticationReport report;
  report.method = method;
  report.steps.push_back({.name = std::move(step), .passed = false, .detail = std::move(reason)});
  return report;
}

// EMV 4.4 Book 2 §6.5: the DDOL has to ask for the unpredictable number.
Result<emv::AuthenticationReport> dynamic(Run& run) {
  const auto method = emv::AuthenticationMethod::kDda;
  const auto list = run.data.has(tags::kDdol) ? run.data.get(tags::kDdol) : ByteView(run.application->default_ddol);
  const auto dol = tlv::Dol::parse(list);
  bool has_number = false;
  if (dol)
    for (const auto& entry : dol->entries()) has_number = has_number || entry.tag == tags::kNumber;
  if (!has_number) return failed(method, "DDOL", "it does not ask for the unpredictable number (9F37)");
  const auto terminal_data = fill_list(run.data, list);
  if (!terminal_data) return failed(method, "DDOL", terminal_data.error().message);
  COSE_TRY(const auto answer, run.send({.ins = 0x88, .data = *terminal_data, .le = kWholeAnswer}));
  if (answer.status != iso7816::StatusWord::kOk)
    return failed(method, "INTERNAL AUTHENTICATE", status_text(answer.status));
  if (const auto taken = take_signature(run, answer.data); !taken)
    return failed(method, "INTERNAL AUTHENTICATE", taken.error().message);
  return emv::authenticate_dynamic(method, *run.parties.authorities, run.authentication_input(), *terminal_data);
}

Result<emv::AuthenticationReport> perform(Run& run, emv::AuthenticationMethod method) {
  if (run.parties.authorities == nullptr)
    return failed(method, "authority's key", "the terminal has no keys of authorities");
  if (!run.static_data_good) return failed(method, "static data", "a covered record is of the wrong form");
  if (const auto added = run.static_data.add_tag_list(run.data.get(kTagList), run.data.get(tags::kAip)); !added)
    return failed(method, "static data", added.error().message);
  switch (method) {
    case emv::AuthenticationMethod::kSda:
      note_missing(run, kNeededBySda);
      return emv::authenticate_static(*run.parties.authorities, run.authentication_input());
    case emv::AuthenticationMethod::kCda:
      note_missing(run, kNeededByKeys);
      return emv::recover_card_key(*run.parties.authorities, run.authentication_input()).report;
    default: break;
  }
  note_missing(run, kNeededByKeys);
  return dynamic(run);
}

void note_report(Run& run, const emv::AuthenticationReport& report) {
  for (const auto& step : report.steps) {
    const auto text = step.name + ": " + step.detail;
    if (step.passed)
      run.note(text);
    else
      run.problem(text);
  }
}

}  // namespace

bool is_combined(const Run& run) {
  const auto* row = choose(run);
  return row != nullptr && row->method == emv::AuthenticationMethod::kCda;
}

Status authenticate(Run& run) {
  const auto* row = choose(run);
  if (row == nullptr) {
    run.tvr(tvr::kNotAuthenticated);
    run.note("no method that card and terminal share");
    return {};
  }
  run.note(std::string(emv::to_string(row->method)));
  if (row->method == emv::AuthenticationMethod::kSda) run.tvr(tvr::kSdaSelected);
  COSE_TRY(const auto report, perform(run, row->method));
  note_report(run, report);
  run.outcome.authentication = report;
  if (!report.passed()) run.tvr(row->failed);
  // EMV 4.4 Book 3 §10.3: CDA counts as performed when the cryptogram came, unless it failed before.
  if (row->method != emv::AuthenticationMethod::kCda || !report.passed()) run.tsi(tsi::kAuthenticated);
  if (report.passed() && !report.authentication_code.empty()) run.data.set(Tag(0x9F45), report.authentication_code);
  if (report.passed() && !report.dynamic_number.empty()) run.data.set(kDynamicNumber, report.dynamic_number);
  return {};
}

}  // namespace cose::terminal::detail
