// SPDX-License-Identifier: Apache-2.0
// A small authority in a folder, for people who have none: what `cose pki` keeps.
//
//   ca.pem ca.key        the authority; whoever has the key can make clients
//   crl.pem              what it has revoked
//   NAME.pem NAME.key    what it has issued
//   index.txt            one line each: SERIAL USE NAME NOT-AFTER [REVOKED], times in seconds since 1970
//
// Keys are files of their owner alone (mode 0600) and are never overwritten. One process at a time changes a folder.
// Errors: kNotFound, kBusy (a name that is taken), kInvalid (names, a broken index), kIo.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bytes/clock.h"
#include "bytes/result.h"
#include "bytes/rng.h"
#include "crypto/certificate.h"

namespace cose::host {

struct PkiEntry {
  Bytes serial;
  crypto::CertificateUse use = crypto::CertificateUse::kClient;
  std::string name;
  Nanoseconds not_after{0};
  std::optional<Nanoseconds> revoked;
};

// "server", "client", "authority"
[[nodiscard]] std::string_view to_string(crypto::CertificateUse use);

class PkiDirectory {
 public:
  // An authority of a new folder, or one without. Errors: kBusy when there is one.
  [[nodiscard]] static Result<PkiDirectory> create(const std::string& folder, const std::string& common_name,
                                                   Nanoseconds lifetime, const Clock& clock, Rng& rng);
  [[nodiscard]] static Result<PkiDirectory> open(const std::string& folder, const Clock& clock, Rng& rng);

  struct Request {
    std::string name;  // of the files: letters, digits, and - _ . @ inside
    std::string common_name;
    std::vector<crypto::AlternativeName> alternative_names;
    crypto::CertificateUse use = crypto::CertificateUse::kClient;
    Nanoseconds lifetime{0};
  };
  // Writes NAME.pem and NAME.key. The name of a revoked certificate may be used again.
  [[nodiscard]] Status issue(const Request& request);
  // Of a name that is good, or of a serial number in hexadecimal. The list is written as well.
  [[nodiscard]] Status revoke(const std::string& name, Nanoseconds list_lifetime);
  [[nodiscard]] Status write_list(Nanoseconds lifetime);

  [[nodiscard]] const std::vector<PkiEntry>& entries() const { return entries_; }
  [[nodiscard]] std::string path(const std::string& file) const { return folder_ + "/" + file; }

 private:
  PkiDirectory(std::string folder, const Clock& clock, Rng& rng)
      : folder_(std::move(folder)), clock_(&clock), rng_(&rng) {}

  [[nodiscard]] Result<Bytes> new_serial();
  [[nodiscard]] Result<crypto::EcPrivateKey> new_key(const std::string& file);
  [[nodiscard]] Status read_index();
  [[nodiscard]] Status write_index() const;
  [[nodiscard]] Result<crypto::EcPrivateKey> authority_key() const;

  std::string folder_;
  const Clock* clock_;
  Rng* rng_;
  std::vector<PkiEntry> entries_;
};

}  // namespace cose::host
