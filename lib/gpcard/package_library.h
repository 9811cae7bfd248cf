// SPDX-License-Identifier: Apache-2.0
// From a load file to linked code, once for all cards that load the same octets against the same imports.
//
// PackageLibrary is the port; PackageCache a library for one thread at a time (host/shared_packages.h: any). A
// package's identity is the SHA-256 of the load file and of the identities of what it imports, so that equal identity
// means equal code. Errors: those of jcvm::link.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "jcvm/link.h"

namespace cose::gpcard {

class PackageLibrary {
 public:
  virtual ~PackageLibrary() = default;

  // `available`: the packages of the card that asks.
  [[nodiscard]] virtual Result<std::shared_ptr<const jcvm::Package>> link(ByteView load_file,
                                                                          jcvm::Packages available) = 0;
  // Null: not known here.
  [[nodiscard]] virtual std::shared_ptr<const jcvm::Package> find(ByteView identity) = 0;
  // What was not linked here, such as the API.
  virtual void add(std::shared_ptr<const jcvm::Package> package) = 0;
  // The octets that link() was given for a package; nothing for others.
  [[nodiscard]] virtual std::optional<Bytes> load_file_of(ByteView identity) = 0;
};

class PackageCache final : public PackageLibrary {
 public:
  [[nodiscard]] Result<std::shared_ptr<const jcvm::Package>> link(ByteView load_file,
                                                                  jcvm::Packages available) override;
  [[nodiscard]] std::shared_ptr<const jcvm::Package> find(ByteView identity) override;
  void add(std::shared_ptr<const jcvm::Package> package) override;
  [[nodiscard]] std::optional<Bytes> load_file_of(ByteView identity) override;
  [[nodiscard]] std::size_t size() const { return packages_.size(); }

 private:
  struct Known {
    std::shared_ptr<const jcvm::Package> package;
    Bytes load_file;
  };

  std::map<Bytes, Known> packages_;
};

}  // namespace cose::gpcard
