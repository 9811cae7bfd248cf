// SPDX-License-Identifier: Apache-2.0
// The smallest terminal that can make a transaction, for tests: it keeps all data objects it saw, sends lists of
// values, and has lib/emv check what the card answers. Every failure is a test's failure.
#pragma once

#include <string>
#include <vector>

#include "bytes/bytes.h"
#include "emv/data_authentication.h"
#include "iso7816/response_apdu.h"
#include "payment_card.h"

namespace cose::payment {

enum class Interface { kContact, kContactless };

class PaymentTerminal {
 public:
  explicit PaymentTerminal(PaymentCard& card);

  // Answer and status of one command.
  struct Answer {
    Bytes data;
    std::uint16_t status = 0;
  };
  Answer send(ByteView command);
  Answer send(const std::string& hex);

  void set(std::uint32_t tag, const std::string& hex);
  [[nodiscard]] Bytes value(std::uint32_t tag) const;  // empty: none

  void forget(std::uint32_t tag);
  void set_today(emv::Month today) { today_ = today; }
  void spoil_static_data();
  void spoil_transaction_data() { answered_.back() ^= 0x01; }

  // PSE or PPSE, then the application.
  void select(Interface interface);
  void initiate();      // GET PROCESSING OPTIONS
  void read_records();  // all that the locator names
  // GENERATE AC; `control` is P1. The type of the cryptogram.
  std::uint8_t generate(std::uint8_t control, std::uint32_t list);
  std::uint8_t generate_first(std::uint8_t control) { return generate(control, 0x8C); }
  std::uint8_t generate_second(std::uint8_t control) { return generate(control, 0x8D); }

  [[nodiscard]] emv::AuthenticationReport authenticate_dynamic();
  [[nodiscard]] emv::AuthenticationReport authenticate_combined();
  [[nodiscard]] emv::AuthenticationReport authenticate_static();
  [[nodiscard]] emv::AuthenticationReport authenticate_tap();
  // By the certificates that were read.
  [[nodiscard]] Result<crypto::RsaPublicKey> card_public_key() const;
  // Whether the cryptogram is that of lib/emv.
  [[nodiscard]] bool is_cryptogram_right() const;
  [[nodiscard]] Bytes issuer_answer(ByteView response) const;  // ARPC and what goes with it

  // A command of a script with its MAC.
  [[nodiscard]] Bytes script(Bytes header, ByteView data) const;
  [[nodiscard]] Bytes enciphered_pin(std::string_view pin) const;

  const emv::DataObjects& objects() const { return objects_; }
  const emv::StaticData& static_data() const { return static_data_; }

 private:
  Bytes fill(ByteView list) const;
  void keep(ByteView elements);
  [[nodiscard]] emv::AuthenticationInput input() const;
  [[nodiscard]] const emv::CryptogramVersion& version() const;

  PaymentCard& card_;
  emv::DataObjects objects_;
  emv::StaticData static_data_;
  Bytes sent_;      // values of all lists so far
  Bytes answered_;  // of the last GENERATE AC, without 9F4B
  Bytes first_cryptogram_;
  emv::Month today_{.year = 2026, .month = 11};
};

}  // namespace cose::payment
