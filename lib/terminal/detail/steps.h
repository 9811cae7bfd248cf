// SPDX-License-Identifier: Apache-2.0
// The steps that contact and contactless transactions share. Each works on the run and notes what it did; an Error
// means that the way to the card broke. Where a step ends the transaction, Run::has_ended() says so.
#pragma once

#include "terminal/detail/run.h"

namespace cose::terminal::detail {

// EMV 4.4 Book 1 §12: selects an application of the card that the terminal takes.
[[nodiscard]] Status select_application(Run& run);
// The terminal's application that this AID of the card belongs to; null: none.
[[nodiscard]] const Application* match(const Configuration& configuration, ByteView aid);
// The answer to SELECT, taken into the data.
[[nodiscard]] Status take_file_control(Run& run, ByteView answer);

// EMV 4.4 Book 3 §10.1: GET PROCESSING OPTIONS with what the PDOL asks for; the status of the answer.
[[nodiscard]] Result<iso7816::StatusWord> get_processing_options(Run& run);
// EMV 4.4 Book 3 §10.2.
[[nodiscard]] Status read_records(Run& run);

// EMV 4.4 Book 3 §10.3. Of CDA the chain of keys only: its signature comes with the cryptogram.
[[nodiscard]] Status authenticate(Run& run);
[[nodiscard]] bool is_combined(const Run& run);

// EMV 4.4 Book 3 §10.4.
void check_restrictions(Run& run);
// EMV 4.4 Book 3 §10.5.
[[nodiscard]] Status verify_cardholder(Run& run);
// EMV 4.4 Book 3 §10.6.
[[nodiscard]] Status manage_risk(Run& run);

// EMV 4.4 Book 3 §6.5.5.4, P1: bits 8 and 7.
enum class Cryptogram : std::uint8_t { kAac = 0x00, kTc = 0x40, kArqc = 0x80 };
[[nodiscard]] std::string_view to_string(Cryptogram cryptogram);
// EMV 4.4 Book 3 §10.7: what to ask for first, and when the issuer was not reached.
[[nodiscard]] Cryptogram analyse(Run& run);
[[nodiscard]] Cryptogram analyse_without_issuer(Run& run);

enum class Round { kFirst, kSecond };
// EMV 4.4 Book 3 §6.5.5; what the card gave. The data have 9F26, 9F27, 9F36, 9F10 afterwards; the signature of CDA is
// checked. The transaction has ended when the answer is not good.
[[nodiscard]] Result<Cryptogram> generate_cryptogram(Run& run, Round round, Cryptogram wanted);

// The answer to a GENERATE AC that asked for this, or what RECOVER AC gave in its place.
[[nodiscard]] Cryptogram accept_cryptogram(Run& run, Round round, Cryptogram wanted, ByteView answer);
[[nodiscard]] bool asks_combined(const Run& run, Cryptogram wanted);

// EMV 4.4 Book 3 §10.10: the commands of templates with this tag.
[[nodiscard]] Status run_scripts(Run& run, std::span<const Bytes> scripts, Tag kind);

}  // namespace cose::terminal::detail
