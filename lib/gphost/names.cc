// SPDX-License-Identifier: Apache-2.0
#include "gphost/names.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include <fmt/format.h>

#include "bytes/hex.h"

namespace cose::gphost {

namespace {

struct Named {
  std::uint8_t value;
  std::string_view name;
};

constexpr std::array kCardStates = std::to_array<Named>(
    {{0x01, "OP_READY"}, {0x07, "INITIALIZED"}, {0x0F, "SECURED"}, {0x7F, "CARD_LOCKED"}, {0xFF, "TERMINATED"}});
constexpr std::array kDomainStates =
    std::to_array<Named>({{0x03, "INSTALLED"}, {0x07, "SELECTABLE"}, {0x0F, "PERSONALIZED"}});
constexpr std::array kApplicationStates = std::to_array<Named>({{0x03, "INSTALLED"}, {0x07, "SELECTABLE"}});

// The bits of the three octets from the left.
constexpr std::array kPrivileges = std::to_array<std::string_view>({"SecurityDomain",
                                                                    "DAPVerification",
                                                                    "DelegatedManagement",
                                                                    "CardLock",
                                                                    "CardTerminate",
                                                                    "CardReset",
                                                                    "CVMManagement",
                                                                    "MandatedDAP",
                                                                    "TrustedPath",
                                                                    "AuthorizedManagement",
                                                                    "TokenVerification",
                                                                    "GlobalDelete",
                                                                    "GlobalLock",
                                                                    "GlobalRegistry",
                                                                    "FinalApplication",
                                                                    "GlobalService",
                                                                    "ReceiptGeneration",
                                                                    "CipheredLoadFile",
                                                                    "ContactlessActivation",
                                                                    "ContactlessSelfActivation"});

constexpr std::array kKeyTypes = std::to_array<Named>({{0x80, "DES"},
                                                       {0x81, "reserved"},
                                                       {0x82, "3DES"},
                                                       {0x83, "DES ECB"},
                                                       {0x84, "DES CBC"},
                                                       {0x85, "PSK-TLS"},
                                                       {0x88, "AES"},
                                                       {0x90, "HMAC-SHA1"},
                                                       {0x91, "HMAC-SHA1 160"},
                                                       {0xA0, "RSA public exponent"},
                                                       {0xA1, "RSA modulus"},
                                                       {0xA2, "RSA modulus"},
                                                       {0xA3, "RSA private exponent"},
                                                       {0xB0, "ECC public"},
                                                       {0xB1, "ECC private"},
                                                       {0xB2, "ECC P"},
                                                       {0xF0, "ECC curve"}});

constexpr std::array kCommands = std::to_array<Named>({{0xA4, "SELECT"},
                                                       {0x50, "INITIALIZE UPDATE"},
                                                       {0x82, "EXTERNAL AUTHENTICATE"},
                                                       {0x88, "INTERNAL AUTHENTICATE"},
                                                       {0x2A, "PERFORM SECURITY OPERATION"},
                                                       {0xF2, "GET STATUS"},
                                                       {0xF0, "SET STATUS"},
                                                       {0xCA, "GET DATA"},
                                                       {0xCB, "GET DATA"},
                                                       {0xD8, "PUT KEY"},
                                                       {0xE2, "STORE DATA"},
                                                       {0xE4, "DELETE"},
                                                       {0xE6, "INSTALL"},
                                                       {0xE8, "LOAD"},
                                                       {0x70, "MANAGE CHANNEL"}});

struct Explanation {
  std::uint8_t ins;  // 0: any
  std::uint16_t status;
  std::string_view text;
};

constexpr std::array kExplanations = std::to_array<Explanation>({
    {0x50, 0x6A88, "the card has no key with this version or identifier"},
    {0x50, 0x6985, "the card does not start a secure channel now; is it locked or terminated?"},
    {0x82, 0x6300, "the card refused our cryptogram: it counts this as a failed authentication"},
    {0x82, 0x6982, "the card refused the authentication"},
    {0x82, 0x6A86, "the card does not offer this security level"},
    {0xE6, 0x6985, "conditions are not met: the AID may exist already, or the domain may not do this"},
    {0xE6, 0x6A80,
     "the card does not understand the data: an AID that exists already or is no module of the package, "
     "or parameters that the applet refuses"},
    {0xE6, 0x6A84, "the card has not enough memory"},
    {0xE6, 0x6A88, "the package or security domain that the command names is not on the card"},
    {0xE8, 0x6A80, "the card refuses the load file: not for its Java Card version, or damaged"},
    {0xE8, 0x6A84, "the card has not enough memory"},
    {0xE8, 0x6438, "a package that the CAP file imports is not on the card, or only in another version"},
    {0xE8, 0x6985, "the card does not expect LOAD now, or it wants a DAP block"},
    {0xE4, 0x6985, "something on the card still uses it: delete that first, or use delete with related objects"},
    {0xE4, 0x6A88, "it is not on the card"},
    {0xD8, 0x6A80, "the card refuses the key data: wrong check value, type, or wrapped with another key"},
    {0xD8, 0x6A88, "the key that was to be replaced is not on the card"},
    {0xD8, 0x9484, "the card does not support the algorithm of this key"},
    {0xD8, 0x9485, "the check value is not the one of the key that the card decrypted"},
    {0xF0, 0x6985, "the card does not allow this change of state"},
    {0xF0, 0x6A80, "the card does not know this state, or not in this place"},
    {0xCA, 0x6A88, "the card has no such data"},
    {0xCB, 0x6A88, "the card has no such data"},
    {0xF2, 0x6A88, "nothing of that kind is on the card"},
    {0xF2, 0x6A86, "the card does not list entries in this form"},
    {0xE2, 0x6985, "no application is being personalised, or it does not take the data now"},
    {0xA4, 0x6A82, "it is not on the card"},
    {0xA4, 0x6283, "it is on the card, and the card is locked"},
    {0, 0x6982, "there is no secure channel, or its security level is too low"},
    {0, 0x6D00, "the application that is selected does not know the command"},
    {0, 0x6E00, "the application that is selected does not know the class of the command"},
});

template <typename Table>
std::optional<std::string_view> look_up(const Table& table, std::uint8_t value) {
  const auto found = std::ranges::find(table, value, &Named::value);
  if (found == table.end()) return std::nullopt;
  return found->name;
}

bool same_word(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right,
                            [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

}  // namespace

std::string_view to_string(EntryKind kind) {
  switch (kind) {
    case EntryKind::kIssuerDomain: return "isd";
    case EntryKind::kDomain: return "domain";
    case EntryKind::kApplication: return "application";
    case EntryKind::kLoadFile: return "package";
  }
  return "entry";
}

std::string state_name(EntryKind kind, std::uint8_t state) {
  if (kind == EntryKind::kIssuerDomain) {
    const auto name = look_up(kCardStates, state);
    return name ? std::string(*name) : fmt::format("state {:02X}", state);
  }
  if (kind == EntryKind::kLoadFile) return state == 0x01 ? "LOADED" : fmt::format("state {:02X}", state);
  // §11.1.1 table 11-3: b8 locks, the others are what it was before.
  const auto unlocked = static_cast<std::uint8_t>(state & 0x7F);
  auto name = kind == EntryKind::kDomain ? look_up(kDomainStates, unlocked) : look_up(kApplicationStates, unlocked);
  if (!name && (unlocked & 0x07) == 0x07)
    return fmt::format("{} ({:02X})", state == unlocked ? "SELECTABLE" : "LOCKED", state);
  if (state != unlocked) return "LOCKED";
  return name ? std::string(*name) : fmt::format("state {:02X}", state);
}

std::vector<std::string_view> privilege_names(const Privileges& privileges) {
  std::vector<std::string_view> names;
  for (std::size_t bit = 0; bit < kPrivileges.size(); ++bit) {
    // §11.1.2 table 11-7: DAP, mandated DAP and delegated management come with the bit of security domains, and b1 of
    // mandated DAP with that of DAP.
    if ((privileges[bit / 8] & (0x80 >> bit % 8)) != 0) names.push_back(kPrivileges[bit]);
  }
  return names;
}

Result<Privileges> parse_privileges(std::string_view text) {
  Privileges privileges{};
  if (const auto octets = from_loose_hex(text); octets && octets->size() <= privileges.size() && !text.empty()) {
    std::ranges::copy(*octets, privileges.begin());
    return privileges;
  }
  while (!text.empty()) {
    const auto size = std::min(text.find_first_of(", "), text.size());
    const auto word = text.substr(0, size);
    text.remove_prefix(std::min(size + 1, text.size()));
    if (word.empty()) continue;
    const auto found = std::ranges::find_if(kPrivileges, [&](auto name) { return same_word(name, word); });
    if (found == kPrivileges.end())
      return fail(ErrorKind::kInvalid,
                  fmt::format("expected privileges such as CardLock or hexadecimal octets, found {}", word));
    const auto bit = static_cast<std::size_t>(found - kPrivileges.begin());
    privileges[bit / 8] = static_cast<std::uint8_t>(privileges[bit / 8] | 0x80 >> bit % 8);
  }
  return privileges;
}

std::string_view key_type_name(std::uint8_t type) {
  return look_up(kKeyTypes, type).value_or("key of unknown type");
}

std::string_view explanation(std::uint8_t ins, iso7816::StatusWord status) {
  for (const auto& entry : kExplanations)
    if ((entry.ins == ins || entry.ins == 0) && entry.status == status.value()) return entry.text;
  return {};
}

std::string_view command_name(std::uint8_t ins) {
  return look_up(kCommands, ins).value_or("command");
}

}  // namespace cose::gphost
