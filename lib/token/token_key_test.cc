// SPDX-License-Identifier: Apache-2.0
// Against SoftHSM2, with a token of the test's own.
#include "token/token_key.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypto/random.h"
#include "store/memory_store.h"
#include "store/testing/scratch_directory.h"
#include "vault/vault.h"

namespace cose::token {
namespace {

constexpr auto kModule = "/usr/lib/softhsm/libsofthsm2.so";

class TokenKeyTest : public ::testing::Test {
 protected:
  // The environment is the process's, and SoftHSM2 reads it once: one token for all tests of this file.
  static void SetUpTestSuite() {
    if (!std::filesystem::exists(kModule)) return;
    scratch_ = std::make_unique<store::testing::ScratchDirectory>();
    const auto& folder = scratch_->path();
    std::filesystem::create_directory(folder + "/tokens");
    std::ofstream(folder + "/softhsm2.conf") << "directories.tokendir = " << folder << "/tokens\n"
                                             << "objectstore.backend = file\nlog.level = ERROR\n";
    setenv("SOFTHSM2_CONF", (folder + "/softhsm2.conf").c_str(), 1);
    std::vector<std::string> words{"softhsm2-util", "--init-token", "--free", "--label", "cose",
                                   "--so-pin",      "12345678",     "--pin",  "4321"};
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t child = 0;
    ASSERT_EQ(posix_spawnp(&child, arguments[0], nullptr, nullptr, arguments.data(), environ), 0);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_EQ(status, 0);
  }
  static void TearDownTestSuite() { scratch_.reset(); }

  void SetUp() override {
    if (!scratch_) GTEST_SKIP() << "softhsm2 is not installed";
  }

  static std::string uri(const std::string& object, const std::string& token = "cose") {
    return "pkcs11:token=" + token + ";object=" + object + "?module-path=" + kModule + "&pin-source=pin";
  }

  Result<std::unique_ptr<TokenKey>> open(const std::string& text, IfMissing if_missing = IfMissing::kFail) {
    return TokenKey::open(
        text, [this](const std::string&) -> Result<Secret> { return Secret(as_bytes(pin_)); }, if_missing, rng_);
  }

  static std::unique_ptr<store::testing::ScratchDirectory> scratch_;
  crypto::SystemRng rng_;
  std::string pin_ = "4321";
};

std::unique_ptr<store::testing::ScratchDirectory> TokenKeyTest::scratch_;

TEST_F(TokenKeyTest, WrapsForItsPurposeAlone) {
  auto opened = open(uri("first"), IfMissing::kMake);
  ASSERT_TRUE(opened) << opened.error().message;
  auto& key = **opened;
  const Bytes secret(vault::kKeySize, 0x5A);
  const auto wrapped = key.wrap(secret, Bytes{1, 2}).value();
  EXPECT_EQ(wrapped.size(), 12U + secret.size() + 16U);
  EXPECT_NE(key.wrap(secret, Bytes{1, 2}).value(), wrapped) << "a nonce came twice";
  EXPECT_TRUE(equal(key.unwrap(wrapped, Bytes{1, 2}).value().view(), secret));
  EXPECT_EQ(key.unwrap(wrapped, Bytes{1, 3}).error().kind, ErrorKind::kRefused);
  for (std::size_t at = 0; at < wrapped.size(); ++at) {
    auto changed = wrapped;
    changed[at] ^= 1;
    ASSERT_EQ(key.unwrap(changed, Bytes{1, 2}).error().kind, ErrorKind::kRefused) << at;
  }
  EXPECT_EQ(key.unwrap(Bytes(20), {}).error().kind, ErrorKind::kInvalid);
  EXPECT_TRUE(equal(key.unwrap(wrapped, Bytes{1, 2}).value().view(), secret)) << "after failures";
}

TEST_F(TokenKeyTest, IsFoundAgainAndToldApart) {
  const auto made = open(uri("second"), IfMissing::kMake).value()->id();
  EXPECT_EQ(made.size(), vault::kKeyIdSize);
  EXPECT_EQ(open(uri("second")).value()->id(), made);
  EXPECT_EQ(open(uri("second"), IfMissing::kMake).value()->id(), made) << "made twice";
  EXPECT_NE(open(uri("third"), IfMissing::kMake).value()->id(), made);
}

TEST_F(TokenKeyTest, SaysWhatIsWrong) {
  EXPECT_EQ(open(uri("nobody")).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(open(uri("first", "elsewhere")).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(open("pkcs11:token=cose;object=x?module-path=/no/such/module.so").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(open("pkcs11:token=cose?module-path=" + std::string(kModule)).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(open("pkcs11:token=cose;object=x?pin-value=4321").error().kind, ErrorKind::kRefused);
  EXPECT_EQ(open("pkcs11:%zz").error().kind, ErrorKind::kInvalid);
  pin_ = "9999";
  const auto refused = open(uri("first"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kRefused);
  EXPECT_EQ(refused.error().message.find("9999"), std::string::npos) << "the PIN is told";
}

// From a key in the process to one in the token and on to another, while the vault is open.
TEST_F(TokenKeyTest, AVaultMovesToTheTokenAndBetweenItsKeys) {
  auto local = vault::LocalMasterKey::create(Secret(Bytes(vault::kKeySize, 1)), rng_).value();
  auto fourth = open(uri("fourth"), IfMissing::kMake).value();
  auto fifth = open(uri("fifth"), IfMissing::kMake).value();
  store::MemoryStore store;
  vault::Keyring ring(local);
  const auto vault = vault::Vault::open(store, ring, rng_).value();
  store::Committer committer(store, store::Durability::kDurable);
  committer.set_completer(vault.get());
  for (const std::string name : {"anna", "bob", "carl"}) {
    auto made = vault->create(name, 0, vault::whole({{0, Bytes(300, 7)}})).value();
    committer.submit(std::move(made.change), std::move(made.records), {});
  }
  ASSERT_TRUE(committer.flush());
  for (auto* next : {fourth.get(), fifth.get()}) {
    ring.change(*next);
    const auto cards = vault->cards();
    ASSERT_EQ(vault->rewrap(std::span(cards).first(2)).value(), 2U);
    EXPECT_TRUE(vault->load(vault->find("anna").value())) << "in the middle of it";
    EXPECT_TRUE(vault->load(vault->find("carl").value()));
    ASSERT_EQ(vault->rewrap(cards).value(), 1U);
    ASSERT_EQ(vault->rewrap_directory().value(), 1U);
  }
  vault::Keyring alone(*fifth);
  const auto again = vault::Vault::open(store, alone, rng_);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE((*again)->load((*again)->find("bob").value()));
}

}  // namespace
}  // namespace cose::token
