// SPDX-License-Identifier: Apache-2.0
// The firewall's rules that are not the plain comparison of contexts: JCRE 3.1 §6.2.8.
#include "jcvm/machine.h"

namespace cose::jcvm {

// Of arrays, and of the object itself where a rule speaks of access to it. Fields and calls have rules of their own
// (interpreter_support.cc).
bool Machine::may_access_specially(const ObjectHeader& header) const {
  const auto context = current_.context;
  // JCRE 3.1 §5.1: only while an applet of its context is selected, for the runtime as well as for others.
  if ((header.flags & kClearOnDeselect) != 0 && header.context != kRuntimeContext && context != kRuntimeContext &&
      selected_context_ != header.context)
    return false;
  return context == kRuntimeContext || header.context == context || (header.flags & kOpenArray) != 0;
}

bool Machine::may_store(Reference reference) const {
  // JCRE 3.1 §6.2.8.1 to §6.2.8.3: the runtime may.
  if (current_.context == kRuntimeContext) return true;
  const auto* header = heap_.find(reference);
  return header == nullptr || (header->flags & kNotStorable) == 0;
}

}  // namespace cose::jcvm
