// SPDX-License-Identifier: Apache-2.0
#include "pcsc/reader_card.h"

#include <utility>

#include "pcsc/detail/connection.h"
#include "pcsc/detail/worker.h"
#include "pcsc/scard_error.h"

namespace cose::pcsc {

ReaderCard::ReaderCard(std::string reader, ReaderCardOptions options)
    : reader_(std::move(reader)),
      options_(options),
      connection_(std::make_shared<detail::Connection>(reader_, options_)),
      worker_(std::make_unique<detail::Worker>([connection = connection_] { connection->close(); })) {}

ReaderCard::~ReaderCard() = default;

// The worker's errors, with the name of the reader and what to make of them.
Error ReaderCard::explain(const Error& error) const {
  const auto where = quoted_reader(reader_);
  if (error.kind == ErrorKind::kBusy) {
    return {error.kind, where +
                            ": the card or the reader has not come back from a command that timed out: wait, or "
                            "take the card out"};
  }
  if (error.kind == ErrorKind::kTimeout && connection_->in_queue()) {
    return {ErrorKind::kBusy, where + ": another program holds the card: " + error.message};
  }
  return error.within(where);
}

Result<Bytes> ReaderCard::power_up(iso7816::ResetKind kind) {
  auto* const connection = connection_.get();
  const auto done =
      worker_->run([connection, kind](const auto&) { connection->power_up(kind); }, options_.connect_timeout);
  protocol_ = Protocol::kAny;
  if (!done) return std::unexpected(explain(done.error()));
  COSE_CHECK(connection_->outcome);
  protocol_ = connection_->protocol();
  return connection_->answer_to_reset;
}

Status ReaderCard::transmit(ByteView command, Bytes& response) {
  if (command.size() < 4) {
    return fail(ErrorKind::kInvalid, "no C-APDU: " + std::to_string(command.size()) + " octets, its header has 4");
  }
  if (command.size() > kMaximumCommand) {
    return fail(ErrorKind::kLimit, "a command of " + std::to_string(command.size()) + " octets; ISO/IEC 7816-4 has " +
                                       std::to_string(kMaximumCommand) + " at most");
  }
  // A stuck call still reads its command.
  if (worker_->busy()) return std::unexpected(explain({ErrorKind::kBusy, {}}));
  auto* const connection = connection_.get();
  connection->command.assign(command.begin(), command.end());
  const auto done =
      worker_->run([connection](const auto& abandoned) { connection->exchange(abandoned); }, options_.command_timeout);
  if (!done) return std::unexpected(explain(done.error()));
  COSE_CHECK(connection->outcome);
  response.swap(connection->response);
  return {};
}

Status ReaderCard::power_down() {
  auto* const connection = connection_.get();
  const auto done = worker_->run([connection](const auto&) { connection->power_down(); }, options_.connect_timeout);
  protocol_ = Protocol::kAny;
  if (!done) return std::unexpected(explain(done.error()));
  return connection_->outcome;
}

}  // namespace cose::pcsc
