// SPDX-License-Identifier: Apache-2.0
// The face on a real socket, with this test as the reader.
#include "relay/vpcd_face.h"

#include <thread>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bytes/hex.h"
#include "bytes/testing/manual_clock.h"
#include "iso7816/echo_card.h"
#include "relay/reader_service.h"

namespace cose::relay {
namespace {

class SilentObserver final : public RelayObserver {
 public:
  void relayed(const RelayEvent&) override {}
};

// Listens where the virtual reader would, and speaks its side.
class Reader {
 public:
  Reader() : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(listen(listener_, 1), 0);
    socklen_t size = sizeof(address);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    endpoint_ = {.host = "127.0.0.1", .port = ntohs(address.sin_port)};
  }
  ~Reader() {
    if (card_ >= 0) close(card_);
    close(listener_);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  [[nodiscard]] const net::Endpoint& endpoint() const { return endpoint_; }
  void accept_card() { card_ = accept(listener_, nullptr, nullptr); }
  void pull_card() {
    close(card_);
    card_ = -1;
  }
  void send_hex(std::string_view hex) {
    const auto octets = *from_hex(hex);
    EXPECT_EQ(::send(card_, octets.data(), octets.size(), 0), static_cast<ssize_t>(octets.size()));
  }
  [[nodiscard]] std::string read_frame() {
    std::array<std::uint8_t, 2> length{};
    if (recv(card_, length.data(), length.size(), MSG_WAITALL) != 2) return "closed";
    Bytes payload(static_cast<std::size_t>(length[0] << 8 | length[1]));
    if (!payload.empty() && recv(card_, payload.data(), payload.size(), MSG_WAITALL) <= 0) return "closed";
    return to_hex(payload);
  }

 private:
  int listener_;
  int card_ = -1;
  net::Endpoint endpoint_;
};

class VpcdFaceTest : public ::testing::Test {
 protected:
  void start(AfterLoss after_loss) {
    thread_ = std::thread([this, after_loss] {
      const auto connect = [this](const StopSignal& stop) { return VpcdFace::connect(reader_.endpoint(), stop); };
      ReaderJob job{std::make_shared<iso7816::EchoSource>(), connect, {}, after_loss};
      ended_ = ReaderService(std::move(job), clock_, stop_, observer_).run();
    });
    reader_.accept_card();
  }
  Status end() {
    thread_.join();
    return ended_;
  }

  Reader reader_;
  cose::testing::ManualClock clock_;
  SilentObserver observer_;
  StopSignal stop_ = *StopSignal::make();
  std::thread thread_;
  Status ended_;
};

TEST_F(VpcdFaceTest, ServesUntilStopped) {
  start(AfterLoss::kEnd);
  reader_.send_hex("000101");
  reader_.send_hex("000104");
  EXPECT_EQ(reader_.read_frame(), "3B80800101");
  // In two writes, as the driver sends.
  reader_.send_hex("0008");
  reader_.send_hex("00A4040003AABBCC");
  EXPECT_EQ(reader_.read_frame(), "AABBCC9000");
  stop_.request();
  EXPECT_EQ(reader_.read_frame(), "closed");
  EXPECT_TRUE(end());
}

TEST_F(VpcdFaceTest, EndsWithTheReader) {
  start(AfterLoss::kEnd);
  reader_.pull_card();
  const auto ended = end();
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().kind, ErrorKind::kClosed);
}

TEST_F(VpcdFaceTest, ComesBackWhenItKeeps) {
  start(AfterLoss::kKeep);
  reader_.pull_card();
  reader_.accept_card();
  reader_.send_hex("000104");
  EXPECT_EQ(reader_.read_frame(), "3B80800101");
  stop_.request();
  EXPECT_TRUE(end());
}

TEST_F(VpcdFaceTest, LeavesWhatIsNoReader) {
  start(AfterLoss::kEnd);
  reader_.send_hex("000177");
  EXPECT_EQ(reader_.read_frame(), "closed");
  EXPECT_EQ(end().error().kind, ErrorKind::kInvalid);
}

TEST(VpcdFace, NobodyListens) {
  auto stop = *StopSignal::make();
  const auto face = VpcdFace::connect({.host = "127.0.0.1", .port = 1}, stop);
  ASSERT_FALSE(face);
  EXPECT_EQ(face.error().kind, ErrorKind::kClosed);
}

}  // namespace
}  // namespace cose::relay
