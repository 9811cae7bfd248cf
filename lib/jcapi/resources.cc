// SPDX-License-Identifier: Apache-2.0
// javacard.framework.Resources: the static resources of the CAP file whose code asks (JCVM 3.1 §6.16). One object
// serves all; what it gives out is a view, for reading, of a copy that belongs to who asked.
#include <algorithm>

#include "jcapi/binding.h"
#include "jcvm/machine.h"

namespace cose::jcapi {

namespace {

using jcvm::NativeCall;
using jcvm::NativeResult;
using jcvm::ObjectKind;

// getResources(): of a CAP file without any, null.
NativeResult resources(NativeCall& call) {
  const auto* package = call.calling_package();
  if (package == nullptr || package->resources.empty()) return call.return_reference(jcvm::kNull);
  auto& machine = call.machine();
  auto object = machine.root(jcvm::Root::kResources);
  if (object == jcvm::kNull) {
    object = machine.new_instance(*call.method().owner, {}, jcvm::kPermanentEntry);
    if (object == jcvm::kNull) return NativeResult::kThrown;
    if (!machine.set_root(jcvm::Root::kResources, object))
      return call.throw_exception(jcvm::kTransaction, jcvm::kBufferFull);
  }
  return call.return_reference(object);
}

// Null: SystemException is pending.
const Bytes* resource(NativeCall& call) {
  const auto* package = call.calling_package();
  const auto id = static_cast<std::uint16_t>(call.number(0));
  if (package != nullptr)
    for (const auto& each : package->resources)
      if (each.id == id) return &each.content;
  call.machine().throw_exception(jcvm::kSystem, jcvm::kIllegalValue);
  return nullptr;
}

// getSize(short id)
NativeResult size(NativeCall& call) {
  const auto* content = resource(call);
  return content == nullptr ? NativeResult::kThrown : call.return_short(static_cast<std::int16_t>(content->size()));
}

NativeResult view_of(NativeCall& call, ByteView part) {
  const auto length = static_cast<std::uint32_t>(part.size());
  const auto array = call.new_array(ObjectKind::kByteArray, static_cast<std::int32_t>(length));
  if (array == jcvm::kNull) return NativeResult::kThrown;
  auto& heap = call.heap();
  if (!heap.write(*heap.find(array), 0, part.data(), length))
    return call.throw_exception(jcvm::kTransaction, jcvm::kBufferFull);
  const auto owner = call.machine().current();
  jcvm::NewObject wanted{ObjectKind::kByteArray, jcvm::kNoClass, length};
  wanted.context = owner.context;
  wanted.applet = owner.applet;
  const auto view = heap.allocate_view(wanted, {array, 0, jcvm::kViewReadable, 0});
  if (view == jcvm::kNull) return call.machine().throw_no_room(), NativeResult::kThrown;
  return call.return_reference(view);
}

// getView(short id)
NativeResult view(NativeCall& call) {
  const auto* content = resource(call);
  return content == nullptr ? NativeResult::kThrown : view_of(call, *content);
}

// getView(short id, short offset, short length)
NativeResult view_of_part(NativeCall& call) {
  const auto* content = resource(call);
  if (content == nullptr) return NativeResult::kThrown;
  const auto offset = call.number(1);
  const auto length = call.number(2);
  if (offset < 0 || length < 0 || static_cast<std::size_t>(offset + length) > content->size())
    return call.throw_exception(jcvm::kArrayIndexOutOfBounds);
  return view_of(call, ByteView(*content).subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(length)));
}

constexpr std::string_view kResources = "javacard/framework/Resources";
constexpr MethodBinding kMethods[] = {
    {kResources, "getResources()Ljavacard/framework/Resources;", resources},
    {kResources, "getSize(S)S", size},
    {kResources, "getView(S)[B", view},
    {kResources, "getView(SSS)[B", view_of_part},
};

}  // namespace

Bindings resources_bindings() {
  return {kMethods};
}

}  // namespace cose::jcapi
