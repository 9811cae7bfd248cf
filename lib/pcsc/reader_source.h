// SPDX-License-Identifier: Apache-2.0
// The place that the card URI `pcsc:TEXT` names: a reader, found anew at each question, so that it may be plugged in
// later. What TEXT means is in pcsc/readers.h; an empty one is the first reader.
//
// Thread rule: one thread at a time. presence() and open() are cheap while a name fits TEXT; when none does, the
// readers are asked for their serial numbers (SerialNumbers::kAsk), once for each set of readers.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "iso7816/card_source.h"
#include "pcsc/context.h"
#include "pcsc/reader_card.h"
#include "pcsc/readers.h"

namespace cose::pcsc {

class ReaderSource final : public iso7816::CardSource {
 public:
  // How long pcscd may take to say what it has.
  static constexpr std::chrono::milliseconds kPatience{5000};

  explicit ReaderSource(std::string text, ReaderCardOptions options = {});
  ~ReaderSource() override;

  [[nodiscard]] std::string uri() const override { return "pcsc:" + text_; }
  [[nodiscard]] bool may_block() const override { return true; }
  [[nodiscard]] iso7816::Presence presence() override;
  [[nodiscard]] Result<std::unique_ptr<iso7816::Card>> open() override;

 private:
  [[nodiscard]] Result<ReaderStatus> find();

  const std::string text_;
  const ReaderCardOptions options_;
  // Kept alive by a call that does not come back.
  struct Enquiry {
    Context context;
    Result<ReaderStatus> found = fail(ErrorKind::kInternal, "not asked yet");
  };

  std::mutex mutex_;  // guards what follows
  std::shared_ptr<Enquiry> enquiry_;
  std::unique_ptr<detail::Worker> worker_;
  std::vector<ReaderStatus> asked_;  // the readers as they were when asked for serial numbers
};

}  // namespace cose::pcsc
