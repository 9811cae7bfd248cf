// SPDX-License-Identifier: Apache-2.0
// A payment card for tests: it does what an issuer's card would, with keys of its own, and has a knob for each thing
// that may be wrong with one. Contact profile with SDA, DDA, CDA, PINs and both cryptograms; the contactless profiles
// of kernels 2 and 3 besides. One thread; the clock, if there is one, moves with each command.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bytes/hex.h"
#include "bytes/testing/manual_clock.h"
#include "bytes/testing/seeded_rng.h"
#include "crypto/digest.h"
#include "emv/ca_keys.h"
#include "emv/certificate.h"
#include "emv/cryptogram.h"
#include "emv/keys.h"
#include "emv/pin_block.h"
#include "emv/script.h"
#include "iso7816/card.h"
#include "iso7816/command_apdu.h"
#include "tlv/dol.h"
#include "tlv/tlv_builder.h"
#include "tlv/tlv_reader.h"

namespace cose::terminal::testing {

using tlv::Tag;

inline Bytes hex(std::string_view text) {
  return from_hex(text).value();
}

// The keys of a test authority, its issuer and a card; the same for all tests of a process, as they take time to make.
struct TestKeys {
  crypto::RsaPrivateKey authority, issuer, card;

  static const TestKeys& get() {
    static const TestKeys kKeys = make();
    return kKeys;
  }

 private:
  static TestKeys make() {
    cose::testing::SeededRng rng{1};
    constexpr std::size_t kAuthorityBits = 1408, kIssuerBits = 1152, kCardBits = 1024;
    return {crypto::RsaPrivateKey::generate(kAuthorityBits, rng, 3).value(),
            crypto::RsaPrivateKey::generate(kIssuerBits, rng, 3).value(),
            crypto::RsaPrivateKey::generate(kCardBits, rng, 3).value()};
  }
};

class EmvCard final : public iso7816::Card {
 public:
  struct Options {
    Bytes aid = hex("A0000000031010");
    std::string pan = "4761739001010119";
    std::string pin = "1234";
    Bytes aip = hex("7D00");  // SDA DDA CVM risk issuer-authentication CDA
    Bytes cvm_list = hex("000000000000000041031F03");
    Bytes issuer_data = hex("06010A03A0B000");  // Visa's, version 10
    Bytes expiry = hex("491231");
    Bytes certificate_expiry = hex("1249");
    Bytes pdol;
    std::map<Tag, Bytes> more;     // in the second record
    std::map<Tag, Bytes> instead;  // of what the card has
    std::vector<Tag> without;
    unsigned pin_tries = 3;
    std::uint8_t second_type = 0x40;         // what the second GENERATE AC gives, unless less is asked for
    std::optional<std::uint8_t> first_type;  // what the first gives; nothing: what is asked for
    bool has_directory = true;
    bool breaks_static_signature = false;
    bool breaks_dynamic_signature = false;
    bool breaks_cryptogram = false;
    bool is_blocked = false;
    bool refuses_issuer = false;
    cose::testing::ManualClock* clock = nullptr;
    Nanoseconds delay = std::chrono::milliseconds(5);
  };

  EmvCard() : EmvCard(Options()) {}
  explicit EmvCard(Options options) : options_(std::move(options)), tries_(options_.pin_tries) { personalise(); }

  Result<Bytes> power_up(iso7816::ResetKind) override {
    verified_ = false;
    return hex("3B6500002063CB6800");
  }
  Status power_down() override { return {}; }
  Status transmit(ByteView octets, Bytes& response) override {
    if (options_.clock != nullptr) options_.clock->advance(options_.delay);
    commands.push_back(to_bytes(octets));
    response = answer(iso7816::CommandApduView::parse(octets).value());
    if (hook) hook(octets, response);
    return {};
  }

  // The authority's key, as a terminal knows it.
  static emv::CaKeys authorities(ByteView aid) {
    emv::CaKeys keys;
    keys.add({.provider = to_bytes(aid.first(5)),
              .index = 0x99,
              .key = TestKeys::get().authority.public_key().value(),
              .expiry = {},
              .is_test = true});
    return keys;
  }
  static Bytes master_key() { return hex("0123456789ABCDEFFEDCBA9876543210"); }

  std::vector<Bytes> commands;
  std::vector<std::uint8_t> scripted;          // INS of the commands that came under MAC
  std::function<void(ByteView, Bytes&)> hook;  // may change an answer
  std::uint16_t atc = 0x0041;

 private:
  static Bytes status(std::uint16_t word) {
    return {static_cast<std::uint8_t>(word >> 8), static_cast<std::uint8_t>(word)};
  }
  static Bytes good(ByteView data) { return concat(data, status(0x9000)); }

  void put(std::map<Tag, Bytes>& into, Tag tag, ByteView value) {
    const auto instead = options_.instead.find(tag);
    if (std::ranges::find(options_.without, tag) == options_.without.end())
      into[tag] = instead == options_.instead.end() ? to_bytes(value) : instead->second;
  }
  static Bytes record_of(const std::map<Tag, Bytes>& objects) {
    tlv::TlvBuilder inside;
    for (const auto& [tag, value] : objects) inside.add(tag, value);
    return tlv::TlvBuilder().add(Tag(0x70), inside).take();
  }

  // Record 1 of file 1 is signed; records 2 and 3 have certificates and lists.
  void personalise() {
    const auto& keys = TestKeys::get();
    std::map<Tag, Bytes> first, second, third;
    put(first, Tag(0x5A), hex(options_.pan));
    put(first, Tag(0x5F24), options_.expiry);
    put(first, Tag(0x5F34), hex("00"));
    put(first, Tag(0x9F07), hex("FF80"));
    put(first, Tag(0x8E), options_.cvm_list);
    put(first, Tag(0x8C), hex("9F02069F03069F1A0295055F2A029A039C019F37049F34039F4502"));
    put(first, Tag(0x8D), hex("8A0291109F02069F03069F1A0295055F2A029A039C019F3704"));
    put(first, Tag(0x9F4A), hex("82"));
    records_.push_back(record_of(first));
    const auto signed_data =
        concat(ByteView(records_[0]).subspan(records_[0][1] == 0x81 ? 3 : 2), ByteView(options_.aip));
    const auto month = emv::Month::from_certificate(options_.certificate_expiry).value();
    const auto serial = hex("000001");
    const auto issuer_public = keys.issuer.public_key().value(), card_public = keys.card.public_key().value();
    const auto issuer = emv::make_certificate(emv::CertificateKind::kIssuer, keys.authority,
                                              {options_.pan.substr(0, 8), month, serial}, issuer_public)
                            .value();
    const auto card = emv::make_certificate(emv::CertificateKind::kCard, keys.issuer, {options_.pan, month, serial},
                                            card_public, signed_data)
                          .value();
    put(second, Tag(0x8F), hex("99"));
    put(second, Tag(0x90), issuer.certificate);
    if (!issuer.remainder.empty()) put(second, Tag(0x92), issuer.remainder);
    put(second, Tag(0x9F32), issuer_public.exponent());
    auto signature = emv::sign_static_data(keys.issuer, hex("DAC1"), signed_data).value();
    if (options_.breaks_static_signature) signature[20] ^= 1;
    put(third, Tag(0x93), signature);
    put(third, Tag(0x9F46), card.certificate);
    put(third, Tag(0x9F47), card_public.exponent());
    if (!card.remainder.empty()) put(third, Tag(0x9F48), card.remainder);
    put(third, Tag(0x9F49), hex("9F3704"));
    for (const auto& [tag, value] : options_.more) second[tag] = value;
    records_.push_back(record_of(second));
    records_.push_back(record_of(third));
  }

  Bytes answer(const iso7816::CommandApduView& command) {
    if (command.cla == 0x84 || command.cla == 0x04) return scripted_command(command);
    switch (command.ins) {
      case 0xA4: return select(command);
      case 0xA8: return options(command);
      case 0xB2: return record(command);
      case 0xCA: return get_data(command);
      case 0x88: return internal_authenticate(command);
      case 0x84: return good(challenge_);
      case 0x20: return verify(command);
      case 0xAE: return generate(command);
      case 0x82: return external_authenticate(command);
      default: return status(0x6D00);
    }
  }

  Bytes select(const iso7816::CommandApduView& command) {
    if (options_.is_blocked) return status(0x6A81);
    if (equal(command.data, as_bytes("1PAY.SYS.DDF01")) && options_.has_directory) {
      selected_ = false;
      return good(hex("6F15840E315041592E5359532E4444463031A503880101"));
    }
    if (command.data.empty() || command.data.size() > options_.aid.size() || command.p2 == 2 ||
        !equal(command.data, ByteView(options_.aid).first(command.data.size())))
      return status(0x6A82);
    selected_ = true;
    tlv::TlvBuilder proprietary;
    proprietary.add(Tag(0x50), as_bytes("TEST CARD"));
    if (!options_.pdol.empty()) proprietary.add(Tag(0x9F38), options_.pdol);
    return good(tlv::TlvBuilder()
                    .add(Tag(0x6F), tlv::TlvBuilder().add(Tag(0x84), options_.aid).add(Tag(0xA5), proprietary))
                    .take());
  }

  Bytes options(const iso7816::CommandApduView& command) {
    if (!selected_) return status(0x6985);
    ++atc;
    pdol_data_ = to_bytes(tlv::require(command.data, Tag(0x83)).value());
    return good(tlv::TlvBuilder().add(Tag(0x80), concat(options_.aip, hex("08010301"))).take());
  }

  Bytes record(const iso7816::CommandApduView& command) {
    if (!selected_ && command.p2 == 0x0C && command.p1 == 1)
      return good(tlv::TlvBuilder()
                      .add(Tag(0x70), tlv::TlvBuilder().add(Tag(0x61), tlv::TlvBuilder()
                                                                           .add(Tag(0x4F), options_.aid)
                                                                           .add(Tag(0x50), as_bytes("TEST CARD"))
                                                                           .add(Tag(0x87), hex("01"))))
                      .take());
    if (!selected_ || command.p2 != 0x0C || command.p1 < 1 || command.p1 > records_.size()) return status(0x6A83);
    return good(records_[command.p1 - 1U]);
  }

  Bytes get_data(const iso7816::CommandApduView& command) const {
    const auto object = [&](Tag tag, ByteView value) { return good(tlv::TlvBuilder().add(tag, value).take()); };
    switch (command.p1 << 8 | command.p2) {
      case 0x9F36: return object(Tag(0x9F36), atc_octets());
      case 0x9F13: return object(Tag(0x9F13), hex("0040"));
      case 0x9F17: return object(Tag(0x9F17), Bytes{static_cast<std::uint8_t>(tries_)});
      default: return status(0x6A88);
    }
  }

  Bytes atc_octets() const { return {static_cast<std::uint8_t>(atc >> 8), static_cast<std::uint8_t>(atc)}; }

  Bytes internal_authenticate(const iso7816::CommandApduView& command) const {
    return good(tlv::TlvBuilder().add(Tag(0x80), signed_dynamic(hex("021122"), command.data)).take());
  }

  Bytes signed_dynamic(ByteView data, ByteView terminal) const {
    auto signature = emv::sign_dynamic_data(TestKeys::get().card, data, terminal).value();
    if (options_.breaks_dynamic_signature) signature[20] ^= 1;
    return signature;
  }

  Bytes verify(const iso7816::CommandApduView& command) {
    if (tries_ == 0) return status(0x6983);
    auto block = to_bytes(command.data);
    if (command.p2 == 0x88) {
      const auto clear = TestKeys::get().card.apply(command.data);
      if (!clear || clear->view()[0] != 0x7F || !equal(clear->view().subspan(9, 8), challenge_)) return status(0x6984);
      block = to_bytes(clear->view().subspan(1, 8));
    }
    const auto pin = emv::pin_of_block(block, {});
    if (pin && as_text(pin->view()) == options_.pin) {
      verified_ = true;
      tries_ = options_.pin_tries;
      return status(0x9000);
    }
    --tries_;
    return status(static_cast<std::uint16_t>(0x63C0 | tries_));
  }

  Bytes card_key() const {
    const auto* version = version_of();
    const auto key = emv::card_key(version->key_option, master_key(), {.pan = options_.pan, .sequence = "00"}).value();
    return to_bytes(key.view());
  }
  const emv::CryptogramVersion* version_of() const {
    const auto scheme = options_.aid[4] == 4 ? emv::Scheme::kMastercard : emv::Scheme::kVisa;
    return emv::find_version(scheme, emv::version_number_in(scheme, options_.issuer_data).value());
  }

  Bytes cryptogram(ByteView list, ByteView data) {
    objects_[Tag(0x82)] = options_.aip;
    objects_[Tag(0x9F36)] = atc_octets();
    objects_[Tag(0x9F10)] = options_.issuer_data;
    auto rest = data;
    const auto dol = tlv::Dol::parse(list).value();
    for (const auto& entry : dol.entries()) {
      objects_[entry.tag] = to_bytes(rest.first(entry.length));
      rest = rest.subspan(entry.length);
    }
    auto made = emv::compute_cryptogram(*version_of(), card_key(), objects_).value();
    if (options_.breaks_cryptogram) made[0] ^= 1;
    return made;
  }

  static std::uint8_t lower_of(std::uint8_t asked, std::uint8_t willing) {
    const auto rank = [](std::uint8_t type) { return type == 0x40 ? 2 : type == 0x80 ? 1 : 0; };
    return rank(asked) <= rank(willing) ? asked : willing;
  }

  Bytes generate(const iso7816::CommandApduView& command) {
    const bool second = generated_++ != 0;
    const auto list = hex(second ? "8A0291109F02069F03069F1A0295055F2A029A039C019F3704"
                                 : "9F02069F03069F1A0295055F2A029A039C019F37049F34039F4502");
    const auto asked = static_cast<std::uint8_t>(command.p1 & 0xC0);
    const auto type = second ? lower_of(asked, options_.second_type) : options_.first_type.value_or(asked);
    (second ? cdol2_data_ : cdol1_data_) = to_bytes(command.data);
    const auto made = cryptogram(list, command.data);
    if (!second) first_ = made;
    if ((command.p1 & 0x10) != 0 && type != 0) return combined(type, made);
    return good(tlv::TlvBuilder().add(Tag(0x80), concat(Bytes{type}, atc_octets(), made, options_.issuer_data)).take());
  }

  Bytes combined(std::uint8_t type, ByteView made) {
    tlv::TlvBuilder inside;
    inside.add(Tag(0x9F27), Bytes{type}).add(Tag(0x9F36), atc_octets());
    tlv::TlvBuilder last;
    last.add(Tag(0x9F10), options_.issuer_data);
    const auto hash = crypto::digest(crypto::DigestKind::kSha1,
                                     concat(pdol_data_, cdol1_data_, cdol2_data_, inside.view(), last.view()))
                          .value();
    const auto signature = signed_dynamic(concat(hex("021122"), Bytes{type}, made, hash), objects_[Tag(0x9F37)]);
    inside.add(Tag(0x9F4B), signature).add_encoded(last.view());
    return good(tlv::TlvBuilder().add(Tag(0x77), inside).take());
  }

  Bytes external_authenticate(const iso7816::CommandApduView& command) {
    if (options_.refuses_issuer) return status(0x6300);
    const auto* version = version_of();
    const auto size = version->arpc == emv::ArpcMethod::k1 ? 8U : 4U;
    if (command.data.size() < size) return status(0x6700);
    const auto said = command.data.subspan(size);
    const auto arpc = emv::compute_arpc(*version, card_key(), first_, objects_, said);
    return arpc && equal(*arpc, command.data.first(size)) ? status(0x9000) : status(0x6300);
  }

  // Issuer scripts: the MAC is checked.
  Bytes scripted_command(const iso7816::CommandApduView& command) {
    constexpr std::size_t kMac = 8;
    if (command.data.size() < kMac) return status(0x6988);
    const auto* version = version_of();
    const emv::ScriptContext context{.atc = atc_octets(), .cryptogram = first_};
    const auto key = emv::script_key(*version, card_key(), context).value();
    const Bytes header{command.cla, command.ins, command.p1, command.p2,
                       static_cast<std::uint8_t>(command.data.size())};
    const auto data = command.data.first(command.data.size() - kMac);
    const auto mac = emv::script_mac(*version, key.view(), context, header, data).value();
    if (!equal(mac, command.data.last(kMac))) return status(0x6988);
    scripted.push_back(command.ins);
    return status(0x9000);
  }

  Options options_;
  std::vector<Bytes> records_;
  Bytes pdol_data_, cdol1_data_, cdol2_data_, first_;
  Bytes challenge_ = hex("0102030405060708");
  emv::DataObjects objects_;
  unsigned tries_;
  int generated_ = 0;
  bool selected_ = false;
  bool verified_ = false;
};

}  // namespace cose::terminal::testing
