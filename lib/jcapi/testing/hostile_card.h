// SPDX-License-Identifier: Apache-2.0
// A card that anybody may say anything to, and packages of any octets on it. Nothing is expected of the answers but
// that each ends with a status word in a bounded time, that no transaction and no program is left open, and that the
// card comes back from its image.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "bytes/testing/manual_clock.h"
#include "bytes/testing/seeded_rng.h"
#include "cap/container.h"
#include "jcapi/binding.h"
#include "jcre/plain_card.h"
#include "jcvm/link.h"

namespace cose::jcapi::testing {

class HostileCard {
 public:
  explicit HostileCard(std::vector<std::shared_ptr<const jcvm::Package>> packages) : packages_(std::move(packages)) {
    options_.machine.instruction_budget = 20'000;
    options_.machine.heap.persistent = 64 * 1024;
    runtime_ = std::move(*jcre::Runtime::create(options_, packages_, clock_, rng_));
  }

  // Installs what the package has under the names of its modules; true when it was loaded.
  bool load(const cap::Components& components, jcvm::KindChecks kinds) {
    const auto identity = static_cast<std::uint8_t>(packages_.size());
    const auto package = jcvm::link(components, packages_, {{identity}, kinds});
    return package && load(*package);
  }

  bool load(const std::shared_ptr<const jcvm::Package>& package) {
    const auto number = runtime_->machine().load(package);
    if (!number) return false;
    packages_.push_back(package);
    for (const auto& module : package->applets) {
      const Bytes control{0x00};
      const Bytes parameters{1, 2, 3, 4};
      static_cast<void>(runtime_->install({*number, module.aid, module.aid, control, parameters}));
      check();
    }
    return true;
  }

  // Commands, each behind an octet with its length; 0 resets the card.
  void talk(ByteView script) {
    jcre::PlainCard card(*runtime_);
    Bytes response;
    while (!script.empty()) {
      const auto length = std::min<std::size_t>(script[0], script.size() - 1);
      if (script[0] == 0) {
        static_cast<void>(card.power_up(iso7816::ResetKind::kWarm));
      } else if (card.transmit(script.subspan(1, length), response)) {
        COSE_ASSERT(response.size() >= 2);
      }
      script = script.subspan(1 + length);
      check();
    }
  }

  // SELECT of each applet, then the instructions that those of tests/jcre know.
  void talk_to_all() {
    for (const auto id : runtime_->applets()) {
      const auto aid = to_bytes(runtime_->applet(id)->aid.octets());
      Bytes script{static_cast<std::uint8_t>(5 + aid.size()), 0x00, 0xA4, 0x04, 0x00};
      script.push_back(static_cast<std::uint8_t>(aid.size()));
      append(script, aid);
      for (std::uint8_t instruction = 0x10; instruction < 0x78; ++instruction)
        if ((instruction & 0x0F) < 5)
          append(script, Bytes{9, 0x80, instruction, 0x01, 0x20, 0x03, 0xA0, 0x00, 0x01, 0x00});
      talk(script);
    }
  }

  // Deletes everything, restarts from the image.
  void finish() {
    runtime_->reset();
    const auto all = runtime_->applets();
    static_cast<void>(runtime_->uninstall(all));
    const auto find = [&](ByteView identity) -> std::shared_ptr<const jcvm::Package> {
      const auto found =
          std::ranges::find_if(packages_, [&](const auto& each) { return equal(each->identity, identity); });
      return found == packages_.end() ? nullptr : *found;
    };
    const auto again =
        jcre::Runtime::restore(options_, runtime_->machine().heap().memory().snapshot(), find, clock_, rng_);
    COSE_ASSERT(again.has_value());
    COSE_ASSERT((*again)->applets() == runtime_->applets());
  }

 private:
  void check() {
    auto& machine = runtime_->machine();
    COSE_ASSERT(!machine.running() && !machine.in_transaction() && !machine.changing());
    COSE_ASSERT(!runtime_->apdu().active());
  }

  std::vector<std::shared_ptr<const jcvm::Package>> packages_;
  cose::testing::ManualClock clock_;
  cose::testing::SeededRng rng_{1};
  jcre::RuntimeOptions options_;
  std::unique_ptr<jcre::Runtime> runtime_;
};

}  // namespace cose::jcapi::testing
