// SPDX-License-Identifier: Apache-2.0
#include "applet_transcript.h"

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "applet_card.h"
#include "bytes/hex.h"
#include "host/files.h"

namespace cose::applets {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaximumTranscript = std::size_t{1} << 20;
constexpr std::string_view kCard = "card:";
constexpr std::string_view kState = "state:";

Status read_comment(std::string_view text, AppletTranscript& into) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  if (text.starts_with(kCard)) {
    std::istringstream words{std::string(text.substr(kCard.size()))};
    for (std::string word; words >> word;) into.card.push_back(word);
  } else if (text.starts_with(kState)) {
    COSE_TRY(auto command, from_loose_hex(text.substr(kState.size())));
    into.state.push_back(std::move(command));
  }
  return {};
}

}  // namespace

std::vector<std::string> transcript_names() {
  std::vector<std::string> names;
  for (const auto& applet : applet_names()) {
    const auto folder = fs::path(applet_folder(applet)) / "tests";
    if (!fs::exists(folder)) continue;
    for (const auto& entry : fs::directory_iterator(folder))
      if (entry.path().extension() == ".apdu") names.push_back(applet + "/" + entry.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

Result<AppletTranscript> load_transcript(const std::string& name) {
  const auto slash = name.find('/');
  const auto folder = name.substr(0, slash);
  const auto file = applet_folder(folder) + "/tests/" + name.substr(slash + 1) + ".apdu";
  COSE_TRY(const auto text, host::read_file(file, kMaximumTranscript));
  AppletTranscript loaded;
  COSE_TRY(loaded.transcript, iso7816::Transcript::parse(text, iso7816::Wildcards::kAllowed));
  for (const auto& entry : loaded.transcript.entries) {
    const auto* comment = std::get_if<iso7816::Comment>(&entry.event);
    if (comment == nullptr) break;
    COSE_CHECK(read_comment(comment->text, loaded));
  }
  if (loaded.card.empty()) loaded.card.push_back(folder);
  return loaded;
}

}  // namespace cose::applets
