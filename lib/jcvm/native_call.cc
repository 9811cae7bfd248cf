// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "jcvm/machine.h"
#include "jcvm/native.h"

namespace cose::jcvm {

Heap& NativeCall::heap() {
  return machine_.heap_;
}

// ---- arguments ----

std::size_t NativeCall::word_of(std::size_t parameter) const {
  const std::size_t first = method_.is_static ? 0 : 1;
  COSE_ASSERT(first + parameter < method_.arguments.size());
  std::size_t word = 0;
  for (std::size_t at = 0; at < first + parameter; ++at) word += method_.arguments[at] == 'i' ? 2U : 1U;
  return word;
}

std::int16_t NativeCall::number(std::size_t parameter) const {
  return static_cast<std::int16_t>(cells_[word_of(parameter)]);
}

std::int32_t NativeCall::integer(std::size_t parameter) const {
  std::int32_t value = 0;
  std::memcpy(&value, cells_ + word_of(parameter), sizeof(value));
  return value;
}

Reference NativeCall::reference(std::size_t parameter) const {
  return machine_.heap_.normalized(cells_[word_of(parameter)]);
}

// ---- results ----

NativeResult NativeCall::return_void() {
  COSE_ASSERT(method_.returns == Returns::kVoid);
  return NativeResult::kReturned;
}

NativeResult NativeCall::return_short(std::int16_t value) {
  COSE_ASSERT(method_.returns == Returns::kShort);
  cells_[0] = static_cast<std::uint16_t>(value);
  return NativeResult::kReturned;
}

NativeResult NativeCall::return_int(std::int32_t value) {
  COSE_ASSERT(method_.returns == Returns::kInt);
  std::memcpy(cells_, &value, sizeof(value));
  return NativeResult::kReturned;
}

NativeResult NativeCall::return_reference(Reference value) {
  COSE_ASSERT(method_.returns == Returns::kReference);
  cells_[0] = value;
  return NativeResult::kReturned;
}

NativeResult NativeCall::throw_exception(const ExceptionClass& type, std::int16_t reason) {
  machine_.throw_exception(type, reason);
  return NativeResult::kThrown;
}

NativeResult NativeCall::throw_object(Reference exception) {
  machine_.throw_object(exception);
  return NativeResult::kThrown;
}

// ---- who ----

Context NativeCall::context() const {
  return machine_.current_.context;
}

AppletId NativeCall::applet() const {
  return machine_.current_.applet;
}

AppletId NativeCall::previous_applet() const {
  return machine_.previous().applet;
}

const Package* NativeCall::calling_package() const {
  return machine_.frames_.empty() ? nullptr : machine_.frames_.back().method->package;
}

// ---- arrays ----

bool NativeCall::check_access(Reference object) {
  const auto* header = machine_.heap_.find(object);
  if (header == nullptr) return machine_.throw_exception(kNullPointer), false;
  const bool entry = (header->flags & (kPermanentEntry | kTemporaryEntry)) != 0;
  if (!entry && !machine_.may_access(*header)) return machine_.throw_exception(kSecurity), false;
  return true;
}

bool NativeCall::bounded(const ObjectHeader& header, std::int32_t offset, std::int32_t length) {
  if (offset >= 0 && length >= 0 && std::int64_t{offset} + length <= header.length) return true;
  machine_.throw_exception(kArrayIndexOutOfBounds);
  return false;
}

// With the attributes of a view (JCRE 3.1 §6.2.8.2).
const ObjectHeader* NativeCall::open_array(Reference array, ObjectKind kind, std::uint8_t access) {
  if (!check_access(array)) return nullptr;
  const auto& header = *machine_.heap_.find(array);
  const bool octets = kind == ObjectKind::kByteArray && header.kind == ObjectKind::kBooleanArray;
  if (header.kind != kind && !octets) return machine_.violation(), nullptr;
  if ((header.flags & kView) != 0) {
    if ((machine_.heap_.view_info(header).attributes & access) != access)
      return machine_.throw_exception(kSecurity), nullptr;
    if (machine_.heap_.contents(header) == nullptr) return machine_.throw_exception(kNullPointer), nullptr;
  }
  return &header;
}

std::optional<ByteView> NativeCall::readable(Reference array, std::int32_t offset, std::int32_t length) {
  const auto* header = open_array(array, ObjectKind::kByteArray, kViewReadable);
  if (header == nullptr || !bounded(*header, offset, length)) return std::nullopt;
  return ByteView(machine_.heap_.contents(*header) + offset, static_cast<std::size_t>(length));
}

std::optional<MutableByteView> NativeCall::writable(Reference array, std::int32_t offset, std::int32_t length,
                                                    Atomicity atomicity) {
  const auto* header = open_array(array, ObjectKind::kByteArray, kViewWritable);
  if (header == nullptr || !bounded(*header, offset, length)) return std::nullopt;
  auto* octets = machine_.heap_.prepare(*header, static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(length),
                                        atomicity);
  if (octets == nullptr) {
    machine_.throw_exception(kTransaction, kBufferFull);
    return std::nullopt;
  }
  return MutableByteView(octets, static_cast<std::size_t>(length));
}

bool NativeCall::write(Reference array, std::int32_t offset, ByteView octets, Atomicity atomicity) {
  const auto to = writable(array, offset, static_cast<std::int32_t>(octets.size()), atomicity);
  if (!to) return false;
  if (!octets.empty()) std::memmove(to->data(), octets.data(), octets.size());
  return true;
}

const ObjectHeader* NativeCall::array(Reference array, ObjectKind kind) {
  return open_array(array, kind, 0);
}

std::optional<std::int32_t> NativeCall::load_element(Reference array, ObjectKind kind, std::int32_t index) {
  const auto* header = open_array(array, kind, kViewReadable);
  if (header == nullptr || !bounded(*header, index, 1)) return std::nullopt;
  const auto* from = machine_.heap_.contents(*header) + static_cast<std::size_t>(index) * element_size(kind);
  switch (kind) {
    case ObjectKind::kShortArray: {
      std::int16_t value = 0;
      std::memcpy(&value, from, sizeof(value));
      return value;
    }
    case ObjectKind::kIntArray: {
      std::int32_t value = 0;
      std::memcpy(&value, from, sizeof(value));
      return value;
    }
    case ObjectKind::kReferenceArray: {
      Reference value = kNull;
      std::memcpy(&value, from, sizeof(value));
      return machine_.heap_.normalized(value);
    }
    default: return static_cast<std::int8_t>(*from);
  }
}

bool NativeCall::store_element(Reference array, ObjectKind kind, std::int32_t index, std::int32_t value) {
  const auto* header = open_array(array, kind, kViewWritable);
  if (header == nullptr || !bounded(*header, index, 1)) return false;
  if (kind == ObjectKind::kReferenceArray && !machine_.may_store(static_cast<Reference>(value)))
    return machine_.throw_exception(kSecurity), false;
  const auto width = element_size(kind);
  if (machine_.heap_.write(*header, static_cast<std::uint32_t>(index) * width, &value, width)) return true;
  machine_.throw_exception(kTransaction, kBufferFull);
  return false;
}

// ---- objects ----

Reference NativeCall::new_instance(const Class& type, std::uint32_t extra) {
  return machine_.new_instance(type, machine_.current_, 0, extra);
}

Reference NativeCall::new_array(ObjectKind kind, std::int32_t length, ObjectFlags flags) {
  if (length < 0) return machine_.throw_exception(kNegativeArraySize), kNull;
  NewObject wanted{kind, kNoClass, static_cast<std::uint32_t>(length), flags};
  if (kind == ObjectKind::kReferenceArray && machine_.object_class_ != nullptr)
    wanted.class_id = machine_.id_of(*machine_.object_class_);
  wanted.context = machine_.current_.context;
  wanted.applet = machine_.current_.applet;
  return machine_.new_object(wanted);
}

Reference NativeCall::new_object(NewObject wanted) {
  return machine_.new_object(wanted);
}

bool NativeCall::is_instance(Reference object, const Class& type) const {
  return machine_.is_instance(object, type);
}

const Class* NativeCall::class_of(Reference object) const {
  const auto* header = machine_.heap_.find(object);
  return header == nullptr ? nullptr : machine_.class_of(*header);
}

const Class* NativeCall::find_class(std::string_view package_aid, std::uint8_t token) const {
  return machine_.find_class(package_aid, token);
}

// ---- state ----

std::optional<ByteView> NativeCall::state_of(Reference object, const Class& type) const {
  if (!machine_.is_instance(object, type)) return std::nullopt;
  const auto& header = *machine_.heap_.find(object);
  return ByteView(machine_.heap_.contents(header), type.native_octets);
}

ByteView NativeCall::state() const {
  return *state_of(self(), *method_.owner);
}

bool NativeCall::write_instance(Reference object, std::uint32_t offset, std::uint32_t end, ByteView octets,
                                Atomicity atomicity) {
  const auto* header = machine_.heap_.find(object);
  COSE_ASSERT(header != nullptr && end <= header->length && offset <= end && octets.size() <= end - offset);
  if (machine_.heap_.write(*header, offset, octets.data(), static_cast<std::uint32_t>(octets.size()), atomicity))
    return true;
  machine_.throw_exception(kTransaction, kBufferFull);
  return false;
}

bool NativeCall::write_state(Reference object, std::uint32_t offset, ByteView octets, Atomicity atomicity) {
  const auto* type = class_of(object);
  COSE_ASSERT(type != nullptr);
  return write_instance(object, offset, type->native_octets, octets, atomicity);
}

ByteView NativeCall::extra(Reference object) const {
  const auto* type = class_of(object);
  COSE_ASSERT(type != nullptr);
  const auto& header = *machine_.heap_.find(object);
  return {machine_.heap_.contents(header) + type->instance_octets, std::size_t{header.length} - type->instance_octets};
}

bool NativeCall::write_extra(Reference object, std::uint32_t offset, ByteView octets, Atomicity atomicity) {
  const auto* type = class_of(object);
  COSE_ASSERT(type != nullptr);
  return write_instance(object, type->instance_octets + offset, machine_.heap_.find(object)->length, octets, atomicity);
}

std::uint32_t NativeCall::held_offset(const Class& type, std::size_t index) {
  const auto inherited = type.super == nullptr ? 0 : type.super->reference_offsets.size();
  COSE_ASSERT(inherited + index < type.reference_offsets.size());
  return type.reference_offsets[inherited + index];
}

Reference NativeCall::held(Reference object, const Class& type, std::size_t index) const {
  if (!machine_.is_instance(object, type)) return kNull;
  Reference value = kNull;
  std::memcpy(&value, machine_.heap_.contents(*machine_.heap_.find(object)) + held_offset(type, index), sizeof(value));
  return machine_.heap_.normalized(value);
}

bool NativeCall::hold(Reference object, const Class& type, std::size_t index, Reference value) {
  COSE_ASSERT(machine_.is_instance(object, type));
  const auto octets = ByteView(reinterpret_cast<const std::uint8_t*>(&value), sizeof(value));
  return write_instance(object, held_offset(type, index), type.native_octets, octets, Atomicity::kAtomic);
}

Reference NativeCall::static_reference(std::size_t index) const {
  const auto number = machine_.number_of(*method_.package);
  COSE_ASSERT(number && index < method_.package->statics.reference_count);
  const auto& header = *machine_.heap_.find(machine_.packages_[*number].statics);
  const auto* octets = machine_.heap_.contents(header) + kStaticPrefix + 2 * index;
  return machine_.heap_.normalized(static_cast<Reference>(octets[0] << 8 | octets[1]));
}

TransientState* NativeCall::find_transient(Reference object) {
  const auto found = machine_.transient_states_.find(object);
  return found == machine_.transient_states_.end() ? nullptr : found->second.get();
}

void NativeCall::set_transient(Reference object, std::unique_ptr<TransientState> state) {
  machine_.transient_states_[object] = std::move(state);
}

}  // namespace cose::jcvm
