// SPDX-License-Identifier: Apache-2.0
// Reads a payment card as a terminal would, and all that a terminal would not: directories, applications, records,
// counters, log, life cycle data. Works alike with plastic, relayed, software and recorded cards.
//
// Reads only: SELECT, GET PROCESSING OPTIONS, READ RECORD, GET DATA, and with authorities' keys INTERNAL AUTHENTICATE.
// (GET PROCESSING OPTIONS moves the counter of transactions; without it most cards show no records.) What the card
// answers is never trusted: lengths, loops and endless records are bounded, and what does not read is an item of kind
// kProblem, never the end.
//
// Thread rule: one thread. The card, clock and rng outlive the explorer. Errors of explore(): those of Card; a status
// word is none. Source: EMV 4.4 Book 1 §11 and §12, Book 3 §6.5, §10.2; EMV Contactless Book B §3.3.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <vector>

#include "bytes/clock.h"
#include "bytes/rng.h"
#include "emv/ca_keys.h"
#include "emv/data_authentication.h"
#include "iso7816/card.h"
#include "iso7816/completing_card.h"
#include "iso7816/response_apdu.h"
#include "kiosk/item.h"
#include "kiosk/terminal_profile.h"

namespace cose::kiosk {

struct ExploreOptions {
  emv::Accounts accounts = emv::Accounts::kMasked;
  TerminalProfile profile;
  const emv::CaKeys* authorities = nullptr;  // null: signatures are not checked
  // Asked once an application has given its profile (82), while it is ready for more commands.
  std::function<Status(iso7816::Card& card, ByteView interchange_profile)> after_options = {};
  bool search = false;  // by the list of known AIDs, although a directory was found
};

class Explorer {
 public:
  // Of one card, of one application.
  static constexpr std::size_t kMaximumApplications = 32;
  static constexpr std::size_t kMaximumRecords = 255;
  static constexpr std::size_t kMaximumCommands = 4000;

  Explorer(iso7816::Card& card, const Clock& clock, Rng& rng, ExploreOptions options);

  [[nodiscard]] Result<Item> explore();

 private:
  struct Application {
    Bytes aid;
    std::string label;
    bool contactless = false;
  };
  // What one application said, by tag.
  struct Reading {
    emv::Meaning meaning = emv::Meaning::kAny;
    Bytes aid;
    emv::DataObjects objects;
    emv::StaticData static_data;
    Bytes file_locator;
  };
  using Answer = iso7816::ResponseApdu;

  [[nodiscard]] Result<Answer> send(const iso7816::CommandApduView& command);
  [[nodiscard]] Result<Answer> select(ByteView name, std::uint8_t p2 = 0x00);
  [[nodiscard]] Result<Answer> get_data(tlv::Tag tag);
  [[nodiscard]] Result<Answer> read_record(unsigned file, unsigned record);

  [[nodiscard]] Status read_reader_data(ByteView atr, Item& card);
  [[nodiscard]] Status read_life_cycle(Item& card);
  [[nodiscard]] Status read_directory(std::string_view name, bool contactless, Item& card);
  [[nodiscard]] Status read_payment_directory(ByteView answer, Item& directory);
  void note_entries(const tlv::Node& node, bool contactless);
  [[nodiscard]] Status search_known(Item& card);
  [[nodiscard]] Status read_application(const Application& application, Item& card);
  [[nodiscard]] Status process(Reading& reading, Item& item);
  [[nodiscard]] Status read_records(Reading& reading, Item& item);
  [[nodiscard]] Status read_file(ByteView entry, Reading& reading, Item& records);
  [[nodiscard]] Status read_data_objects(Reading& reading, Item& item);
  [[nodiscard]] Status read_log(Reading& reading, Item& item);
  [[nodiscard]] Status authenticate(Reading& reading, Item& item);
  [[nodiscard]] Result<emv::AuthenticationReport> authenticate_by_dda(Reading& reading, ByteView static_data);
  void add(ByteView data, Reading& reading, Item& item);
  void collect(const tlv::Node& node, Reading& reading) const;

  iso7816::CompletingCard card_;
  const Clock& clock_;
  Rng& rng_;
  ExploreOptions options_;
  std::vector<Application> applications_;
  std::size_t commands_ = 0;
};

}  // namespace cose::kiosk
