// SPDX-License-Identifier: Apache-2.0
// Where a console's cards come from: the port that host fills with card URIs.
//
// One thread. What open() gives has no power yet.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bytes/result.h"
#include "iso7816/card.h"

namespace cose::admin {

class CardProvider {
 public:
  virtual ~CardProvider() = default;

  // The names that open() takes, in order; a script's -readerNumber counts them from 1.
  [[nodiscard]] virtual Result<std::vector<std::string>> names() = 0;
  // By name or card URI; a name that is neither is part of a reader's name.
  [[nodiscard]] virtual Result<std::unique_ptr<iso7816::Card>> open(const std::string& name) = 0;
};

}  // namespace cose::admin
