// SPDX-License-Identifier: Apache-2.0
// The commands of scripts that change what is on a card.
#include <utility>

#include <fmt/format.h>

#include "admin/interpreter.h"
#include "bytes/hex.h"
#include "gphost/commands.h"
#include "tlv/tlv_builder.h"

namespace cose::admin {

namespace {

using gphost::InstallPurpose;
using iso7816::StatusWord;

// A number as wide as it was written: 0x9EFE80 are three octets, 2 is the first one.
Result<gphost::Privileges> privileges_of(const ScriptCommand& command) {
  COSE_TRY(const auto number, command.number("priv"));
  const auto value = number.value_or(0);
  if (value > 0xFFFFFF) return fail(ErrorKind::kInvalid, "-priv: expected one to three octets");
  const auto octet = [&](unsigned shift) { return static_cast<std::uint8_t>(value >> shift); };
  if (value > 0xFFFF) return gphost::Privileges{octet(16), octet(8), octet(0)};
  if (value > 0xFF) return gphost::Privileges{octet(8), octet(0), 0};
  return gphost::Privileges{octet(0), 0, 0};
}

Result<gphost::MemoryLimits> limits_of(const ScriptCommand& command) {
  gphost::MemoryLimits limits;
  COSE_TRY(limits.code, command.number("nvcodelimit"));
  COSE_TRY(limits.data, command.number("nvdatalimit"));
  COSE_TRY(limits.volatile_data, command.number("vdatalimit"));
  return limits;
}

// The first that is there.
Bytes first_of(Bytes given, const Bytes* otherwise) {
  return given.empty() && otherwise != nullptr ? *otherwise : std::move(given);
}

Result<Bytes> toolkit_parameters(const ScriptCommand& command) {
  Bytes objects;
  COSE_TRY(const auto uicc, command.octets("uiccsystemspecparam"));
  COSE_TRY(const auto sim, command.octets("simspecparam"));
  if (!uicc.empty()) tlv::append_element(objects, tlv::Tag(0xEA), uicc);
  if (!sim.empty()) tlv::append_element(objects, tlv::Tag(0xCA), sim);
  return objects;
}

}  // namespace

Result<gphost::LoadRequest> Interpreter::load_request(const ScriptCommand& command, const LoadFile* file) const {
  gphost::LoadRequest request;
  COSE_TRY(auto package, command.octets("pkgaid"));
  request.package = first_of(std::move(package), file != nullptr ? &file->package : nullptr);
  COSE_TRY(auto domain, command.octets("sdaid"));
  request.domain = first_of(std::move(domain), session_ ? &session_->selected_aid() : nullptr);
  COSE_TRY(request.limits, limits_of(command));
  request.limits.volatile_data.reset();
  return request;
}

Result<gphost::InstallRequest> Interpreter::install_request(const ScriptCommand& command, const LoadFile* file) const {
  gphost::InstallRequest request;
  const auto* first_applet = file != nullptr && !file->applets.empty() ? &file->applets.front() : nullptr;
  COSE_TRY(auto package, command.octets("pkgaid"));
  request.package = first_of(std::move(package), file != nullptr ? &file->package : nullptr);
  COSE_TRY(auto module, command.octets("aid"));
  request.module = first_of(std::move(module), first_applet);
  COSE_TRY(auto instance, command.octets("instaid"));
  request.instance = first_of(std::move(instance), &request.module);
  COSE_TRY(request.privileges, privileges_of(command));
  COSE_TRY(request.limits, limits_of(command));
  request.limits.code.reset();
  COSE_TRY(request.parameters, command.octets("instparam"));
  COSE_TRY(request.toolkit_parameters, toolkit_parameters(command));
  COSE_TRY(request.system_parameters, command.octets("sdparam"));
  return request;
}

Status Interpreter::install(const ScriptCommand& command) {
  COSE_TRY(auto* const used, session());
  COSE_TRY(const auto file, LoadFile::read(command.value("file").value_or("")));
  COSE_TRY(const auto load, load_request(command, &file));
  COSE_TRY(const auto receipt, gphost::load_package(*used, load, file.octets));
  if (file.applets.empty() && !command.has("aid")) return {};
  COSE_TRY(const auto request, install_request(command, &file));
  COSE_TRY(const auto second, gphost::install(*used, request));
  return {};
}

Status Interpreter::install_for_load(const ScriptCommand& command) {
  COSE_TRY(auto* const used, session());
  COSE_TRY(const auto request, load_request(command, nullptr));
  COSE_TRY(const auto apdu, gphost::install_for_load(request));
  COSE_TRY(const auto answer, used->exchange(apdu, "install_for_load"));
  return {};
}

Status Interpreter::load(const ScriptCommand& command) {
  COSE_TRY(auto* const used, session());
  COSE_TRY(const auto file, LoadFile::read(command.value("file").value_or("")));
  COSE_TRY(const auto receipt, gphost::send_load_file(*used, gphost::load_file_structure(file.octets, {}), 0));
  return {};
}

Status Interpreter::install_for_install(const ScriptCommand& command) {
  COSE_TRY(auto* const used, session());
  COSE_TRY(const auto request, install_request(command, nullptr));
  COSE_TRY(const auto receipt, gphost::install(*used, request, InstallPurpose::kInstall));
  return {};
}

Status Interpreter::install_for_make_selectable(const ScriptCommand& command) {
  COSE_TRY(auto* const used, session());
  COSE_TRY(const auto instance, command.octets("instaid"));
  COSE_TRY(const auto privileges, privileges_of(command));
  COSE_TRY(const auto apdu, gphost::install_for_make_selectable(instance, privileges, {}));
  COSE_TRY(const auto answer, used->exchange(apdu, "install_for_make_selectable"));
  return {};
}

Status Interpreter::install_for_personalization(const ScriptCommand& command) {
  COSE_TRY(auto* const used, session());
  COSE_TRY(const auto aid, command.octets("aid"));
  COSE_TRY(const auto apdu, gphost::install_for_personalization(aid));
  COSE_TRY(const auto answer, used->exchange(apdu, "install_for_personalization"));
  return {};
}

Status Interpreter::store_data(const ScriptCommand& command) {
  COSE_TRY(auto* const used, session());
  COSE_TRY(const auto data, command.octets("data"));
  COSE_TRY(const auto structure, command.octet("dataformat", 0));
  COSE_TRY(const auto encryption, command.octet("dataencryption", 0));
  COSE_TRY(const auto expected, command.octet("responsedataexpected", 0));
  // The manual of the original and its samples disagree on which option holds which bits, so both are taken together.
  const auto bits = static_cast<std::uint8_t>(structure | encryption);
  if ((bits & ~0x78) != 0) return fail(ErrorKind::kInvalid, "store_data: expected formats of 0 to 0x78");
  const gphost::StoreDataForm form{static_cast<gphost::StoreDataForm::Structure>(bits & 0x18),
                                   static_cast<gphost::StoreDataForm::Encryption>(bits & 0x60), expected == 1};
  COSE_TRY(const auto answer, gphost::store_data(*used, data, form));
  if (!answer.empty()) say(to_hex(answer));
  return {};
}

// The samples delete what may not be there, and go on.
Status Interpreter::remove(const ScriptCommand& command) {
  COSE_TRY(auto* const used, session());
  COSE_TRY(const auto aid, command.octets("aid"));
  const auto related = is_mode_211_ ? gphost::DeleteRelated::kYes : gphost::DeleteRelated::kNo;
  const auto removed = gphost::remove(*used, aid, related);
  if (removed) return {};
  const auto status = used->last_status();
  const bool was_not_there =
      status == StatusWord(0x6A88) || status == StatusWord(0x6A82) || status == StatusWord(0x6A80);
  if (removed.error().kind != ErrorKind::kRefused || !was_not_there) return std::unexpected(removed.error());
  say(fmt::format("delete() returns 0x8020{} ({})", iso7816::to_string(status), removed.error().message));
  return {};
}

}  // namespace cose::admin
