// SPDX-License-Identifier: Apache-2.0
// DELETE (GPC 2.3.1 §11.2): applications, domains, load files with or without what was made of them, keys.
#include <algorithm>
#include <array>

#include "bytes/writer.h"
#include "gpcard/card_manager.h"
#include "gpcard/delegation.h"
#include "gpcard/key_objects.h"
#include "tlv/tlv_reader.h"

namespace cose::gpcard {

namespace {

// P2, table 11-21.
constexpr std::uint8_t kAlone = 0x00;
constexpr std::uint8_t kWithRelated = 0x80;

struct Request {
  std::optional<ByteView> aid;
  std::optional<std::uint8_t> key_id;
  std::optional<std::uint8_t> key_version;
  ByteView token;
  ByteView signed_data;  // what stands before the token
};

Answer<std::uint8_t> one_octet(const tlv::Element& element) {
  if (element.value.size() != 1) return refuse(StatusWord::kWrongData);
  return element.value[0];
}

Answer<Request> parse(ByteView data) {
  Request request;
  request.signed_data = data;
  tlv::TlvReader reader(data);
  while (!reader.at_end()) {
    const auto position = reader.position();
    COSE_TRY(const auto element, well_formed(reader.next()));
    switch (element.tag.value()) {
      case 0x4F: request.aid = element.value; break;
      case 0xD0: {
        COSE_TRY(request.key_id, one_octet(element));
        break;
      }
      case 0xD2: {
        COSE_TRY(request.key_version, one_octet(element));
        break;
      }
      case 0x9E:
        request.token = element.value;
        request.signed_data = data.first(position);
        break;
      case 0xB6: break;  // control reference of the token, table 11-24: what it names is not told apart here
      default: return refuse(StatusWord::kWrongData);
    }
  }
  return request;
}

// §11.2.2.3.2: by version, by identifier, or one key.
Answer<void> delete_keys(CommandContext& context, const Request& request) {
  const auto matches = [&](const Key& key) {
    return (!request.key_id || *request.key_id == key.id) &&
           (!request.key_version || *request.key_version == key.version);
  };
  return context.change([&]() -> Answer<void> {
    bool any = false;
    for (const auto& [slot, key] : keys_of(context.registry, context.domain)) {
      if (!matches(key)) continue;
      COSE_CHECK(erase_objects_of(context, key));
      COSE_CHECK(answered(context.registry.erase(slot)));
      any = true;
    }
    if (!any) return refuse(StatusWord::kReferencedDataNotFound);
    // A card without a key of its issuer could never be managed again.
    const bool issuer = context.domain == context.manager.issuer_domain();
    if (issuer && !channel_keys(context.registry, context.domain, 0))
      return refuse(StatusWord::kConditionsNotSatisfied);
    context.answer.push_back(0);
    return {};
  });
}

// §9.5.1: the domain that it belongs to, or one with global delete.
bool may_delete(const CommandContext& context, Slot domain) {
  return domain == context.domain || context.self().privileges.has(Privilege::kGlobalDelete);
}

bool is_empty(const Registry& registry, Slot domain) {
  for (const auto& [slot, application] : registry.all<Application>())
    if (slot != domain && application.domain == domain) return false;
  return std::ranges::none_of(registry.all<LoadFile>(),
                              [&](const Entry<LoadFile>& each) { return each.value.domain == domain; });
}

Answer<void> erase_domain_data(CommandContext& context, Slot domain) {
  for (const auto& [slot, key] : keys_of(context.registry, domain)) COSE_CHECK(answered(context.registry.erase(slot)));
  for (const auto& [slot, data] : context.registry.all<DataObject>())
    if (data.domain == domain) COSE_CHECK(answered(context.registry.erase(slot)));
  return {};
}

Answer<void> delete_application(CommandContext& context, const Entry<Application>& target) {
  if (target.slot == context.manager.issuer_domain() || target.slot == context.domain)
    return refuse(StatusWord::kConditionsNotSatisfied);
  if (!may_delete(context, target.value.domain)) return refuse(StatusWord::kConditionsNotSatisfied);
  if (target.value.is_domain()) {
    if (!is_empty(context.registry, target.slot)) return refuse(StatusWord::kConditionsNotSatisfied);
    COSE_CHECK(erase_domain_data(context, target.slot));
  }
  const std::array applets = {target.value.applet};
  COSE_CHECK(answered(context.runtime.uninstall(applets)));
  return answered(context.registry.erase(target.slot));
}

Answer<void> delete_load_file(CommandContext& context, const Entry<LoadFile>& target) {
  if (!may_delete(context, target.value.domain)) return refuse(StatusWord::kConditionsNotSatisfied);
  for (const auto& [slot, application] : context.registry.all<Application>()) {
    if (application.load_file != target.slot) continue;
    if (context.command.p2 != kWithRelated) return refuse(StatusWord::kConditionsNotSatisfied);
    if (!may_delete(context, application.domain)) return refuse(StatusWord::kConditionsNotSatisfied);
    COSE_CHECK(answered(context.registry.erase(slot)));
  }
  COSE_CHECK(answered(context.runtime.remove_package(target.value.package)));
  return answered(context.registry.erase(target.slot));
}

// Annex C.5.4.
Bytes receipt_data(ByteView aid) {
  return Writer().u8(static_cast<std::uint8_t>(aid.size())).octets(aid).take();
}

Answer<void> delete_named(CommandContext& context, const Request& request) {
  const auto application = context.registry.find_application(*request.aid);
  const auto file = application ? std::nullopt : context.registry.find_load_file(*request.aid);
  if (!application && !file) return refuse(StatusWord::kReferencedDataNotFound);
  // §9.5.1: deleting what is its own needs no token of a domain with global delete.
  if (!context.self().privileges.has(Privilege::kGlobalDelete))
    COSE_CHECK(check_token(context, request.signed_data, request.token));
  const auto deleted = context.change([&]() -> Answer<void> {
    COSE_CHECK(application ? delete_application(context, *application) : delete_load_file(context, *file));
    return append_receipt(context, receipt_data(*request.aid));
  });
  if (!deleted) return deleted;
  context.manager.forget(application ? application->slot : file->slot);
  return {};
}

}  // namespace

Answer<void> delete_content(CommandContext& context) {
  const auto& command = context.command;
  // b8 of P1: more DELETE commands follow, which changes nothing for each of them.
  if ((command.p1 & 0x7F) != 0 || (command.p2 != kAlone && command.p2 != kWithRelated))
    return refuse(StatusWord::kIncorrectP1P2);
  COSE_TRY(const auto request, parse(command.data));
  if (request.aid) return delete_named(context, request);
  if (request.key_id || request.key_version) return delete_keys(context, request);
  return refuse(StatusWord::kWrongData);
}

}  // namespace cose::gpcard
