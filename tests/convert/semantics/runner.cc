// SPDX-License-Identifier: Apache-2.0
// semantics_runner EXPECTED CAP EXP [CAP EXP]...: runs on the virtual machine what Run.java ran on Java's, and
// compares.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>

#include "cap/container.h"
#include "cap/export_file.h"
#include "jcapi/binding.h"
#include "jcvm/link.h"
#include "jcvm/machine.h"

namespace {

using namespace cose;

constexpr std::size_t kShown = 20;  // differences that are printed
constexpr jcvm::Principal kCaller{7, 0};

Bytes read_file(const char* name) {
  std::ifstream file(name, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  return to_bytes(as_bytes(content.str()));
}

template <typename Value>
Value need(Result<Value> result, const char* what) {
  if (result) return *std::move(result);
  std::fprintf(stderr, "%s: %s\n", what, result.error().message.c_str());
  std::exit(1);
}

class Runner {
 public:
  Runner() {
    jcvm::MachineOptions options;
    options.heap.persistent = 8U << 20;
    machine_ = std::make_unique<jcvm::Machine>(options);
    packages_ = jcapi::make_api();
    for (const auto& each : packages_) static_cast<void>(need(machine_->load(each), "API"));
  }

  void load(const char* cap_name, const char* exp_name) {
    const auto components = need(cap::read_cap(read_file(cap_name)), cap_name);
    // As a load file goes: what the Descriptor says is gone.
    const auto load_file = need(cap::write_load_file(components, cap::WithDescriptor::kNo), cap_name);
    static_cast<void>(need(jcvm::link(need(cap::read_load_file(load_file), cap_name), packages_, {{2}}), cap_name));
    const auto package = need(jcvm::link(components, packages_, {{1}}), cap_name);
    static_cast<void>(need(machine_->load(package), cap_name));
    packages_.push_back(package);
    const auto file = need(cap::parse_export_file(read_file(exp_name)), exp_name);
    for (const auto& type : file.classes)
      for (const auto& method : type.methods)
        if ((method.access_flags & 8) != 0)
          methods_[file.class_name(type.name_index) + " " + file.utf8(method.name_index) +
                   file.utf8(method.descriptor_index)] =
              package->exports[0].classes[type.token].static_methods[method.token];
  }

  // "shorts/Case00 m000(SSBZ)S 1 -5 127 0" gives "= 12" or "! java/lang/ArithmeticException".
  std::string call(const std::string& name, std::istringstream& arguments) {
    const auto found = methods_.find(name);
    if (found == methods_.end()) return "no such method";
    std::vector<std::uint16_t> cells;
    for (auto at = name.find('(') + 1; name[at] != ')'; ++at) {
      std::int64_t value = 0;
      arguments >> value;
      cells.push_back(static_cast<std::uint16_t>(value));
      if (name[at] == 'I') cells.push_back(static_cast<std::uint16_t>(value >> 16));
    }
    const auto outcome = machine_->invoke_static(*found->second, cells, kCaller);
    if (outcome.kind == jcvm::Outcome::Kind::kReturned) return "= " + std::to_string(outcome.value);
    if (outcome.kind == jcvm::Outcome::Kind::kExhausted) return "! exhausted";
    return "! " + (outcome.exception_class != nullptr ? outcome.exception_class->name : "unknown");
  }

  int compare(const char* expected_name) {
    std::ifstream expected(expected_name);
    std::size_t lines = 0;
    std::size_t differences = 0;
    for (std::string line; std::getline(expected, line); ++lines) {
      const auto mark = std::max(line.rfind(" = ") + 1, line.rfind(" ! ") + 1);
      const auto behind_name = line.find(' ', line.find(' ') + 1);
      std::istringstream arguments(line.substr(behind_name, mark - behind_name));
      const auto result = call(line.substr(0, behind_name), arguments);
      if (result == line.substr(mark)) continue;
      if (++differences <= kShown) std::fprintf(stderr, "%s\n  found %s\n", line.c_str(), result.c_str());
      machine_->reset();
    }
    std::printf("%zu calls of %zu methods, %zu differ\n", lines, methods_.size(), differences);
    return lines > 0 && differences == 0 ? 0 : 1;
  }

 private:
  std::unique_ptr<jcvm::Machine> machine_;
  std::vector<std::shared_ptr<const jcvm::Package>> packages_;
  std::map<std::string, const jcvm::Method*> methods_;
};

}  // namespace

int main(int count, char** words) {
  if (count < 4 || count % 2 != 0) {
    std::fprintf(stderr, "usage: semantics_runner EXPECTED CAP EXP [CAP EXP]...\n");
    return 2;
  }
  Runner runner;
  for (int at = 2; at < count; at += 2) runner.load(words[at], words[at + 1]);
  return runner.compare(words[1]);
}
