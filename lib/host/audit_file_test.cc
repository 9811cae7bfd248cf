// SPDX-License-Identifier: Apache-2.0
#include "host/audit_file.h"

#include <csignal>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bytes/testing/manual_clock.h"
#include "host/files.h"

namespace cose::host {
namespace {

namespace fs = std::filesystem;

class AuditFileTest : public ::testing::Test {
 protected:
  AuditFileTest() {
    folder_ = fs::temp_directory_path() / ("cose-audit-" + std::to_string(getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    options_.file = (folder_ / "audit.log").string();
  }
  ~AuditFileTest() override { fs::remove_all(folder_); }

  std::unique_ptr<AuditFile> open() { return AuditFile::open(options_, clock_, log_).value(); }

  static void write(AuditFile& file, std::string_view user, int count = 1) {
    for (int at = 0; at < count; ++at) {
      grid::AuditEvent event;
      event.front = "racs";
      event.user = user;
      event.seid = "pay1";
      event.header = {0x00, 0xA4, 0x04, 0x00};
      event.status = 0x9000;
      file.write(event);
    }
  }

  [[nodiscard]] std::string text() const { return read_file(options_.file, 1U << 20).value(); }
  void put(std::string_view text) const { std::ofstream(options_.file, std::ios::binary) << text; }

  [[nodiscard]] Result<AuditReading> check(const AuditAnchor* anchor = nullptr) const {
    AuditChain chain;
    return read_audit_file(options_.file, chain, anchor);
  }

  fs::path folder_;
  AuditOptions options_;
  cose::testing::ManualClock clock_;
  NullLog log_;
};

TEST_F(AuditFileTest, ChainsLinesAndGoesOnAfterARestart) {
  {
    const auto file = open();
    write(*file, "seven", 2);
  }
  {
    const auto file = open();
    write(*file, "eight");
  }
  const auto reading = check().value();
  EXPECT_EQ(reading.lines, 5U) << "two openings, three events";
  EXPECT_EQ(reading.torn, 0U);
  EXPECT_NE(text().find(R"("event":"command","front":"racs","session":0,"user":"seven","seid":"pay1",)"
                        R"("header":"00A40400","status":"9000")"),
            std::string::npos)
      << text();
  EXPECT_EQ(fs::status(options_.file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(AuditFileTest, NamesTheFirstLineThatBreaks) {
  write(*open(), "seven", 4);
  const auto whole = text();
  auto changed = whole;
  changed.replace(changed.find("pay1", changed.find("\"n\":3")), 4, "pay2");
  put(changed);
  EXPECT_EQ(check().error().message, options_.file + ":3: was changed, or the key is another one");
  // Nobody goes on behind it.
  EXPECT_EQ(AuditFile::open(options_, clock_, log_).error().kind, ErrorKind::kInvalid);
  const auto third = whole.find("{\"n\":3");
  put(whole.substr(0, third) + whole.substr(whole.find('\n', third) + 1));
  EXPECT_EQ(check().error().message, options_.file + ":3: expected number 3, found 4");
  put(whole.substr(third));
  EXPECT_EQ(check().error().message,
            options_.file + ":1: does not open a file of the log: what was before it is missing");
  put(whole + "\n");
  EXPECT_EQ(check().error().message, options_.file + ":6: no line of an audit log");
  put(whole.substr(0, third) + std::string(kMaximumAuditLine + 10, 'x') + "\n");
  EXPECT_EQ(check().error().message, options_.file + ":3: no line of an audit log");
}

TEST_F(AuditFileTest, CutsOffATornLineAndNotesIt) {
  write(*open(), "seven", 2);
  const auto whole = text();
  put(whole + R"({"n":4,"time":"20)");
  EXPECT_EQ(check().value().torn, 17U);
  write(*open(), "eight");
  const auto reading = check().value();
  EXPECT_EQ(reading.lines, 6U);
  EXPECT_NE(text().find(R"("event":"audit.torn","detail":"17 octets of a line without its end")"), std::string::npos);
}

TEST_F(AuditFileTest, ShowsWithAnAnchorThatLinesWereTakenOff) {
  write(*open(), "seven", 3);
  AuditChain chain;
  ASSERT_TRUE(read_audit_file(options_.file, chain));
  const auto anchor = AuditAnchor::parse(chain.last().text()).value();
  EXPECT_EQ(anchor.number, 4U);
  EXPECT_TRUE(check(&anchor).value().anchored);
  const auto whole = text();
  put(whole.substr(0, whole.find("{\"n\":4")));
  EXPECT_FALSE(check(&anchor).value().anchored);
  auto other = anchor;
  other.link[0] ^= 1;
  put(whole);
  EXPECT_EQ(check(&other).error().message, options_.file + ":4: is not the line of the anchor");
  for (const auto* bad : {"", "4", "4:", ":00", "04:00", "x:00"}) EXPECT_FALSE(AuditAnchor::parse(bad)) << bad;
}

TEST_F(AuditFileTest, IsAChainOfItsKey) {
  options_.key_file = (folder_ / "audit.key").string();
  std::ofstream(options_.key_file) << std::string(64, 'A') << "\n";
  fs::permissions(options_.key_file, fs::perms::owner_read | fs::perms::owner_write);
  write(*open(), "seven");
  EXPECT_FALSE(check()) << "without the key";
  AuditChain chain(Secret(ByteView(Bytes(32, 0xAA))));
  EXPECT_TRUE(read_audit_file(options_.file, chain));
  fs::permissions(options_.key_file, fs::perms::others_read, fs::perm_options::add);
  EXPECT_EQ(AuditFile::open(options_, clock_, log_).error().kind, ErrorKind::kRefused);
}

TEST_F(AuditFileTest, GoesOnInAnotherFile) {
  options_.maximum_size = 2000;
  {
    const auto file = open();
    write(*file, "seven", 40);
  }
  write(*open(), "eight");
  const auto before = rotated_audit_files(options_.file);
  ASSERT_GE(before.size(), 3U);
  EXPECT_TRUE(before[0].ends_with("audit.log.000000000001"));
  AuditChain chain;
  std::uint64_t lines = 0;
  for (const auto& file : before) lines += read_audit_file(file, chain).value().lines;
  lines += read_audit_file(options_.file, chain).value().lines;
  EXPECT_EQ(lines, chain.last().number);
  // A file by itself is checked, too; in the wrong place it is not what went before.
  AuditChain alone;
  EXPECT_TRUE(read_audit_file(before[1], alone));
  EXPECT_FALSE(read_audit_file(before[1], alone));
  // A crash between two files leaves the second one empty.
  fs::rename(options_.file, options_.file + ".999999999999");
  write(*open(), "nine");
  EXPECT_TRUE(read_audit_file(options_.file, chain));
}

TEST_F(AuditFileTest, HasOneWriter) {
  const auto file = open();
  EXPECT_EQ(AuditFile::open(options_, clock_, log_).error().kind, ErrorKind::kBusy);
}

// A bound on the size of files stands for a full disk.
class FullDiskTest : public AuditFileTest {
 protected:
  FullDiskTest() {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
  }
  ~FullDiskTest() override { room(before_.rlim_cur); }

  void room(rlim_t octets) const {
    const rlimit limit{octets, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }

  rlimit before_{};
};

TEST_F(FullDiskTest, LeavesWholeLinesAndSaysWhatWasLost) {
  options_.need = AuditOptions::Need::kRequired;
  const auto file = open();
  write(*file, "seven", 2);
  room(fs::file_size(options_.file) + 20);
  EXPECT_TRUE(file->ready()) << "not known yet";
  write(*file, "lost", 3);
  EXPECT_FALSE(file->ready());
  EXPECT_EQ(check().value().torn, 0U);
  EXPECT_EQ(check().value().lines, 3U);
  room(before_.rlim_cur);
  EXPECT_TRUE(file->ready());
  write(*file, "eight");
  EXPECT_EQ(check().value().lines, 5U);
  EXPECT_NE(text().find(R"("event":"audit.gap","detail":"3 events could not be written")"), std::string::npos)
      << text();
  EXPECT_EQ(text().find("\"lost\""), std::string::npos) << text();
}

TEST_F(FullDiskTest, LetsTheGridGoOnUnlessItIsRequired) {
  const auto file = open();
  room(fs::file_size(options_.file) + 20);
  write(*file, "lost");
  EXPECT_TRUE(file->ready());
  room(before_.rlim_cur);
  write(*file, "seven");
  EXPECT_EQ(check().value().lines, 3U);
}

TEST(AuditFields, ForgeNoLine) {
  grid::AuditEvent event;
  event.identity = "x\",\"event\":\"login\"\n{\"n\":1\xC3\xA9\\";
  const auto text = audit_fields(event, Nanoseconds(0));
  EXPECT_NE(text.find(R"("identity":"x\",\"event\":\"login\"\u000a{\"n\":1\u00c3\u00a9\\")"), std::string::npos)
      << text;
  EXPECT_TRUE(text.starts_with(R"("time":"1970-01-01T00:00:00.000Z","event":"command")")) << text;
  event.identity = {};
  const std::string endless(100'000, '\n');
  event.detail = endless;
  event.user = endless;
  EXPECT_LT(audit_fields(event, Nanoseconds(0)).size(), kMaximumAuditLine / 2);
}

}  // namespace
}  // namespace cose::host
