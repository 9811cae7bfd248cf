// SPDX-License-Identifier: Apache-2.0
#include "gphost/delegation.h"

#include <utility>

#include "bytes/reader.h"
#include "tlv/tlv_builder.h"

namespace cose::gphost {

namespace {

using crypto::DigestKind;
using iso7816::CommandApdu;

constexpr std::uint8_t kInstall = 0xE6;
constexpr std::uint8_t kDelete = 0xE4;

// BER-coded beyond 127 octets, GPC 2.3.1 §11.1.6.
Result<ByteView> take_run(Reader& reader) {
  COSE_TRY(const auto first, reader.u8());
  std::size_t size = first;
  if (first == 0x81) {
    COSE_TRY(size, reader.u8());
  } else if (first == 0x82) {
    COSE_TRY(size, reader.u16());
  }
  return reader.take(size);
}

}  // namespace

// §C.4.1: P1, P2, then Lc and data as they are without the token's field.
Result<Bytes> token_input(const CommandApdu& command) {
  auto data = ByteView(command.data);
  if (command.ins == kInstall) {
    if (data.empty() || data.back() != 0)
      return fail(ErrorKind::kInvalid, "token: expected an INSTALL command with an empty token field");
    data = data.first(data.size() - 1);
  } else if (command.ins != kDelete) {
    return fail(ErrorKind::kUnsupported, "token: expected INSTALL or DELETE");
  }
  Bytes input = {command.p1, command.p2};
  if (data.size() > 255) {
    input.push_back(0);
    input.push_back(static_cast<std::uint8_t>(data.size() >> 8));
  }
  input.push_back(static_cast<std::uint8_t>(data.size()));
  append(input, data);
  return input;
}

Result<Bytes> make_token(const CommandApdu& command, const SigningKey& key, Rng& rng) {
  COSE_TRY(const auto input, token_input(command));
  return scp::sign(key, input, rng);
}

Result<CommandApdu> with_token(const CommandApdu& command, ByteView token) {
  auto signed_command = command;
  if (command.ins == kDelete) {
    tlv::append_element(signed_command.data, tlv::Tag(0x9E), token);
    return signed_command;
  }
  if (command.ins != kInstall || command.data.empty() || command.data.back() != 0)
    return fail(ErrorKind::kInvalid, "token: expected an INSTALL command with an empty token field");
  signed_command.data.pop_back();
  tlv::append_length(signed_command.data, token.size());
  append(signed_command.data, token);
  return signed_command;
}

Result<Bytes> load_file_hash(DigestKind kind, ByteView load_file) {
  return crypto::digest(kind, load_file);
}

Result<DapBlock> make_dap(ByteView domain, ByteView load_file_hash, const SigningKey& key, Rng& rng) {
  COSE_CHECK(check_aid(domain, "security domain"));
  COSE_TRY(auto signature, scp::sign(key, load_file_hash, rng));
  return DapBlock{to_bytes(domain), std::move(signature)};
}

Result<Receipt> Receipt::parse(ByteView answer) {
  Reader whole(answer);
  COSE_TRY(const auto inside, take_run(whole));
  // When the first length leaves nothing behind it, it is that of all.
  Reader reader(whole.at_end() ? inside : answer);
  Receipt receipt;
  COSE_TRY(const auto signature, take_run(reader));
  COSE_TRY(const auto counter, reader.take_with_length8());
  COSE_TRY(const auto card, reader.take_with_length8());
  receipt.signature = to_bytes(signature);
  receipt.confirmation_counter = to_bytes(counter);
  receipt.card_data = to_bytes(card);
  return receipt;
}

Bytes Receipt::input(std::initializer_list<ByteView> fields) const {
  Bytes input;
  const auto add = [&](ByteView run) {
    tlv::append_length(input, run.size());
    append(input, run);
  };
  add(confirmation_counter);
  add(card_data);
  for (const auto field : fields) add(field);
  return input;
}

Status Receipt::verify(const VerifyingKey& key, std::initializer_list<ByteView> fields) const {
  return scp::verify(key, input(fields), signature);
}

}  // namespace cose::gphost
