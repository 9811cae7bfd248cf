// SPDX-License-Identifier: Apache-2.0
#include "host/admin_cards.h"

#include <algorithm>

#include "host/card_uri.h"
#include "pcsc/readers.h"

namespace cose::host {

Result<std::vector<std::string>> AdminCards::names() {
  if (!uris_.empty()) return uris_;
  pcsc::Context context;
  COSE_TRY(const auto readers, pcsc::list_readers(context, pcsc::SerialNumbers::kSkip));
  std::vector<std::string> names;
  for (const auto& reader : readers) names.push_back(reader.name);
  return names;
}

Result<std::unique_ptr<iso7816::Card>> AdminCards::open(const std::string& name) {
  // A script may name a reader, as it does with PC/SC.
  const auto uri = CardUri::parse(name) ? name : "pcsc:" + name;
  COSE_TRY(const auto source, opener_.source(uri));
  return source->open();
}

}  // namespace cose::host
