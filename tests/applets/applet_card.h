// SPDX-License-Identifier: Apache-2.0
// The applets of this repository as the build made them, and cards that have them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bytes/result.h"
#include "bytes/testing/manual_clock.h"
#include "bytes/testing/seeded_rng.h"
#include "host/cap_project.h"
#include "jcre/plain_card.h"
#include "jcre/runtime.h"

namespace cose::applets {

// Folders of applets/ that have a cap.toml, sorted.
[[nodiscard]] std::vector<std::string> applet_names();
[[nodiscard]] std::string applet_folder(const std::string& name);
// The CAP file that the build made of it.
[[nodiscard]] Bytes built_file(const std::string& name);

// A card with some of the applets installed, each as its cap.toml says. It owns its runtime.
class AppletCard {
 public:
  [[nodiscard]] static Result<std::unique_ptr<AppletCard>> make(const std::vector<std::string>& names);
  // The same card after a power cut.
  [[nodiscard]] Result<std::unique_ptr<AppletCard>> restored(const jcvm::Snapshot& snapshot) const;

  [[nodiscard]] iso7816::Card& card() { return *card_; }
  [[nodiscard]] jcre::Runtime& runtime() { return *runtime_; }

 private:
  AppletCard() = default;
  [[nodiscard]] Status load(const std::string& name);
  [[nodiscard]] Status install(const host::CapProject& project, jcre::PackageNumber package);

  cose::testing::ManualClock clock_;
  cose::testing::SeededRng rng_{1};
  std::vector<std::shared_ptr<const jcvm::Package>> packages_;  // the API's and the loaded ones
  std::vector<std::string> loaded_;
  std::unique_ptr<jcre::Runtime> runtime_;
  std::unique_ptr<jcre::PlainCard> card_;
};

}  // namespace cose::applets
