// SPDX-License-Identifier: Apache-2.0
// The table of applets in the image: under Root::kApplets an array with three references for each id, to the record,
// the instance and the name. A record is an array of octets: state, package, context, length of the AID, AID. An id
// whose record is null is free.
#include <algorithm>

#include <fmt/format.h>

#include "jcre/detail/known.h"

namespace cose::jcre {

namespace {

using jcvm::kNull;
using jcvm::ObjectKind;
using jcvm::Root;

constexpr std::uint32_t kCells = 3;
constexpr std::uint32_t kGrowth = 4;  // entries
enum Cell : std::uint32_t { kRecord = 0, kInstance = 1, kName = 2 };

struct Record {
  std::uint8_t state = 0;
  PackageNumber package = kNoPackage;
  Context context = 0;
  std::uint8_t aid_size = 0;
  std::array<std::uint8_t, Aid::kMaximum> aid{};
};

// State of javacard.framework.AID (jcapi/framework_aid.cc): length, octets.
constexpr std::uint32_t kNameOctets = 1 + Aid::kMaximum;

std::unexpected<Error> no_room() {
  return fail(ErrorKind::kLimit, "no memory for the table of applets");
}

}  // namespace

std::optional<Applet> Runtime::applet_in_image(AppletId id) const {
  const auto& heap = machine_.heap();
  const auto* table = heap.find(machine_.root(Root::kApplets));
  if (table == nullptr || table->kind != ObjectKind::kReferenceArray || (id + 1U) * kCells > table->length)
    return std::nullopt;
  std::array<Reference, kCells> cells{};
  std::memcpy(cells.data(), heap.contents(*table) + id * kCells * sizeof(Reference), sizeof(cells));
  const auto* header = heap.find(cells[kRecord]);
  if (header == nullptr || header->kind != ObjectKind::kByteArray || header->length != sizeof(Record))
    return std::nullopt;
  Record record;
  std::memcpy(&record, heap.contents(*header), sizeof(record));
  const auto aid = Aid::of(ByteView(record.aid).first(std::min<std::size_t>(record.aid_size, record.aid.size())));
  if (!aid) return std::nullopt;
  const auto instance = heap.normalized(cells[kInstance]);
  if (instance != kNull && !machine_.is_instance(instance, *known_->applet)) return std::nullopt;
  return Applet{*aid, record.state, record.package, record.context, instance, heap.normalized(cells[kName])};
}

void Runtime::reload_applets() {
  applets_.clear();
  const auto* table = machine_.heap().find(machine_.root(Root::kApplets));
  if (table == nullptr) return;
  applets_.resize(std::min<std::size_t>(table->length / kCells, kMaximumApplets));
  for (std::size_t id = 0; id < applets_.size(); ++id) {
    const auto applet = applet_in_image(static_cast<AppletId>(id));
    if (!applet) continue;
    applets_[id] = Entry{*applet, is_kind_of(applet->instance, known_->multiselectable),
                         is_kind_of(applet->instance, known_->extended_length)};
  }
}

bool Runtime::is_kind_of(Reference instance, const jcvm::Class* type) const {
  return type != nullptr && machine_.is_instance(instance, *type);
}

Result<AppletId> Runtime::free_id() const {
  const auto free = std::ranges::find_if(applets_, [](const auto& each) { return !each; });
  const auto id = static_cast<std::size_t>(free - applets_.begin());
  if (id >= kMaximumApplets) return fail(ErrorKind::kLimit, fmt::format("{} applets are on the card", id));
  return static_cast<AppletId>(id);
}

Status Runtime::reserve_entry(AppletId id) {
  auto& heap = machine_.heap();
  const auto before = machine_.root(Root::kApplets);
  const auto* table = heap.find(before);
  const std::uint32_t length = table == nullptr ? 0 : table->length;
  if ((id + 1U) * kCells <= length) return {};
  const auto made = heap.allocate({ObjectKind::kReferenceArray, jcvm::kNoClass, (id + kGrowth) * kCells});
  if (made == kNull) return no_room();
  if (length != 0) {
    Bytes cells(std::size_t{length} * sizeof(Reference));
    std::memcpy(cells.data(), heap.contents(*heap.find(before)), cells.size());
    if (!heap.write(*heap.find(made), 0, cells.data(), static_cast<std::uint32_t>(cells.size()))) return no_room();
  }
  if (!machine_.set_root(Root::kApplets, made) || !heap.remove(before)) return no_room();
  applets_.resize(std::max<std::size_t>(applets_.size(), id + kGrowth));
  return {};
}

// JCRE 3.1 §6.2.1: names that the runtime hands out are permanent entry points.
Reference Runtime::make_name(const Aid& aid) {
  if (known_->aid->native_octets < kNameOctets) return kNull;
  const auto name = machine_.new_instance(*known_->aid, {}, jcvm::kPermanentEntry);
  if (name == kNull) return kNull;
  std::array<std::uint8_t, kNameOctets> state{static_cast<std::uint8_t>(aid.octets().size())};
  std::ranges::copy(aid.octets(), state.begin() + 1);
  auto& heap = machine_.heap();
  if (!heap.write(*heap.find(name), 0, state.data(), state.size())) return kNull;
  return name;
}

Status Runtime::put_applet(AppletId id, const Applet& applet) {
  COSE_CHECK(reserve_entry(id));
  auto& heap = machine_.heap();
  Record record{
      applet.state, applet.package, applet.context, static_cast<std::uint8_t>(applet.aid.octets().size()), {}};
  std::ranges::copy(applet.aid.octets(), record.aid.begin());
  const auto octets = heap.allocate({ObjectKind::kByteArray, jcvm::kNoClass, sizeof(record)});
  if (octets == kNull || !heap.write(*heap.find(octets), 0, &record, sizeof(record))) return no_room();
  const std::array<Reference, kCells> cells{octets, applet.instance, make_name(applet.aid)};
  if (cells[kName] == kNull) return no_room();
  const auto& table = *heap.find(machine_.root(Root::kApplets));
  if (!heap.write(table, id * kCells * sizeof(Reference), cells.data(), sizeof(cells))) return no_room();
  auto known = applet;
  known.name = cells[kName];
  applets_[id] = Entry{known, is_kind_of(applet.instance, known_->multiselectable),
                       is_kind_of(applet.instance, known_->extended_length)};
  return {};
}

// The name lives on only where others have kept it, and names nobody then.
Status Runtime::clear_applet(AppletId id) {
  auto& heap = machine_.heap();
  const auto name = applets_[id]->applet.name;
  const auto& table = *heap.find(machine_.root(Root::kApplets));
  const std::array<Reference, kCells> none{};
  if (!heap.write(table, id * kCells * sizeof(Reference), none.data(), sizeof(none))) return no_room();
  if (heap.find(name) != nullptr && !heap.set_flags(name, 0)) return no_room();
  applets_[id].reset();
  return {};
}

Result<AppletId> Runtime::add_native_applet(const Aid& aid, std::uint8_t state) {
  if (find_applet(aid.octets())) return fail(ErrorKind::kRefused, "the AID is in use");
  COSE_TRY(const auto id, free_id());
  Applet made;
  made.aid = aid;
  made.state = state;
  COSE_CHECK(change_content([&] { return put_applet(id, made); }));
  return id;
}

Status Runtime::set_applet_state(AppletId applet, std::uint8_t state) {
  if (entry(applet) == nullptr) return fail(ErrorKind::kNotFound, fmt::format("there is no applet {}", applet));
  const auto put = [&](jcvm::Atomicity atomicity) -> Status {
    auto& heap = machine_.heap();
    const auto* table = heap.find(machine_.root(Root::kApplets));
    Reference record = kNull;
    std::memcpy(&record, heap.contents(*table) + applet * kCells * sizeof(Reference), sizeof(record));
    if (!heap.write(*heap.find(record), 0, &state, sizeof(state), atomicity))
      return fail(ErrorKind::kLimit, "the journal is full");
    applets_[applet]->applet.state = state;
    return {};
  };
  // While an applet runs, its transaction has no say in the life cycle that it asked for.
  if (machine_.running()) return put(jcvm::Atomicity::kNonAtomic);
  return change_content([&] { return put(jcvm::Atomicity::kAtomic); });
}

const Runtime::Entry* Runtime::entry(AppletId id) const {
  return id < applets_.size() && applets_[id] ? &*applets_[id] : nullptr;
}

const Applet* Runtime::applet(AppletId id) const {
  const auto* found = entry(id);
  return found == nullptr ? nullptr : &found->applet;
}

std::optional<AppletId> Runtime::find_applet(ByteView aid) const {
  for (std::size_t id = 0; id < applets_.size(); ++id)
    if (applets_[id] && equal(applets_[id]->applet.aid.octets(), aid)) return static_cast<AppletId>(id);
  return std::nullopt;
}

std::vector<AppletId> Runtime::applets() const {
  std::vector<AppletId> all;
  for (std::size_t id = 0; id < applets_.size(); ++id)
    if (applets_[id]) all.push_back(static_cast<AppletId>(id));
  return all;
}

std::optional<AppletId> Runtime::applet_of_instance(Reference instance) const {
  for (std::size_t id = 0; id < applets_.size(); ++id)
    if (applets_[id] && instance != kNull && applets_[id]->applet.instance == instance)
      return static_cast<AppletId>(id);
  return std::nullopt;
}

}  // namespace cose::jcre
