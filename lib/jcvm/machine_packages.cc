// SPDX-License-Identifier: Apache-2.0
// Packages on a card: loading, numbers of classes, static fields, restart.
//
// The block of a package's static fields is its record in the image: number (in the header's class_id), first class,
// context, identity. From these blocks a restart learns what was loaded.
#include <algorithm>

#include <fmt/format.h>

#include "bytes/hex.h"
#include "jcvm/machine.h"

namespace cose::jcvm {

namespace {

constexpr std::size_t kMaximumClasses = kNoClass;

struct Record {
  ClassId first_class = 0;
  Context context = kRuntimeContext;
  std::uint8_t identity_size = 0;
  std::array<std::uint8_t, Package::kMaximumIdentity> identity{};

  [[nodiscard]] ByteView name() const {
    return ByteView(identity).first(std::min<std::size_t>(identity_size, identity.size()));
  }
};
static_assert(sizeof(Record) == kStaticPrefix);

Record record_in(const std::uint8_t* contents) {
  Record record;
  std::memcpy(&record, contents, sizeof(record));
  return record;
}

}  // namespace

const LoadedPackage* Machine::loaded(PackageNumber number) const {
  return number < packages_.size() && packages_[number].package != nullptr ? &packages_[number] : nullptr;
}

std::optional<PackageNumber> Machine::find_package(ByteView aid) const {
  for (std::size_t number = 0; number < packages_.size(); ++number)
    if (packages_[number].package != nullptr && packages_[number].package->find(aid) != nullptr)
      return static_cast<PackageNumber>(number);
  return std::nullopt;
}

std::optional<PackageNumber> Machine::number_of(const Package& package) const {
  for (std::size_t number = 0; number < packages_.size(); ++number)
    if (packages_[number].package.get() == &package) return static_cast<PackageNumber>(number);
  return std::nullopt;
}

std::vector<std::shared_ptr<const Package>> Machine::packages() const {
  std::vector<std::shared_ptr<const Package>> all;
  for (const auto& each : packages_)
    if (each.package != nullptr) all.push_back(each.package);
  return all;
}

// The first gap that is wide enough.
Result<ClassId> Machine::take_class_numbers(std::size_t count) const {
  std::size_t first = 0;
  for (std::size_t at = 0; at < classes_.size() && at - first < count; ++at)
    if (classes_[at] != nullptr) first = at + 1;
  if (first + count > kMaximumClasses) return fail(ErrorKind::kLimit, fmt::format("no numbers for {} classes", count));
  return static_cast<ClassId>(first);
}

// JCRE 3.1 §6.1.1: a package with applets has a context of its own; others run in their callers'.
Context Machine::take_context() const {
  Context context = 1;
  while (std::ranges::any_of(
      packages_, [&](const LoadedPackage& each) { return each.package != nullptr && each.context == context; }))
    ++context;
  return context;
}

Result<std::vector<PackageNumber>> Machine::numbers_of_imports(const Package& package) const {
  std::vector<PackageNumber> numbers;
  for (const auto& imported : package.imports) {
    const auto number = number_of(*imported);
    if (!number) return fail(ErrorKind::kNotFound, fmt::format("package {} is not on this card", imported->name));
    numbers.push_back(*number);
  }
  return numbers;
}

// ---- changes of content ----

void Machine::begin_change() {
  COSE_ASSERT(!running() && !in_transaction() && !changing());
  // No program's transaction: its capacity bounds an applet, not the runtime.
  heap_.begin(kMaximumPersistent);
  before_change_ = std::make_unique<Bindings>(Bindings{packages_, classes_, object_class_, exceptions_});
}

void Machine::commit_change() {
  COSE_ASSERT(changing() && !running() && !in_transaction());
  heap_.commit();
  before_change_.reset();
  drop_transient_of_the_dead();
  heap_.forget_dead();
  heap_.compact_transient();
}

void Machine::abort_change() {
  COSE_ASSERT(changing() && !running());
  if (in_transaction()) heap_.abort();
  heap_.abort();
  packages_ = std::move(before_change_->packages);
  classes_ = std::move(before_change_->classes);
  object_class_ = before_change_->object_class;
  exceptions_ = std::move(before_change_->exceptions);
  before_change_.reset();
  drop_transient_of_the_dead();
  heap_.forget_dead();
}

Result<PackageNumber> Machine::load(std::shared_ptr<const Package> package) {
  if (running() || in_transaction()) return fail(ErrorKind::kBusy, "a package cannot be loaded while code runs");
  if (changing()) return load_in_change(std::move(package));
  begin_change();
  auto number = load_in_change(std::move(package));
  number ? commit_change() : abort_change();
  return number;
}

Result<PackageNumber> Machine::load_in_change(std::shared_ptr<const Package> package) {
  if (number_of(*package)) return fail(ErrorKind::kRefused, fmt::format("package {} is loaded already", package->name));
  LoadedPackage made;
  COSE_TRY(made.imports, numbers_of_imports(*package));
  COSE_TRY(made.first_class, take_class_numbers(package->classes.size()));
  const auto free = std::ranges::find(packages_, nullptr, [](const LoadedPackage& each) { return each.package.get(); });
  const auto number = static_cast<PackageNumber>(free - packages_.begin());
  if (number == kMaximumPackages) return fail(ErrorKind::kLimit, fmt::format("{} packages are loaded", number));
  if (!package->applets.empty()) made.context = take_context();
  made.package = std::move(package);
  bind(number, std::move(made));
  if (make_parts(number)) return number;
  return fail(ErrorKind::kLimit, "no memory for the static fields");
}

bool Machine::make_parts(PackageNumber number) {
  auto& made = packages_[number];
  made.statics = make_statics(made, number);
  return made.statics != kNull && make_initial_arrays(made) && make_static_instances(made) && make_exceptions(made);
}

void Machine::bind(PackageNumber number, LoadedPackage loaded) {
  const auto& package = *loaded.package;
  const auto end = std::size_t{loaded.first_class} + package.classes.size();
  if (classes_.size() < end) classes_.resize(end);
  for (const auto& each : package.classes) classes_[loaded.first_class + each.index] = &each;
  if (const auto* object = package.find_class(as_bytes(kJavaLangAid), 0)) object_class_ = object->type;
  if (packages_.size() <= number) packages_.resize(number + 1U);
  packages_[number] = std::move(loaded);
}

void Machine::unbind(PackageNumber number) {
  auto& gone = packages_[number];
  for (const auto& each : gone.package->classes) {
    classes_[gone.first_class + each.index] = nullptr;
    exceptions_.erase(&each);
  }
  if (object_class_ != nullptr && object_class_->package == gone.package.get()) object_class_ = nullptr;
  gone = {};
}

Reference Machine::make_statics(const LoadedPackage& loaded, PackageNumber number) {
  const auto& package = *loaded.package;
  Record record{loaded.first_class, loaded.context, static_cast<std::uint8_t>(package.identity.size()), {}};
  std::ranges::copy(package.identity, record.identity.begin());
  NewObject wanted{ObjectKind::kStatics, number,
                   static_cast<std::uint32_t>(sizeof(record) + package.statics.initial.size())};
  const auto statics = heap_.allocate(wanted);
  if (statics == kNull) return kNull;
  const auto& header = *heap_.find(statics);
  const auto& initial = package.statics.initial;
  if (!heap_.write(header, 0, &record, sizeof(record))) return kNull;
  if (!heap_.write(header, kStaticPrefix, initial.data(), static_cast<std::uint32_t>(initial.size()))) return kNull;
  return statics;
}

// JCVM 3.1 §6.11: the first reference fields refer to them.
bool Machine::make_initial_arrays(const LoadedPackage& loaded) {
  std::uint32_t offset = kStaticPrefix;
  for (const auto& array : loaded.package->statics.arrays) {
    const auto kind = static_cast<ObjectKind>(array.type);
    const auto width = element_size(kind);
    NewObject wanted{kind, kNoClass, static_cast<std::uint32_t>(array.values.size() / width)};
    wanted.context = loaded.context;
    if (loaded.context == kRuntimeContext) wanted.flags = kPermanentEntry;
    const auto made = heap_.allocate(wanted);
    if (made == kNull) return false;
    // Big-endian in the CAP file, little-endian here.
    auto values = array.values;
    for (std::size_t at = 0; at < values.size(); at += width)
      std::reverse(values.begin() + static_cast<std::ptrdiff_t>(at),
                   values.begin() + static_cast<std::ptrdiff_t>(at + width));
    if (!heap_.write(*heap_.find(made), 0, values.data(), static_cast<std::uint32_t>(values.size()))) return false;
    if (!set_static(loaded, offset, made)) return false;
    offset += 2;
  }
  return true;
}

bool Machine::make_static_instances(const LoadedPackage& loaded) {
  std::uint32_t offset = kStaticPrefix;
  for (const auto* type : loaded.package->statics.instances) {
    const auto made = type == nullptr ? kNull : new_instance(*type, {}, kPermanentEntry);
    if (type != nullptr && made == kNull) return clear_pending(), false;
    if (!set_static(loaded, offset, made)) return false;
    offset += 2;
  }
  return true;
}

bool Machine::set_static(const LoadedPackage& loaded, std::uint32_t offset, Reference value) {
  const std::array<std::uint8_t, 2> octets = {static_cast<std::uint8_t>(value >> 8),
                                              static_cast<std::uint8_t>(value & 0xFF)};
  return heap_.write(*heap_.find(loaded.statics), offset, octets.data(), octets.size());
}

bool Machine::make_exceptions(const LoadedPackage& loaded) {
  for (const auto* type : loaded.package->thrown) {
    const auto made = new_instance(*type, {}, kTemporaryEntry | kClearOnReset);
    if (made == kNull) return clear_pending(), false;
    exceptions_[type] = made;
  }
  return true;
}

Status Machine::unload(PackageNumber number) {
  if (running() || in_transaction()) return fail(ErrorKind::kBusy, "a package cannot be unloaded while code runs");
  if (changing()) return unload_in_change(number);
  begin_change();
  auto done = unload_in_change(number);
  done ? commit_change() : abort_change();
  return done;
}

Status Machine::unload_in_change(PackageNumber number) {
  const auto* gone = loaded(number);
  if (gone == nullptr) return fail(ErrorKind::kNotFound, fmt::format("there is no package {}", number));
  for (const auto& each : packages_)
    if (each.package != nullptr && std::ranges::find(each.imports, number) != each.imports.end())
      return fail(ErrorKind::kBusy, fmt::format("package {} imports {}", each.package->name, gone->package->name));
  if (has_objects_of(*gone, reachable(number)))
    return fail(ErrorKind::kBusy, fmt::format("objects of package {} are left", gone->package->name));
  if (!heap_.remove(gone->statics)) return fail(ErrorKind::kLimit, "the journal is full");
  packages_[number].statics = kNull;
  static_cast<void>(collect_garbage());
  unbind(number);
  return {};
}

// Live ones, arrays of its classes as well.
bool Machine::has_objects_of(const LoadedPackage& loaded, const std::vector<bool>& live) const {
  const auto count = loaded.package->classes.size();
  for (const auto reference : heap_.all()) {
    const auto& header = *heap_.find(reference);
    if (!live[reference] || (header.kind != ObjectKind::kInstance && header.kind != ObjectKind::kReferenceArray))
      continue;
    if (header.class_id >= loaded.first_class && std::size_t{header.class_id} - loaded.first_class < count) return true;
  }
  return false;
}

// ---- restart ----

std::vector<IdentifiedPackage> Machine::loaded_identities(const Snapshot& snapshot) {
  std::vector<IdentifiedPackage> found;
  Heap heap(HeapLimits{kMaximumPersistent, kMaximumPersistent, 0});
  if (!heap.restore(snapshot)) return found;
  for (const auto reference : heap.all()) {
    const auto& header = *heap.find(reference);
    if (header.kind != ObjectKind::kStatics || header.length < kStaticPrefix) continue;
    found.push_back({static_cast<PackageNumber>(header.class_id), to_bytes(record_in(heap.contents(header)).name())});
  }
  std::ranges::sort(found, {}, &IdentifiedPackage::number);
  return found;
}

Status Machine::restore(const Snapshot& snapshot,
                        const std::function<std::shared_ptr<const Package>(ByteView identity)>& find) {
  COSE_ASSERT(!running());
  before_change_.reset();
  packages_.clear();
  classes_.clear();
  exceptions_.clear();
  transient_states_.clear();
  object_class_ = nullptr;
  if (!heap_.restore(snapshot)) return fail(ErrorKind::kInvalid, "the image of the card contradicts itself");
  COSE_CHECK(bind_restored(find));
  return check_restored();
}

Status Machine::bind_restored(const std::function<std::shared_ptr<const Package>(ByteView identity)>& find) {
  for (const auto reference : heap_.all()) {
    const auto& header = *heap_.find(reference);
    if (header.kind != ObjectKind::kStatics) continue;
    if (header.length < kStaticPrefix || header.class_id >= kMaximumPackages ||
        loaded(static_cast<PackageNumber>(header.class_id)))
      return fail(ErrorKind::kInvalid, "a record of a package contradicts the image");
    const auto record = record_in(heap_.contents(header));
    auto package = find(record.name());
    if (package == nullptr)
      return fail(ErrorKind::kNotFound, fmt::format("package {} is not there", to_hex(record.name())));
    if (header.length != kStaticPrefix + package->statics.initial.size() ||
        record.first_class + package->classes.size() > kMaximumClasses)
      return fail(ErrorKind::kInvalid, fmt::format("package {} is not the one that was loaded", package->name));
    LoadedPackage restored{std::move(package), record.context, record.first_class, reference, {}};
    bind(static_cast<PackageNumber>(header.class_id), std::move(restored));
  }
  for (auto& each : packages_) {
    if (each.package == nullptr) continue;
    COSE_TRY(each.imports, numbers_of_imports(*each.package));
  }
  return {};
}

Status Machine::check_restored() {
  const auto* roots = heap_.find(kRoots);
  if (roots == nullptr || roots->kind != ObjectKind::kReferenceArray || roots->length != kRootCount)
    return fail(ErrorKind::kInvalid, "the image has no roots");
  for (const auto reference : heap_.all()) {
    const auto& header = *heap_.find(reference);
    if (header.kind > ObjectKind::kStatics)
      return fail(ErrorKind::kInvalid,
                  fmt::format("object {} is of kind {}", reference, static_cast<unsigned>(header.kind)));
    if (header.kind != ObjectKind::kInstance) continue;
    const auto* type = class_of(header);
    if (type == nullptr || type->is_interface || header.length < type->instance_octets)
      return fail(ErrorKind::kInvalid,
                  fmt::format("object {} is of class {}, which is not loaded", reference, header.class_id));
    const auto& thrown = type->package->thrown;
    if ((header.flags & kTemporaryEntry) != 0 && std::ranges::find(thrown, type) != thrown.end())
      exceptions_[type] = reference;
  }
  return {};
}

}  // namespace cose::jcvm
