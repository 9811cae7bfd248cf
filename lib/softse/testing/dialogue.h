// SPDX-License-Identifier: Apache-2.0
// Dialogues between a GlobalPlatform client and a software card as text (tests/gpcard/*.dialogue), so that a new case
// is a new file. Lines:
//
//   card [scp=02|03] [serial=N] [load=FILE.jca]   a new card, powered; FILE beside the dialogue or in tests/cap
//   reset                                         power off and on
//   open LEVEL [key-version N] [options HEX]      INITIALIZE UPDATE and EXTERNAL AUTHENTICATE with the card's own keys,
//                                                 or with `keys HEX` the same three times
//   > HEX                                         a command as it is
//   s> HEX                                        the same through the secure channel
//   load FILE.jca DOMAIN-AID                      INSTALL [for load] and LOAD through the secure channel
//   < PATTERN                                     the answer to the last command, plain (iso7816/octet_pattern.h)
//   wait MILLISECONDS                             the clock moves
//
// In commands [HEX] is HEX behind its length, {dek HEX} is HEX under the DEK, {cap FILE.jca} the load file. After every
// line the registry is checked. One thread.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "bytes/hex.h"
#include "bytes/testing/manual_clock.h"
#include "bytes/testing/seeded_rng.h"
#include "cap/assemble.h"
#include "cap/container.h"
#include "iso7816/octet_pattern.h"
#include "iso7816/response_apdu.h"
#include "scp/host_channel.h"
#include "softse/soft_card_factory.h"
#include "tlv/tlv_builder.h"

namespace cose::softse::testing {

inline Result<Bytes> assembled_cap(const std::string& name) {
  for (const std::string folder : {"/gpcard/", "/cap/"}) {
    std::ifstream file(std::string(COSE_TESTS_DIR) + folder + name);
    if (!file) continue;
    std::stringstream text;
    text << file.rdbuf();
    COSE_TRY(const auto components, cap::assemble(text.str()));
    return cap::write_load_file(components, cap::WithDescriptor::kYes);
  }
  return fail(ErrorKind::kNotFound, name + " is not there");
}

class Dialogue {
 public:
  [[nodiscard]] Status run(const std::string& path) {
    std::ifstream file(path);
    if (!file) return fail(ErrorKind::kNotFound, path + " cannot be opened");
    std::size_t number = 0;
    for (std::string text; std::getline(file, text);) {
      ++number;
      if (text.empty() || text.starts_with('#')) continue;
      auto done = line(text);
      if (done && card_) done = card_->manager().check();
      if (!done)
        return std::unexpected(done.error().within(path + ":" + std::to_string(number) + ": " + text.substr(0, 100)));
    }
    return {};
  }

  [[nodiscard]] Status line(const std::string& text) {
    std::istringstream words(text);
    std::string word;
    words >> word;
    std::string rest;
    std::getline(words >> std::ws, rest);
    if (word == "card") return new_card(rest);
    if (word == "reset") return reset();
    if (word == "open") return open(rest);
    if (word == ">") return send(rest);
    if (word == "s>") return send_secured(rest);
    if (word == "load") return load(rest);
    if (word == "<") return expect(rest);
    if (word == "wait") return clock_.advance(std::chrono::milliseconds(std::stoi(rest))), Status{};
    return fail(ErrorKind::kInvalid, "no such word");
  }

  [[nodiscard]] SoftCard& card() { return *card_; }
  [[nodiscard]] const Bytes& answer() const { return answer_; }
  [[nodiscard]] SoftCardFactory& factory() { return *factory_; }

 private:
  [[nodiscard]] static std::map<std::string, std::string> options(const std::string& text) {
    std::map<std::string, std::string> found;
    std::istringstream words(text);
    for (std::string word; words >> word;) {
      const auto equals = word.find('=');
      found[word.substr(0, equals)] = equals == std::string::npos ? "" : word.substr(equals + 1);
    }
    return found;
  }

  [[nodiscard]] Status new_card(const std::string& text) {
    const auto wanted = options(text);
    CardProduct product;
    if (wanted.contains("scp"))
      COSE_CHECK(prefer_protocol(product, static_cast<std::uint8_t>(std::stoi(wanted.at("scp")))));
    if (wanted.contains("load")) {
      COSE_TRY(auto cap, assembled_cap(wanted.at("load")));
      product.preloaded.push_back({.cap = std::move(cap)});
    }
    serial_ = wanted.contains("serial") ? static_cast<std::uint32_t>(std::stoul(wanted.at("serial"))) : 1;
    COSE_TRY(factory_, SoftCardFactory::create(std::move(product), std::make_shared<gpcard::PackageCache>(), clock_,
                                               std::make_shared<cose::testing::SeededRng>(kSeed)));
    COSE_TRY(card_, factory_->make(serial_));
    return reset();
  }

  [[nodiscard]] Status reset() {
    channel_.reset();
    COSE_CHECK(card_->power_down());
    auto atr = card_->power_up(iso7816::ResetKind::kCold);
    if (!atr) return std::unexpected(atr.error());
    answer_ = *std::move(atr);
    return {};
  }

  [[nodiscard]] Status transmit(ByteView command) { return card_->transmit(command, answer_); }

  [[nodiscard]] Status open(const std::string& text) {
    const auto wanted = options(text);
    std::uint8_t level = 0;
    std::uint8_t version = 0;
    std::uint8_t i = 0x15;
    std::optional<Bytes> given;
    for (const auto& [name, value] : wanted) {
      if (name == "level") level = static_cast<std::uint8_t>(std::stoi(value, nullptr, 16));
      if (name == "version") version = static_cast<std::uint8_t>(std::stoi(value, nullptr, 16));
      if (name == "i") i = static_cast<std::uint8_t>(std::stoi(value, nullptr, 16));
      if (name == "keys") {
        COSE_TRY(given, from_hex(value));
      }
    }
    const Bytes challenge{1, 2, 3, 4, 5, 6, 7, 8};
    Bytes command{0x80, 0x50, version, 0x00, 0x08};
    append(command, challenge);
    command.push_back(0);
    COSE_CHECK(transmit(command));
    COSE_TRY(const auto data, good_data());
    COSE_TRY(const auto parsed, scp::InitializeUpdateAnswer::parse(data));
    COSE_TRY(const auto keys, keys_for(parsed, given));
    auto protocol = parsed.protocol;
    if (protocol.number == 0x02) protocol.options = i;
    COSE_TRY(
        auto started,
        scp::authenticate(
            {.protocol = protocol, .keys = keys, .host_challenge = challenge, .answer = parsed, .level = {level}}));
    COSE_TRY(const auto authenticate, started.external_authenticate.encode());
    COSE_CHECK(transmit(authenticate));
    if (answer_ == Bytes{0x90, 0x00}) channel_.emplace(std::move(started.channel));
    return {};
  }

  [[nodiscard]] Result<scp::KeySet> keys_for(const scp::InitializeUpdateAnswer& parsed,
                                             const std::optional<Bytes>& given) {
    const auto algorithm = parsed.protocol.number == 0x03 ? scp::KeyAlgorithm::kAes : scp::KeyAlgorithm::kDes;
    if (given) return scp::KeySet::from_one(parsed.key_version, algorithm, *given);
    COSE_TRY(auto own, factory_->identity(serial_));
    for (auto& keys : own.keys)
      if (keys.version == parsed.key_version) return std::move(keys);
    return fail(ErrorKind::kNotFound, "the card uses a key version that it was not made with");
  }

  [[nodiscard]] Result<Bytes> good_data() const {
    COSE_TRY(const auto response, iso7816::ResponseApduView::parse(answer_));
    if (!response.status.is_success()) return fail(ErrorKind::kRefused, "answered " + to_hex(answer_));
    return to_bytes(response.data);
  }

  // Replaces {word HEX} by what the word makes of it.
  [[nodiscard]] Result<Bytes> octets(std::string text) {
    for (auto from = text.find('{'); from != std::string::npos; from = text.find('{')) {
      const auto to = text.find('}', from);
      std::istringstream inside(text.substr(from + 1, to - from - 1));
      std::string word;
      std::string argument;
      inside >> word >> argument;
      COSE_TRY(const auto replaced, replacement(word, argument));
      text.replace(from, to - from + 1, to_hex(replaced));
    }
    for (auto to = text.find(']'); to != std::string::npos; to = text.find(']')) {
      const auto from = text.rfind('[', to);
      if (from == std::string::npos) return fail(ErrorKind::kInvalid, "] without [");
      COSE_TRY(const auto inside, from_loose_hex(std::string_view(text).substr(from + 1, to - from - 1)));
      text.replace(from, to - from + 1, to_hex(concat(Bytes{static_cast<std::uint8_t>(inside.size())}, inside)));
    }
    return from_loose_hex(text);
  }

  [[nodiscard]] Result<Bytes> replacement(const std::string& word, const std::string& argument) {
    if (word == "cap") return assembled_cap(argument);
    if (word != "dek" || !channel_) return fail(ErrorKind::kInvalid, "no such replacement");
    COSE_TRY(const auto plain, from_hex(argument));
    return channel_->encrypt_sensitive(plain);
  }

  [[nodiscard]] Status send(const std::string& text) {
    COSE_TRY(const auto command, octets(text));
    return transmit(command);
  }

  [[nodiscard]] Status send_secured(const std::string& text) {
    if (!channel_) return fail(ErrorKind::kInvalid, "no secure channel is open");
    COSE_TRY(const auto plain, octets(text));
    COSE_TRY(const auto command, iso7816::CommandApduView::parse(plain));
    return send_secured(command);
  }

  [[nodiscard]] Status send_secured(const iso7816::CommandApduView& command) {
    COSE_TRY(const auto wrapped, channel_->wrap(command));
    COSE_TRY(const auto encoded, wrapped.encode());
    COSE_CHECK(transmit(encoded));
    COSE_TRY(const auto response, iso7816::ResponseApdu::parse(answer_));
    COSE_TRY(answer_, channel_->unwrap(response.data, response.status));
    iso7816::append_status(answer_, response.status);
    return {};
  }

  [[nodiscard]] Status load(const std::string& text) {
    std::istringstream words(text);
    std::string name;
    std::string aid;
    words >> name >> aid;
    COSE_TRY(const auto file, assembled_cap(name));
    const auto block = tlv::TlvBuilder().add(tlv::Tag(0xC4), file).take();
    constexpr std::size_t kBlock = 200;
    for (std::size_t at = 0; at < block.size(); at += kBlock) {
      const bool last = at + kBlock >= block.size();
      COSE_CHECK(send_secured(
          iso7816::CommandApduView{.cla = 0x80,
                                   .ins = 0xE8,
                                   .p1 = static_cast<std::uint8_t>(last ? 0x80 : 0x00),
                                   .p2 = static_cast<std::uint8_t>(at / kBlock),
                                   .data = ByteView(block).subspan(at, std::min(kBlock, block.size() - at))}));
      if (last) break;
      COSE_TRY(const auto data, good_data());
      static_cast<void>(data);
    }
    return {};
  }

  [[nodiscard]] Status expect(const std::string& text) const {
    COSE_TRY(const auto pattern, iso7816::OctetPattern::parse(text));
    if (pattern.matches(answer_)) return {};
    return fail(ErrorKind::kInvalid, "found " + to_hex(answer_));
  }

  cose::testing::ManualClock clock_;
  static constexpr std::uint64_t kSeed = 0x5EED;

  std::shared_ptr<SoftCardFactory> factory_;
  std::unique_ptr<SoftCard> card_;
  std::optional<scp::HostChannel> channel_;
  std::uint32_t serial_ = 1;
  Bytes answer_;
};

}  // namespace cose::softse::testing
