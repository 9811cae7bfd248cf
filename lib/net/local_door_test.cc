// SPDX-License-Identifier: Apache-2.0
#include "net/local_door.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace cose::net {
namespace {

class LocalDoorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    // Longer than the address of a socket.
    folder_ = std::filesystem::temp_directory_path() /
              ("cose-door-" + std::to_string(::getpid()) + "-" + std::string(120, 'x'));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
};

TEST_F(LocalDoorTest, AnswersOneRequestOfAConnection) {
  auto door = LocalDoor::open(folder_, "door", [](const std::string& request) { return "<" + request + ">"; });
  ASSERT_TRUE(door) << door.error().message;
  EXPECT_EQ(ask_at_door(folder_, "door", "hello").value(), "<hello>");
  const std::string large(100'000, 'a');
  EXPECT_EQ(ask_at_door(folder_, "door", large).value(), "<" + large + ">");
  EXPECT_EQ(ask_at_door(folder_, "door", "").value(), "<>");
  EXPECT_FALSE(ask_at_door(folder_, "door", std::string(kMaximumLocalRequest + 1, 'a')));
  struct stat about{};
  ASSERT_EQ(stat((folder_ + "/door").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 077U, 0U) << "others may come in";
  door->reset();
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/door"));
  EXPECT_EQ(ask_at_door(folder_, "door", "hello").error().kind, ErrorKind::kNotFound);
}

TEST_F(LocalDoorTest, TakesOverWhatAKilledProcessLeft) {
  std::ofstream(folder_ + "/door") << "left";
  const auto door = LocalDoor::open(folder_, "door", [](const std::string& request) { return request; });
  ASSERT_TRUE(door) << door.error().message;
  EXPECT_EQ(ask_at_door(folder_, "door", "x").value(), "x");
  EXPECT_EQ(LocalDoor::open(folder_ + "/none", "door", {}).error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace cose::net
