// SPDX-License-Identifier: Apache-2.0
// Calls of the API as data: tests/jcapi/*.calls, run on a card of their own as an applet would make them.
//
//   # comment
//   use javacardx/framework/math              the package of the class names below
//   n := BigNumber <init>(S)V 8               a new object
//   a := bytes 00112233                       an array: bytes, booleans, shorts 1 -2, ints 70000
//   n toBytes([BSSB)V a 0 4 2                 a call on an object, or of a static method of a class; returns
//   a = 00000102                              what an array of octets or numbers holds; of octets, a[4:2] are two from
//   4 BCDUtil isBCDFormat([BSS)Z x0A 0 1 => 0   with its result: a number, null, object (any), or the name of one n
//   reset()V => throws NullPointerException o := static pkg/ByteOrder BIG_ENDIAN      a static field load services.jca
//   a package of this folder s := cap make 1                           an exported static method of its first class
//   command 00A4040000                        the APDU of which `apdu` is the object from here on
//   response = 1122                           what has been sent of its answer
//   begin, commit, abort                      a transaction
//   reset, deselect                           of the card; of the applets of the context that calls
//   restart                                   of the process: the card from a snapshot of itself
//   {  ...  }                                 lines of one call from outside, as an applet's process() would make them
//   advance 1500                              the clock, in microseconds
//   as 8                                      the context that calls from here on (7 at first)
//
// Arguments are numbers, names, null, or octets as x00FF.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <utility>

#include <gtest/gtest.h>

#include "api/api.h"
#include "bytes/hex.h"
#include "bytes/testing/manual_clock.h"
#include "bytes/testing/seeded_rng.h"
#include "cap/assemble.h"
#include "jcapi/binding.h"
#include "jcre/runtime.h"
#include "jcvm/link.h"

namespace cose::jcapi::testing {

using jcvm::Class;
using jcvm::kNull;
using jcvm::Machine;
using jcvm::Method;
using jcvm::ObjectKind;
using jcvm::Outcome;
using jcvm::Reference;

inline const std::filesystem::path& scripts_folder() {
  static const std::filesystem::path kFolder = std::filesystem::path(COSE_TESTS_DIR) / "jcapi";
  return kFolder;
}

using Words = std::vector<std::string>;

inline Words words_of(const std::string& line) {
  std::istringstream text(line.substr(0, line.find('#')));
  Words words;
  for (std::string word; text >> word;) words.push_back(word);
  return words;
}

inline std::string to_text(const Outcome& outcome) {
  if (outcome.kind == Outcome::Kind::kExhausted) return "exhausted";
  if (outcome.kind == Outcome::Kind::kReturned) return std::to_string(outcome.value);
  std::string name = outcome.exception_class == nullptr ? "nothing" : outcome.exception_class->name;
  name = name.substr(name.rfind('/') + 1);
  return "throws " + name + (outcome.reason == 0 ? "" : " " + std::to_string(outcome.reason));
}

struct ArrayType {
  std::string_view name;
  ObjectKind kind;
};
inline constexpr ArrayType kArrayTypes[] = {{"bytes", ObjectKind::kByteArray},
                                            {"booleans", ObjectKind::kBooleanArray},
                                            {"shorts", ObjectKind::kShortArray},
                                            {"ints", ObjectKind::kIntArray}};

class Script;
// The script whose block the native of that name runs: one test at a time.
inline Script* running_block = nullptr;
jcvm::NativeResult run_block(jcvm::NativeCall& call);
inline constexpr std::string_view kBlockAid{"\xA0\x00\x00\x00\x62\x05\x21", 7};

class Script {
 public:
  Script() {
    auto made = jcre::Runtime::create({}, packages_, clock_, rng_);
    EXPECT_TRUE(made) << made.error().message;
    runtime_ = std::move(*made);
    jcvm::NativeClass block;
    block.name = "test/Block";
    block.super = {jcvm::kJavaLangAid, 0};
    block.static_methods = {{0, "run", "()V", run_block}};
    block_ = jcvm::make_native_package({"test", kBlockAid, {1, 0}, {block}}, packages_).value();
    EXPECT_TRUE(machine().load(block_));
    machine().set_selected_context(as_.context);
  }

  // Empty, or what is wrong.
  std::string run_line(const std::string& line) {
    auto words = words_of(line);
    if (words.empty()) return {};
    if (words[0] == "{") return collecting_ = true, "";
    if (words[0] == "}") return run_collected();
    if (collecting_) return collected_.push_back(line), "";
    if (words[0] == "restart") return restart();
    if (words[0] == "deselect") return machine().deselect(as_.context), "";
    if (words[0] == "use") return package_ = words.at(1), "";
    if (words[0] == "as") return as_.context = static_cast<jcvm::Context>(std::stoi(words.at(1))), "";
    if (words[0] == "reset") return machine().reset(), machine().set_selected_context(as_.context), "";
    if (words[0] == "advance") return clock_.advance(std::chrono::microseconds(std::stoi(words.at(1)))), std::string();
    if (words[0] == "begin") return machine().begin_transaction() ? "" : "no transaction";
    if (words[0] == "commit") return machine().commit_transaction() ? "" : "no transaction";
    if (words[0] == "abort") return machine().abort_transaction() ? "" : "no transaction";
    if (words[0] == "load") return load(words.at(1)), "";
    if (words[0] == "command") return start_command(words.at(1)), "";
    if (words[0] == "response") return check_response(words);
    if (words.size() > 1 && words[1] == "=") return check_array(words);
    std::string name;
    if (words.size() > 1 && words[1] == ":=") {
      name = words[0];
      words.erase(words.begin(), words.begin() + 2);
    }
    if (words[0] == "static") return objects_[name] = static_field(words.at(1), words.at(2)), "";
    if (const auto* type = array_type(words[0])) return objects_[name] = new_array(*type, words), "";
    return run_call(name, words);
  }

  std::string restart() {
    const auto packages = machine().packages();
    const auto find = [&](ByteView identity) -> std::shared_ptr<const jcvm::Package> {
      for (const auto& each : packages)
        if (equal(each->identity, identity)) return each;
      return nullptr;
    };
    auto restored = jcre::Runtime::restore({}, machine().heap().memory().snapshot(), find, clock_, rng_);
    if (!restored) return restored.error().message;
    runtime_ = std::move(*restored);
    machine().set_selected_context(as_.context);
    return {};
  }

  // Classes whose methods were called, constructors and exceptions among them.
  [[nodiscard]] const std::set<std::string>& called() const { return called_; }

  void run_lines() {
    for (const auto& line : std::exchange(collected_, {}))
      if (const auto wrong = run_line(line); !wrong.empty()) wrong_ += line + ": " + wrong + "; ";
  }

 private:
  std::string run_collected() {
    collecting_ = false;
    wrong_.clear();
    running_block = this;
    const auto outcome = machine().invoke_static(*block_->exports[0].classes[0].static_methods[0], {}, as_);
    if (outcome.kind != Outcome::Kind::kReturned) wrong_ += to_text(outcome);
    return wrong_;
  }

  Machine& machine() { return runtime_->machine(); }

  void load(const std::string& file) {
    std::ifstream stream(scripts_folder() / file);
    std::stringstream source;
    source << stream.rdbuf();
    const auto components = cap::assemble(source.str());
    ASSERT_TRUE(components) << components.error().message;
    const auto package = jcvm::link(*components, packages_, {to_bytes(as_bytes(file)), jcvm::KindChecks::kOn});
    ASSERT_TRUE(package) << package.error().message;
    ASSERT_TRUE(machine().load(*package));
    loaded_ = *package;
    const auto text = source.str();
    const auto at = text.find(".export_methods ");
    exported_ = words_of(text.substr(at + 16, text.find('\n', at) - at - 16));
  }

  void start_command(const std::string& hex) {
    command_ = from_hex(hex).value();
    const auto parsed = iso7816::CommandApduView::parse(command_);
    ASSERT_TRUE(parsed);
    runtime_->apdu().begin(*parsed, jcre::Protocol::kT1, false, runtime_->apdu_buffer_octets());
    objects_["apdu"] = runtime_->apdu_object();
  }

  std::string check_response(const Words& words) {
    const auto found = to_hex(runtime_->apdu().response());
    return words.size() > 2 && found == words[2] ? "" : "is " + found;
  }

  std::optional<Outcome> call_loaded(const Words& words) {
    const auto token = std::ranges::find(exported_, words[1]) - exported_.begin();
    if (loaded_ == nullptr || token == std::ssize(exported_)) return std::nullopt;
    std::vector<std::uint16_t> cells;
    for (std::size_t at = 2; at < words.size(); ++at) cells.push_back(static_cast<std::uint16_t>(value_of(words[at])));
    const auto& methods = loaded_->exports[0].classes[0].static_methods;
    return machine().invoke_static(*methods.at(static_cast<std::size_t>(token)), cells, as_);
  }

  static const ArrayType* array_type(const std::string& word) {
    const auto found = std::ranges::find(kArrayTypes, word, &ArrayType::name);
    return found == std::end(kArrayTypes) ? nullptr : found;
  }

  Reference make(ObjectKind kind, ByteView contents) {
    jcvm::NewObject wanted{kind, jcvm::kNoClass,
                           static_cast<std::uint32_t>(contents.size() / jcvm::element_size(kind))};
    wanted.context = as_.context;
    wanted.applet = as_.applet;
    const auto made = machine().new_object(wanted);
    auto& heap = machine().heap();
    EXPECT_TRUE(heap.write(*heap.find(made), 0, contents.data(), static_cast<std::uint32_t>(contents.size())));
    return made;
  }

  Reference new_array(const ArrayType& type, const Words& words) {
    Bytes contents;
    const auto width = jcvm::element_size(type.kind);
    for (std::size_t at = 1; at < words.size(); ++at) {
      if (width == 1) {
        append(contents, from_hex(words[at]).value());
        continue;
      }
      auto number = static_cast<std::uint32_t>(std::stol(words[at]));
      for (std::uint32_t octet = 0; octet < width; ++octet, number >>= 8)
        contents.push_back(static_cast<std::uint8_t>(number));
    }
    return make(type.kind, contents);
  }

  // a[4:2] = 0102
  std::string check_slice(const Words& words) {
    const auto& name = words[0];
    const auto bracket = name.find('[');
    const auto colon = name.find(':');
    const auto from = std::stoul(name.substr(bracket + 1));
    const auto size = std::stoul(name.substr(colon + 1));
    const auto* header = machine().heap().find(objects_.at(name.substr(0, bracket)));
    if (header == nullptr || from + size > header->length) return "there are not so many octets";
    const auto found = to_hex({machine().heap().contents(*header) + from, size});
    std::string wanted;
    for (std::size_t at = 2; at < words.size(); ++at) wanted += words[at];
    return found == wanted ? "" : "holds " + found;
  }

  std::string check_array(const Words& words) {
    if (words[0].find('[') != std::string::npos) return check_slice(words);
    const auto* header = machine().heap().find(objects_.at(words[0]));
    if (header == nullptr) return "the array is gone";
    const auto* contents = machine().heap().contents(*header);
    std::string found;
    const auto width = jcvm::element_size(header->kind);
    for (std::uint32_t at = 0; at < header->length && width != 1; ++at) {
      std::int16_t number = 0;
      std::int32_t wide = 0;
      std::memcpy(width == 2 ? static_cast<void*>(&number) : &wide, contents + std::size_t{at} * width, width);
      found += (at == 0 ? "" : " ") + std::to_string(width == 2 ? number : wide);
    }
    if (width == 1) found = to_hex({contents, header->length});
    std::string wanted;
    for (std::size_t at = 2; at < words.size(); ++at) wanted += (wanted.empty() || width == 1 ? "" : " ") + words[at];
    return found == wanted ? "" : "holds " + found;
  }

  // "BigNumber" in the package in use, or a full name.
  const api::Class* class_named(const std::string& name) const {
    return api::find_class(name.find('/') == std::string::npos ? package_ + "/" + name : name);
  }

  static const api::Method* method_of(const api::Class& type, const std::string& key) {
    const auto paren = key.find('(');
    return api::find_method(type, key.substr(0, paren), key.substr(paren));
  }

  const jcvm::ExportedClass* exported(const api::Class& type) {
    const auto& aid = api::find_package(api::package_of(type.name))->aid;
    for (const auto& package : packages_)
      if (const auto* found = package->find_class(as_bytes(aid), type.token)) return found;
    return nullptr;
  }

  Reference static_field(const std::string& class_name, const std::string& field) {
    const auto& type = *class_named(class_name);
    const auto& found = *exported(type);
    const auto number = machine().find_package(as_bytes(api::find_package(api::package_of(type.name))->aid));
    const auto statics = machine().loaded(*number)->statics;
    const auto offset = found.static_fields.at(api::find_field(type, field)->token);
    const auto* octets = machine().heap().contents(*machine().heap().find(statics)) + jcvm::kStaticPrefix + offset;
    return static_cast<Reference>(octets[0] << 8 | octets[1]);
  }

  std::string run_call(const std::string& name, Words words) {
    std::string expected;
    if (const auto arrow = std::ranges::find(words, "=>"); arrow != words.end()) {
      for (auto at = arrow + 1; at != words.end(); ++at) expected += (expected.empty() ? "" : " ") + *at;
      words.erase(arrow, words.end());
    }
    if (words.size() < 2) return "no call";
    const auto outcome = call(words);
    if (!outcome) return "no such class, object or method";
    if (outcome->exception_class != nullptr) called_.insert(std::string(outcome->exception_class->name));
    if (!name.empty()) objects_[name] = static_cast<Reference>(outcome->value);
    const auto found = to_text(*outcome);
    if (expected.empty()) return outcome->kind == Outcome::Kind::kReturned ? "" : found;
    if (expected == "null") expected = "0";
    if (expected == "object") return outcome->value != 0 && found[0] != 't' ? "" : found;
    if (objects_.contains(expected)) expected = std::to_string(objects_.at(expected));
    return found == expected ? "" : found;
  }

  std::optional<Outcome> call(const Words& words) {
    if (words[0] == "cap") return call_loaded(words);
    const bool on_object = objects_.contains(words[0]);
    if (const auto* target = on_object ? interface_method(objects_.at(words[0]), words[1]) : nullptr) {
      auto cells = cells_of(words[1].substr(words[1].find('(')), words);
      cells.insert(cells.begin(), objects_.at(words[0]));
      return machine().invoke_static(*target, cells, as_);
    }
    const auto* type = on_object ? class_of(objects_.at(words[0])) : class_named(words[0]);
    const auto* method = type == nullptr ? nullptr : method_of(*type, words[1]);
    if (method == nullptr) return std::nullopt;
    note(type, words[1]);
    auto cells = cells_of(method->descriptor, words);
    if (!method->in_static_space()) return call_virtual(objects_.at(words[0]), *method, cells);
    const auto* target = exported(*type)->static_methods.at(method->token);
    if (target == nullptr || target->native == nullptr) return std::nullopt;
    if (method->name != "<init>") return machine().invoke_static(*target, cells, as_);
    const auto made = machine().new_instance(*exported(*type)->type, as_);
    cells.insert(cells.begin(), made);
    auto outcome = machine().invoke_static(*target, cells, as_);
    if (outcome.kind == Outcome::Kind::kReturned) outcome.value = made;
    return outcome;
  }

  // A class, and those above it that have the method, too.
  void note(const api::Class* type, const std::string& key) {
    for (; type != nullptr && method_of(*type, key) != nullptr; type = api::find_class(type->super))
      called_.emplace(type->name);
  }

  // What an interface of the table that the object's class implements declares, as code would call it.
  const Method* interface_method(Reference object, const std::string& key) {
    const auto* header = machine().heap().find(object);
    const auto* type = header == nullptr ? nullptr : machine().class_of(*header);
    if (type == nullptr || jcvm::is_array(header->kind)) return nullptr;
    const Method* found = nullptr;
    for (const auto& package : api::packages())
      for (const auto& interface : package.classes) {
        if (!interface.is_interface()) continue;
        const auto* method = method_of(interface, key);
        const auto* linked = method == nullptr ? nullptr : exported(interface)->type;
        const auto* table = linked == nullptr ? nullptr : type->find_interface(*linked);
        if (table == nullptr) continue;
        called_.insert(std::string(interface.name));
        found = type->virtual_methods.at(table->tokens.at(method->token));
      }
    return found;
  }

  // As the caller's code would, without a change of context.
  std::optional<Outcome> call_virtual(Reference object, const api::Method& method, std::vector<std::uint16_t>& cells) {
    const auto* header = machine().heap().find(object);
    if (header == nullptr) return std::nullopt;
    const auto* target = machine().class_of(*header)->virtual_methods.at(method.token);
    if (target == nullptr || target->native == nullptr) return std::nullopt;
    cells.insert(cells.begin(), object);
    return machine().invoke_static(*target, cells, as_);
  }

  // As the table has it; the class of an object of a hidden class is that of its super class.
  const api::Class* class_of(Reference object) {
    const auto* header = machine().heap().find(object);
    const auto* type = header == nullptr ? nullptr : machine().class_of(*header);
    while (type != nullptr && api::find_class(type->name) == nullptr) type = type->super;
    return type == nullptr ? nullptr : api::find_class(type->name);
  }

  std::vector<std::uint16_t> cells_of(std::string_view descriptor, const Words& words) {
    std::vector<std::uint16_t> cells;
    std::size_t word = 2;
    const auto signature = jcvm::parse_signature(descriptor, true);
    for (const auto kind : signature->arguments) {
      const auto value = value_of(words.at(word++));
      cells.push_back(static_cast<std::uint16_t>(value));
      if (kind == 'i') cells.push_back(static_cast<std::uint16_t>(value >> 16));
    }
    EXPECT_EQ(word, words.size()) << "arguments";
    return cells;
  }

  std::int32_t value_of(const std::string& word) {
    if (word == "null") return 0;
    if (const auto found = objects_.find(word); found != objects_.end()) return found->second;
    if (word.starts_with('x')) return make(ObjectKind::kByteArray, from_hex(word.substr(1)).value());
    return static_cast<std::int32_t>(std::stol(word));
  }

  std::vector<std::shared_ptr<const jcvm::Package>> packages_ = make_api();
  cose::testing::ManualClock clock_;
  cose::testing::SeededRng rng_{1};
  std::unique_ptr<jcre::Runtime> runtime_;
  std::shared_ptr<const jcvm::Package> loaded_;
  Words exported_;
  Bytes command_;
  std::string package_;
  std::shared_ptr<const jcvm::Package> block_;
  bool collecting_ = false;
  std::vector<std::string> collected_;
  std::string wrong_;
  std::map<std::string, Reference> objects_;
  std::set<std::string> called_;
  jcvm::Principal as_{7, 0};
};

inline jcvm::NativeResult run_block(jcvm::NativeCall& call) {
  running_block->run_lines();
  return call.return_void();
}

inline std::vector<std::string> script_paths() {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(scripts_folder()))
    if (entry.path().extension() == ".calls") paths.push_back(entry.path().string());
  std::ranges::sort(paths);
  return paths;
}

}  // namespace cose::jcapi::testing
