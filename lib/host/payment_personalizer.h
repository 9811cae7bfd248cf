// SPDX-License-Identifier: Apache-2.0
// Puts a payment application with its directories onto a card: the package if it is missing, the instances, their data.
//
// The session is open with a secure channel (C-MAC and C-DECRYPTION) to the domain that has or will have the package;
// it stays open. What was on the card under the same names is deleted first, and made anew. A pure function of its
// arguments otherwise. Errors: those of Session::exchange(), and of emv/personalization.h.
#pragma once

#include <string>
#include <vector>

#include "admin/load_file.h"
#include "bytes/result.h"
#include "bytes/rng.h"
#include "emv/personalization.h"
#include "gphost/manager.h"
#include "host/payment_authority.h"

namespace cose::host {

// applets/payment.
[[nodiscard]] Bytes payment_package();

struct PaymentInstance {
  Bytes module;
  Bytes aid;
  std::vector<emv::DataGroup> groups;
};

// PSE, PPSE if there is something for it, and the application, with a new key of the card's own.
[[nodiscard]] Result<std::vector<PaymentInstance>> make_payment_instances(const emv::PaymentProfile& profile,
                                                                          const emv::CardData& card,
                                                                          const PaymentAuthority& authority, Rng& rng);

// `package`: loaded if the card has no such package, or another one of that name (its instances go).
[[nodiscard]] Status personalize_payment(gphost::Session& session, const std::vector<PaymentInstance>& instances,
                                         const admin::LoadFile* package, const gphost::Progress& progress = {});

// The same for one card as a script of GPShell's language: deletes the package, loads it from the file, and so on. Its
// data are encrypted by the secure channel alone, since the channel's keys are not known when a script is written.
[[nodiscard]] std::string personalization_script(const std::vector<PaymentInstance>& instances,
                                                 const std::string& cap_file);

}  // namespace cose::host
