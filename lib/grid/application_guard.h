// SPDX-License-Identifier: Apache-2.0
// The APDU firewall of one card: follows which application is selected on which logical channel, and says which
// commands the roles of a user allow there.
//
// It trusts no form of a command. A class byte counts with and without its channel, chaining and secure messaging bits;
// an application is selected by its whole AID, in clear and in one piece; what the card says that it selected counts
// more than what was asked for; ENVELOPE, which can carry any command, is nobody's in the user plane; the commands of
// card content management reach applications by name only, never the card's own domain (GPC 2.3.1 §11).
//
// A value that knows no policy: roles come with each question, so they may change in between. One thread.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>

#include "bytes/bytes.h"
#include "grid/policy.h"
#include "iso7816/class_byte.h"
#include "iso7816/command_apdu.h"

namespace cose::grid {

class ApplicationGuard {
 public:
  ApplicationGuard() { restart(); }

  // After power-up or reset: the basic channel is open, with what is selected without a name.
  void restart();
  // A command has no answer, and may have been a SELECT that the card has carried out: until the next one only who may
  // use all applications may go on.
  void lose_track();
  // Why not; nothing: allowed.
  [[nodiscard]] std::optional<std::string> refusal(const iso7816::CommandApduView& command,
                                                   std::span<const Role* const> roles) const;
  // What became of a command that was allowed. `response`: data and status word.
  void answered(const iso7816::CommandApduView& command, ByteView response);

 private:
  struct Channel {
    bool open = false;
    bool known = true;
    std::optional<Bytes> application;  // nothing: what is selected without a name
  };

  [[nodiscard]] std::optional<std::string> select_refusal(const iso7816::CommandApduView& command,
                                                          const Role& role) const;
  [[nodiscard]] std::optional<std::string> user_refusal(const iso7816::CommandApduView& command,
                                                        const Role& role) const;
  void selected(const iso7816::CommandApduView& command, ByteView data);
  void manage_channel(const iso7816::CommandApduView& command, ByteView data);
  static void learn_name(Channel& channel, ByteView data);

  std::array<Channel, iso7816::kMaximumLogicalChannel + 1> channels_;
  std::optional<std::uint8_t> fetching_;  // channel on which the answer to a SELECT is still to be fetched
};

}  // namespace cose::grid
