// SPDX-License-Identifier: Apache-2.0
// The access of one session under a policy: who came, what he may see and do. A policy that is replaced counts from the
// next command on; what is selected on his cards is remembered across it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "grid/access.h"
#include "grid/application_guard.h"
#include "grid/policy.h"

namespace cose::grid {

class PolicyAccess final : public Access {
 public:
  // The store outlives it.
  PolicyAccess(const PolicyStore& store, std::vector<Identity> identities);

  [[nodiscard]] std::string user() const override;
  [[nodiscard]] UserLimits limits() const override;
  [[nodiscard]] bool may_use(std::string_view seid) const override;
  [[nodiscard]] std::vector<Bytes> applications(std::string_view seid) const override;
  [[nodiscard]] bool may_administer(std::string_view seid) const override;
  [[nodiscard]] std::optional<Refusal> refusal(std::string_view seid, ByteView command) override;
  void answered(std::string_view seid, ByteView command, ByteView response) override;
  void failed(std::string_view seid, ByteView command, const Error& error) override;
  void restarted(std::string_view seid, Restart how) override;

 private:
  // Of the policy that the caller holds.
  [[nodiscard]] std::vector<const Role*> roles(const Policy& policy, std::string_view seid) const;
  [[nodiscard]] ApplicationGuard& guard(std::string_view seid);

  const PolicyStore& store_;
  std::vector<Identity> identities_;
  std::map<std::string, ApplicationGuard, std::less<>> guards_;
};

}  // namespace cose::grid
