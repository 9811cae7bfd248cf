// SPDX-License-Identifier: Apache-2.0
// A card that is nothing but an issuer security domain: real secure channels (scp's card end), a registry of what was
// loaded and installed, and everything it received written down. For tests of what talks to card managers.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/hex.h"
#include "bytes/reader.h"
#include "bytes/testing/seeded_rng.h"
#include "iso7816/card.h"
#include "iso7816/class_byte.h"
#include "iso7816/command_apdu.h"
#include "iso7816/response_apdu.h"
#include "scp/card_channel.h"
#include "scp/key_set.h"
#include "tlv/tlv_builder.h"
#include "tlv/tlv_reader.h"

namespace cose::gphost::testing {

class DomainCard final : public iso7816::Card {
 public:
  explicit DomainCard(scp::Protocol protocol, scp::KeySet keys) : protocol_(protocol) {
    const auto version = keys.version;
    keys_.emplace(version, std::move(keys));
  }

  // Of commands after secure messaging was taken off: "80E60200...".
  std::vector<std::string> received;
  Bytes load_file;                            // what LOAD brought, from its first tag on
  std::map<std::string, Bytes> packages;      // AID to what a registry entry holds
  std::map<std::string, Bytes> applications;  // the same
  std::map<std::uint8_t, scp::KeySet>& keys() { return keys_; }
  bool sends_recognition = true;
  bool knows_tlv_status = true;
  bool takes_data = true;                           // STORE DATA
  std::optional<iso7816::StatusWord> next_refusal;  // of the next command in the channel

  [[nodiscard]] Result<Bytes> power_up(iso7816::ResetKind) override {
    channel_.reset();
    return Bytes{0x3B, 0x80, 0x80, 0x01, 0x01};
  }
  Status power_down() override { return {}; }

  [[nodiscard]] Status transmit(ByteView octets, Bytes& response) override {
    const auto command = iso7816::CommandApduView::parse(octets);
    if (!command) return std::unexpected(command.error());
    response.clear();
    const auto status = outer(*command, response);
    iso7816::append_status(response, status);
    return {};
  }

 private:
  using StatusWord = iso7816::StatusWord;

  StatusWord outer(const iso7816::CommandApduView& command, Bytes& response) {
    if (command.ins == 0x50) return initialize_update(command, response);
    if (command.ins == 0x82) {
      if (!channel_) return StatusWord::kSecurityStatusNotSatisfied;
      const auto done = channel_->external_authenticate(command);
      if (done && !scp::counts_at_initialize_update(protocol_)) ++counter_;
      return done ? StatusWord::kOk : done.error();
    }
    if (command.ins == 0xA4) return select(command, response);
    if (!channel_ || !channel_->is_open() || iso7816::secure_messaging(command.cla) == iso7816::SecureMessaging::kNone)
      return inner(command, response, false);
    const auto plain = channel_->unwrap(command);
    if (!plain) return plain.error();
    received.push_back(to_hex(*plain->encode()));
    Bytes data;
    auto status = next_refusal ? *next_refusal : inner(plain->view(), data, true);
    next_refusal.reset();
    if (!status.is_success() && !status.is_warning()) data.clear();
    auto wrapped = channel_->wrap(data, status);
    if (!wrapped) return wrapped.error();
    response = *std::move(wrapped);
    return status;
  }

  StatusWord select(const iso7816::CommandApduView& command, Bytes& response) {
    channel_.reset();
    if (!command.data.empty() && !equal(command.data, aid_)) return StatusWord(0x6A82);
    response = tlv::TlvBuilder()
                   .add(tlv::Tag(0x6F), tlv::TlvBuilder()
                                            .add(tlv::Tag(0x84), aid_)
                                            .add(tlv::Tag(0xA5), tlv::TlvBuilder().add(tlv::Tag(0x9F65), Bytes{0xFF})))
                   .take();
    return StatusWord::kOk;
  }

  StatusWord initialize_update(const iso7816::CommandApduView& command, Bytes& response) {
    channel_.reset();
    const auto found = command.p1 == 0 ? keys_.begin() : keys_.find(command.p1);
    if (found == keys_.end()) return StatusWord(0x6A88);
    if (scp::counts_at_initialize_update(protocol_)) ++counter_;
    auto started =
        scp::initialize_update({protocol_, found->second, diversification_, command.data, counter_, aid_}, rng_);
    if (!started) return started.error();
    response = std::move(started->response);
    channel_ = std::move(started->channel);
    return StatusWord::kOk;
  }

  StatusWord inner(const iso7816::CommandApduView& command, Bytes& response, bool is_secure) {
    if (command.ins == 0xCA) return get_data(command, response);
    if (!is_secure) return StatusWord::kSecurityStatusNotSatisfied;
    switch (command.ins) {
      case 0xF2: return get_status(command, response);
      case 0xE6: response = {0x00}; return install(command);
      case 0xE8:
        if (command.p2 == 0) load_file.clear();
        append(load_file, command.data);
        response = {0x00};
        return StatusWord::kOk;
      case 0xE4: response = {0x00}; return remove(command);
      case 0xD8: return put_key(command, response);
      case 0xE2: return takes_data ? StatusWord::kOk : StatusWord(0x6985);
      case 0xF0: return StatusWord::kOk;
      default: return StatusWord(0x6D00);
    }
  }

  StatusWord get_data(const iso7816::CommandApduView& command, Bytes& response) {
    if (command.p2 == 0x66 && sends_recognition) {
      Bytes identifier = *from_hex("2A864886FC6B04");
      identifier.push_back(protocol_.number);
      identifier.push_back(protocol_.options);
      const auto protocols = tlv::TlvBuilder().add(tlv::Tag(0x06), identifier).take();
      const auto version = tlv::TlvBuilder().add(tlv::Tag(0x06), *from_hex("2A864886FC6B02020201")).take();
      response =
          tlv::TlvBuilder()
              .add(tlv::Tag(0x66),
                   tlv::TlvBuilder().add(tlv::Tag(0x73),
                                         tlv::TlvBuilder().add(tlv::Tag(0x60), version).add(tlv::Tag(0x64), protocols)))
              .take();
      return StatusWord::kOk;
    }
    if (command.p2 != 0xE0) return StatusWord(0x6A88);
    tlv::TlvBuilder list;
    for (const auto& [version, keys] : keys_)
      for (std::uint8_t number = 1; number <= 3; ++number)
        list.add(
            tlv::Tag(0xC0),
            Bytes{number, version, static_cast<std::uint8_t>(keys.algorithm == scp::KeyAlgorithm::kAes ? 0x88 : 0x80),
                  static_cast<std::uint8_t>(keys.mac.size())});
    response = tlv::TlvBuilder().add(tlv::Tag(0xE0), list).take();
    return StatusWord::kOk;
  }

  // One entry an answer, so that 6310 is met as well.
  StatusWord get_status(const iso7816::CommandApduView& command, Bytes& response) {
    const bool is_tlv = (command.p2 & 0x02) != 0;
    if (is_tlv && !knows_tlv_status) return StatusWord(0x6A86);
    std::vector<Bytes> entries;
    if (command.p1 == 0x80)
      entries.push_back(entry(to_hex(aid_), Bytes{0x0F, 0x9E}, is_tlv));
    else
      for (const auto& [aid, state] : command.p1 == 0x40 ? applications : packages)
        entries.push_back(entry(aid, state, is_tlv));
    if ((command.p2 & 0x01) == 0) next_entry_ = 0;
    if (next_entry_ >= entries.size()) return StatusWord(0x6A88);
    response = entries[next_entry_++];
    if (command.p1 == 0x10 && !is_tlv) response.push_back(0);
    return next_entry_ < entries.size() ? StatusWord(0x6310) : StatusWord::kOk;
  }

  static Bytes entry(const std::string& aid_text, ByteView state, bool is_tlv) {
    const auto aid = *from_hex(aid_text);
    if (!is_tlv) return concat(Bytes{static_cast<std::uint8_t>(aid.size())}, aid, state);
    return tlv::TlvBuilder()
        .add(tlv::Tag(0xE3), tlv::TlvBuilder()
                                 .add(tlv::Tag(0x4F), aid)
                                 .add(tlv::Tag(0x9F70), state.first(1))
                                 .add(tlv::Tag(0xC5), concat(state.subspan(1), Bytes{0, 0})))
        .take();
  }

  StatusWord install(const iso7816::CommandApduView& command) {
    Reader reader(command.data);
    const auto first = reader.take_with_length8();
    if (!first) return StatusWord(0x6A80);
    if (command.p1 == 0x02) packages[to_hex(*first)] = {0x01, 0x00};
    if ((command.p1 & 0x04) != 0) {
      const auto module = reader.take_with_length8();
      const auto instance = reader.take_with_length8();
      const auto privileges = reader.take_with_length8();
      if (!module || !instance || !privileges || privileges->empty()) return StatusWord(0x6A80);
      if (!packages.contains(to_hex(*first))) return StatusWord(0x6A88);
      if (applications.contains(to_hex(*instance))) return StatusWord(0x6A80);
      applications[to_hex(*instance)] = {0x07, privileges->front()};
    }
    return StatusWord::kOk;
  }

  StatusWord remove(const iso7816::CommandApduView& command) {
    const auto aid = tlv::find(command.data, tlv::Tag(0x4F));
    if (!aid || !*aid) return StatusWord::kOk;
    const auto text = to_hex(**aid);
    if (applications.erase(text) != 0) return StatusWord::kOk;
    if (packages.erase(text) == 0) return StatusWord(0x6A88);
    if (command.p2 == 0x80)
      std::erase_if(applications, [&](const auto& application) { return application.first.starts_with(text); });
    return StatusWord::kOk;
  }

  StatusWord put_key(const iso7816::CommandApduView& command, Bytes& response) {
    Reader reader(command.data);
    const auto version = reader.u8();
    if (!version) return StatusWord(0x6A80);
    scp::KeySet keys;
    keys.version = *version;
    response = {*version};
    for (auto* key : {&keys.encryption, &keys.mac, &keys.data_encryption}) {
      const auto type = reader.u8();
      auto value = reader.take_with_length8();
      const auto check = reader.take_with_length8();
      if (!type || !value || !check) return StatusWord(0x6A80);
      const bool is_aes = *type == 0x88;
      keys.algorithm = is_aes ? scp::KeyAlgorithm::kAes : scp::KeyAlgorithm::kDes;
      auto wrapped = *value;
      std::size_t size = wrapped.size();
      if (is_aes && wrapped.size() % 16 == 1) {
        size = wrapped.front();
        wrapped = wrapped.subspan(1);
      }
      const auto plain = channel_->decrypt_sensitive(wrapped);
      if (!plain || size > plain->size()) return StatusWord(0x6A80);
      *key = Secret(plain->view().first(size));
      const auto true_check = scp::key_check_value(keys.algorithm, key->view());
      if (!true_check || !equal(*true_check, *check)) return StatusWord(0x6A80);
      append(response, *true_check);
    }
    if (command.p1 != 0) keys_.erase(command.p1);
    keys_.insert_or_assign(*version, std::move(keys));
    return StatusWord::kOk;
  }

  scp::Protocol protocol_;
  std::map<std::uint8_t, scp::KeySet> keys_;
  Bytes aid_ = {0xA0, 0x00, 0x00, 0x01, 0x51, 0x00, 0x00, 0x00};
  Bytes diversification_ = {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09};
  cose::testing::SeededRng rng_{42};
  std::optional<scp::CardChannel> channel_;
  std::uint32_t counter_ = 0;
  std::size_t next_entry_ = 0;
};

}  // namespace cose::gphost::testing
