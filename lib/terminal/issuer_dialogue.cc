// SPDX-License-Identifier: Apache-2.0
#include "terminal/detail/issuer_dialogue.h"

#include "bytes/hex.h"

namespace cose::terminal::detail {

namespace {

constexpr std::size_t kMinimumAuthentication = 8;
constexpr std::size_t kMaximumAuthentication = 16;

emv::AuthorisationRequest request_of(const Run& run, emv::AuthorisationKind kind) {
  return {.kind = kind,
          .objects = run.data.objects,
          .pin_block = run.pin_block,
          .script_results = run.outcome.script_results};
}

}  // namespace

Result<emv::AuthorisationResponse> ask_issuer(Run& run) {
  if (run.parties.host == nullptr) return fail(ErrorKind::kNotFound, "there is no issuer to ask");
  COSE_TRY(auto response, run.parties.host->authorise(request_of(run, emv::AuthorisationKind::kRequest)));
  if (response.response_code.size() != 2)
    return fail(ErrorKind::kInvalid, "expected a response code of two characters");
  return response;
}

void take_response(Run& run, const emv::AuthorisationResponse& response) {
  run.data.set(tags::kResponseCode, as_bytes(response.response_code));
  if (!response.issuer_authentication_data.empty())
    run.data.set(tags::kIssuerAuthentication, response.issuer_authentication_data);
  if (!response.authorisation_code.empty()) run.data.set(Tag(0x89), as_bytes(response.authorisation_code));
  run.outcome.authorisation_code = response.authorisation_code;
  run.note("issuer: " + response.response_code + (response.reason.empty() ? "" : ", " + response.reason));
}

Status authenticate_issuer(Run& run, const emv::AuthorisationResponse& response) {
  const auto& data = response.issuer_authentication_data;
  if (data.empty()) {
    run.note("the issuer sent no authentication data");
    return {};
  }
  if (!run.card_offers(aip::kIssuerAuthentication)) {
    run.note("by the second cryptogram, if at all");
    return {};
  }
  run.tsi(tsi::kIssuerAuthenticated);
  if (data.size() < kMinimumAuthentication || data.size() > kMaximumAuthentication) {
    run.tvr(tvr::kIssuerNotAuthentic);
    run.problem("issuer authentication data: expected 8 to 16 octets, found " + to_hex(data));
    return {};
  }
  COSE_TRY(const auto answer, run.send({.ins = 0x82, .data = data}));
  if (answer.status == iso7816::StatusWord::kOk) {
    run.note("the card knows its issuer");
    return {};
  }
  run.tvr(tvr::kIssuerNotAuthentic);
  run.problem("EXTERNAL AUTHENTICATE: " + status_text(answer.status));
  return {};
}

void confirm(Run& run) {
  if (run.parties.host == nullptr) return;
  const auto sent = run.parties.host->authorise(request_of(run, emv::AuthorisationKind::kConfirmation));
  if (!sent) {
    run.problem("confirmation: " + sent.error().message);
  } else if (!sent->reason.empty()) {
    run.note("issuer: " + sent->reason);
  }
}

}  // namespace cose::terminal::detail
