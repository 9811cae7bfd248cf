// SPDX-License-Identifier: Apache-2.0
// Commands for a software card, whatever they say. Each is answered with a status word that a specification knows, and
// the registry holds together after each.
//
// Input: an octet, whose lowest bit opens a session at level 0 first, so that what follows reaches content management,
// and whose next bit brings keys of SCP11 through that session; then commands, each behind its
// length.
#include <cstdint>
#include <memory>

#include "bytes/hex.h"
#include "bytes/reader.h"
#include "bytes/result.h"
#include "bytes/testing/manual_clock.h"
#include "bytes/testing/seeded_rng.h"
#include "iso7816/response_apdu.h"
#include "scp/host_channel.h"
#include "softse/soft_card_factory.h"

namespace {

using namespace cose;

softse::SoftCardFactory& factory() {
  static const testing::ManualClock clock;
  static const auto made = [] {
    softse::CardProduct product;
    product.profile.protocols.push_back({0x11, 0x07});
    return softse::SoftCardFactory::create(std::move(product), std::make_shared<gpcard::PackageCache>(), clock,
                                           std::make_shared<testing::SeededRng>(1));
  }();
  COSE_ASSERT(made.has_value());
  return **made;
}

void must_answer_well(softse::SoftCard& card, const iso7816::CommandApdu& command) {
  const auto answer = iso7816::transceive(card, command.encode().value());
  COSE_ASSERT(answer && answer->size() >= 2 && answer->at(answer->size() - 2) == 0x90);
}

// SK.SD.ECKA for each variant, and the generator of P-256 as the authority of hosts.
void give_scp11_keys(softse::SoftCard& card, scp::HostChannel& channel) {
  const Bytes scalar(32, 0x01);
  const auto wrapped = channel.encrypt_sensitive(scalar);
  COSE_ASSERT(wrapped.has_value());
  for (const std::uint8_t identifier : {std::uint8_t{0x11}, std::uint8_t{0x13}, std::uint8_t{0x15}})
    must_answer_well(card, {0x80, 0xD8, 0x00, identifier,
                            concat(Bytes{0x01, 0xB1, 0x20}, *wrapped, Bytes{0xF0, 0x01, 0x00, 0x00}), 256});
  const auto point = from_hex("036B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296");
  COSE_ASSERT(point.has_value());
  must_answer_well(
      card, {0x80, 0xD8, 0x00, 0x10, concat(Bytes{0x01, 0xB0, 0x21}, *point, Bytes{0xF0, 0x01, 0x00, 0x00}), 256});
}

scp::HostChannel open_session(softse::SoftCard& card) {
  const Bytes challenge(8);
  Bytes command{0x80, 0x50, 0x00, 0x00, 0x08};
  append(command, challenge);
  const auto answer = iso7816::transceive(card, command);
  COSE_ASSERT(answer && answer->size() > 2);
  const auto parsed = scp::InitializeUpdateAnswer::parse(ByteView(*answer).first(answer->size() - 2));
  const auto identity = factory().identity(1);
  COSE_ASSERT(parsed && identity);
  auto protocol = parsed->protocol;
  protocol.options = 0x15;
  auto started = scp::authenticate(
      {.protocol = protocol, .keys = identity->keys[0], .host_challenge = challenge, .answer = *parsed, .level = {0}});
  COSE_ASSERT(started.has_value());
  const auto authenticate = started->external_authenticate.encode();
  COSE_ASSERT(iso7816::transceive(card, *authenticate) == (Bytes{0x90, 0x00}));
  return std::move(started->channel);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  auto card = factory().make(1);
  COSE_ASSERT(card && (*card)->power_up(iso7816::ResetKind::kCold));
  if ((data[0] & 0x01) != 0) {
    auto channel = open_session(**card);
    if ((data[0] & 0x02) != 0) give_scp11_keys(**card, channel);
  }
  Reader reader({data + 1, size - 1});
  Bytes response;
  while (const auto command = reader.take_with_length8()) {
    COSE_ASSERT((*card)->transmit(*command, response).has_value());
    const auto parsed = iso7816::ResponseApduView::parse(response);
    COSE_ASSERT(parsed && iso7816::meaning(parsed->status) != "unknown status word");
    COSE_ASSERT((*card)->manager().check().has_value());
  }
  return 0;
}
