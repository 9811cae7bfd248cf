// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "gpcard/command.h"

namespace cose::gpcard {

namespace {

constexpr bool kProprietaryOnly = false;
constexpr bool kAlsoInterindustry = true;

// GPC 2.3.1 table 11-1 (states), §11.2 to §11.11 (classes and security); Amendment F §6.2 to §6.5 (2A, 82, 88).
constexpr std::array kRows = {
    CommandRow{0x50, kProprietaryOnly, Security::kChannel, During::kLocked, initialize_update},
    CommandRow{0x82, kProprietaryOnly, Security::kChannel, During::kLocked, external_authenticate},
    CommandRow{0x2A, kProprietaryOnly, Security::kChannel, During::kLocked, perform_security_operation},
    CommandRow{0x88, kProprietaryOnly, Security::kChannel, During::kLocked, authenticate_by_certificates},
    CommandRow{0x7A, kProprietaryOnly, Security::kAuthenticated, During::kLocked, begin_response_mac},
    CommandRow{0x78, kProprietaryOnly, Security::kAuthenticated, During::kLocked, end_response_mac},
    CommandRow{0xCA, kAlsoInterindustry, Security::kOpen, During::kTerminated, get_data},
    CommandRow{0xCB, kAlsoInterindustry, Security::kOpen, During::kTerminated, get_data},
    CommandRow{0xF2, kProprietaryOnly, Security::kAuthenticated, During::kLocked, get_status},
    CommandRow{0xF0, kProprietaryOnly, Security::kAuthenticated, During::kLocked, set_status},
    CommandRow{0xD8, kProprietaryOnly, Security::kAuthenticated, During::kLife, put_key},
    CommandRow{0xE4, kProprietaryOnly, Security::kAuthenticated, During::kLife, delete_content},
    CommandRow{0xE6, kProprietaryOnly, Security::kAuthenticated, During::kLife, install},
    CommandRow{0xE8, kProprietaryOnly, Security::kAuthenticated, During::kLife, load},
    CommandRow{0xE2, kProprietaryOnly, Security::kAuthenticated, During::kLife, store_data},
};

}  // namespace

std::span<const CommandRow> command_rows() {
  return kRows;
}

}  // namespace cose::gpcard
