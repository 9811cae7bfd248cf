// SPDX-License-Identifier: Apache-2.0
// Natives that call back into code, as selecting and processing do: contexts, nesting, the watchdog, exceptions.
#include <gtest/gtest.h>

#include "cap/assemble.h"
#include "jcvm/testing/test_api.h"

namespace cose::jcvm {
namespace {

constexpr std::string_view kTestAid{"\xA0\x00\x00\x00\x62\x04\x30", 7};

// Calls virtual method 1 of its argument and gives back what that returned, or 100 more than a reason thrown.
NativeResult call_back(NativeCall& call) {
  const auto outcome = call.machine().invoke_virtual(call.reference(0), 1, {});
  if (outcome.kind == Outcome::Kind::kReturned) return call.return_short(static_cast<std::int16_t>(outcome.value));
  return call.return_short(static_cast<std::int16_t>(100 + outcome.reason));
}
NativeResult context_now(NativeCall& call) {
  return call.return_short(call.context());
}

constexpr std::string_view kSource = R"(
.cap 2.1
.package A0000000620431 1.0
.import A0000000620001 1.0
.import A0000000620101 1.0
.import A0000000620430 1.0
.constant call_back static_method 2.0.0
.constant context static_method 2.0.1
.constant throwIt static_method 1.7.1
.constant answer class Answer
.constant thrower class Thrower
.constant looper class Looper
.constant deeper class Deeper
.class Tests
    .extends 0.0
    .instance
.class Answer
    .extends 0.0
    .instance
    .public base=1 answer_method
.class Thrower
    .extends 0.0
    .instance
    .public base=1 throw_method
.class Looper
    .extends 0.0
    .instance
    .public base=1 loop_method
.class Deeper
    .extends 0.0
    .instance
    .public base=1 deep_method
.method answer stack=1 args=0 locals=0
    new answer
    invokestatic call_back
    sreturn
.method throw stack=1 args=0 locals=0
    new thrower
    invokestatic call_back
    sreturn
.method loop stack=1 args=0 locals=0
    new looper
    invokestatic call_back
    sreturn
.method deep stack=1 args=0 locals=0
    new deeper
    invokestatic call_back
    sreturn
.method answer_method stack=1 args=1 locals=0
    invokestatic context
    sreturn
.method throw_method stack=1 args=1 locals=0
    bspush 42
    invokestatic throwIt
    sconst_0
    sreturn
.method loop_method stack=1 args=1 locals=0
again:
    goto again
    sconst_0
    sreturn
.method deep_method stack=2 args=1 locals=0
    aload_0
    invokestatic call_back
    sconst_1
    sadd
    sreturn
.static
.export Tests
    .export_methods answer throw loop deep
)";

class Callback : public ::testing::Test {
 protected:
  Callback() : machine_(options()) {
    for (const auto& each : testing::test_api()) EXPECT_TRUE(machine_.load(each));
    NativeClass helper;
    helper.name = "test/Helper";
    helper.super = {kJavaLangAid, 0};
    helper.static_methods = {{0, "callBack", "(Ljava/lang/Object;)S", call_back}, {1, "context", "()S", context_now}};
    EXPECT_TRUE(machine_.load(make_native_package({"test", kTestAid, {1, 0}, {helper}}, machine_.packages()).value()));
    package_ = link(*cap::assemble(kSource), machine_.packages(), {{1}, KindChecks::kOn}).value();
    EXPECT_TRUE(machine_.load(package_));
  }
  static MachineOptions options() {
    MachineOptions made;
    made.instruction_budget = 100'000;
    return made;
  }
  Outcome run(std::size_t method) {
    return machine_.invoke_static(*package_->exports[0].classes[0].static_methods[method], {}, {9, 0});
  }

  Machine machine_;
  std::shared_ptr<const Package> package_;
};

TEST_F(Callback, RunsAsTheOwnerOfTheObject) {
  EXPECT_EQ(run(0).value, 9);
  EXPECT_EQ(machine_.current(), Principal{});
  EXPECT_FALSE(machine_.running());
}

TEST_F(Callback, HandsAnExceptionToTheNative) {
  const auto outcome = run(1);
  EXPECT_EQ(outcome.kind, Outcome::Kind::kReturned);
  EXPECT_EQ(outcome.value, 142);
}

TEST_F(Callback, SharesTheWatchdogWithItsCaller) {
  EXPECT_EQ(run(2).kind, Outcome::Kind::kExhausted);
  EXPECT_EQ(run(0).value, 9);
}

TEST_F(Callback, NestsToItsBound) {
  // The innermost call is refused with NO_RESOURCE; each level that ran adds one.
  const auto outcome = run(3);
  ASSERT_EQ(outcome.kind, Outcome::Kind::kReturned);
  EXPECT_EQ(outcome.value, 100 + kNoResource + kMaximumNesting - 1);
}

TEST_F(Callback, RefusesMethodsOfPackagesThatAreNotOnTheCard) {
  Machine other;
  for (const auto& each : testing::test_api()) ASSERT_TRUE(other.load(each));
  EXPECT_EQ(other.invoke_static(*package_->exports[0].classes[0].static_methods[0], {}, {9, 0}).kind,
            Outcome::Kind::kThrown);
}

}  // namespace
}  // namespace cose::jcvm
