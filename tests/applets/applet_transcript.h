// SPDX-License-Identifier: Apache-2.0
// Transcripts of applets (applets/NAME/tests/*.apdu). Two kinds of comments in front of the first command mean
// something:
//
//   # card: loyalty-card shop     which applets are on the card; default: the one of the folder
//   # state: 80500000 00          a command that shows, after a SELECT, what must outlive a loss of power
#pragma once

#include <string>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "iso7816/transcript.h"

namespace cose::applets {

struct AppletTranscript {
  std::vector<std::string> card;
  std::vector<Bytes> state;
  iso7816::Transcript transcript;
};

// By "wallet/purchase".
[[nodiscard]] std::vector<std::string> transcript_names();
[[nodiscard]] Result<AppletTranscript> load_transcript(const std::string& name);

}  // namespace cose::applets
