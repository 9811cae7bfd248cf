// SPDX-License-Identifier: Apache-2.0
// Where a RecordingCard puts what it sees: the port, and an implementation that keeps it in memory.
//
// Thread rule: called from the thread that uses the card. A sink that cannot take an entry keeps that to itself: a
// conversation does not fail because it is watched.
#pragma once

#include <cstddef>
#include <utility>

#include "iso7816/transcript.h"

namespace cose::iso7816 {

class TranscriptSink {
 public:
  virtual ~TranscriptSink() = default;
  virtual void append(TranscriptEntry entry) = 0;
};

// Keeps the first kMaximumTranscriptEntries and counts the others.
class TranscriptBuffer final : public TranscriptSink {
 public:
  void append(TranscriptEntry entry) override {
    if (transcript_.entries.size() < kMaximumTranscriptEntries)
      transcript_.entries.push_back(std::move(entry));
    else
      ++dropped_;
  }

  [[nodiscard]] const Transcript& transcript() const { return transcript_; }
  [[nodiscard]] std::size_t dropped() const { return dropped_; }

 private:
  Transcript transcript_;
  std::size_t dropped_ = 0;
};

}  // namespace cose::iso7816
