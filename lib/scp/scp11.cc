// SPDX-License-Identifier: Apache-2.0
#include "scp/scp11.h"

#include <array>
#include <utility>

#include "crypto/cmac.h"
#include "crypto/ecdh.h"
#include "crypto/kdf.h"
#include "scp/certificate.h"
#include "scp/detail/messages.h"
#include "tlv/tlv_builder.h"
#include "tlv/tlv_reader.h"

namespace cose::scp {

namespace {

using iso7816::CommandApdu;
using iso7816::CommandApduView;
using iso7816::StatusWord;
using tlv::Tag;

constexpr std::uint8_t kPerformSecurityOperation = 0x2A;
constexpr std::uint8_t kMutualAuthenticate = 0x82;
constexpr std::uint8_t kInternalAuthenticate = 0x88;
constexpr std::uint8_t kMoreCertificates = 0x80;

constexpr Tag kControl{0xA6};
constexpr Tag kProtocol{0x90};
constexpr Tag kUsage{0x95};
constexpr Tag kKeyType{0x80};
constexpr Tag kKeyLength{0x81};
constexpr Tag kEphemeral{0x5F49};
constexpr Tag kReceipt{0x86};

constexpr std::uint8_t kAesType = 0x88;
// Tag 95, Amendment F table 6-16.
constexpr std::uint8_t kMacsUsage = 0x34;
constexpr std::uint8_t kAllUsage = 0x3C;
constexpr std::size_t kReceiptSize = 16;
constexpr std::size_t kCodeSize = 8;
// Receipt, S-ENC, S-MAC, S-RMAC, S-DEK.
constexpr std::size_t kDerivedKeys = 5;

// What the control reference template of the command asks for.
struct Control {
  Scp11Variant variant = Scp11Variant::kB;
  std::uint8_t usage = 0;
  std::size_t key_size = 0;

  [[nodiscard]] SecurityLevel level() const { return {static_cast<std::uint8_t>(usage == kAllUsage ? 0x33 : 0x11)}; }
  [[nodiscard]] Bytes encode() const {
    const std::array<std::uint8_t, 2> protocol = {0x11, static_cast<std::uint8_t>(variant)};
    const std::array<std::uint8_t, 1> type = {kAesType};
    const std::array<std::uint8_t, 1> use = {usage};
    const std::array<std::uint8_t, 1> length = {static_cast<std::uint8_t>(key_size)};
    return tlv::TlvBuilder()
        .add(kControl,
             tlv::TlvBuilder().add(kProtocol, protocol).add(kUsage, use).add(kKeyType, type).add(kKeyLength, length))
        .take();
  }
  [[nodiscard]] static Result<Control> parse(ByteView value);
};

Result<Control> Control::parse(ByteView value) {
  COSE_TRY(const auto protocol, tlv::require(value, kProtocol));
  COSE_TRY(const auto usage, tlv::require(value, kUsage));
  COSE_TRY(const auto type, tlv::require(value, kKeyType));
  COSE_TRY(const auto length, tlv::require(value, kKeyLength));
  const bool is_known_variant = protocol.size() == 2 && protocol[0] == 0x11 &&
                                (protocol[1] == 0x00 || protocol[1] == 0x01 || protocol[1] == 0x03);
  const bool is_known_key = type.size() == 1 && type[0] == kAesType && length.size() == 1 &&
                            (length[0] == 16 || length[0] == 24 || length[0] == 32);
  const bool is_known_usage = usage.size() == 1 && (usage[0] == kMacsUsage || usage[0] == kAllUsage);
  if (!is_known_variant || !is_known_key || !is_known_usage)
    return fail(ErrorKind::kUnsupported, "SCP11: the control reference template asks for something unknown");
  return Control{static_cast<Scp11Variant>(protocol[1]), usage[0], length[0]};
}

struct Derived {
  Bytes receipt;
  std::unique_ptr<detail::Messages> messages;
};

// Amendment F §5.2: X9.63 over both shared secrets, then the receipt over both data fields.
Result<Derived> derive(const Control& control, ByteView first, ByteView second, ByteView exchanged) {
  auto secret = Secret(first.size() + second.size());
  std::ranges::copy(first, secret.writable().begin());
  std::ranges::copy(second, secret.writable().subspan(first.size()).begin());
  const std::array<std::uint8_t, 3> info = {control.usage, kAesType, static_cast<std::uint8_t>(control.key_size)};
  const auto size = control.key_size;
  COSE_TRY(const auto keys, crypto::x963_kdf(crypto::DigestKind::kSha256, secret.view(), info, kDerivedKeys * size));
  const auto part = [&](std::size_t number) { return keys.view().subspan(number * size, size); };
  COSE_TRY(const auto kind, crypto::aes_with_key_size(size));
  Derived made;
  COSE_TRY(made.receipt, crypto::cmac(kind, part(0), exchanged));
  COSE_TRY(made.messages, detail::scp03_messages({Secret(part(1)), Secret(part(2)), Secret(part(3)), Secret(part(4))},
                                                 made.receipt, kCodeSize));
  return made;
}

Bytes ephemeral_object(const crypto::EcPublicKey& key) {
  return tlv::TlvBuilder().add(kEphemeral, key.point()).take();
}

// The card's keys: static, and what it sends (an ephemeral one, or in variant c the static one again).
Result<StartedChannel> open_card(const Control& control, const CommandApduView& command, std::uint8_t key_version,
                                 const crypto::EcPrivateKey& static_key, const crypto::EcPrivateKey& sent_key,
                                 const crypto::EcPublicKey* host_key) {
  COSE_TRY(const auto host_point, tlv::require(command.data, kEphemeral));
  COSE_TRY(const auto host_ephemeral, crypto::EcPublicKey::create(static_key.curve(), host_point));
  COSE_TRY(const auto first, crypto::ecdh(sent_key, host_ephemeral));
  COSE_TRY(const auto second, crypto::ecdh(static_key, host_key != nullptr ? *host_key : host_ephemeral));
  COSE_TRY(const auto sent_public, sent_key.public_key());
  auto response = ephemeral_object(sent_public);
  COSE_TRY(auto made, derive(control, first.view(), second.view(), concat(command.data, response)));
  tlv::append_element(response, kReceipt, made.receipt);
  return StartedChannel{std::move(response), CardChannel({0x11, static_cast<std::uint8_t>(control.variant)},
                                                         key_version, control.level(), std::move(made.messages))};
}

}  // namespace

Answer<void> Scp11Card::add_certificate(const CommandApduView& command, const crypto::EcPublicKey& authority) {
  if (command.ins != kPerformSecurityOperation) return refuse(StatusWord::kInstructionNotSupported);
  auto certificate = Certificate::parse(command.data);
  if (!certificate || chain_length_ >= kMaximumChain) return refuse(StatusWord::kWrongData);
  const bool is_last = (command.p2 & kMoreCertificates) == 0;
  const auto wanted = is_last ? CertificateUse::kKeyAgreement : CertificateUse::kSignature;
  if (!certificate->verify(intermediate_ ? *intermediate_ : authority) || certificate->use != wanted) {
    *this = Scp11Card();
    return refuse(StatusWord(0x6640));  // Amendment F table 6-13: certificate not verified
  }
  ++chain_length_;
  if (!is_last) {
    intermediate_.emplace(std::move(certificate->key));
    return {};
  }
  intermediate_.reset();
  chain_length_ = 0;
  host_key_.emplace(std::move(certificate->key));
  serial_number_ = certificate->serial_number;
  return {};
}

Answer<StartedChannel> Scp11Card::authenticate(const CommandApduView& command, std::uint8_t key_version,
                                               const crypto::EcPrivateKey& static_key, Rng& rng) {
  const auto template_value = tlv::require(command.data, kControl);
  if (!template_value) return refuse(StatusWord::kWrongData);
  const auto control = Control::parse(*template_value);
  if (!control) return refuse(StatusWord::kWrongData);
  const bool is_mutual = control->variant != Scp11Variant::kB;
  if (command.ins != (is_mutual ? kMutualAuthenticate : kInternalAuthenticate)) return refuse(StatusWord::kWrongData);
  if (is_mutual && !host_key_) return refuse(StatusWord::kConditionsNotSatisfied);
  const auto* host_key = is_mutual ? &*host_key_ : nullptr;

  auto started = [&]() -> Result<StartedChannel> {
    if (control->variant == Scp11Variant::kC)
      return open_card(*control, command, key_version, static_key, static_key, host_key);
    COSE_TRY(const auto ephemeral, crypto::EcPrivateKey::generate(static_key.curve(), rng));
    return open_card(*control, command, key_version, static_key, ephemeral, host_key);
  }();
  if (!started) return refuse(StatusWord::kWrongData);
  return *std::move(started);
}

Scp11Host::Scp11Host(Scp11Variant variant, crypto::EcPublicKey card_key, crypto::EcPrivateKey ephemeral,
                     std::optional<crypto::EcPrivateKey> host_key, std::size_t key_size, SecurityLevel level)
    : variant_(variant),
      card_key_(std::move(card_key)),
      ephemeral_(std::move(ephemeral)),
      host_key_(std::move(host_key)),
      key_size_(key_size),
      level_(level) {}

Result<Scp11Host> Scp11Host::create(Scp11Variant variant, const crypto::EcPublicKey& card_key,
                                    const crypto::EcPrivateKey* host_key, std::size_t key_size, SecurityLevel level,
                                    Rng& rng) {
  if (level.bits != 0x11 && level.bits != 0x33)
    return fail(ErrorKind::kUnsupported, "SCP11: expected security level 11 (C-MAC, R-MAC) or 33 (all)");
  std::optional<crypto::EcPrivateKey> own;
  if (variant != Scp11Variant::kB) {
    if (host_key == nullptr) return fail(ErrorKind::kInvalid, "SCP11a and SCP11c need a key of the host");
    COSE_TRY(own, crypto::EcPrivateKey::create(host_key->curve(), host_key->scalar().view()));
  }
  COSE_TRY(auto ephemeral, crypto::EcPrivateKey::generate(card_key.curve(), rng));
  COSE_TRY(auto card, crypto::EcPublicKey::create(card_key.curve(), card_key.point()));
  COSE_CHECK(crypto::aes_with_key_size(key_size));
  Scp11Host host(variant, std::move(card), std::move(ephemeral), std::move(own), key_size, level);
  COSE_TRY(const auto public_key, host.ephemeral_.public_key());
  const auto usage = level.bits == 0x33 ? kAllUsage : kMacsUsage;
  host.command_ = {
      0x80, variant == Scp11Variant::kB ? kInternalAuthenticate : kMutualAuthenticate,        0,
      0,    concat(Control{variant, usage, key_size}.encode(), ephemeral_object(public_key)), iso7816::kMaximumShortLe};
  return host;
}

std::vector<CommandApdu> Scp11Host::certificate_commands(const std::vector<Bytes>& chain, std::uint8_t key_version,
                                                         std::uint8_t key_identifier) {
  std::vector<CommandApdu> commands;
  for (std::size_t at = 0; at < chain.size(); ++at) {
    const auto more = at + 1 < chain.size() ? kMoreCertificates : std::uint8_t{0};
    commands.push_back(
        {0x80, kPerformSecurityOperation, key_version, static_cast<std::uint8_t>(key_identifier | more), chain[at]});
  }
  return commands;
}

const CommandApdu& Scp11Host::command(std::uint8_t key_version, std::uint8_t key_identifier) {
  command_.p1 = key_version;
  command_.p2 = key_identifier;
  return command_;
}

Result<HostChannel> Scp11Host::finish(ByteView data) {
  COSE_TRY(const auto point, tlv::require(data, kEphemeral));
  COSE_TRY(const auto receipt, tlv::require(data, kReceipt));
  COSE_TRY(const auto sent_key, crypto::EcPublicKey::create(card_key_.curve(), point));
  if (variant_ == Scp11Variant::kC && !equal(point, card_key_.point()))
    return fail(ErrorKind::kRefused, "SCP11c: the card's key is not the one of its certificate");
  COSE_TRY(const auto first, crypto::ecdh(ephemeral_, sent_key));
  COSE_TRY(const auto second, crypto::ecdh(host_key_ ? *host_key_ : ephemeral_, card_key_));
  const auto usage = level_.bits == 0x33 ? kAllUsage : kMacsUsage;
  COSE_TRY(auto made, derive({variant_, usage, key_size_}, first.view(), second.view(),
                             concat(command_.data, ephemeral_object(sent_key))));
  if (receipt.size() != kReceiptSize || !constant_time_equal(receipt, made.receipt))
    return fail(ErrorKind::kRefused, "SCP11: the card's receipt is not the one that its key gives");
  return HostChannel({0x11, static_cast<std::uint8_t>(variant_)}, level_, std::move(made.messages));
}

}  // namespace cose::scp
