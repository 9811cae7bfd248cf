// SPDX-License-Identifier: Apache-2.0
// TLS 1.3, and 1.2 where it is asked for, over octets, without sockets: records in, records out. One pipeline thus
// serves plain and secured connections, a connection can be upgraded in place, and a test needs no network.
//
// A peer proves who it is with a certificate, or with a pre-shared key (TLS 1.3 with (EC)DHE only, RFC 9257). Nobody
// can renegotiate, resume a session or send early data.
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
#include "grid/policy.h"

namespace cose::net {

enum class TlsVersion : std::uint8_t { k12, k13 };

struct TlsServerFiles {
  std::string certificate;      // PEM, leaf first
  std::string key;              // PEM
  std::string client_ca;        // PEM; empty: clients need no certificate
  std::string client_crl = {};  // PEM, of client_ca: revoked certificates; empty: nothing is revoked
  // A client without a certificate is let in, too; one with a certificate that is no good is not.
  bool client_optional = false;
  std::string client_psk = {};  // net/psk_file.h; with it a client has a certificate of client_ca or one of these keys
  TlsVersion minimum = TlsVersion::k13;
};

struct TlsClientFiles {
  std::string ca;           // PEM; empty: the system's authorities
  std::string certificate;  // PEM; empty: none
  std::string key;
  std::string psk = {};  // net/psk_file.h, of which the first in order is shown; empty: none
  TlsVersion minimum = TlsVersion::k13;
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

struct PskCallbacks;

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

  // Who the peer has proven to be: the common name, then the DNS names, mail addresses and URIs of its certificate, or
  // the identity of its pre-shared key. A name that is not UTF-8 of 1 to 255 octets without control characters is no
  // identity, nor is the common name of a subject that has two.
  [[nodiscard]] std::vector<grid::Identity> identities() const;
  // "TLSv1.3"
  [[nodiscard]] std::string version() const;

 private:
  friend struct PskCallbacks;
  struct Data;
  explicit TlsEngine(std::unique_ptr<Data> data);

  std::unique_ptr<Data> data_;
};

}  // namespace cose::net
