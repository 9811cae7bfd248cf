// SPDX-License-Identifier: Apache-2.0
// Runs tests/vectors/emv/keys_and_cryptograms.vec: each block names an operation, its inputs and its results.
#include <functional>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "bytes/testing/vector_file.h"
#include "emv/cryptogram.h"
#include "emv/keys.h"
#include "emv/pin_block.h"
#include "emv/script.h"

namespace cose::emv {
namespace {

using cose::testing::VectorBlock;

// What the block says must come out, against what does.
Status expect(const VectorBlock& block, std::string_view field, ByteView found) {
  COSE_TRY(const auto wanted, block.octets(field));
  if (equal(wanted, found)) return {};
  return fail(ErrorKind::kInvalid, std::string(field) + ": expected " + to_hex(wanted) + ", found " + to_hex(found));
}

Status expect_check(const VectorBlock& block, std::string_view field, ByteView key) {
  if (!block.has(field)) return {};
  COSE_TRY(const auto wanted, block.octets(field));
  COSE_TRY(const auto found, key_check_value(Suite::kTripleDes, key, wanted.size()));
  return expect(block, field, found);
}

Result<std::string> text_of(const VectorBlock& block, std::string_view field) {
  COSE_TRY(const auto octets, block.octets(field));
  return std::string(as_text(octets));
}

Result<Account> account_of(const VectorBlock& block) {
  COSE_TRY(const auto pan, block.text("pan"));
  COSE_TRY(const auto sequence, block.text("sequence"));
  return Account{.pan = std::string(pan), .sequence = std::string(sequence)};
}

Result<Secret> card_key_of(const VectorBlock& block, std::string_view field, KeyOption option) {
  COSE_TRY(const auto issuer_key, block.octets(field));
  COSE_TRY(const auto account, account_of(block));
  return card_key(option, issuer_key, account);
}

Status run_derive(const VectorBlock& block) {
  COSE_TRY(const auto option, block.text("option"));
  COSE_TRY(const auto card, card_key_of(block, "issuer_key", option == "A" ? KeyOption::kA : KeyOption::kB));
  COSE_CHECK(expect_check(block, "check", card.view()));
  COSE_TRY(const auto diversifier, block.octets("diversifier"));
  COSE_TRY(const auto session, common_session_key(Suite::kTripleDes, card.view(), diversifier));
  COSE_CHECK(expect_check(block, "session_check", session.view()));
  COSE_TRY(const auto data, block.octets("data"));
  COSE_TRY(const auto padding, block.text("padding"));
  COSE_TRY(const auto cryptogram, application_cryptogram(Suite::kTripleDes, session.view(), data,
                                                         padding == "zeros" ? MacPadding::kZeros : MacPadding::kOne));
  COSE_CHECK(expect(block, "cryptogram", cryptogram));
  COSE_TRY(const auto which, block.text("arpc_key"));
  const auto key = which == "card" ? card.view() : session.view();
  COSE_TRY(const auto response, block.octets("response"));
  COSE_TRY(const auto method, block.number("method"));
  const ByteView view(response);
  COSE_TRY(const auto arpc, method == 1
                                ? arpc_method_1(Suite::kTripleDes, key, cryptogram, view)
                                : arpc_method_2(Suite::kTripleDes, key, cryptogram, view.first(4), view.subspan(4)));
  return expect(block, "arpc", arpc);
}

Result<const CryptogramVersion*> version_of(const VectorBlock& block) {
  COSE_TRY(const auto scheme, block.text("scheme"));
  COSE_TRY(const auto number, block.number("number"));
  for (const auto& version : cryptogram_versions())
    if (to_string(version.scheme) == scheme && version.number == number) return &version;
  return fail(ErrorKind::kNotFound, "no such version in the table");
}

Status run_version(const VectorBlock& block) {
  COSE_TRY(const auto* version, version_of(block));
  DataObjects objects;
  for (const auto* name : {"9F02", "9F03", "9F1A", "95", "5F2A", "9A", "9C", "9F37", "82", "9F36", "9F10"}) {
    COSE_TRY(const auto tag, tlv::Tag::from_hex(name));
    COSE_TRY(objects[tag], block.octets(name));
  }
  if (version_number_in(version->scheme, objects[tlv::Tag(0x9F10)]) != version->number)
    return fail(ErrorKind::kInvalid, "9F10 has another version");
  COSE_TRY(const auto key, card_key_of(block, "key_ac", version->key_option));
  COSE_TRY(const auto cryptogram, compute_cryptogram(*version, key.view(), objects));
  COSE_CHECK(expect(block, "cryptogram", cryptogram));
  COSE_TRY(const auto response, block.octets("response"));
  COSE_TRY(const auto arpc, compute_arpc(*version, key.view(), cryptogram, objects, response));
  COSE_CHECK(expect(block, "arpc", arpc));
  const ScriptContext context{.atc = objects[tlv::Tag(0x9F36)], .cryptogram = cryptogram};
  COSE_TRY(const auto integrity, card_key_of(block, "key_integrity", version->key_option));
  COSE_TRY(const auto session, script_key(*version, integrity.view(), context));
  COSE_TRY(const auto header, block.octets("script"));
  COSE_TRY(const auto mac, script_mac(*version, session.view(), context, header, {}));
  static_cast<void>(block.octets("key_confidentiality"));
  return expect(block, "script_mac", mac);
}

Result<Secret> block_for(const CryptogramVersion& version, ByteView card, const VectorBlock& block) {
  COSE_TRY(const auto pin, text_of(block, "pin"));
  if (version.scheme != Scheme::kVisa) return pin_block_2(pin);
  COSE_TRY(const auto current, block.octets_or_none("current_pin"));
  return visa_pin_block(card, pin, as_text(current));
}

Status run_pin_change(const VectorBlock& block) {
  COSE_TRY(const auto* version, version_of(block));
  COSE_TRY(const auto card, card_key_of(block, "key_ac", version->key_option));
  COSE_TRY(const auto integrity, card_key_of(block, "key_integrity", version->key_option));
  COSE_TRY(const auto confidentiality, card_key_of(block, "key_confidentiality", version->key_option));
  ScriptContext context;
  COSE_TRY(context.atc, block.octets("9F36"));
  COSE_TRY(context.cryptogram, block.octets("9F26"));
  COSE_TRY(const auto clear, block_for(*version, card.view(), block));
  COSE_TRY(const auto cipher_key, script_key(*version, confidentiality.view(), context));
  const auto padding = version->scheme == Scheme::kVisa ? ScriptPadding::kLength : ScriptPadding::kIfNeeded;
  COSE_TRY(const auto data, encipher_script_data(cipher_key.view(), clear.view(), padding));
  COSE_TRY(const auto mac_key, script_key(*version, integrity.view(), context));
  COSE_TRY(const auto header, block.octets("header"));
  COSE_TRY(const auto mac, script_mac(*version, mac_key.view(), context, header, data));
  return expect(block, "command", concat(header, data, mac));
}

Status run_tree(const VectorBlock& block) {
  COSE_TRY(const auto key, block.octets("key"));
  COSE_TRY(const auto atc, block.octets("atc"));
  COSE_TRY(const auto height, block.number("height"));
  COSE_TRY(const auto branches, block.number("branches"));
  COSE_TRY(const auto session,
           tree_session_key(key, atc, {static_cast<unsigned>(height), static_cast<unsigned>(branches)}));
  return expect(block, "session", session.view());
}

Status run_dcvv(const VectorBlock& block) {
  COSE_TRY(const auto key, block.octets("key"));
  COSE_TRY(const auto pan, block.text("pan"));
  COSE_TRY(const auto expiry, block.text("expiry"));
  COSE_TRY(const auto service, block.text("service_code"));
  COSE_TRY(const auto atc, block.number("atc"));
  COSE_TRY(const auto digits, block.text("digits"));
  COSE_TRY(const auto found,
           dcvv(key, {.pan = pan, .expiry = expiry, .service_code = service, .atc = static_cast<unsigned>(atc)}));
  if (found == digits) return {};
  return fail(ErrorKind::kInvalid, "expected digits " + std::string(digits) + ", found " + found);
}

Status run_quick(const VectorBlock& block) {
  const auto* version = find_version(Scheme::kVisa, 17);
  DataObjects objects;
  for (const auto* name : {"9F02", "9F37", "9F36", "9F10"}) {
    COSE_TRY(const auto tag, tlv::Tag::from_hex(name));
    COSE_TRY(objects[tag], block.octets(name));
  }
  COSE_TRY(const auto data, cryptogram_data(*version, objects));
  COSE_CHECK(expect(block, "data", data));
  COSE_TRY(const auto key, block.octets("key"));
  COSE_TRY(const auto cryptogram, compute_cryptogram(*version, key, objects));
  return expect(block, "cryptogram", cryptogram);
}

Result<Secret> clear_block(const VectorBlock& block) {
  COSE_TRY(const auto format, block.text("block_format"));
  COSE_TRY(const auto pin, text_of(block, "pin"));
  if (format != "visa") return pin_block_2(pin);
  COSE_TRY(const auto key, card_key_of(block, "block_key", KeyOption::kA));
  COSE_TRY(const auto current, block.octets_or_none("current_pin"));
  return visa_pin_block(key.view(), pin, as_text(current));
}

Status run_encipher(const VectorBlock& block) {
  COSE_TRY(const auto card, card_key_of(block, "issuer_key", KeyOption::kA));
  COSE_TRY(const auto method, block.text("session"));
  COSE_TRY(const auto diversifier, block.octets("diversifier"));
  COSE_TRY(const auto session, method == "visa" ? visa_script_key(card.view(), diversifier)
                                                : common_session_key(Suite::kTripleDes, card.view(), diversifier));
  COSE_CHECK(expect_check(block, "session_check", session.view()));
  COSE_TRY(const auto clear, clear_block(block));
  COSE_CHECK(expect(block, "block", clear.view()));
  const std::map<std::string_view, ScriptPadding> paddings{
      {"if_needed", ScriptPadding::kIfNeeded}, {"always", ScriptPadding::kAlways}, {"length", ScriptPadding::kLength}};
  COSE_TRY(const auto name, block.text("padding"));
  const auto padding = paddings.at(name);
  COSE_TRY(const auto enciphered, encipher_script_data(session.view(), clear.view(), padding));
  COSE_CHECK(expect(block, "enciphered", enciphered));
  COSE_TRY(const auto back, decipher_script_data(session.view(), enciphered, padding));
  return expect(block, "block", back.view());
}

Status run_cvc3(const VectorBlock& block) {
  COSE_TRY(const auto key, card_key_of(block, "issuer_key", KeyOption::kA));
  COSE_CHECK(expect_check(block, "check", key.view()));
  COSE_TRY(const auto track, block.octets("track"));
  COSE_TRY(const auto iv, iv_cvc3(key.view(), track));
  COSE_TRY(const auto number, block.octets("unpredictable_number"));
  COSE_TRY(const auto atc, block.octets("atc"));
  COSE_TRY(const auto code, cvc3(key.view(), iv, number, atc));
  COSE_TRY(const auto digits, block.number("digits"));
  const auto found = static_cast<std::size_t>(code[0] << 8 | code[1]) % 1000;
  if (found == digits) return {};
  return fail(ErrorKind::kInvalid, "expected digits " + std::to_string(digits) + ", found " + std::to_string(found));
}

Status run_pin_block(const VectorBlock& block) {
  COSE_TRY(const auto format, block.number("format"));
  COSE_TRY(const auto pin, text_of(block, "pin"));
  COSE_TRY(const auto pan, block.text("pan"));
  COSE_TRY(const auto made, format == 0 ? pin_block_0(pin, pan) : pin_block_2(pin));
  COSE_CHECK(expect(block, "block", made.view()));
  COSE_TRY(const auto back, pin_of_block(made.view(), pan));
  return expect(block, "pin", back.view());
}

const std::map<std::string_view, std::function<Status(const VectorBlock&)>>& operations() {
  static const std::map<std::string_view, std::function<Status(const VectorBlock&)>> kOperations{
      {"derive", run_derive},     {"version", run_version}, {"pin_change", run_pin_change},
      {"tree", run_tree},         {"dcvv", run_dcvv},       {"quick", run_quick},
      {"encipher", run_encipher}, {"cvc3", run_cvc3},       {"pin_block", run_pin_block}};
  return kOperations;
}

TEST(EmvVectors, GiveWhatTheirSourceSays) {
  const auto blocks = cose::testing::read_vector_file(COSE_TESTS_DIR "/vectors/emv/keys_and_cryptograms.vec");
  ASSERT_TRUE(blocks.has_value()) << blocks.error().message;
  ASSERT_FALSE(blocks->empty());
  for (const auto& block : *blocks) {
    SCOPED_TRACE("line " + std::to_string(block.line()) + ", " + block.source());
    const auto name = block.text("operation");
    ASSERT_TRUE(name.has_value()) << name.error().message;
    const auto operation = operations().find(*name);
    ASSERT_NE(operation, operations().end()) << "no operation " << *name;
    const auto outcome = operation->second(block);
    EXPECT_TRUE(outcome.has_value()) << outcome.error().message;
    for (const auto& field : block.unused()) ADD_FAILURE() << "the operation knows no field " << field;
  }
}

}  // namespace
}  // namespace cose::emv
