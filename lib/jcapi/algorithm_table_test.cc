// SPDX-License-Identifier: Apache-2.0
// docs/guide/algorithms.md against the constants of the API and against what a card does.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include <gtest/gtest.h>

#include "api/api.h"
#include "bytes/testing/manual_clock.h"
#include "bytes/testing/seeded_rng.h"
#include "jcapi/binding.h"
#include "jcre/runtime.h"

namespace cose::jcapi {
namespace {

struct Line {
  int value;
  bool offered;
};
using Lines = std::map<std::string, Line>;
// By class and constant.
using Table = std::map<std::string, Lines>;

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::string cell;
  for (const char each : line)
    if (each == '|') {
      const auto first = cell.find_first_not_of(' ');
      cells.push_back(first == std::string::npos ? "" : cell.substr(first, cell.find_last_not_of(' ') - first + 1));
      cell.clear();
    } else {
      cell += each;
    }
  return cells;
}

Table read_table() {
  std::ifstream file(std::filesystem::path(COSE_TESTS_DIR) / "../docs/guide/algorithms.md");
  Table table;
  std::string section;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("## ")) section = line.substr(3);
    const auto cells = cells_of(line);
    if (cells.size() == 5 && (cells[3] == "yes" || cells[3] == "no"))
      table[section][cells[1]] = {std::stoi(cells[2]), cells[3] == "yes"};
  }
  return table;
}

class AlgorithmTable : public ::testing::Test {
 protected:
  AlgorithmTable() : runtime_(jcre::Runtime::create({}, packages_, clock_, rng_).value()) {
    machine().set_selected_context(7);
  }
  jcvm::Machine& machine() { return runtime_->machine(); }

  // Whether a static method returns; else it has thrown NO_SUCH_ALGORITHM. Collects the garbage.
  bool returns(std::string_view class_name, std::string_view key, std::vector<int> arguments) {
    const auto& type = *api::find_class(class_name);
    const auto* method = api::find_method(type, key.substr(0, key.find('(')), key.substr(key.find('(')));
    const auto aid = api::find_package(api::package_of(class_name))->aid;
    const jcvm::ExportedClass* exported = nullptr;
    for (const auto& package : packages_)
      if (const auto* found = package->find_class(as_bytes(aid), type.token)) exported = found;
    std::vector<std::uint16_t> cells;
    if (method->name == "<init>") cells.push_back(machine().new_instance(*exported->type, kApplet));
    for (const auto argument : arguments) cells.push_back(static_cast<std::uint16_t>(argument));
    const auto outcome = machine().invoke_static(*exported->static_methods.at(method->token), cells, kApplet);
    EXPECT_TRUE(outcome.kind == jcvm::Outcome::Kind::kReturned || outcome.reason == 3)
        << class_name << " " << key << " " << outcome.reason;
    machine().collect_garbage();
    return outcome.kind == jcvm::Outcome::Kind::kReturned;
  }

  // With some second (and third) argument.
  bool returns_with_any(std::string_view class_name, std::string_view key, const std::vector<std::vector<int>>& all) {
    return std::ranges::any_of(all, [&](const auto& arguments) { return returns(class_name, key, arguments); });
  }

  static constexpr jcvm::Principal kApplet{7, 0};
  static constexpr int kBits[] = {64, 112, 128, 160, 163, 192, 256, 512, 1024};

  std::vector<std::shared_ptr<const jcvm::Package>> packages_ = make_api();
  testing::ManualClock clock_;
  testing::SeededRng rng_{1};
  std::unique_ptr<jcre::Runtime> runtime_;
};

struct Section {
  std::string_view name;
  std::string_view class_name;
  std::vector<std::string_view> prefixes;
};
const std::vector<Section> kSections{
    {"Cipher", "javacardx/crypto/Cipher", {"ALG_", "CIPHER_"}},
    {"AEADCipher", "javacardx/crypto/AEADCipher", {"ALG_", "CIPHER_"}},
    {"Signature", "javacard/security/Signature", {"ALG_", "SIG_CIPHER_"}},
    {"MessageDigest", "javacard/security/MessageDigest", {"ALG_"}},
    {"KeyBuilder", "javacard/security/KeyBuilder", {"TYPE_", "ALG_TYPE_"}},
    {"KeyPair", "javacard/security/KeyPair", {"ALG_"}},
    {"KeyAgreement", "javacard/security/KeyAgreement", {"ALG_"}},
    {"NamedParameterSpec", "javacard/security/NamedParameterSpec", {""}},
    {"RandomData", "javacard/security/RandomData", {"ALG_"}},
    {"Checksum", "javacard/security/Checksum", {"ALG_"}},
    {"DerivationFunction", "javacardx/security/derivation/DerivationFunction", {"ALG_"}},
};

TEST_F(AlgorithmTable, HasEveryConstantWithItsValue) {
  const auto table = read_table();
  for (const auto& section : kSections) {
    ASSERT_TRUE(table.contains(std::string(section.name))) << section.name;
    const auto& lines = table.at(std::string(section.name));
    std::size_t count = 0;
    for (const auto& field : api::find_class(section.class_name)->fields) {
      const bool wanted =
          std::ranges::any_of(section.prefixes, [&](auto each) { return field.name.starts_with(each); });
      if (!wanted || field.name == "ALG_NULL") continue;
      ++count;
      const auto found = lines.find(std::string(field.name));
      ASSERT_NE(found, lines.end()) << section.name << "." << field.name;
      EXPECT_EQ(found->second.value, field.value) << field.name;
    }
    EXPECT_EQ(count, lines.size()) << section.name;
  }
}

TEST_F(AlgorithmTable, SaysWhatACardDoes) {
  const auto two = [](int value, int last) {
    std::vector<std::vector<int>> all;
    for (int each = 0; each <= last; ++each) all.push_back({value, each, 0});
    return all;
  };
  const auto digests = [](int value) {
    std::vector<std::vector<int>> all;
    for (int digest = 0; digest <= 12; ++digest)
      for (int padding = 0; padding <= 12; ++padding) all.push_back({digest, value, padding, 0});
    return all;
  };
  const auto sizes = [](int value, std::vector<int> before_bits, std::vector<int> after_bits) {
    std::vector<std::vector<int>> all;
    for (const auto bits : kBits) {
      std::vector<int> arguments{value};
      arguments.insert(arguments.end(), before_bits.begin(), before_bits.end());
      arguments.push_back(bits);
      arguments.insert(arguments.end(), after_bits.begin(), after_bits.end());
      all.push_back(arguments);
    }
    return all;
  };
  constexpr std::string_view kCipher = "javacardx/crypto/Cipher";
  constexpr std::string_view kBuilder = "javacard/security/KeyBuilder";
  const auto offered = [&](const Section& section, std::string_view name, int value) {
    if (section.name == "Cipher" || section.name == "AEADCipher")
      return name.starts_with("ALG_")
                 ? returns(kCipher, "getInstance(BZ)Ljavacardx/crypto/Cipher;", {value, 0})
                 : returns_with_any(kCipher, "getInstance(BBZ)Ljavacardx/crypto/Cipher;", two(value, 27));
    if (section.name == "Signature")
      return name.starts_with("ALG_")
                 ? returns(section.class_name, "getInstance(BZ)Ljavacard/security/Signature;", {value, 0})
                 : returns_with_any(section.class_name, "getInstance(BBBZ)Ljavacard/security/Signature;",
                                    digests(value));
    if (name == "TYPE_XEC") return true;  // by buildXECKey() alone; the curves have lines of their own
    if (section.name == "KeyBuilder")
      return name.starts_with("TYPE_")
                 ? returns_with_any(kBuilder, "buildKey(BSZ)Ljavacard/security/Key;", sizes(value, {}, {0}))
                 : returns_with_any(kBuilder, "buildKey(BBSZ)Ljavacard/security/Key;", sizes(value, {0}, {0}));
    if (section.name == "KeyPair") return returns_with_any(section.class_name, "<init>(BS)V", sizes(value, {}, {}));
    if (section.name == "NamedParameterSpec")
      return returns(section.class_name, "getInstance(S)Ljavacard/security/NamedParameterSpec;", {value});
    if (section.name == "DerivationFunction")
      return returns(section.class_name, "getInstance(SZ)Ljavacardx/security/derivation/DerivationFunction;",
                     {value, 0});
    const auto key = "getInstance(BZ)Ljavacard/security/" + std::string(section.name) + ";";
    return returns(section.class_name, key, {value, 0});
  };
  const auto table = read_table();
  for (const auto& section : kSections)
    for (const auto& [name, line] : table.at(std::string(section.name)))
      EXPECT_EQ(offered(section, name, line.value), line.offered) << section.name << "." << name;
}

}  // namespace
}  // namespace cose::jcapi
