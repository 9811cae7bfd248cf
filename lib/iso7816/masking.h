// SPDX-License-Identifier: Apache-2.0
// Commands and responses for logs and traces: hexadecimal, with the data of those that carry PINs, keys, personal data
// or plaintexts replaced by its size and an Le by the word. "0020008008 [8 octets]", "80D8018110 [16 octets] Le"
//
// The table in masking.cc says which. Secure messaging is no reason to show data: with a MAC alone it is not enciphered
// (GPC 2.3.1 §10.6). A command in the table that is no command APDU shows nothing but CLA and INS.
// A response is judged by its own command: above a CompletingCard that is the one that asked for the data, below it
// a GET RESPONSE hides all data.
#pragma once

#include <string>

#include "bytes/bytes.h"

namespace cose::iso7816 {

[[nodiscard]] std::string loggable_command(ByteView command);
[[nodiscard]] std::string loggable_response(ByteView command, ByteView response);

}  // namespace cose::iso7816
