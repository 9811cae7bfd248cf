// SPDX-License-Identifier: Apache-2.0
// A contactless card for tests: kernel 2 with relay resistance, CDA, recovery and the magnetic stripe, or kernel 3 with
// fDDA. It has the keys of EmvCard. One thread; the clock moves with each command, by its delay.
#pragma once

#include "terminal/testing/emv_card.h"

namespace cose::terminal::testing {

class TapCard final : public iso7816::Card {
 public:
  struct Options {
    bool is_kernel_3 = false;
    std::string pan = "4761739001010119";
    Bytes aip = hex("1981");         // verification, risk, CDA; EMV mode, relay resistance
    std::uint8_t kernel_wish = 0;    // 9F2A; 0: none
    std::uint8_t type = 0x80;        // of the cryptogram, at most
    Bytes qualifiers = hex("0000");  // CTQ
    Bytes expiry = hex("491231");
    Bytes cvm_list = hex("000000000000000042031E031F03");
    bool breaks_signature = false;
    bool signs_other_relay_data = false;
    bool has_recovery = true;
    bool tears = false;  // once, at GENERATE AC
    Nanoseconds delay = std::chrono::milliseconds(5);
    Nanoseconds relay_delay = std::chrono::milliseconds(5);
    Bytes relay_times = hex("000A003C0018");  // 1 ms, 6 ms, 2.4 ms on the way
    cose::testing::ManualClock* clock = nullptr;
  };

  explicit TapCard(Options options) : options_(std::move(options)) { personalise(); }

  Result<Bytes> power_up(iso7816::ResetKind) override { return hex("3B80800101"); }
  Status power_down() override { return {}; }
  Status transmit(ByteView octets, Bytes& response) override {
    const auto command = iso7816::CommandApduView::parse(octets).value();
    instructions.push_back(command.ins);
    if (options_.clock != nullptr) options_.clock->advance(command.ins == 0xEA ? options_.relay_delay : options_.delay);
    response = answer(command);
    if (command.ins == 0xAE && std::exchange(options_.tears, false))
      return fail(ErrorKind::kCardRemoved, "the card left the field");
    return {};
  }

  [[nodiscard]] Bytes aid() const { return hex(options_.is_kernel_3 ? "A0000000031010" : "A0000000041010"); }

  std::vector<std::uint8_t> instructions;
  std::uint16_t atc = 0x0041;

 private:
  static Bytes status(std::uint16_t word) {
    return {static_cast<std::uint8_t>(word >> 8), static_cast<std::uint8_t>(word)};
  }
  static Bytes good(const tlv::TlvBuilder& data) { return concat(data.view(), status(0x9000)); }
  [[nodiscard]] bool is_mag_stripe() const { return !options_.is_kernel_3 && (options_.aip[1] & 0x80) == 0; }
  [[nodiscard]] Bytes counter() const { return {static_cast<std::uint8_t>(atc >> 8), static_cast<std::uint8_t>(atc)}; }

  void personalise() {
    const auto& keys = TestKeys::get();
    tlv::TlvBuilder first, second;
    first.add(Tag(0x5A), hex(options_.pan)).add(Tag(0x5F24), options_.expiry).add(Tag(0x5F34), hex("00"));
    first.add(Tag(0x9F4A), hex("82"));
    if (!options_.is_kernel_3) {
      first.add(Tag(0x8C), hex(kList)).add(Tag(0x8E), options_.cvm_list);
      first.add(Tag(0x9F0F), hex("0000000000")).add(Tag(0x9F0D), hex("0000000000")).add(Tag(0x9F0E), hex("0000000000"));
      if (options_.has_recovery) first.add(Tag(0x9F51), hex("9F37049F0206"));
    }
    if (options_.is_kernel_3) first.add(Tag(0x9F69), hex("0111223344AABB"));
    const auto static_data = concat(first.view(), options_.aip);
    const auto month = emv::Month::from_certificate(hex("1249")).value();
    const auto serial = hex("000001");
    const auto issuer_public = keys.issuer.public_key().value(), card_public = keys.card.public_key().value();
    const auto issuer = emv::make_certificate(emv::CertificateKind::kIssuer, keys.authority,
                                              {options_.pan.substr(0, 8), month, serial}, issuer_public)
                            .value();
    const auto card = emv::make_certificate(emv::CertificateKind::kCard, keys.issuer, {options_.pan, month, serial},
                                            card_public, static_data)
                          .value();
    second.add(Tag(0x8F), hex("99")).add(Tag(0x90), issuer.certificate).add(Tag(0x9F32), issuer_public.exponent());
    if (!issuer.remainder.empty()) second.add(Tag(0x92), issuer.remainder);
    tlv::TlvBuilder third;
    third.add(Tag(0x9F46), card.certificate).add(Tag(0x9F47), card_public.exponent());
    if (!card.remainder.empty()) third.add(Tag(0x9F48), card.remainder);
    for (auto* record : {&first, &second, &third}) records_.push_back(tlv::TlvBuilder().add(Tag(0x70), *record).take());
    if (!is_mag_stripe()) return;
    // Track 2 with nine discretionary digits: the code in 5 to 3, the number in 8 to 6, the counter's two before.
    records_ = {tlv::TlvBuilder()
                    .add(Tag(0x70), tlv::TlvBuilder()
                                        .add(Tag(0x9F6B), track())
                                        .add(Tag(0x9F65), hex("000E"))
                                        .add(Tag(0x9F66), hex("01F0"))
                                        .add(Tag(0x9F67), hex("02"))
                                        .add(Tag(0x9F6C), hex("0001")))
                    .take()};
  }
  [[nodiscard]] Bytes track() const { return hex(options_.pan + "D4912201000000000F"); }

  Bytes answer(const iso7816::CommandApduView& command) {
    switch (command.ins) {
      case 0xA4: return select(command);
      case 0xA8: return options(command);
      case 0xB2:
        if (command.p2 != 0x0C || command.p1 < 1 || command.p1 > records_.size()) return status(0x6A83);
        return concat(records_[command.p1 - 1U], status(0x9000));
      case 0xEA: return relay(command);
      case 0xAE: return generate(command);
      case 0xD0: return recover();
      case 0x2A: return checksum(command);
      default: return status(0x6D00);
    }
  }

  Bytes select(const iso7816::CommandApduView& command) const {
    tlv::TlvBuilder inside;
    if (equal(command.data, as_bytes("2PAY.SYS.DDF01"))) {
      tlv::TlvBuilder entry;
      entry.add(Tag(0x4F), aid()).add(Tag(0x50), as_bytes("TAP")).add(Tag(0x87), hex("01"));
      if (options_.kernel_wish != 0) entry.add(Tag(0x9F2A), Bytes{options_.kernel_wish});
      inside.add(Tag(0xBF0C), tlv::TlvBuilder().add(Tag(0x61), entry));
      return fci(as_bytes("2PAY.SYS.DDF01"), inside);
    }
    if (!equal(command.data, aid())) return status(0x6A82);
    inside.add(Tag(0x50), as_bytes("TAP"));
    if (options_.is_kernel_3) inside.add(Tag(0x9F38), hex(kOptionsList));
    return fci(aid(), inside);
  }
  static Bytes fci(ByteView name, const tlv::TlvBuilder& inside) {
    return good(tlv::TlvBuilder().add(Tag(0x6F), tlv::TlvBuilder().add(Tag(0x84), name).add(Tag(0xA5), inside)));
  }

  Bytes options(const iso7816::CommandApduView& command) {
    ++atc;
    pdol_data_ = to_bytes(tlv::require(command.data, Tag(0x83)).value());
    tlv::TlvBuilder inside;
    inside.add(Tag(0x82), options_.aip);
    inside.add(Tag(0x94), hex(is_mag_stripe() ? "08010100" : "08010301"));
    if (options_.is_kernel_3) add_cryptogram(inside);
    return good(tlv::TlvBuilder().add(Tag(0x77), inside));
  }

  void add_cryptogram(tlv::TlvBuilder& inside) {
    const auto number = ByteView(pdol_data_).subspan(18, 4), amount = ByteView(pdol_data_).first(6);
    inside.add(Tag(0x57), hex(options_.pan + "D4912201000000000F"));
    inside.add(Tag(0x9F10), issuer_data());
    inside.add(Tag(0x9F26), cryptogram(hex(kOptionsList), pdol_data_));
    inside.add(Tag(0x9F36), counter()).add(Tag(0x9F6C), options_.qualifiers);
    inside.add(Tag(0x9F4B), sign(hex("021122"), concat(number, amount, hex("0978"), hex("0111223344AABB"))));
  }
  // Version 10; the CVR's first octet has the kind of cryptogram in bits 6 and 5.
  [[nodiscard]] Bytes issuer_data() const {
    if (!options_.is_kernel_3) return hex("0110A0000000000000DAC10000000000000000");
    const std::uint8_t kind = options_.type == 0x40 ? 0x10 : options_.type == 0x80 ? 0x20 : 0x00;
    return concat(hex("06010A03"), Bytes{kind}, hex("0000"));
  }

  Bytes sign(ByteView data, ByteView terminal) const {
    auto signature = emv::sign_dynamic_data(TestKeys::get().card, data, terminal).value();
    if (options_.breaks_signature) signature[20] ^= 1;
    return signature;
  }

  Bytes cryptogram(ByteView list, ByteView data) {
    objects_[Tag(0x82)] = options_.aip;
    objects_[Tag(0x9F36)] = counter();
    objects_[Tag(0x9F10)] = issuer_data();
    auto rest = data;
    const auto dol = tlv::Dol::parse(list).value();
    for (const auto& entry : dol.entries()) {
      objects_[entry.tag] = to_bytes(rest.first(entry.length));
      rest = rest.subspan(entry.length);
    }
    const auto* version = emv::find_version(options_.is_kernel_3 ? emv::Scheme::kVisa : emv::Scheme::kMastercard,
                                            options_.is_kernel_3 ? 10 : 16);
    const auto key =
        emv::card_key(version->key_option, EmvCard::master_key(), {.pan = options_.pan, .sequence = "00"}).value();
    return emv::compute_cryptogram(*version, key.view(), objects_).value();
  }

  Bytes relay(const iso7816::CommandApduView& command) {
    const auto times = concat(hex("A1A2A3A4"), options_.relay_times);
    relay_data_ = concat(command.data, times);
    return good(tlv::TlvBuilder().add(Tag(0x80), times));
  }

  Bytes generate(const iso7816::CommandApduView& command) {
    const auto asked = static_cast<std::uint8_t>(command.p1 & 0xC0);
    const auto rank = [](std::uint8_t type) { return type == 0x40 ? 2 : type == 0x80 ? 1 : 0; };
    const auto type = rank(asked) <= rank(options_.type) ? asked : options_.type;
    const auto made = cryptogram(hex(kList), command.data);
    tlv::TlvBuilder inside, last;
    inside.add(Tag(0x9F27), Bytes{type}).add(Tag(0x9F36), counter());
    last.add(Tag(0x9F10), issuer_data());
    if ((command.p1 & 0x10) != 0 && type != 0) {
      const auto hash =
          crypto::digest(crypto::DigestKind::kSha1, concat(pdol_data_, command.data, inside.view(), last.view()))
              .value();
      auto relay_data = relay_data_;
      if (options_.signs_other_relay_data) relay_data[0] ^= 1;
      inside.add(Tag(0x9F4B), sign(concat(hex("021122"), Bytes{type}, made, hash, relay_data), objects_[Tag(0x9F37)]));
    } else {
      inside.add(Tag(0x9F26), made);
    }
    inside.add_encoded(last.view());
    torn_ = good(tlv::TlvBuilder().add(Tag(0x77), inside));
    return torn_;
  }

  Bytes recover() { return torn_.empty() ? status(0x6985) : std::exchange(torn_, {}); }

  Bytes checksum(const iso7816::CommandApduView& command) const {
    const auto key =
        emv::card_key(emv::KeyOption::kA, EmvCard::master_key(), {.pan = options_.pan, .sequence = "00"}).value();
    const auto iv = emv::iv_cvc3(key.view(), track()).value();
    const auto code = emv::cvc3(key.view(), iv, command.data, counter()).value();
    return good(tlv::TlvBuilder().add(Tag(0x77), tlv::TlvBuilder().add(Tag(0x9F61), code).add(Tag(0x9F36), counter())));
  }

  static constexpr std::string_view kList = "9F02069F03069F1A0295055F2A029A039C019F37049F3403";
  static constexpr std::string_view kOptionsList = "9F02069F03065F2A029F66049F37049F1A0295059A039C01";

  Options options_;
  std::vector<Bytes> records_;
  Bytes pdol_data_, relay_data_, torn_;
  emv::DataObjects objects_;
};

}  // namespace cose::terminal::testing
