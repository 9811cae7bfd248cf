// SPDX-License-Identifier: Apache-2.0
// Cards as data: each tests/jcre/*.apdu is a transcript (docs/formats/transcript.md) against a PlainCard with the whole
// API. Comments that start with @ do something in between:
//
//   @load FILE                                          a package out of a .jca file of the folder
//   @refused FILE TEXT                                  loading it fails, and the error names TEXT
//   @install PACKAGE MODULE INSTANCE CONTROL PARAMETERS = SW     hexadecimal, - for nothing
//   @uninstall AID... = ok|busy
//   @remove PACKAGE = ok|busy
//   @objects N                                          how many objects applets own on the card
//   @t0                                                 from here on with the protocol T=0 (a new card)
//   @restart                                            the card out of its image
//   @tear COMMAND : PROBE = FIRST | ... | LAST          cuts the power before each write of the command
//
// After a tear the probe's answer is one of those; FIRST when nothing was written, LAST when all was; the card is as
// before the command afterwards. Commands go to the applet selected on channel 0, which the probe finds selected anew.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "bytes/testing/manual_clock.h"
#include "bytes/testing/seeded_rng.h"
#include "cap/assemble.h"
#include "iso7816/testing/transcript_runner.h"
#include "jcapi/binding.h"
#include "jcre/plain_card.h"
#include "jcre/runtime.h"
#include "jcvm/link.h"

namespace cose::jcapi {
namespace {

using jcre::PlainCard;
using jcre::Runtime;
using jcvm::Snapshot;

const std::filesystem::path kFolder = std::filesystem::path(COSE_TESTS_DIR) / "jcre";

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

Bytes octets(const std::string& hex) {
  return hex == "-" ? Bytes() : from_hex(hex).value();
}

std::string trimmed(std::string text) {
  std::erase(text, ' ');
  return text;
}

class ScriptedCard final : public iso7816::Card {
 public:
  ScriptedCard() {
    options_.machine.instruction_budget = 1'000'000;
    start();
  }

  Result<Bytes> power_up(iso7816::ResetKind kind) override { return card_->power_up(kind); }
  Status transmit(ByteView command, Bytes& response) override { return card_->transmit(command, response); }
  Status power_down() override { return card_->power_down(); }

  // Empty, or what is wrong.
  std::string run(const std::string& line) {
    std::istringstream words(line);
    std::string action;
    words >> action;
    if (action == "@load") return load(words);
    if (action == "@refused") return refused(words);
    if (action == "@install") return install(words);
    if (action == "@uninstall") return uninstall(words);
    if (action == "@remove") return remove(words);
    if (action == "@objects") return count_objects(words);
    if (action == "@t0") return options_.protocol = jcre::Protocol::kT0, start(), std::string();
    if (action == "@restart") return adopt(open(runtime_->machine().heap().memory().snapshot())), std::string();
    if (action == "@tear") return tear(line.substr(action.size()));
    return "unknown action " + action;
  }

 private:
  using RuntimeOwner = std::unique_ptr<Runtime>;

  void start() {
    auto made = Runtime::create(options_, packages_, clock_, rng_);
    ASSERT_TRUE(made) << made.error().message;
    adopt(std::move(*made));
  }

  void adopt(RuntimeOwner runtime) {
    runtime_ = std::move(runtime);
    card_ = std::make_unique<PlainCard>(*runtime_);
  }

  RuntimeOwner open(const Snapshot& snapshot) {
    const auto find = [&](ByteView identity) -> std::shared_ptr<const jcvm::Package> {
      const auto found =
          std::ranges::find_if(packages_, [&](const auto& each) { return equal(each->identity, identity); });
      return found == packages_.end() ? nullptr : *found;
    };
    auto restored = Runtime::restore(options_, snapshot, find, clock_, rng_);
    EXPECT_TRUE(restored) << restored.error().message;
    return restored ? std::move(*restored) : nullptr;
  }

  Result<std::shared_ptr<const jcvm::Package>> link(const std::string& file) {
    COSE_TRY(const auto components, cap::assemble(text_of(kFolder / file)));
    return jcvm::link(components, packages_, {to_bytes(as_bytes(file)), jcvm::KindChecks::kOn});
  }

  std::string load(std::istream& words) {
    std::string file;
    words >> file;
    const auto package = link(file);
    if (!package) return package.error().message;
    const auto number = runtime_->machine().load(*package);
    if (!number) return number.error().message;
    packages_.push_back(*package);
    return {};
  }

  std::string refused(std::istream& words) {
    std::string file;
    std::string text;
    std::getline(words >> file >> std::ws, text);
    const auto package = link(file);
    if (package) return "it was not refused";
    return package.error().message.find(text) == std::string::npos ? package.error().message : "";
  }

  std::string install(std::istream& words) {
    std::array<std::string, 5> word;
    std::string status;
    for (auto& each : word) words >> each;
    words >> status >> status;
    const auto number = runtime_->machine().find_package(octets(word[0]));
    if (!number) return "no such package";
    std::array<Bytes, 5> parts;
    std::ranges::transform(word, parts.begin(), octets);
    const auto found = to_string(runtime_->install({*number, parts[1], parts[2], parts[3], parts[4]}).status);
    return found == status ? "" : "install ended with " + found;
  }

  static std::string result_of(const Status& status, const std::string& expected) {
    const std::string found = status                                     ? "ok"
                              : to_string(status.error().kind) == "busy" ? "busy"
                                                                         : status.error().message;
    return found == expected ? "" : "it was " + found;
  }

  std::string uninstall(std::istream& words) {
    std::vector<jcvm::AppletId> ids;
    std::string word;
    while (words >> word && word != "=") {
      const auto id = runtime_->find_applet(octets(word));
      if (!id) return "no applet " + word;
      ids.push_back(*id);
    }
    words >> word;
    return result_of(runtime_->uninstall(ids), word);
  }

  std::string remove(std::istream& words) {
    std::string aid;
    std::string expected;
    words >> aid >> expected >> expected;
    const auto number = runtime_->machine().find_package(octets(aid));
    return number ? result_of(runtime_->remove_package(*number), expected) : "no such package";
  }

  std::string count_objects(std::istream& words) {
    std::ptrdiff_t expected = 0;
    words >> expected;
    const auto& heap = runtime_->machine().heap();
    const auto found =
        std::ranges::count_if(heap.all(), [&](auto each) { return heap.find(each)->applet != jcvm::kNoApplet; });
    return found == expected ? "" : "there are " + std::to_string(found);
  }

  // ---- power cuts ----

  static std::string answer(Runtime& runtime, const std::string& aid, const std::string& command) {
    PlainCard card(runtime);
    static_cast<void>(card.power_up(iso7816::ResetKind::kCold));
    const iso7816::CommandApdu select{0, 0xA4, 4, 0, octets(aid)};
    static_cast<void>(transceive(card, *select.encode()));
    const auto response = transceive(card, octets(command));
    return response ? to_hex(*response) : response.error().message;
  }

  // The image before write number `cut` of the command; nothing when it writes less often.
  std::optional<Snapshot> cut_at(const Snapshot& before, const std::string& aid, const std::string& command,
                                 std::size_t cut) {
    const auto runtime = open(before);
    PlainCard card(*runtime);
    const iso7816::CommandApdu select{0, 0xA4, 4, 0, octets(aid)};
    static_cast<void>(transceive(card, *select.encode()));
    auto& memory = runtime->machine().heap().memory();
    std::optional<Snapshot> taken;
    std::size_t writes = 0;
    memory.set_write_hook([&] {
      if (writes++ == cut) taken = memory.snapshot();
    });
    static_cast<void>(transceive(card, octets(command)));
    memory.set_write_hook({});
    if (!taken) last_ = memory.snapshot();
    return taken;
  }

  std::string tear(const std::string& text) {
    const auto colon = text.find(':');
    const auto equals = text.find('=', colon);
    const auto command = trimmed(text.substr(0, colon));
    const auto probe = trimmed(text.substr(colon + 1, equals - colon - 1));
    std::vector<std::string> allowed;
    std::istringstream alternatives(text.substr(equals + 1));
    for (std::string each; std::getline(alternatives, each, '|');) allowed.push_back(trimmed(each));
    const auto selected = runtime_->applet(runtime_->selected_on(0));
    if (selected == nullptr) return "no applet is selected";
    const auto aid = to_hex(selected->aid.octets());
    const auto before = runtime_->machine().heap().memory().snapshot();
    for (std::size_t cut = 0;; ++cut) {
      const auto taken = cut_at(before, aid, command, cut);
      const auto found = answer(*open(taken ? *taken : last_), aid, probe);
      const bool fits = !taken     ? found == allowed.back()
                        : cut == 0 ? found == allowed.front()
                                   : std::ranges::find(allowed, found) != allowed.end();
      if (!fits) return "cut before write " + std::to_string(cut) + ": " + found;
      if (!taken) return cut == 0 && allowed.size() > 1 ? "the command writes nothing" : "";
    }
  }

  std::vector<std::shared_ptr<const jcvm::Package>> packages_ = make_api();
  testing::ManualClock clock_;
  testing::SeededRng rng_{1};
  jcre::RuntimeOptions options_;
  RuntimeOwner runtime_;
  std::unique_ptr<PlainCard> card_;
  Snapshot last_;
};

std::vector<std::string> script_names() {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(kFolder))
    if (file.path().extension() == ".apdu") names.push_back(file.path().stem());
  std::ranges::sort(names);
  return names;
}

class CardScript : public ::testing::TestWithParam<std::string> {};

TEST_P(CardScript, IsMet) {
  const auto script =
      iso7816::Transcript::parse(text_of(kFolder / (GetParam() + ".apdu")), iso7816::Wildcards::kAllowed);
  ASSERT_TRUE(script.has_value()) << script.error().message;
  ScriptedCard card;
  for (const auto& entry : script->entries) {
    if (const auto* comment = std::get_if<iso7816::Comment>(&entry.event)) {
      const auto report = comment->text.starts_with('@') ? card.run(comment->text) : "";
      ASSERT_EQ(report, "") << "line " << entry.line << ": " << comment->text;
      continue;
    }
    const auto outcome = iso7816::testing::run_expectation(card, {{entry}});
    ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
  }
}

INSTANTIATE_TEST_SUITE_P(Jcre, CardScript, ::testing::ValuesIn(script_names()),
                         [](const auto& script) { return script.param; });

}  // namespace
}  // namespace cose::jcapi
