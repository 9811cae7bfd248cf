// SPDX-License-Identifier: Apache-2.0
// How fast the machine runs, all checks on: bytecodes per second as `items_per_second`, beside a C++ loop doing the
// same work (its items are counted as the bytecodes that the program needs for it).
#include <benchmark/benchmark.h>

#include "cap/assemble.h"
#include "jcvm/testing/test_api.h"

namespace cose::jcvm {
namespace {

constexpr std::string_view kSource = R"(
.cap 2.1
.package A0000000620490 1.0
.import A0000000620001 1.0
.constant object_init static_method 0.0.0
.constant counter class Counter
.constant value field Counter 0
.constant other field Counter 1
.constant add virtual Counter 1
.class Tests
    .extends 0.0
    .instance
.class Counter
    .extends 0.0
    .instance size=2 first=1 references=1
    .public base=1 increase
.method arithmetic stack=2 args=2 locals=3
    sconst_1
    sstore_2
    sconst_0
    sstore_3
loop:
    sload_2
    sload_3
    sadd
    sstore_2
    sload_2
    sload_1
    smul
    sload_3
    sxor
    sstore_2
    sinc 3 1
    sload_3
    sload_0
    if_scmplt loop
    sload_2
    sreturn
.method arrays stack=5 args=1 locals=3
    bspush 64
    newarray 11
    astore_1
    sconst_0
    sstore_2
loop:
    aload_1
    sload_2
    bspush 63
    sand
    aload_1
    sload_2
    bspush 63
    sand
    baload
    invokestatic mix
    s2b
    bastore
    sinc 2 1
    sload_2
    sload_0
    if_scmplt loop
    aload_1
    sconst_5
    baload
    sreturn
.constant mix static_method mix
.method mix stack=2 args=1 locals=0
    sload_0
    sconst_3
    sadd
    sreturn
.method fields stack=3 args=1 locals=3
    new counter
    dup
    invokespecial object_init
    astore_1
    aload_1
    new counter
    putfield_a other
    sconst_0
    sstore_2
loop:
    aload_1
    invokevirtual add
    sinc 2 1
    sload_2
    sload_0
    if_scmplt loop
    aload_1
    getfield_s value
    sreturn
.method increase stack=3 args=1 locals=0
    aload_0
    getfield_a_this other
    getfield_s value
    getfield_s_this value
    sadd
    sconst_1
    sadd
    putfield_s value
    return
.static
.export Tests
    .export_methods arithmetic arrays fields
)";

class Card {
 public:
  Card() {
    for (const auto& package : testing::test_api()) static_cast<void>(machine_.load(package));
    machine_.set_instruction_budget(INT64_MAX);
    package_ = link(*cap::assemble(kSource), machine_.packages(), {{1}, KindChecks::kOn}).value();
    static_cast<void>(machine_.load(package_));
  }

  std::int32_t run(std::size_t method, std::initializer_list<std::uint16_t> cells) {
    return machine_.invoke_static(*package_->exports[0].classes[0].static_methods[method], cells, {1, 0}).value;
  }
  Machine& machine() { return machine_; }

 private:
  Machine machine_;
  std::shared_ptr<const Package> package_;
};

constexpr std::uint16_t kRounds = 30000;

void count(benchmark::State& state, int bytecodes) {
  state.SetItemsProcessed(state.iterations() * kRounds * bytecodes);
}

constexpr int kArithmetic = 14;

void Arithmetic(benchmark::State& state) {
  Card card;
  for (auto _ : state) benchmark::DoNotOptimize(card.run(0, {kRounds, 31}));
  count(state, kArithmetic);
}
BENCHMARK(Arithmetic);

void ArithmeticInCpp(benchmark::State& state) {
  for (auto _ : state) {
    std::int16_t factor = 31;
    std::int16_t value = 1;
    benchmark::DoNotOptimize(factor);
    for (std::int16_t at = 0; at < static_cast<std::int16_t>(kRounds); ++at) {
      value = static_cast<std::int16_t>(value + at);
      value = static_cast<std::int16_t>(static_cast<std::int16_t>(value * factor) ^ at);
    }
    benchmark::DoNotOptimize(value);
  }
  count(state, kArithmetic);
}
BENCHMARK(ArithmeticInCpp);

void ArraysAndCalls(benchmark::State& state) {
  Card card;
  for (auto _ : state) {
    benchmark::DoNotOptimize(card.run(1, {kRounds}));
    state.PauseTiming();
    card.machine().collect_garbage();
    state.ResumeTiming();
  }
  count(state, 20);
}
BENCHMARK(ArraysAndCalls);

void FieldsAndVirtualCalls(benchmark::State& state) {
  Card card;
  for (auto _ : state) {
    benchmark::DoNotOptimize(card.run(2, {kRounds}));
    state.PauseTiming();
    card.machine().collect_garbage();
    state.ResumeTiming();
  }
  count(state, 15);
}
BENCHMARK(FieldsAndVirtualCalls);

void ShortCall(benchmark::State& state) {
  Card card;
  for (auto _ : state) benchmark::DoNotOptimize(card.run(0, {1, 31}));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ShortCall);

void NewCardWithPackage(benchmark::State& state) {
  const auto api = testing::test_api();
  const auto package = link(*cap::assemble(kSource), api, {{1}, KindChecks::kOn}).value();
  std::size_t memory = 0;
  for (auto _ : state) {
    Machine machine;
    for (const auto& each : api) static_cast<void>(machine.load(each));
    static_cast<void>(machine.load(package));
    memory = machine.heap().footprint() + sizeof(Machine);
  }
  state.counters["octets"] = static_cast<double>(memory);
}
BENCHMARK(NewCardWithPackage);

void Link(benchmark::State& state) {
  const auto api = testing::test_api();
  const auto components = *cap::assemble(kSource);
  for (auto _ : state) benchmark::DoNotOptimize(link(components, api, {{1}, KindChecks::kOn}));
}
BENCHMARK(Link);

}  // namespace
}  // namespace cose::jcvm
