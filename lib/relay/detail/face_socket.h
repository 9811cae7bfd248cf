// SPDX-License-Identifier: Apache-2.0
// A TCP connection to a reader, whose waits end with a StopSignal. One thread.
#pragma once

#include "bytes/bytes.h"
#include "bytes/clock.h"
#include "bytes/result.h"
#include "net/endpoint.h"
#include "relay/stop_signal.h"

namespace cose::relay {

class FaceSocket {
 public:
  // Errors: kNotFound (host), kClosed (nobody listens), kTimeout, kIo.
  [[nodiscard]] static Result<FaceSocket> connect(const net::Endpoint& endpoint, const StopSignal& stop);
  FaceSocket(FaceSocket&& other) noexcept;
  FaceSocket& operator=(FaceSocket&&) = delete;
  FaceSocket(const FaceSocket&) = delete;
  FaceSocket& operator=(const FaceSocket&) = delete;
  ~FaceSocket();

  enum class Wait { kReadable, kTimeout, kStopped };
  [[nodiscard]] Wait wait(int milliseconds, const StopSignal& stop) const;
  // What has arrived. Error: kClosed when the peer ended the connection.
  [[nodiscard]] Result<ByteView> read(MutableByteView buffer) const;
  // All of it, within kWriteTimeout: a reader that takes no octets is gone.
  [[nodiscard]] Status write(ByteView octets) const;

  static constexpr int kConnectMilliseconds = 5000;
  static constexpr int kWriteMilliseconds = 5000;

 private:
  explicit FaceSocket(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace cose::relay
