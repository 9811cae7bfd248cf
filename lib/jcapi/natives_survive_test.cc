// SPDX-License-Identifier: Apache-2.0
// Every native, called with whatever arguments the linker's checks let through: references of any class, made-up ones,
// numbers at all ends, `this` without a constructor. Each call ends in a result or an exception; broken promises and
// sanitizers end the test.
#include <algorithm>
#include <array>

#include <gtest/gtest.h>

#include "bytes/testing/manual_clock.h"
#include "bytes/testing/seeded_rng.h"
#include "jcapi/binding.h"
#include "jcre/runtime.h"

namespace cose::jcapi {
namespace {

using jcvm::Class;
using jcvm::kNull;
using jcvm::Method;
using jcvm::ObjectKind;
using jcvm::Reference;

constexpr std::array<std::int32_t, 17> kNumbers = {0,  1,  -1,  2,   3,   4,     5,      7,  8,
                                                   16, 64, 127, 128, 255, 32767, -32768, 256};
constexpr int kRounds = 40;

class AnyCalls {
 public:
  explicit AnyCalls(std::uint64_t seed) : rng_(seed) {
    auto made = jcre::Runtime::create({}, packages_, clock_, rng_);
    EXPECT_TRUE(made) << made.error().message;
    runtime_ = std::move(*made);
    machine().set_selected_context(kCaller.context);
    fill_pool();
  }

  [[nodiscard]] const std::vector<std::shared_ptr<const jcvm::Package>>& packages() const { return packages_; }
  [[nodiscard]] int returned() const { return returned_; }

  void call(const Method& method, const Class& owner) {
    std::vector<std::uint16_t> cells;
    for (std::size_t at = 0; at < method.arguments.size(); ++at) {
      const auto kind = method.arguments[at];
      if (at == 0 && !method.is_static) {
        const auto object = self(owner);
        if (object == kNull) return;
        cells.push_back(object);
      } else if (kind == 'a')
        cells.push_back(reference());
      else
        append_number(cells, kind);
    }
    const auto outcome = machine().invoke_static(method, cells, kCaller);
    if (outcome.kind == jcvm::Outcome::Kind::kReturned) ++returned_;
    if (method.returns == jcvm::Returns::kReference && outcome.kind == jcvm::Outcome::Kind::kReturned)
      keep(static_cast<Reference>(outcome.value));
    if (machine().in_transaction()) static_cast<void>(machine().abort_transaction());
  }

 private:
  static constexpr jcvm::Principal kCaller{7, 0};
  static constexpr std::size_t kPool = 64;

  jcvm::Machine& machine() { return runtime_->machine(); }

  void fill_pool() {
    for (const auto kind : {ObjectKind::kBooleanArray, ObjectKind::kByteArray, ObjectKind::kShortArray,
                            ObjectKind::kIntArray, ObjectKind::kReferenceArray})
      for (const std::uint32_t length : {0U, 1U, 8U, 40U}) {
        jcvm::NewObject wanted{kind, jcvm::kNoClass, length};
        wanted.context = kCaller.context;
        wanted.applet = kCaller.applet;
        keep(machine().new_object(wanted));
      }
    keep(runtime_->apdu_object());
    keep(runtime_->apdu_buffer());
    keep(9999);  // nobody's
  }

  void keep(Reference reference) {
    if (pool_.size() < kPool)
      pool_.push_back(reference);
    else
      pool_[rng_.below(pool_.size())] = reference;
  }

  Reference reference() { return rng_.below(6) == 0 ? kNull : pool_[rng_.below(pool_.size())]; }

  // What a program can make with `new`, and use before its constructor has run.
  static bool can_be_made(const Class& type) {
    const auto& exported = type.package->exports[0].classes;
    return !type.is_abstract &&
           std::ranges::any_of(exported, [&](const jcvm::ExportedClass& each) { return each.type == &type; });
  }

  // Of that class: one from the pool, or one whose constructor never ran; null: there is none.
  Reference self(const Class& owner) {
    for (int tries = 0; tries < 8; ++tries)
      if (const auto found = reference(); machine().is_instance(found, owner)) return found;
    if (!can_be_made(owner)) return kNull;
    const auto made = machine().new_instance(owner, kCaller);
    machine().clear_pending();
    keep(made);
    return made;
  }

  void append_number(std::vector<std::uint16_t>& cells, char kind) {
    const auto value = kNumbers[rng_.below(kNumbers.size())];
    cells.push_back(static_cast<std::uint16_t>(value));
    if (kind == 'i') cells.push_back(static_cast<std::uint16_t>(value >> 16));
  }

  std::vector<std::shared_ptr<const jcvm::Package>> packages_ = make_api();
  cose::testing::ManualClock clock_;
  cose::testing::SeededRng rng_;
  std::unique_ptr<jcre::Runtime> runtime_;
  std::vector<Reference> pool_;
  int returned_ = 0;
};

// Keys of thousands of bits take their time, and have tests of their own.
bool is_slow(const Method& method) {
  return method.name.find("genKeyPair") != std::string::npos;
}

class Survives : public ::testing::TestWithParam<std::string> {};

TEST_P(Survives, AnyArguments) {
  AnyCalls calls(1);
  int natives = 0;
  for (const auto& package : calls.packages()) {
    if (package->name != GetParam()) continue;
    for (int round = 0; round < kRounds; ++round)
      for (const auto& method : package->methods) {
        if (method.native == nullptr || is_slow(method)) continue;
        calls.call(method, *method.owner);
        ++natives;
      }
  }
  // Else nothing was tried.
  EXPECT_TRUE(natives == 0 || calls.returned() > 0);
}

std::vector<std::string> package_names() {
  std::vector<std::string> names;
  for (const auto& package : make_api()) names.push_back(package->name);
  return names;
}

std::string name_of_case(const ::testing::TestParamInfo<std::string>& tested) {
  auto name = tested.param;
  std::ranges::replace(name, '/', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Jcapi, Survives, ::testing::ValuesIn(package_names()), name_of_case);

}  // namespace
}  // namespace cose::jcapi
