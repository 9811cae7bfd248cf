// SPDX-License-Identifier: Apache-2.0
// TLS 1.3 over octets, without sockets: records in, records out. One pipeline thus serves plain and secured
// connections, a connection can be upgraded in place, and a test needs no network.
//
// TlsContext holds certificates and keys, is immutable, shared, and may be used from any thread. TlsEngine is one
// connection, used by one thread at a time; it keeps its context alive.
// Errors: kInvalid (certificate or key files), kRefused (the peer's certificate, or a handshake that fails), kClosed.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"

namespace cose::net {

struct TlsServerFiles {
  std::string certificate;      // PEM, leaf first
  std::string key;              // PEM
  std::string client_ca;        // PEM; empty: clients need no certificate
  std::string client_crl = {};  // PEM, of client_ca: revoked certificates; empty: nothing is revoked
  // A client without a certificate is let in, too; one with a certificate that is no good is not.
  bool client_optional = false;
};

struct TlsClientFiles {
  std::string ca;           // PEM; empty: the system's authorities
  std::string certificate;  // PEM; empty: none
  std::string key;
};

class TlsContext {
 public:
  [[nodiscard]] static Result<std::shared_ptr<const TlsContext>> server(const TlsServerFiles& files);
  [[nodiscard]] static Result<std::shared_ptr<const TlsContext>> client(const TlsClientFiles& files);

  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ~TlsContext();

 private:
  friend class TlsEngine;
  struct Data;
  explicit TlsContext(std::unique_ptr<Data> data);

  std::unique_ptr<Data> data_;
};

class TlsEngine {
 public:
  [[nodiscard]] static Result<std::unique_ptr<TlsEngine>> server(std::shared_ptr<const TlsContext> context);
  // `host` is what the peer's certificate must be for: a DNS name or an IP address.
  [[nodiscard]] static Result<std::unique_ptr<TlsEngine>> client(std::shared_ptr<const TlsContext> context,
                                                                 const std::string& host);

  TlsEngine(const TlsEngine&) = delete;
  TlsEngine& operator=(const TlsEngine&) = delete;
  ~TlsEngine();

  // Takes records from the peer and goes on with the handshake as far as they reach. A client calls it with nothing
  // to begin. After an error output() may still hold the alert that tells the peer.
  [[nodiscard]] Status feed(ByteView records);
  [[nodiscard]] bool is_established() const;

  // Appends what has been decrypted. Error kClosed once the peer has ended its side and all is read.
  [[nodiscard]] Status read(Bytes& plain);
  [[nodiscard]] Status write(ByteView plain);
  // Appends the records that are to be sent.
  void output(std::string& records);
  // Tells the peer that nothing more follows.
  void close();

  // Common name of the peer's certificate; empty without one.
  [[nodiscard]] std::string peer_name() const;
  // DNS names and mail addresses that it is for besides.
  [[nodiscard]] std::vector<std::string> peer_alternative_names() const;

 private:
  struct Data;
  explicit TlsEngine(std::unique_ptr<Data> data);

  std::unique_ptr<Data> data_;
};

}  // namespace cose::net
