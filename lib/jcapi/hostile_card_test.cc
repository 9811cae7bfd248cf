// SPDX-License-Identifier: Apache-2.0
// The applets of tests/jcre with octets of their code changed, loaded, installed and spoken to; and how often a busy
// card asks for memory.
#include "jcapi/testing/hostile_card.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <new>
#include <random>

#include <gtest/gtest.h>

#include "cap/assemble.h"

namespace {
std::size_t allocations = 0;  // one thread: the program runs one test at a time
}

// Sanitizers bring operators of their own; nothing is counted with them.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define COSE_SANITIZED
#endif
#endif
#ifndef COSE_SANITIZED
void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t /*size*/) noexcept {
  std::free(memory);
}
#endif

namespace cose::jcapi {
namespace {

constexpr int kMutants = 10000;

cap::Components program(const std::string& name) {
  std::ifstream file(std::filesystem::path(COSE_TESTS_DIR) / "jcre" / (name + ".jca"));
  return cap::assemble(std::string(std::istreambuf_iterator<char>(file), {})).value();
}

TEST(HostileCard, SurvivesMutants) {
  const auto api = make_api();
  const std::array originals{program("server"), program("client"), program("probe")};
  std::array<std::shared_ptr<const jcvm::Package>, originals.size()> linked;
  auto available = api;
  for (std::size_t each = 0; each < originals.size(); ++each) {
    const auto identity = static_cast<std::uint8_t>(100 + each);
    linked[each] = jcvm::link(originals[each], available, {{identity}, jcvm::KindChecks::kOn}).value();
    available.push_back(linked[each]);
  }
  std::minstd_rand random(1);
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random()) % limit; };
  int accepted = 0;
  for (int mutant = 0; mutant < kMutants; ++mutant) {
    testing::HostileCard card(api);
    const auto changed = below(originals.size());
    for (std::size_t each = 0; each < originals.size(); ++each) {
      // What imports a mutant is linked against it.
      if (each != changed && !(changed == 0 && each == 1)) {
        ASSERT_TRUE(card.load(linked[each]));
        continue;
      }
      auto components = originals[each];
      auto& code = components.infos[mutant % 5 == 0 ? cap::ComponentTag::kConstantPool : cap::ComponentTag::kMethod];
      for (auto changes = each == changed ? 1 + below(2) : 0; changes > 0; --changes)
        code[below(code.size())] = static_cast<std::uint8_t>(below(256));
      const bool loaded = card.load(components, mutant % 2 == 0 ? jcvm::KindChecks::kOn : jcvm::KindChecks::kOff);
      accepted += each == changed && loaded ? 1 : 0;
    }
    card.talk_to_all();
    card.finish();
  }
  // Many must pass, or this test tests nothing.
  EXPECT_GT(accepted, kMutants / 40);
}

TEST(BusyCard, AllocatesNothing) {
  cose::testing::ManualClock clock;
  cose::testing::SeededRng rng(1);
  const auto api = make_api();
  const auto runtime = *jcre::Runtime::create({}, api, clock, rng);
  const auto number = *runtime->machine().load(*jcvm::link(program("probe"), api, {{1}, jcvm::KindChecks::kOn}));
  const Bytes aid = {0xA0, 0x00, 0x00, 0x00, 0x62, 0x05, 0x01, 0x01};
  ASSERT_EQ(runtime->install({number, aid, aid, {}, {}}).status, iso7816::StatusWord(0x9000));
  jcre::PlainCard card(*runtime);
  const Bytes select = {0x00, 0xA4, 0x04, 0x00, 0x08, 0xA0, 0x00, 0x00, 0x00, 0x62, 0x05, 0x01, 0x01};
  const Bytes echo = {0x80, 0x20, 0x00, 0x00, 0x04, 1, 2, 3, 4, 0x00};
  const Bytes count = {0x80, 0x10, 0x00, 0x00, 0x00};
  const Bytes transaction = {0x80, 0x40, 0x05, 0x00};
  const Bytes refusal = {0x80, 0x30, 0x6A, 0x80, 0x00};
  const Bytes wrong_pin = {0x80, 0x60, 0x00, 0x00, 0x01, 0x00};
  Bytes response;
  const auto round = [&] {
    for (const auto* command : {&select, &echo, &count, &transaction, &refusal, &wrong_pin})
      ASSERT_TRUE(card.transmit(*command, response));
  };
  round();
  round();
  static_cast<void>(runtime->machine().heap().memory().take_dirty_pages());
  for (const auto* command : {&select, &echo, &refusal}) ASSERT_TRUE(card.transmit(*command, response));
  // What changes nothing gives a store nothing to do.
  EXPECT_FALSE(runtime->machine().heap().memory().dirty());
  const auto before = allocations;
  for (int rounds = 0; rounds < 100; ++rounds) round();
  EXPECT_EQ(allocations, before);
}

}  // namespace
}  // namespace cose::jcapi
