// SPDX-License-Identifier: Apache-2.0
// One card handle and the blocking calls on it; all of them run on the card's Worker.
//
// `command`, `response`, `answer_to_reset` and `outcome` are the desk between the two threads: the caller writes
// them only while the worker is idle, and reads them only after a task that came back in time.
#pragma once

#include <atomic>
#include <string>

#include <winscard.h>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "iso7816/card.h"
#include "pcsc/context.h"
#include "pcsc/reader_card.h"

namespace cose::pcsc::detail {

class Connection {
 public:
  Connection(std::string reader, const ReaderCardOptions& options);
  ~Connection() { close(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Leave their result in `outcome`.
  void power_up(iso7816::ResetKind kind);
  void exchange(const std::atomic<bool>& abandoned);
  void power_down();

  // Takes the card off power and gives everything back.
  void close();

  [[nodiscard]] Protocol protocol() const;
  // From any thread: whether exchange() still waits for another program to let the card go.
  [[nodiscard]] bool in_queue() const { return in_queue_; }

  Bytes command;
  Bytes response;
  Bytes answer_to_reset;
  Status outcome;

 private:
  [[nodiscard]] Status connect(iso7816::ResetKind kind);
  [[nodiscard]] Status reconnect(iso7816::ResetKind kind);
  [[nodiscard]] Status read_answer_to_reset();
  [[nodiscard]] Status exchange_in_turn(const std::atomic<bool>& abandoned);
  [[nodiscard]] Status exchange_now(const std::atomic<bool>& abandoned);
  [[nodiscard]] Status send(ByteView octets, Bytes& answer);
  [[nodiscard]] Error silence();
  [[nodiscard]] Status checked(LONG code);
  void disconnect(DWORD disposition);

  const std::string reader_;
  const ReaderCardOptions options_;
  Context context_;
  bool connected_ = false;
  SCARDHANDLE card_ = 0;
  DWORD active_protocol_ = 0;
  Bytes received_;  // as large as any answer, so that no exchange allocates
  std::atomic<bool> in_queue_ = false;
};

}  // namespace cose::pcsc::detail
