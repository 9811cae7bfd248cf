// SPDX-License-Identifier: Apache-2.0
// The process's linked packages, for software cards on all threads. What is linked is immutable; only the list of what
// there is has a lock, held for the time of a look-up or of one linking.
#pragma once

#include <mutex>

#include "gpcard/package_library.h"

namespace cose::host {

class SharedPackages final : public gpcard::PackageLibrary {
 public:
  [[nodiscard]] Result<std::shared_ptr<const jcvm::Package>> link(ByteView load_file,
                                                                  jcvm::Packages available) override {
    const std::lock_guard lock(mutex_);
    return cache_.link(load_file, available);
  }
  [[nodiscard]] std::shared_ptr<const jcvm::Package> find(ByteView identity) override {
    const std::lock_guard lock(mutex_);
    return cache_.find(identity);
  }
  void add(std::shared_ptr<const jcvm::Package> package) override {
    const std::lock_guard lock(mutex_);
    cache_.add(std::move(package));
  }
  [[nodiscard]] std::optional<Bytes> load_file_of(ByteView identity) override {
    const std::lock_guard lock(mutex_);
    return cache_.load_file_of(identity);
  }

 private:
  std::mutex mutex_;
  gpcard::PackageCache cache_;
};

}  // namespace cose::host
