// SPDX-License-Identifier: Apache-2.0
// From a load file to linked code, once for all cards that load the same octets against the same imports.
//
// PackageLibrary is the port; PackageCache the library of one thread's cards. A package's identity is the SHA-256 of
// the load file and of the identities of what it imports, so that equal identity means equal code.
// Errors: those of jcvm::link.
#pragma once

#include <map>
#include <memory>

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
};

class PackageCache final : public PackageLibrary {
 public:
  [[nodiscard]] Result<std::shared_ptr<const jcvm::Package>> link(ByteView load_file,
                                                                  jcvm::Packages available) override;
  [[nodiscard]] std::shared_ptr<const jcvm::Package> find(ByteView identity) override;
  // What the card's factory has made itself, such as the API.
  void add(std::shared_ptr<const jcvm::Package> package);
  // The octets of a package that link() made; null for others.
  [[nodiscard]] const Bytes* load_file_of(ByteView identity) const;
  [[nodiscard]] std::size_t size() const { return packages_.size(); }

 private:
  struct Known {
    std::shared_ptr<const jcvm::Package> package;
    Bytes load_file;
  };

  std::map<Bytes, Known> packages_;
};

}  // namespace cose::gpcard
