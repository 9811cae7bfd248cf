// SPDX-License-Identifier: Apache-2.0
#include "payment_terminal.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "emv/pin_block.h"
#include "emv/script.h"
#include "tlv/dol.h"
#include "tlv/tlv_builder.h"
#include "tlv/tlv_reader.h"

namespace cose::payment {

namespace {

using tlv::Tag;

// What a terminal knows that pays 12.34 euros in Germany.
constexpr std::pair<std::uint32_t, const char*> kTerminal[] = {
    {0x9F02, "000000001234"},
    {0x9F03, "000000000000"},
    {0x9F1A, "0276"},
    {0x95, "0000000000"},
    {0x5F2A, "0978"},
    {0x9A, "261125"},
    {0x9C, "00"},
    {0x9F37, "52BF4585"},
    {0x9F35, "22"},
    {0x9F34, "1F0302"},
    {0x9F21, "120000"},
    {0x9F66, "27000000"},
    {0x8A, "3030"},
    {0x91, "00000000000000000000"},
};

Bytes command(ByteView header, ByteView data) {
  auto octets = to_bytes(header);
  octets.push_back(static_cast<std::uint8_t>(data.size()));
  append(octets, data);
  return octets;
}

}  // namespace

PaymentTerminal::PaymentTerminal(PaymentCard& card) : card_(card) {
  for (const auto& [tag, hex] : kTerminal) set(tag, hex);
}

PaymentTerminal::Answer PaymentTerminal::send(ByteView command) {
  Answer answer;
  auto next = to_bytes(command);
  for (;;) {
    const auto response = iso7816::transceive(card_.card(), next);
    if (!response || response->size() < 2) {
      ADD_FAILURE() << "no answer";
      return answer;
    }
    append(answer.data, ByteView(*response).first(response->size() - 2));
    const auto first = (*response)[response->size() - 2];
    answer.status = static_cast<std::uint16_t>(first << 8 | response->back());
    if (first != 0x61) return answer;
    next = {0x00, 0xC0, 0x00, 0x00, response->back()};
  }
}

PaymentTerminal::Answer PaymentTerminal::send(const std::string& hex) {
  return send(*from_loose_hex(hex));
}

void PaymentTerminal::set(std::uint32_t tag, const std::string& hex) {
  objects_[*Tag::from_value(tag)] = *from_loose_hex(hex);
}

Bytes PaymentTerminal::value(std::uint32_t tag) const {
  const auto found = objects_.find(*Tag::from_value(tag));
  return found == objects_.end() ? Bytes() : found->second;
}

void PaymentTerminal::forget(std::uint32_t tag) {
  objects_.erase(*Tag::from_value(tag));
}

void PaymentTerminal::spoil_static_data() {
  ASSERT_TRUE(static_data_.add_tag_list(Bytes{0x82}, Bytes{0x00, 0x00}).has_value());
}

void PaymentTerminal::keep(ByteView elements) {
  tlv::TlvReader reader(elements);
  while (!reader.at_end()) {
    const auto element = reader.next();
    ASSERT_TRUE(element.has_value()) << to_hex(elements);
    if (element->tag.is_constructed())
      keep(element->value);
    else
      objects_[element->tag] = to_bytes(element->value);
  }
}

Bytes PaymentTerminal::fill(ByteView list) const {
  const auto dol = tlv::Dol::parse(list);
  EXPECT_TRUE(dol.has_value());
  return dol->fill([&](Tag tag) -> std::optional<tlv::DolValue> {
    const auto found = objects_.find(tag);
    if (found == objects_.end()) return std::nullopt;
    return tlv::DolValue{found->second};
  });
}

void PaymentTerminal::select(Interface interface) {
  const auto environment = as_bytes(interface == Interface::kContact ? "1PAY.SYS.DDF01" : "2PAY.SYS.DDF01");
  const auto directory = send(command(Bytes{0x00, 0xA4, 0x04, 0x00}, environment));
  EXPECT_EQ(directory.status, 0x9000);
  const auto answer = send(command(Bytes{0x00, 0xA4, 0x04, 0x00}, card_.profile().profile.aid));
  EXPECT_TRUE(answer.status == 0x9000 || answer.status == 0x6283) << std::hex << answer.status;
  objects_.erase(Tag(0x9F38));
  keep(answer.data);
}

void PaymentTerminal::initiate() {
  const auto values = fill(value(0x9F38));
  sent_ = values;
  static_data_ = {};
  const auto data = tlv::TlvBuilder().add(Tag(0x83), values).take();
  auto octets = command(Bytes{0x80, 0xA8, 0x00, 0x00}, data);
  octets.push_back(0x00);
  const auto answer = send(octets);
  ASSERT_EQ(answer.status, 0x9000);
  ASSERT_FALSE(answer.data.empty());
  if (answer.data[0] == 0x77) return keep(answer.data);
  ASSERT_EQ(answer.data[0], 0x80);
  objects_[Tag(0x82)] = to_bytes(ByteView(answer.data).subspan(2, 2));
  objects_[Tag(0x94)] = to_bytes(ByteView(answer.data).subspan(4));
}

void PaymentTerminal::read_records() {
  const auto locator = value(0x94);
  for (std::size_t at = 0; at + 3 < locator.size(); at += 4) {
    auto is_signed = locator[at + 3];
    for (auto record = locator[at + 1]; record <= locator[at + 2]; ++record) {
      const auto answer = send(Bytes{0x00, 0xB2, record, static_cast<std::uint8_t>(locator[at] | 4), 0x00});
      ASSERT_EQ(answer.status, 0x9000) << "file " << (locator[at] >> 3) << " record " << int{record};
      keep(answer.data);
      if (is_signed == 0) continue;
      --is_signed;
      ASSERT_TRUE(static_data_.add_record(locator[at] >> 3, answer.data).has_value());
    }
  }
  ASSERT_TRUE(static_data_.add_tag_list(value(0x9F4A), value(0x82)).has_value());
}

std::uint8_t PaymentTerminal::generate(std::uint8_t control, std::uint32_t list) {
  const auto values = fill(value(list));
  append(sent_, values);
  auto octets = command(Bytes{0x80, 0xAE, control, 0x00}, values);
  octets.push_back(0x00);
  for (const auto tag : {Tag(0x9F26), Tag(0x9F4B), Tag(0x9F10), Tag(0x9F27), Tag(0x9F36)}) objects_.erase(tag);
  const auto answer = send(octets);
  EXPECT_EQ(answer.status, 0x9000);
  if (answer.status != 0x9000) return 0xFF;
  if (answer.data[0] == 0x80) {
    const auto content = ByteView(answer.data).subspan(2);
    objects_[Tag(0x9F27)] = to_bytes(content.first(1));
    objects_[Tag(0x9F36)] = to_bytes(content.subspan(1, 2));
    objects_[Tag(0x9F26)] = to_bytes(content.subspan(3, 8));
    objects_[Tag(0x9F10)] = to_bytes(content.subspan(11));
  } else {
    keep(answer.data);
    answered_.clear();
    tlv::TlvReader reader(*tlv::require(answer.data, Tag(0x77)));
    while (!reader.at_end()) {
      const auto element = *reader.next();
      if (element.tag != Tag(0x9F4B)) tlv::append_element(answered_, element.tag, element.value);
    }
  }
  if (list == 0x8C) first_cryptogram_ = value(0x9F26);
  return value(0x9F27).empty() ? 0xFF : value(0x9F27)[0];
}

emv::AuthenticationInput PaymentTerminal::input() const {
  return {.aid = card_.profile().profile.aid, .objects = objects_, .static_data = static_data_.view(), .today = today_};
}

emv::AuthenticationReport PaymentTerminal::authenticate_static() {
  return emv::authenticate_static(card_.authorities(), input());
}

emv::AuthenticationReport PaymentTerminal::authenticate_dynamic() {
  const auto values = fill(value(0x9F49));
  auto octets = command(Bytes{0x00, 0x88, 0x00, 0x00}, values);
  octets.push_back(0x00);
  const auto answer = send(octets);
  EXPECT_EQ(answer.status, 0x9000);
  if (!answer.data.empty() && answer.data[0] == 0x80)
    objects_[Tag(0x9F4B)] = to_bytes(*tlv::require(answer.data, Tag(0x80)));
  else
    keep(answer.data);
  return emv::authenticate_dynamic(emv::AuthenticationMethod::kDda, card_.authorities(), input(), values);
}

emv::AuthenticationReport PaymentTerminal::authenticate_combined() {
  auto report = emv::authenticate_combined(card_.authorities(), input(), value(0x9F37), concat(sent_, answered_));
  if (report.passed()) objects_[Tag(0x9F26)] = report.cryptogram;
  if (first_cryptogram_.empty()) first_cryptogram_ = report.cryptogram;
  return report;
}

emv::AuthenticationReport PaymentTerminal::authenticate_tap() {
  return emv::authenticate_dynamic(emv::AuthenticationMethod::kFdda, card_.authorities(), input(),
                                   concat(value(0x9F37), value(0x9F02), value(0x5F2A), value(0x9F69)));
}

Result<crypto::RsaPublicKey> PaymentTerminal::card_public_key() const {
  const auto* authority = card_.authorities().find(card_.profile().profile.aid, value(0x8F).at(0));
  if (authority == nullptr) return fail(ErrorKind::kNotFound, "no authority");
  const auto& pan = card_.profile().card.account.pan;
  const auto certificate = value(0x90);
  const auto remainder = value(0x92);
  const auto exponent = value(0x9F32);
  COSE_TRY(const auto issuer, emv::recover_certificate(emv::CertificateKind::kIssuer, authority->key,
                                                       {.certificate = certificate,
                                                        .remainder = remainder,
                                                        .exponent = exponent,
                                                        .static_data = {},
                                                        .pan = pan,
                                                        .today = today_}));
  const auto own = value(0x9F46);
  const auto own_remainder = value(0x9F48);
  const auto own_exponent = value(0x9F47);
  COSE_TRY(auto card, emv::recover_certificate(emv::CertificateKind::kCard, issuer.key,
                                               {.certificate = own,
                                                .remainder = own_remainder,
                                                .exponent = own_exponent,
                                                .static_data = static_data_.view(),
                                                .pan = pan,
                                                .today = today_}));
  return std::move(card.key);
}

const emv::CryptogramVersion& PaymentTerminal::version() const {
  return *emv::find_version(card_.profile().profile.scheme, card_.profile().profile.version);
}

bool PaymentTerminal::is_cryptogram_right() const {
  const auto key = card_.card_key(card_.authority().keys().cryptogram);
  const auto computed = emv::compute_cryptogram(version(), key->view(), objects_);
  EXPECT_TRUE(computed.has_value()) << computed.error().message;
  EXPECT_EQ(to_hex(*computed), to_hex(value(0x9F26)));
  return *computed == value(0x9F26);
}

Bytes PaymentTerminal::issuer_answer(ByteView response) const {
  const auto key = card_.card_key(card_.authority().keys().cryptogram);
  const auto arpc = emv::compute_arpc(version(), key->view(), first_cryptogram_, objects_, response);
  EXPECT_TRUE(arpc.has_value()) << arpc.error().message;
  return concat(*arpc, response);
}

Bytes PaymentTerminal::script(Bytes header, ByteView data) const {
  const auto key = card_.card_key(card_.authority().keys().integrity);
  const emv::ScriptContext context{.atc = value(0x9F36), .cryptogram = first_cryptogram_};
  const auto session = emv::script_key(version(), key->view(), context);
  header.push_back(static_cast<std::uint8_t>(data.size() + 8));
  const auto mac = emv::script_mac(version(), session->view(), context, header, data);
  return concat(header, data, *mac);
}

Bytes PaymentTerminal::enciphered_pin(std::string_view pin) const {
  const auto key = card_.card_key(card_.authority().keys().confidentiality);
  const emv::ScriptContext context{.atc = value(0x9F36), .cryptogram = first_cryptogram_};
  const auto session = emv::script_key(version(), key->view(), context);
  if (version().scheme == emv::Scheme::kMastercard)
    return *emv::encipher_script_data(session->view(), emv::pin_block_2(pin)->view(), emv::ScriptPadding::kIfNeeded);
  const auto cryptogram_key = card_.card_key(card_.authority().keys().cryptogram);
  return *emv::encipher_script_data(session->view(), emv::visa_pin_block(cryptogram_key->view(), pin, {})->view(),
                                    emv::ScriptPadding::kLength);
}

}  // namespace cose::payment
