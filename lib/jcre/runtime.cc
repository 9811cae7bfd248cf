// SPDX-License-Identifier: Apache-2.0
// A card's beginning and restart, changes of content, reset.
#include "jcre/runtime.h"

#include <algorithm>

#include <fmt/format.h>

#include "api/api.h"
#include "jcre/detail/known.h"

namespace cose::jcre {

namespace {

using jcvm::NewObject;
using jcvm::ObjectKind;
using jcvm::Root;

// JC API 3.1, APDU.getBuffer(): 133 octets at least; and what a short command brings.
constexpr std::uint16_t kSmallestBuffer = 261;

std::uint8_t token_of(std::string_view class_name, std::string_view name, std::string_view descriptor) {
  const auto* type = api::find_class(class_name);
  COSE_ASSERT(type != nullptr);
  const auto* method = api::find_method(*type, name, descriptor);
  COSE_ASSERT(method != nullptr);
  return method->token;
}

}  // namespace

Runtime::Runtime(const RuntimeOptions& options, const Clock& clock, Rng& rng)
    : options_(options), machine_(options.machine), clock_(clock), rng_(rng), known_(std::make_unique<Known>()) {
  options_.apdu_buffer = std::clamp<std::uint16_t>(options_.apdu_buffer, kSmallestBuffer,
                                                   static_cast<std::uint16_t>(Apdu::kMaximumLength));
  machine_.set_hooks(this);
  channels_[0].open = true;
}

Runtime::~Runtime() = default;

Result<std::unique_ptr<Runtime>> Runtime::create(const RuntimeOptions& options, jcvm::Packages api, const Clock& clock,
                                                 Rng& rng) {
  std::unique_ptr<Runtime> made(new Runtime(options, clock, rng));
  const auto fill = [&]() -> Status {
    for (const auto& package : api)
      if (auto number = made->machine_.load(package); !number) return std::unexpected(number.error());
    COSE_CHECK(made->find_known());
    return made->make_apdu();
  };
  COSE_CHECK(made->change_content(fill));
  return made;
}

Result<std::unique_ptr<Runtime>> Runtime::restore(const RuntimeOptions& options, const jcvm::Snapshot& snapshot,
                                                  const FindPackage& find, const Clock& clock, Rng& rng) {
  std::unique_ptr<Runtime> made(new Runtime(options, clock, rng));
  COSE_CHECK(made->machine_.restore(snapshot, find));
  COSE_CHECK(made->find_known());
  made->apdu_object_ = made->machine_.root(Root::kApdu);
  made->apdu_buffer_ = made->machine_.root(Root::kApduBuffer);
  const auto* buffer = made->machine_.heap().find(made->apdu_buffer_);
  if (!made->machine_.is_instance(made->apdu_object_, *made->known_->apdu) || buffer == nullptr ||
      buffer->kind != ObjectKind::kByteArray || buffer->length < kSmallestBuffer)
    return fail(ErrorKind::kInvalid, "the image has no APDU object");
  made->reload_applets();
  return made;
}

Status Runtime::find_known() {
  constexpr auto kApplet = "javacard/framework/Applet";
  constexpr auto kMulti = "javacard/framework/MultiSelectable";
  constexpr auto kEvent = "javacard/framework/AppletEvent";
  auto& known = *known_;
  known.aid = machine_.find_class_named("javacard/framework/AID");
  known.apdu = machine_.find_class_named("javacard/framework/APDU");
  known.applet = machine_.find_class_named(kApplet);
  known.applet_event = machine_.find_class_named(kEvent);
  known.multiselectable = machine_.find_class_named(kMulti);
  known.iso_exception = machine_.find_class_named("javacard/framework/ISOException");
  known.extended_length = machine_.find_class_named("javacardx/apdu/ExtendedLength");
  if (known.aid == nullptr || known.apdu == nullptr || known.applet == nullptr || known.applet_event == nullptr ||
      known.multiselectable == nullptr || known.iso_exception == nullptr)
    return fail(ErrorKind::kNotFound, "javacard.framework is not among the packages of the card");
  known.select = token_of(kApplet, "select", "()Z");
  known.deselect = token_of(kApplet, "deselect", "()V");
  known.process = token_of(kApplet, "process", "(Ljavacard/framework/APDU;)V");
  known.uninstall = token_of(kEvent, "uninstall", "()V");
  known.multi_select = token_of(kMulti, "select", "(Z)Z");
  known.multi_deselect = token_of(kMulti, "deselect", "(Z)V");
  return {};
}

// JCRE 3.1 §6.2.1: the APDU object is a temporary entry point. §6.2.2: its buffer is a global array; its octets are
// nobody's state and so not in the image.
Status Runtime::make_apdu() {
  apdu_object_ = machine_.new_instance(*known_->apdu, {}, jcvm::kTemporaryEntry);
  apdu_buffer_ = machine_.new_object({ObjectKind::kByteArray, jcvm::kNoClass, options_.apdu_buffer,
                                      jcvm::kGlobal | jcvm::kTemporaryEntry | jcvm::kClearOnReset});
  if (apdu_object_ == jcvm::kNull || apdu_buffer_ == jcvm::kNull || !machine_.set_root(Root::kApdu, apdu_object_) ||
      !machine_.set_root(Root::kApduBuffer, apdu_buffer_))
    return fail(ErrorKind::kLimit, "no memory for the APDU buffer");
  return {};
}

MutableByteView Runtime::apdu_buffer_octets() {
  auto& heap = machine_.heap();
  const auto& header = *heap.find(apdu_buffer_);
  return {heap.prepare(header, 0, header.length), header.length};
}

// ---- content ----

Status Runtime::change_content(const std::function<Status()>& change) {
  if (machine_.running()) return fail(ErrorKind::kBusy, "the card's content cannot change while an applet runs");
  if (changes_ > 0) return change();
  changes_ = 1;
  machine_.begin_change();
  auto done = change();
  done ? machine_.commit_change() : machine_.abort_change();
  machine_.clear_pending();
  changes_ = 0;
  reload_applets();
  return done;
}

Status Runtime::store_octets(Root root, ByteView octets) {
  // Natives may do so in the middle of a command; then it is part of the applet's transaction if there is one.
  if (machine_.running()) return store_octets_now(root, octets);
  return change_content([&] { return store_octets_now(root, octets); });
}

Status Runtime::store_octets_now(Root root, ByteView octets) {
  auto& heap = machine_.heap();
  const auto before = machine_.root(root);
  const auto* header = heap.find(before);
  if (header == nullptr || header->length != octets.size()) {
    const auto made =
        heap.allocate({ObjectKind::kByteArray, jcvm::kNoClass, static_cast<std::uint32_t>(octets.size())});
    if (made == jcvm::kNull || !machine_.set_root(root, made))
      return fail(ErrorKind::kLimit, "no memory for the record");
    static_cast<void>(heap.remove(before));
    header = heap.find(made);
  }
  if (!heap.write(*header, 0, octets.data(), static_cast<std::uint32_t>(octets.size())))
    return fail(ErrorKind::kLimit, "the journal is full");
  return {};
}

ByteView Runtime::stored_octets(Root root) const {
  const auto& heap = machine_.heap();
  const auto* header = heap.find(machine_.root(root));
  if (header == nullptr || header->kind != ObjectKind::kByteArray) return {};
  return {heap.contents(*header), header->length};
}

// ---- reset ----

void Runtime::reset() {
  machine_.reset();
  apdu_.end();
  waiting_.clear();
  channels_ = {};
  channels_[0].open = true;
  installation_.reset();
  global_arrays_.clear();
  deletion_requested_ = false;
}

}  // namespace cose::jcre
