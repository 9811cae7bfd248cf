// SPDX-License-Identifier: Apache-2.0
// Dialogues between a GlobalPlatform client and a software card as text (tests/gpcard/*.dialogue), so that a new case
// is a new file (dialogue_file.h runs one). Lines:
//
//   card [OPTION=VALUE]...              a new card, powered (dialogue_card.h)
//   reset                               power off and on
//   random HEX                          what the card draws next
//   open level=HEX [version=HEX] [i=HEX] [keys=HEX[,HEX,HEX]]
//                                       INITIALIZE UPDATE and EXTERNAL AUTHENTICATE, with the card's own keys or
//                                       others; SCP02 with implicit initiation when `i` has it
//   open11 variant=a|b|c level=HEX card=KEY [host=KEY chain=KEY,...] [version=HEX] [size=N]
//                                       SCP11: `chain` from the authority to the host
//   > HEX                               a command as it is
//   s> HEX                              the same through the secure channel
//   w> drop|repeat|swap|late|cut|flip HEX
//                                       the same, spoilt: not sent; sent twice; sent after the next w> line; sent;
//                                       without its last octet; with one bit of its data changed. The last answer, as
//                                       it came
//   t> KEY HEX                          s> with a token, where HEX has an empty one or none (DELETE)
//   load FILE.jca [block=N] [dap=AID,KEY,sha1|sha256] [dap2=...] [cipher=KEY]
//                                       LOAD through the secure channel, in blocks of N octets
//   receipt KEY HEX...                  the last answer is a receipt over these fields
//   < PATTERN                           the answer to the last command, plain (iso7816/octet_pattern.h)
//   wait MILLISECONDS                   the clock moves
//
// In commands [HEX] is HEX behind its length, {dek HEX} is HEX under the DEK, {cap FILE.jca} the load file,
// {sha1|sha256 FILE.jca} its hash, {dap KEY HASH} a signature; {public KEY} and {private KEY} are the components of PUT
// KEY, {certificate KEY ISSUER} and {authority KEY ISSUER} a certificate of SCP11. Names of keys: test_keys.h. One
// thread.
#pragma once

#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "bytes/testing/manual_clock.h"
#include "crypto/digest.h"
#include "gphost/delegation.h"
#include "iso7816/octet_pattern.h"
#include "iso7816/response_apdu.h"
#include "scp/certificate.h"
#include "scp/host_channel.h"
#include "scp/scp11.h"
#include "softse/testing/dialogue_card.h"
#include "softse/testing/test_keys.h"
#include "tlv/tlv_builder.h"

namespace cose::softse::testing {

class Dialogue {
 public:
  [[nodiscard]] Status line(const std::string& text) {
    std::istringstream words(text);
    std::string word;
    words >> word;
    std::string rest;
    std::getline(words >> std::ws, rest);
    if (word == "card") return new_card(options_of(rest));
    if (word == "reset") return reset();
    if (word == "random") return queue_random(rest);
    if (word == "open") return open(options_of(rest));
    if (word == "open11") return open11(options_of(rest));
    if (word == ">") return send(rest);
    if (word == "s>") return send_secured(rest);
    if (word == "w>") return send_spoilt(rest);
    if (word == "t>") return send_with_token(rest);
    if (word == "load") return load(rest);
    if (word == "receipt") return check_receipt(rest);
    if (word == "<") return expect(rest);
    if (word == "wait") return clock_.advance(std::chrono::milliseconds(std::stoi(rest))), Status{};
    return fail(ErrorKind::kInvalid, "no such word");
  }

  // Whether the registry holds together.
  [[nodiscard]] Status check() const { return card_ ? card_->manager().check() : Status{}; }

  [[nodiscard]] SoftCard& card() { return *card_; }
  [[nodiscard]] const Bytes& answer() const { return answer_; }
  [[nodiscard]] SoftCardFactory& factory() { return *factory_; }

 private:
  [[nodiscard]] Status new_card(const Options& wanted) {
    COSE_TRY(auto product, product_of(wanted));
    serial_ = wanted.contains("serial") ? static_cast<std::uint32_t>(std::stoul(wanted.at("serial"))) : 1;
    rng_ = std::make_shared<QueuedRng>();
    COSE_TRY(factory_,
             SoftCardFactory::create(std::move(product), std::make_shared<gpcard::PackageCache>(), clock_, rng_));
    COSE_TRY(card_, factory_->make(serial_));
    COSE_CHECK(personalize(card_->manager(), wanted));
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

  [[nodiscard]] Status queue_random(const std::string& text) {
    COSE_TRY(const auto octets, from_loose_hex(text));
    rng_->queue(octets);
    return {};
  }

  [[nodiscard]] Status transmit(ByteView command) { return card_->transmit(command, answer_); }
  [[nodiscard]] Status transmit(const iso7816::CommandApdu& command) {
    COSE_TRY(const auto encoded, command.encode());
    return transmit(encoded);
  }

  // ---- secure channels ----

  [[nodiscard]] Status open(const Options& wanted) {
    channel_.reset();
    const auto level = octet_of(wanted, "level", 0);
    const auto i = octet_of(wanted, "i", 0x15);
    const auto first = factory_->product().profile.protocols.at(0);
    if (!first.is_explicit()) return open_implicitly(wanted, i);
    Bytes challenge{1, 2, 3, 4, 5, 6, 7, 8};
    if (first.has_long_codes()) challenge.resize(16);
    COSE_CHECK(transmit(iso7816::CommandApdu{0x80, 0x50, octet_of(wanted, "version", 0), 0x00, challenge, 256}));
    COSE_TRY(const auto data, good_data());
    COSE_TRY(const auto parsed, scp::InitializeUpdateAnswer::parse(data));
    COSE_TRY(const auto keys, keys_for(parsed.key_version, parsed.protocol.number == 0x03, wanted));
    auto protocol = parsed.protocol;
    if (protocol.number < 0x03) protocol.options = i;
    COSE_TRY(auto started, scp::authenticate({.protocol = protocol,
                                              .keys = keys,
                                              .host_challenge = challenge,
                                              .answer = parsed,
                                              .level = {level},
                                              .domain_aid = selected_aid()}));
    COSE_CHECK(transmit(started.external_authenticate));
    if (answer_ == Bytes{0x90, 0x00}) channel_.emplace(std::move(started.channel));
    return {};
  }

  // GPC 2.3.1 §E.1.2.2: the sequence counter is asked for.
  [[nodiscard]] Status open_implicitly(const Options& wanted, std::uint8_t i) {
    COSE_CHECK(transmit(Bytes{0x80, 0xCA, 0x00, 0xC1, 0x00}));
    COSE_TRY(const auto counter, good_data());
    COSE_TRY(const auto keys, keys_for(factory_->product().master_keys.at(0).version, false, wanted));
    COSE_TRY(auto channel,
             scp::open_implicitly({0x02, i}, keys, static_cast<std::uint32_t>(counter.at(2) << 8 | counter.at(3)),
                                  selected_aid()));
    channel_.emplace(std::move(channel));
    return {};
  }

  [[nodiscard]] Result<scp::KeySet> keys_for(std::uint8_t version, bool is_aes, const Options& wanted) {
    const auto algorithm = is_aes ? scp::KeyAlgorithm::kAes : scp::KeyAlgorithm::kDes;
    if (wanted.contains("keys")) return keys_of_option(wanted.at("keys"), version, algorithm);
    COSE_TRY(auto own, factory_->identity(serial_));
    for (auto& keys : own.keys)
      if (keys.version == version) return std::move(keys);
    return fail(ErrorKind::kNotFound, "the card uses a key version that it was not made with");
  }

  [[nodiscard]] Bytes selected_aid() {
    const auto selected = card_->manager().registry().find_applet(card_->runtime().selected_on(0));
    return selected ? selected->value.aid : Bytes{};
  }

  [[nodiscard]] Status open11(const Options& wanted) {
    channel_.reset();
    const auto variant = wanted.at("variant");
    const auto kind = variant == "a"   ? scp::Scp11Variant::kA
                      : variant == "b" ? scp::Scp11Variant::kB
                                       : scp::Scp11Variant::kC;
    COSE_TRY(const auto* card_key, keys_.curve_key(wanted.at("card")));
    COSE_TRY(const auto card_public, card_key->public_key());
    const crypto::EcPrivateKey* host_key = nullptr;
    if (wanted.contains("host")) {
      COSE_TRY(host_key, keys_.curve_key(wanted.at("host")));
      COSE_TRY(const auto certificates, chain(split(wanted.at("chain"), ',')));
      for (const auto& command : scp::Scp11Host::certificate_commands(certificates, 0x01, 0x10)) {
        COSE_CHECK(transmit(command));
        if (answer_ != Bytes{0x90, 0x00}) return {};
      }
    }
    const auto size = wanted.contains("size") ? std::stoul(wanted.at("size")) : 16;
    COSE_TRY(auto host,
             scp::Scp11Host::create(kind, card_public, host_key, size, {octet_of(wanted, "level", 0x33)}, keys_.rng()));
    COSE_CHECK(transmit(host.command(octet_of(wanted, "version", 0x01), scp::key_identifier(kind))));
    const auto data = good_data();
    if (!data) return {};
    COSE_TRY(auto channel, host.finish(*data));
    channel_.emplace(std::move(channel));
    answer_ = {0x90, 0x00};
    return {};
  }

  [[nodiscard]] Result<std::vector<Bytes>> chain(const std::vector<std::string>& names) {
    std::vector<Bytes> certificates;
    for (std::size_t at = 1; at < names.size(); ++at) {
      const auto use = at + 1 == names.size() ? scp::CertificateUse::kKeyAgreement : scp::CertificateUse::kSignature;
      COSE_TRY(auto certificate, keys_.certificate(names[at], names[at - 1], use));
      certificates.push_back(std::move(certificate));
    }
    return certificates;
  }

  [[nodiscard]] Result<Bytes> good_data() const {
    COSE_TRY(const auto response, iso7816::ResponseApduView::parse(answer_));
    if (!response.status.is_success()) return fail(ErrorKind::kRefused, "answered " + to_hex(answer_));
    return to_bytes(response.data);
  }

  // ---- octets ----

  // Replaces {word ARGUMENT...} by what the word makes of it, from the innermost on.
  [[nodiscard]] Result<Bytes> octets(std::string text) {
    for (auto to = text.find('}'); to != std::string::npos; to = text.find('}')) {
      const auto from = text.rfind('{', to);
      if (from == std::string::npos) return fail(ErrorKind::kInvalid, "} without {");
      std::istringstream inside(text.substr(from + 1, to - from - 1));
      std::string word;
      std::string first;
      std::string second;
      inside >> word >> first >> second;
      COSE_TRY(const auto replaced, replacement(word, first, second));
      text.replace(from, to - from + 1, to_hex(replaced));
    }
    for (auto to = text.find(']'); to != std::string::npos; to = text.find(']')) {
      const auto from = text.rfind('[', to);
      if (from == std::string::npos) return fail(ErrorKind::kInvalid, "] without [");
      COSE_TRY(const auto inside, from_loose_hex(std::string_view(text).substr(from + 1, to - from - 1)));
      text.replace(from, to - from + 1, to_hex(concat(length_of(inside), inside)));
    }
    return from_loose_hex(text);
  }

  [[nodiscard]] static Bytes length_of(ByteView run) {
    if (run.size() < 256) return {static_cast<std::uint8_t>(run.size())};
    return {0, static_cast<std::uint8_t>(run.size() >> 8), static_cast<std::uint8_t>(run.size())};
  }

  [[nodiscard]] Result<Bytes> replacement(const std::string& word, const std::string& first,
                                          const std::string& second) {
    if (word == "cap") return assembled_cap(first);
    if (word == "sha1" || word == "sha256") {
      COSE_TRY(const auto file, assembled_cap(first));
      return gphost::load_file_hash(word == "sha1" ? crypto::DigestKind::kSha1 : crypto::DigestKind::kSha256, file);
    }
    if (word == "dap") {
      COSE_TRY(const auto key, keys_.signing_key(first));
      COSE_TRY(const auto hash, from_hex(second));
      return scp::sign(key, hash, keys_.rng());
    }
    if (word == "certificate") return keys_.certificate(first, second, scp::CertificateUse::kKeyAgreement);
    if (word == "authority") return keys_.certificate(first, second, scp::CertificateUse::kSignature);
    if (word == "public" || word == "private") return key_components(word == "private", first);
    if (word != "dek" || !channel_) return fail(ErrorKind::kInvalid, "no such replacement");
    COSE_TRY(const auto plain, from_hex(first));
    return channel_->encrypt_sensitive(plain);
  }

  // What stands between version and check value.
  [[nodiscard]] Result<Bytes> key_components(bool is_private, const std::string& name) {
    COSE_TRY(const auto* key, keys_.find(name));
    Bytes parts;
    if (const auto* symmetric = std::get_if<scp::SymmetricKey>(key)) {
      const bool is_aes = symmetric->algorithm == scp::KeyAlgorithm::kAes;
      COSE_CHECK(add_component(parts, is_aes ? 0x88 : 0x80, symmetric->value.view(), true));
      return parts;
    }
    if (const auto* curve = std::get_if<crypto::EcPrivateKey>(key)) {
      COSE_TRY(const auto open, curve->public_key());
      COSE_CHECK(is_private ? add_component(parts, 0xB1, curve->scalar().view(), true)
                            : add_component(parts, 0xB0, open.point(), false));
      COSE_CHECK(add_component(parts, 0xF0, Bytes{*scp::curve_reference(curve->curve())}, false));
      return parts;
    }
    const auto& rsa = std::get<crypto::RsaPrivateKey>(*key);
    COSE_CHECK(add_component(parts, 0xA1, rsa.modulus(), false));
    if (is_private) {
      COSE_CHECK(add_component(parts, 0xA3, rsa.private_exponent().view(), true));
      return parts;
    }
    COSE_TRY(const auto open, rsa.public_key());
    COSE_CHECK(add_component(parts, 0xA0, open.exponent(), false));
    return parts;
  }

  [[nodiscard]] Status add_component(Bytes& parts, std::uint8_t type, ByteView value, bool is_secret) {
    auto octets = to_bytes(value);
    if (is_secret) {
      if (!channel_) return fail(ErrorKind::kInvalid, "no secure channel is open");
      COSE_TRY(octets, channel_->encrypt_sensitive(value));
    }
    parts.push_back(type);
    tlv::append_length(parts, octets.size());
    append(parts, octets);
    return {};
  }

  // ---- commands ----

  [[nodiscard]] Status send(const std::string& text) {
    COSE_TRY(const auto command, octets(text));
    return transmit(command);
  }

  [[nodiscard]] Status send_secured(const std::string& text) {
    COSE_TRY(const auto plain, octets(text));
    COSE_TRY(const auto command, iso7816::CommandApduView::parse(plain));
    return send_secured(command);
  }

  [[nodiscard]] Status send_secured(const iso7816::CommandApduView& command) {
    COSE_TRY(const auto wrapped, wrap(command));
    COSE_CHECK(transmit(wrapped));
    return unwrap_answer();
  }

  [[nodiscard]] Result<iso7816::CommandApdu> wrap(const iso7816::CommandApduView& command) {
    if (!channel_) return fail(ErrorKind::kInvalid, "no secure channel is open");
    return channel_->wrap(command);
  }

  [[nodiscard]] Status unwrap_answer() {
    COSE_TRY(const auto response, iso7816::ResponseApdu::parse(answer_));
    COSE_TRY(answer_, channel_->unwrap(response.data, response.status));
    iso7816::append_status(answer_, response.status);
    return {};
  }

  // The answer stays as it came.
  [[nodiscard]] Status send_spoilt(const std::string& text) {
    const auto space = text.find(' ');
    const auto how = text.substr(0, space);
    COSE_TRY(const auto plain, octets(text.substr(space + 1)));
    COSE_TRY(const auto command, iso7816::CommandApduView::parse(plain));
    COSE_TRY(auto wrapped, wrap(command));
    if (how == "drop") return {};
    if (how == "swap") {
      held_ = std::move(wrapped);
      return {};
    }
    if (how == "repeat") COSE_CHECK(transmit(wrapped));
    if (how == "cut") wrapped.data.pop_back();
    if (how == "flip") wrapped.data.front() ^= 0x01;
    COSE_CHECK(transmit(wrapped));
    if (!held_) return {};
    const auto late = *std::exchange(held_, std::nullopt);
    // The first answer shows that the card has not waited for what comes late.
    const auto first = answer_;
    COSE_CHECK(transmit(late));
    return first == answer_ ? Status{} : fail(ErrorKind::kInvalid, "the second message was taken");
  }

  [[nodiscard]] Status send_with_token(const std::string& text) {
    const auto space = text.find(' ');
    COSE_TRY(const auto key, keys_.signing_key(text.substr(0, space)));
    COSE_TRY(const auto octets_of_command, octets(text.substr(space + 1)));
    COSE_TRY(const auto view, iso7816::CommandApduView::parse(octets_of_command));
    const iso7816::CommandApdu plain{view.cla, view.ins, view.p1, view.p2, to_bytes(view.data), view.le, view.form};
    COSE_TRY(const auto token, gphost::make_token(plain, key, keys_.rng()));
    COSE_TRY(const auto command, gphost::with_token(plain, token));
    return send_secured(command.view());
  }

  [[nodiscard]] Result<Bytes> load_file_structure(const std::string& file, const Options& wanted) {
    COSE_TRY(auto block, assembled_cap(file));
    std::vector<gphost::DapBlock> daps;
    for (const auto* const option : {"dap", "dap2"}) {
      if (!wanted.contains(option)) continue;
      const auto parts = split(wanted.at(option), ',');
      COSE_TRY(const auto domain, from_hex(parts.at(0)));
      COSE_TRY(const auto key, keys_.signing_key(parts.at(1)));
      COSE_TRY(const auto hash, octets("{" + parts.at(2) + " " + file + "}"));
      COSE_TRY(auto dap, gphost::make_dap(domain, hash, key, keys_.rng()));
      daps.push_back(std::move(dap));
    }
    if (!wanted.contains("cipher")) return gphost::load_file_structure(block, daps);
    COSE_TRY(const auto* key, keys_.find(wanted.at("cipher")));
    COSE_TRY(block, scp::cipher_load_file(std::get<scp::SymmetricKey>(*key), block));
    return gphost::load_file_structure(block, daps, gphost::LoadBlock::kCiphered);
  }

  [[nodiscard]] Status load(const std::string& text) {
    const auto wanted = options_of(text);
    COSE_TRY(const auto structure, load_file_structure(text.substr(0, text.find(' ')), wanted));
    constexpr std::size_t kBlock = 200;
    const auto block = wanted.contains("block") ? std::stoul(wanted.at("block")) : kBlock;
    for (std::size_t at = 0; at < structure.size(); at += block) {
      const bool last = at + block >= structure.size();
      const auto part = ByteView(structure).subspan(at, std::min(block, structure.size() - at));
      COSE_CHECK(send_secured(gphost::load(part, static_cast<std::uint8_t>(at / block), last).view()));
      if (last) break;
      COSE_TRY(const auto data, good_data());
      static_cast<void>(data);
    }
    return {};
  }

  [[nodiscard]] Status check_receipt(const std::string& text) {
    std::istringstream words(text);
    std::string key;
    words >> key;
    COSE_TRY(const auto data, good_data());
    COSE_TRY(const auto receipt, gphost::Receipt::parse(data));
    auto input = receipt.input({});
    for (std::string word; words >> word;) {
      COSE_TRY(const auto field, from_hex(word == "-" ? "" : word));
      append(input, length_of(field));
      append(input, field);
    }
    return keys_.verify(key, input, receipt.signature);
  }

  [[nodiscard]] Status expect(const std::string& text) {
    auto wanted = text;
    if (text.contains('{')) {
      COSE_TRY(const auto replaced, octets(text));
      wanted = to_hex(replaced);
    }
    COSE_TRY(const auto pattern, iso7816::OctetPattern::parse(wanted));
    if (pattern.matches(answer_)) return {};
    return fail(ErrorKind::kInvalid, "found " + to_hex(answer_));
  }

  cose::testing::ManualClock clock_;
  TestKeys keys_;
  std::shared_ptr<QueuedRng> rng_;
  std::shared_ptr<SoftCardFactory> factory_;
  std::unique_ptr<SoftCard> card_;
  std::optional<scp::HostChannel> channel_;
  std::optional<iso7816::CommandApdu> held_;
  std::uint32_t serial_ = 1;
  Bytes answer_;
};

}  // namespace cose::softse::testing
