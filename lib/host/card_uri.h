// SPDX-License-Identifier: Apache-2.0
// One name for a card, everywhere on the command line and in configuration.
//
//   pcsc:                        the first PC/SC reader
//   pcsc:TEXT[?options]          the reader whose name holds TEXT, or whose serial number it is
//                                options: exclusive, shared, protocol=t0|t1, timeout=SECONDS; shared with other
//                                programs of the machine unless it is a grid's slot
//   grid://HOST[:2310]/SLOT[?o]  a slot of a grid, over the ASCII grid protocol
//                                options: secure=off|offer|require, ca=FILE, cert=FILE, key=FILE, psk=FILE,
//                                timeout=SECONDS, keep=on|off: come back to the slot when the connection breaks
//   racs://HOST[:7777]/SEID[?o]  a secure element of a grid, over RACS
//                                options: ca=FILE, cert=FILE, key=FILE, psk=FILE, timeout=SECONDS
//   sim:[?options]               a software secure element of this process (host/soft_cards.h)
//   sim:DIR/NAME                 one that is kept in a state directory; sim:NAME in the default one
//                                options: profile=FILE, scp=02|03, load=FILE,..., serial=N
//   replay:FILE                  a recorded exchange; FILE.clf one of cardpeek
//   echo:                        answers what it is sent; for benches
//
// Options are joined by '&'. %HH stands for an octet. A value type; parsing touches no reader, network or file.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "bytes/result.h"
#include "grid/slot_number.h"
#include "net/endpoint.h"

namespace cose::host {

enum class CardScheme { kPcsc, kGrid, kRacs, kReplay, kEcho, kSim };

struct CardUri {
  CardScheme scheme = CardScheme::kEcho;
  std::string text;                      // TEXT of pcsc:, FILE of replay:, SEID of racs://, DIR/NAME of sim:
  net::Endpoint endpoint;                // of grid:// and racs://
  std::optional<grid::SlotNumber> slot;  // of grid://; missing where a grid as a whole is meant
  std::map<std::string, std::string> options;

  // Error: kInvalid, with what was expected.
  [[nodiscard]] static Result<CardUri> parse(std::string_view text);
  // The value of an option, or `otherwise`.
  [[nodiscard]] std::string option(const std::string& name, std::string_view otherwise = {}) const;
};

// The same URI with the relative files in it (of replay:, ca, cert, key, profile, the first of load) taken from a
// folder.
[[nodiscard]] std::string relocate_files(const std::string& uri, const std::string& folder);

}  // namespace cose::host
