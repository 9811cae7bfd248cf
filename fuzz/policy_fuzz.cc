// SPDX-License-Identifier: Apache-2.0
// A policy file of anything: what is taken has been checked, and answers about anybody.
#include <cstddef>
#include <cstdint>

#include "bytes/bytes.h"
#include "grid/policy_access.h"
#include "host/policy_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cose;
  auto policy = host::parse_policy(as_text({data, size}), "fuzz");
  if (!policy) {
    COSE_ASSERT(!policy.error().message.empty());
    return 0;
  }
  COSE_ASSERT((*policy)->check().has_value());
  std::vector<grid::Identity> identities = {{grid::Identity::Kind::kCommonName, "phone-7"}};
  for (const auto& user : (*policy)->users)
    if (!user.identities.empty()) identities = {user.identities.front()};
  grid::PolicyStore store(*policy);
  grid::PolicyAccess access(store, identities);
  const Bytes select = {0x00, 0xA4, 0x04, 0x00, 0x07, 0xA0, 0x00, 0x00, 0x00, 0x03, 0x10, 0x10};
  if (!access.refusal("pay1", select)) COSE_ASSERT(access.may_use("pay1"));
  access.answered("pay1", select, {data, size});
  static_cast<void>(access.refusal("pay1", ByteView(data, size)));
  COSE_ASSERT(!access.may_administer("pay1") || access.may_use("pay1"));
  return 0;
}
