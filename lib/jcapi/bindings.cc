// SPDX-License-Identifier: Apache-2.0
// The list of all tables of natives, in any order. A new table: declare its function, add its line.
#include "jcapi/binding.h"

namespace cose::jcapi {

Bindings language_bindings();  // java.lang, java.io

std::vector<Bindings> all_bindings() {
  return {
      language_bindings(),
  };
}

}  // namespace cose::jcapi
