// SPDX-License-Identifier: Apache-2.0
// A client of RACS: requests of several commands, each request one round trip.
//
//   remote::RacsClient client(connector, std::chrono::seconds(45));
//   remote::RacsBatch batch("read");
//   batch.power_on("device#45").apdu("device#45", select).apdu("device#45", read, {.continue_on = 0x9000});
//   const auto response = client.run(batch);          // BEGIN read ... END, one write, one answer
//   if (const auto* failure = response->failure()) ...
//
// The builder's commands ask for their statuses (APPEND); line() takes a line as it is. The grid stops at the first
// error, so a response may hold fewer statuses than the batch has commands. A client connects at its first request, and
// again after a loss; what it had locked is then the grid's to give back. A request is sent once: when its answer is
// lost, the error says so, and what its commands did is unknown.
//
// Owner: the caller; shares the connector. One thread at a time. Errors: kInvalid (a line that cannot be sent, or a
// grid out of step), kLimit (a batch or a response too long), kClosed and kTimeout of the way there. A failing status
// is data, except for exchange() and list(), which make an Error of it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/clock.h"
#include "grid/keep_table.h"
#include "grid/racs_reply.h"
#include "iso7816/card.h"
#include "remote/line_channel.h"

namespace cose::remote {

// As many as three digits number.
inline constexpr std::size_t kMaximumBatch = 999;

struct RacsApduOptions {
  std::optional<std::uint16_t> continue_on = std::nullopt;  // CONTINUE=
  std::optional<std::uint8_t> more_on = std::nullopt;       // MORE=
  std::optional<std::uint32_t> fetch = std::nullopt;        // FETCH=
  std::optional<grid::CommandId> id = std::nullopt;         // ID=, with KEEP
};

class RacsBatch {
 public:
  explicit RacsBatch(std::string_view label = {}) : label_(label) {}

  RacsBatch& power_on(std::string_view seid) { return add("POWERON ", seid); }
  RacsBatch& answer_to_reset(std::string_view seid) { return add("GET-ATR ", seid); }
  RacsBatch& shut_down(std::string_view seid) { return add("SHUTDOWN ", seid); }
  // Empty: a new key is asked for.
  RacsBatch& keep(std::string_view key) { return key.empty() ? add("KEEP", {}) : add("KEEP ", key); }
  RacsBatch& list() { return add("LIST", {}); }
  RacsBatch& echo(std::string_view word) { return add("ECHO ", word); }
  RacsBatch& reset(std::string_view seid, iso7816::ResetKind kind);
  RacsBatch& apdu(std::string_view seid, ByteView command, const RacsApduOptions& options = {});
  // As a person wrote it, without APPEND of ours; its end is added.
  RacsBatch& line(std::string_view text);

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t longest_line() const { return longest_; }
  [[nodiscard]] const std::string& label() const { return label_; }
  // BEGIN to END; the last line without its LF.
  [[nodiscard]] std::string text() const;

 private:
  RacsBatch& add(std::string_view command, std::string_view parameter);

  std::string label_;
  std::string lines_;
  std::size_t size_ = 0;
  std::size_t longest_ = 0;
};

struct RacsAnswer {
  bool success = false;
  grid::RacsClass event = grid::RacsClass::kExecution;  // of a failure
  unsigned command = 0;                                 // the last two digits
  unsigned line = 0;                                    // of the request
  std::string text;
  std::string whole;  // the status line as it came
};

struct RacsResponse {
  std::string label;
  std::vector<RacsAnswer> answers;

  // Null: all that was executed succeeded.
  [[nodiscard]] const RacsAnswer* failure() const;
};

// The same as an Error, in the words that the grid gave behind its own ones ("Error line 1 ...").
[[nodiscard]] Error refusal_of(const grid::RacsStatus& status);
[[nodiscard]] Error refusal_of(const RacsAnswer& answer);

class RacsClient {
 public:
  // `patience` is with a request, if it does not say its own.
  RacsClient(std::shared_ptr<LineConnector> connector, Nanoseconds patience)
      : connector_(std::move(connector)), patience_(patience) {}

  [[nodiscard]] Status connect(Nanoseconds patience = kConnectPatience);
  [[nodiscard]] bool connected() const { return channel_ != nullptr; }
  void close() { channel_.reset(); }

  [[nodiscard]] Result<RacsResponse> run(const RacsBatch& batch) { return run(batch, patience_); }
  [[nodiscard]] Result<RacsResponse> run(const RacsBatch& batch, Nanoseconds patience);

  // Commands to one secure element in one round trip; all answers, or what the first failure says.
  [[nodiscard]] Result<std::vector<Bytes>> exchange(std::string_view seid, std::span<const Bytes> commands);
  // What this client may see, ranges expanded.
  [[nodiscard]] Result<std::vector<std::string>> list();

 private:
  [[nodiscard]] Result<RacsResponse> converse(const RacsBatch& batch, Nanoseconds patience);

  std::shared_ptr<LineConnector> connector_;
  Nanoseconds patience_;
  std::unique_ptr<LineChannel> channel_;
};

}  // namespace cose::remote
