// SPDX-License-Identifier: Apache-2.0
// What entry point hands to a kernel, and the kernels.
#pragma once

#include "terminal/contactless.h"
#include "terminal/detail/run.h"

namespace cose::terminal::detail {

// EMV Contactless Book B §3.1: what the amount means for one application.
struct Indicators {
  bool not_allowed = false;
  bool zero_amount = false;
  bool over_floor = false;
  bool verification_required = false;
  bool status_check = false;
};
[[nodiscard]] Indicators preprocess(const Application& application, const Payment& payment);

struct KernelInput {
  Indicators indicators;
  TornLog& torn;
  const RelayTerms& relay;
};

// GET PROCESSING OPTIONS to the outcome; the application is selected. An Error: the way to the card broke.
[[nodiscard]] Status run_kernel_2(Run& run, const KernelInput& input);
[[nodiscard]] Status run_mag_stripe(Run& run, const KernelInput& input);
[[nodiscard]] Status run_kernel_3(Run& run, const KernelInput& input);

// The online half that all kernels share: the issuer decides, and the card is gone already.
void decide_online(Run& run);
// The same by the terminal alone.
void decline(Run& run, std::string reason);

}  // namespace cose::terminal::detail
