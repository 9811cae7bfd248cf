// SPDX-License-Identifier: Apache-2.0
// A whole card in this process, without a store: echo of 16 octets, SELECT, new cards with an applet, memory of a card.
#include <fstream>

#include <benchmark/benchmark.h>
#include <malloc.h>

#include "bytes/testing/manual_clock.h"
#include "bytes/testing/seeded_rng.h"
#include "cap/assemble.h"
#include "jcapi/binding.h"
#include "jcre/plain_card.h"
#include "jcvm/link.h"

namespace cose::jcre {
namespace {

constexpr std::array<std::uint8_t, 7> kPackage{0xA0, 0x00, 0x00, 0x00, 0x62, 0x05, 0x01};
constexpr std::array<std::uint8_t, 8> kApplet{0xA0, 0x00, 0x00, 0x00, 0x62, 0x05, 0x01, 0x01};

std::string probe_source() {
  std::ifstream file(std::string(COSE_TESTS_DIR) + "/jcre/probe.jca");
  return {std::istreambuf_iterator<char>(file), {}};
}

class Factory {
 public:
  Factory() : api_(jcapi::make_api()) {
    package_ = jcvm::link(*cap::assemble(probe_source()), api_, {{1}, jcvm::KindChecks::kOn}).value();
    packages_ = api_;
    packages_.push_back(package_);
    template_ = fresh()->machine().heap().memory().snapshot();
  }

  // With the API on it.
  std::unique_ptr<Runtime> fresh() { return std::move(*Runtime::create({}, api_, clock_, rng_)); }
  // The same out of an image.
  std::unique_ptr<Runtime> copy() {
    return std::move(*Runtime::restore(
        {}, template_,
        [&](ByteView identity) -> std::shared_ptr<const jcvm::Package> {
          for (const auto& each : packages_)
            if (equal(each->identity, identity)) return each;
          return nullptr;
        },
        clock_, rng_));
  }
  iso7816::StatusWord install(Runtime& runtime) {
    const auto number = runtime.machine().load(package_).value();
    return runtime.install({number, kApplet, kApplet, {}, {}}).status;
  }
  [[nodiscard]] const auto& package() const { return package_; }
  [[nodiscard]] const auto& api() const { return api_; }

 private:
  std::vector<std::shared_ptr<const jcvm::Package>> api_;
  std::vector<std::shared_ptr<const jcvm::Package>> packages_;
  std::shared_ptr<const jcvm::Package> package_;
  jcvm::Snapshot template_;
  testing::ManualClock clock_;
  testing::SeededRng rng_{1};
};

const Bytes kSelect = {0x00, 0xA4, 0x04, 0x00, 0x08, 0xA0, 0x00, 0x00, 0x00, 0x62, 0x05, 0x01, 0x01};
const Bytes kEcho = {0x80, 0x20, 0x00, 0x00, 0x10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 0x00};

void exchange(benchmark::State& state, const Bytes& command) {
  Factory factory;
  const auto runtime = factory.fresh();
  if (factory.install(*runtime).value() != 0x9000) return state.SkipWithError("install failed");
  PlainCard card(*runtime);
  Bytes response;
  static_cast<void>(card.power_up(iso7816::ResetKind::kCold));
  static_cast<void>(card.transmit(kSelect, response));
  for (auto _ : state) {
    static_cast<void>(card.transmit(command, response));
    benchmark::DoNotOptimize(response.data());
  }
  if (response.size() < 2 || response[response.size() - 2] != 0x90) state.SkipWithError("the card refused");
  state.SetItemsProcessed(state.iterations());
}

void Echo(benchmark::State& state) {
  exchange(state, kEcho);
}
BENCHMARK(Echo);

void Select(benchmark::State& state) {
  exchange(state, kSelect);
}
BENCHMARK(Select);

// What a card takes of this process beside the code that it shares with others, at rest and while it works.
void MemoryOfACard(benchmark::State& state) {
  Factory factory;
  std::vector<std::unique_ptr<Runtime>> cards;
  const auto before = mallinfo2().uordblks;
  for (auto _ : state) {
    cards.push_back(factory.fresh());
    benchmark::DoNotOptimize(factory.install(*cards.back()));
  }
  const auto count = static_cast<double>(cards.size());
  state.counters["working"] = static_cast<double>(mallinfo2().uordblks - before) / count;
  for (const auto& card : cards) card->machine().release_working_memory();
  state.counters["resting"] = static_cast<double>(mallinfo2().uordblks - before) / count;
}
BENCHMARK(MemoryOfACard)->Iterations(1000);

void NewCardWithApplet(benchmark::State& state) {
  Factory factory;
  for (auto _ : state) {
    const auto runtime = factory.fresh();
    benchmark::DoNotOptimize(factory.install(*runtime));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(NewCardWithApplet);

void CopyOfACardWithApplet(benchmark::State& state) {
  Factory factory;
  for (auto _ : state) {
    const auto runtime = factory.copy();
    benchmark::DoNotOptimize(factory.install(*runtime));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(CopyOfACardWithApplet);

void MakeApi(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(jcapi::make_api());
}
BENCHMARK(MakeApi);

}  // namespace
}  // namespace cose::jcre
