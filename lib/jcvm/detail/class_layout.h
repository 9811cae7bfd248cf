// SPDX-License-Identifier: Apache-2.0
// What classes of CAP files and of native packages have in common while they are built.
#pragma once

#include "jcvm/package.h"

namespace cose::jcvm::detail {

void add_interface(Class& made, InterfaceTable table);
void inherit_interfaces(Class& made);
void add_super_interface(Class& made, const Class& super);

}  // namespace cose::jcvm::detail
