// SPDX-License-Identifier: Apache-2.0
#include "gpcard/record.h"

#include "bytes/reader.h"
#include "bytes/writer.h"

namespace cose::gpcard {

namespace {

void put_short(Writer& to, ByteView octets) {
  to.u8(static_cast<std::uint8_t>(octets.size())).octets(octets);
}

void put_long(Writer& to, ByteView octets) {
  to.u16(static_cast<std::uint16_t>(octets.size())).octets(octets);
}

Result<Bytes> get_short(Reader& from) {
  COSE_TRY(const auto octets, from.take_with_length8());
  return to_bytes(octets);
}

struct Encoder {
  Writer& to;

  void operator()(const CardRecord& card) const {
    to.u8(card.failures).u16(card.confirmations);
    put_short(to, card.historical);
  }
  void operator()(const LoadFile& file) const {
    put_short(to, file.aid);
    to.u16(file.domain).u8(file.package);
  }
  void operator()(const Application& application) const {
    put_short(to, application.aid);
    to.u16(application.domain).u16(application.load_file);
    put_short(to, application.module_aid);
    to.octets(application.privileges.octets()).u8(application.applet);
    to.u32(application.quota.code).u32(application.quota.transient).u32(application.quota.persistent);
    to.u8(static_cast<std::uint8_t>(application.services.size()));
    for (const auto service : application.services) to.u16(service);
    put_short(to, application.implicit_selection);
    to.u8(static_cast<std::uint8_t>(application.protocols.size()));
    for (const auto protocol : application.protocols) to.u8(protocol.number).u8(protocol.options);
  }
  void operator()(const Key& key) const {
    to.u16(key.domain).u8(key.version).u8(key.id).u32(key.counter);
    to.u8(static_cast<std::uint8_t>(key.components.size()));
    for (const auto& component : key.components) {
      to.u8(component.type);
      put_long(to, component.value.view());
    }
    put_short(to, key.usage);
    put_short(to, key.access ? Bytes{*key.access} : Bytes{});
  }
  void operator()(const DataObject& data) const {
    to.u16(data.domain).u32(data.tag);
    put_long(to, data.value);
  }
  void operator()(const Pin& pin) const {
    to.u8(pin.limit).u8(pin.format).u8(pin.blocked);
    put_short(to, pin.value.view());
  }
};

Result<CardRecord> card_in(Reader& from) {
  CardRecord card;
  COSE_TRY(card.failures, from.u8());
  COSE_TRY(card.confirmations, from.u16());
  COSE_TRY(card.historical, get_short(from));
  return card;
}

Result<LoadFile> load_file_in(Reader& from) {
  LoadFile file;
  COSE_TRY(file.aid, get_short(from));
  COSE_TRY(file.domain, from.u16());
  COSE_TRY(file.package, from.u8());
  return file;
}

Result<Quota> quota_in(Reader& from) {
  Quota quota;
  COSE_TRY(quota.code, from.u32());
  COSE_TRY(quota.transient, from.u32());
  COSE_TRY(quota.persistent, from.u32());
  return quota;
}

Result<Application> application_in(Reader& from) {
  Application application;
  COSE_TRY(application.aid, get_short(from));
  COSE_TRY(application.domain, from.u16());
  COSE_TRY(application.load_file, from.u16());
  COSE_TRY(application.module_aid, get_short(from));
  COSE_TRY(const auto privileges, from.take(Privileges::kSize));
  COSE_TRY(application.privileges, Privileges::parse(privileges));
  COSE_TRY(application.applet, from.u8());
  COSE_TRY(application.quota, quota_in(from));
  COSE_TRY(const auto services, from.u8());
  for (std::size_t at = 0; at < services; ++at) {
    COSE_TRY(const auto service, from.u16());
    application.services.push_back(service);
  }
  COSE_TRY(application.implicit_selection, get_short(from));
  COSE_TRY(const auto protocols, from.u8());
  for (std::size_t at = 0; at < protocols; ++at) {
    scp::Protocol protocol;
    COSE_TRY(protocol.number, from.u8());
    COSE_TRY(protocol.options, from.u8());
    application.protocols.push_back(protocol);
  }
  return application;
}

Result<Key> key_in(Reader& from) {
  Key key;
  COSE_TRY(key.domain, from.u16());
  COSE_TRY(key.version, from.u8());
  COSE_TRY(key.id, from.u8());
  COSE_TRY(key.counter, from.u32());
  COSE_TRY(const auto count, from.u8());
  for (std::size_t at = 0; at < count; ++at) {
    COSE_TRY(const auto type, from.u8());
    COSE_TRY(const auto value, from.take_with_length16());
    key.components.push_back({type, Secret(value)});
  }
  // Images of before the extended format end here.
  if (from.at_end()) return key;
  COSE_TRY(key.usage, get_short(from));
  COSE_TRY(const auto access, from.take_with_length8());
  if (!access.empty()) key.access = access[0];
  return key;
}

Result<DataObject> data_in(Reader& from) {
  DataObject data;
  COSE_TRY(data.domain, from.u16());
  COSE_TRY(data.tag, from.u32());
  COSE_TRY(const auto value, from.take_with_length16());
  data.value = to_bytes(value);
  return data;
}

Result<Pin> pin_in(Reader& from) {
  Pin pin;
  COSE_TRY(pin.limit, from.u8());
  COSE_TRY(pin.format, from.u8());
  COSE_TRY(pin.blocked, from.u8());
  COSE_TRY(const auto value, from.take_with_length8());
  pin.value = Secret(value);
  return pin;
}

template <typename T>
Result<Record> finished(Result<T> read, std::uint8_t state, const Reader& reader) {
  if (!read) return std::unexpected(read.error().within("registry"));
  COSE_CHECK(reader.expect_end());
  read->state = state;
  return Record(*std::move(read));
}

}  // namespace

Secret encode(const Record& record) {
  Writer writer;
  std::visit(
      [&](const auto& value) {
        writer.u8(static_cast<std::uint8_t>(value.kKind)).u8(value.state);
        Encoder{writer}(value);
      },
      record);
  return Secret::take(writer.take());
}

std::optional<RecordKind> kind_of(ByteView octets) {
  if (octets.empty()) return std::nullopt;
  return static_cast<RecordKind>(octets[0]);
}

Result<Record> decode(ByteView octets) {
  Reader reader(octets);
  COSE_TRY(const auto kind, reader.u8());
  COSE_TRY(const auto state, reader.u8());
  switch (static_cast<RecordKind>(kind)) {
    case RecordKind::kCard: return finished(card_in(reader), state, reader);
    case RecordKind::kLoadFile: return finished(load_file_in(reader), state, reader);
    case RecordKind::kApplication: return finished(application_in(reader), state, reader);
    case RecordKind::kKey: return finished(key_in(reader), state, reader);
    case RecordKind::kData: return finished(data_in(reader), state, reader);
    case RecordKind::kPin: return finished(pin_in(reader), state, reader);
  }
  return fail(ErrorKind::kInvalid, "registry: an entry of no known kind");
}

}  // namespace cose::gpcard
