// SPDX-License-Identifier: Apache-2.0
#include "gphost/commands.h"

#include <utility>

#include <fmt/format.h>

#include "tlv/tlv_builder.h"

namespace cose::gphost {

namespace {

using iso7816::CommandApdu;
using tlv::Tag;
using tlv::TlvBuilder;

constexpr std::uint8_t kClass = 0x80;
constexpr std::uint8_t kDelete = 0xE4;
constexpr std::uint8_t kInstall = 0xE6;
constexpr std::uint8_t kLoad = 0xE8;
constexpr std::uint8_t kGetData = 0xCA;
constexpr std::uint8_t kGetStatus = 0xF2;
constexpr std::uint8_t kSetStatus = 0xF0;
constexpr std::uint8_t kPutKey = 0xD8;
constexpr std::uint8_t kStoreData = 0xE2;
constexpr std::uint8_t kLast = 0x80;
constexpr std::uint8_t kSeveralKeys = 0x80;

CommandApdu command(std::uint8_t ins, std::uint8_t p1, std::uint8_t p2, Bytes data) {
  return {kClass, ins, p1, p2, std::move(data), iso7816::kMaximumShortLe};
}

// Runs with their length before them; over 127 octets the length is BER-coded, GPC 2.3.1 §11.1.5.
class Fields {
 public:
  Fields& lv(ByteView run) {
    if (run.size() > 0xFFFF) overflow_ = true;
    tlv::append_length(data_, run.size());
    append(data_, run);
    return *this;
  }
  [[nodiscard]] Result<CommandApdu> install(InstallPurpose purpose) {
    if (overflow_ || data_.size() > iso7816::kMaximumCommandData)
      return fail(ErrorKind::kInvalid, "INSTALL: the parameters are too long for one command");
    return command(kInstall, static_cast<std::uint8_t>(purpose), 0, std::move(data_));
  }

 private:
  Bytes data_;
  bool overflow_ = false;
};

Bytes number_octets(std::uint32_t value) {
  if (value > 0xFFFF)
    return {static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
            static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
  return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

// Table 11-49: EF { C6, C7, C8, ... }, or nothing.
Bytes system_parameters(const MemoryLimits& limits, ByteView more) {
  TlvBuilder inside;
  if (limits.code) inside.add(Tag(0xC6), number_octets(*limits.code));
  if (limits.volatile_data) inside.add(Tag(0xC7), number_octets(*limits.volatile_data));
  if (limits.data) inside.add(Tag(0xC8), number_octets(*limits.data));
  inside.add_encoded(more);
  if (inside.size() == 0) return {};
  return TlvBuilder().add(Tag(0xEF), inside).take();
}

}  // namespace

ByteView shortest(const Privileges& privileges) {
  return ByteView(privileges).first(privileges[1] == 0 && privileges[2] == 0 ? 1 : 3);
}

Status check_aid(ByteView aid, std::string_view what) {
  if (aid.size() >= kMinimumAid && aid.size() <= kMaximumAid) return {};
  return fail(ErrorKind::kInvalid, fmt::format("{}: expected an AID of 5 to 16 octets, found {}", what, aid.size()));
}

Result<CommandApdu> install_for_load(const LoadRequest& request) {
  COSE_CHECK(check_aid(request.package, "package"));
  return Fields()
      .lv(request.package)
      .lv(request.domain)
      .lv(request.hash)
      .lv(system_parameters(request.limits, {}))
      .lv(request.token)
      .install(InstallPurpose::kLoad);
}

Result<CommandApdu> install_for_install(const InstallRequest& request, InstallPurpose purpose) {
  COSE_CHECK(check_aid(request.package, "package"));
  COSE_CHECK(check_aid(request.module, "module"));
  COSE_CHECK(check_aid(request.instance, "instance"));
  // §11.5.2.3.7: C9 is there even when it is empty.
  auto parameters = TlvBuilder().add(Tag(0xC9), request.parameters).take();
  append(parameters, request.toolkit_parameters);
  append(parameters, system_parameters(request.limits, request.system_parameters));
  return Fields()
      .lv(request.package)
      .lv(request.module)
      .lv(request.instance)
      .lv(shortest(request.privileges))
      .lv(parameters)
      .lv(request.token)
      .install(purpose);
}

// P2, table 11-42.
Result<CommandApdu> begin_combined_install(const LoadRequest& request) {
  COSE_TRY(auto first, install_for_load(request));
  first.p1 = static_cast<std::uint8_t>(InstallPurpose::kLoadInstallAndMakeSelectable);
  first.p2 = 0x01;
  return first;
}

Result<CommandApdu> end_combined_install(const InstallRequest& request) {
  COSE_TRY(auto last, install_for_install(request, InstallPurpose::kLoadInstallAndMakeSelectable));
  last.p2 = 0x03;
  return last;
}

Result<CommandApdu> install_for_make_selectable(ByteView instance, const Privileges& privileges, ByteView token) {
  COSE_CHECK(check_aid(instance, "instance"));
  return Fields()
      .lv({})
      .lv({})
      .lv(instance)
      .lv(shortest(privileges))
      .lv({})
      .lv(token)
      .install(InstallPurpose::kMakeSelectable);
}

Result<CommandApdu> install_for_extradition(ByteView application, ByteView domain, ByteView token) {
  COSE_CHECK(check_aid(application, "application"));
  COSE_CHECK(check_aid(domain, "security domain"));
  return Fields().lv(domain).lv({}).lv(application).lv({}).lv({}).lv(token).install(InstallPurpose::kExtradition);
}

Result<CommandApdu> install_for_personalization(ByteView application) {
  COSE_CHECK(check_aid(application, "application"));
  return Fields().lv({}).lv({}).lv(application).lv({}).lv({}).lv({}).install(InstallPurpose::kPersonalization);
}

Result<CommandApdu> install_for_registry_update(ByteView application, ByteView domain, const Privileges& privileges,
                                                ByteView token) {
  COSE_CHECK(check_aid(application, "application"));
  return Fields()
      .lv(domain)
      .lv({})
      .lv(application)
      .lv(shortest(privileges))
      .lv({})
      .lv(token)
      .install(InstallPurpose::kRegistryUpdate);
}

Bytes load_file_structure(ByteView data_block, const std::vector<DapBlock>& daps, LoadBlock form) {
  TlvBuilder structure;
  for (const auto& dap : daps)
    structure.add(Tag(0xE2), TlvBuilder().add(Tag(0x4F), dap.domain).add(Tag(0xC3), dap.signature));
  structure.add(form == LoadBlock::kPlain ? Tag(0xC4) : Tag(0xD4), data_block);
  return structure.take();
}

CommandApdu load(ByteView part, std::uint8_t number, bool is_last) {
  return command(kLoad, is_last ? kLast : 0, number, to_bytes(part));
}

Result<CommandApdu> delete_object(ByteView aid, DeleteRelated related, ByteView token) {
  COSE_CHECK(check_aid(aid, "DELETE"));
  TlvBuilder data;
  data.add(Tag(0x4F), aid);
  if (!token.empty()) data.add(Tag(0x9E), token);
  return command(kDelete, 0, static_cast<std::uint8_t>(related), data.take());
}

Result<CommandApdu> delete_key(std::uint8_t version, std::uint8_t identifier) {
  if (version == 0 && identifier == 0)
    return fail(ErrorKind::kInvalid, "DELETE of keys: expected a key version or a key identifier");
  TlvBuilder data;
  if (identifier != 0) data.add(Tag(0xD0), Bytes{identifier});
  if (version != 0) data.add(Tag(0xD2), Bytes{version});
  return command(kDelete, 0, 0, data.take());
}

CommandApdu get_data(std::uint16_t tag) {
  return command(kGetData, static_cast<std::uint8_t>(tag >> 8), static_cast<std::uint8_t>(tag), {});
}

CommandApdu get_status(StatusScope scope, StatusFormat format, bool next, ByteView prefix) {
  const auto p2 = static_cast<std::uint8_t>((format == StatusFormat::kTlv ? 0x02 : 0x00) | (next ? 0x01 : 0x00));
  return command(kGetStatus, static_cast<std::uint8_t>(scope), p2, TlvBuilder().add(Tag(0x4F), prefix).take());
}

Result<CommandApdu> set_status(StatusTarget target, std::uint8_t state, ByteView aid) {
  if (target != StatusTarget::kCard) COSE_CHECK(check_aid(aid, "SET STATUS"));
  auto made = command(kSetStatus, static_cast<std::uint8_t>(target), state, to_bytes(aid));
  made.le.reset();  // table 11-84: no answer
  return made;
}

Result<CommandApdu> put_key(const PutKeyRequest& request) {
  if (request.keys.empty()) return fail(ErrorKind::kInvalid, "PUT KEY: expected a key");
  if (request.version == 0 || request.version > 0x7F)
    return fail(ErrorKind::kInvalid,
                fmt::format("PUT KEY: expected a key version of 01 to 7F, found {:02X}", request.version));
  Bytes data = {request.version};
  for (const auto& key : request.keys) {
    for (const auto& component : key.components) {
      data.push_back(component.type);
      const auto extra = component.plain_length ? 1U : 0U;
      tlv::append_length(data, component.value.size() + extra);
      if (component.plain_length) data.push_back(static_cast<std::uint8_t>(*component.plain_length));
      append(data, component.value);
    }
    data.push_back(static_cast<std::uint8_t>(key.check_value.size()));
    append(data, key.check_value);
  }
  const auto several = request.keys.size() > 1 ? kSeveralKeys : std::uint8_t{0};
  return command(kPutKey, request.replaced_version, static_cast<std::uint8_t>(request.first_identifier | several),
                 std::move(data));
}

CommandApdu store_data(ByteView block, std::uint8_t number, bool is_last, StoreDataForm form) {
  const auto p1 =
      static_cast<std::uint8_t>((is_last ? kLast : 0) | static_cast<unsigned>(form.structure) |
                                static_cast<unsigned>(form.encryption) | (form.expects_response ? 0x01U : 0x00U));
  auto made = command(kStoreData, p1, number, to_bytes(block));
  if (!form.expects_response) made.le.reset();
  return made;
}

}  // namespace cose::gphost
