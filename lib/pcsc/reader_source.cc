// SPDX-License-Identifier: Apache-2.0
#include "pcsc/reader_source.h"

#include <algorithm>
#include <utility>

#include <winscard.h>

#include "pcsc/detail/worker.h"
#include "pcsc/scard_error.h"

namespace cose::pcsc {

ReaderSource::ReaderSource(std::string text, ReaderCardOptions options)
    : text_(std::move(text)), options_(options), enquiry_(std::make_shared<Enquiry>()) {}

ReaderSource::~ReaderSource() = default;

// pcsc-lite's calls have no deadline of their own, and a pcscd that is stopped answers none.
Result<ReaderStatus> ReaderSource::find() {
  const std::lock_guard lock(mutex_);
  if (!worker_) worker_ = std::make_unique<detail::Worker>([enquiry = enquiry_] { enquiry->context.release(); });
  const auto asked =
      worker_->run([enquiry = enquiry_,
                    text = text_](const std::atomic<bool>&) { enquiry->found = find_reader(enquiry->context, text); },
                   kPatience);
  if (!asked) return std::unexpected(asked.error().within("pcscd"));
  return enquiry_->found;
}

iso7816::Presence ReaderSource::presence() {
  const auto reader = find();
  return reader ? reader->presence : iso7816::Presence::kAbsent;
}

Result<std::unique_ptr<iso7816::Card>> ReaderSource::open() {
  COSE_TRY(const auto reader, find());
  const auto where = quoted_reader(reader.name);
  if (reader.presence == iso7816::Presence::kAbsent) {
    return std::unexpected(scard_error(SCARD_E_NO_SMARTCARD, where));
  }
  if (reader.use == Use::kExclusive) return std::unexpected(scard_error(SCARD_E_SHARING_VIOLATION, where));
  return std::make_unique<ReaderCard>(reader.name, options_);
}

}  // namespace cose::pcsc
