// SPDX-License-Identifier: Apache-2.0
// The cards of a console: card URIs given to it, else the PC/SC readers of this machine.
//
// The opener is borrowed. One thread.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "admin/card_provider.h"
#include "host/card_opener.h"

namespace cose::host {

class AdminCards final : public admin::CardProvider {
 public:
  AdminCards(CardOpener& opener, std::vector<std::string> uris) : opener_(opener), uris_(std::move(uris)) {}

  [[nodiscard]] Result<std::vector<std::string>> names() override;
  [[nodiscard]] Result<std::unique_ptr<iso7816::Card>> open(const std::string& name) override;

 private:
  CardOpener& opener_;
  std::vector<std::string> uris_;
};

}  // namespace cose::host
