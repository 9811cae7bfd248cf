// SPDX-License-Identifier: Apache-2.0
// Classes and tokens of javacard.framework that the runtime itself calls, and the guard around each call.
#pragma once

#include "jcre/runtime.h"

namespace cose::jcre {

struct Runtime::Known {
  const jcvm::Class* aid = nullptr;
  const jcvm::Class* apdu = nullptr;
  const jcvm::Class* applet = nullptr;
  const jcvm::Class* applet_event = nullptr;
  const jcvm::Class* extended_length = nullptr;  // null: not on this card
  const jcvm::Class* iso_exception = nullptr;
  const jcvm::Class* multiselectable = nullptr;
  std::uint8_t select = 0;
  std::uint8_t deselect = 0;
  std::uint8_t process = 0;
  std::uint8_t uninstall = 0;
  std::uint8_t multi_select = 0;
  std::uint8_t multi_deselect = 0;
};

class Runtime::Running {
 public:
  Running(Runtime& runtime, std::uint8_t channel, AppletId selected, Context context)
      : runtime_(runtime),
        channel_(runtime.channel_),
        selected_(runtime.selected_),
        context_(runtime.machine_.selected_context()) {
    runtime.channel_ = channel;
    runtime.selected_ = selected;
    runtime.machine_.set_selected_context(context);
  }
  ~Running() {
    runtime_.channel_ = channel_;
    runtime_.selected_ = selected_;
    runtime_.machine_.set_selected_context(context_);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  Runtime& runtime_;
  std::uint8_t channel_;
  AppletId selected_;
  Context context_;
};

}  // namespace cose::jcre
