// SPDX-License-Identifier: Apache-2.0
#include "net/tls.h"

#include <algorithm>
#include <array>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "net/detail/peer_names.h"
#include "net/psk_file.h"

namespace cose::net {

namespace {

struct Free {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* connection) const { SSL_free(connection); }
};

using ContextHandle = std::unique_ptr<SSL_CTX, Free>;
using ConnectionHandle = std::unique_ptr<SSL, Free>;

// OpenSSL's own words for the newest error, and an empty queue.
std::string reason() {
  const auto code = ERR_peek_last_error();
  ERR_clear_error();
  const auto* words = ERR_reason_error_string(code);
  return words == nullptr ? "unknown reason" : words;
}

std::unexpected<Error> unreadable(const std::string& file, std::string_view what) {
  return fail(ErrorKind::kInvalid, file + ": no usable " + std::string(what) + " (PEM expected): " + reason());
}

Status load_identity(SSL_CTX* context, const std::string& certificate, const std::string& key) {
  if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1)
    return unreadable(certificate, "certificate");
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) return unreadable(key, "private key");
  if (SSL_CTX_check_private_key(context) != 1)
    return fail(ErrorKind::kInvalid, key + " is not the key of " + certificate);
  return {};
}

// RFC 5280 §6.3: from here on a certificate is good only if a list of its authority is there and does not name it.
Status load_revocations(SSL_CTX* context, const std::string& file) {
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  if (X509_STORE_load_file(store, file.c_str()) != 1) return unreadable(file, "list of revoked certificates");
  X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
  return {};
}

// Of TLS 1.2: only what has forward secrecy and authenticates what it encrypts (RFC 9325 §4.2), and no pre-shared keys.
constexpr auto kOldCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

constexpr auto kSuitesOfKeys = "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384";
// OpenSSL wants one where peers are verified, also where no session is ever kept.
constexpr std::array<unsigned char, 4> kSessionContext = {'c', 'o', 's', 'e'};

Result<ContextHandle> make_context(const SSL_METHOD* method, TlsVersion minimum) {
  ContextHandle context(SSL_CTX_new(method));
  if (!context) return fail(ErrorKind::kInternal, "no TLS context: " + reason());
  SSL_CTX_set_min_proto_version(context.get(), minimum == TlsVersion::k12 ? TLS1_2_VERSION : TLS1_3_VERSION);
  if (SSL_CTX_set_cipher_list(context.get(), kOldCiphers) != 1)
    return fail(ErrorKind::kInternal, "no cipher of TLS 1.2: " + reason());
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // An idle connection keeps no record buffers.
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE);
  // Nothing resumes sessions here, and 0-RTT would let commands be replayed (RFC 8446 §8).
  SSL_CTX_set_num_tickets(context.get(), 0);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  return context;
}

bool is_ip_address(const std::string& host) {
  ASN1_OCTET_STRING* octets = a2i_IPADDRESS(host.c_str());
  ASN1_OCTET_STRING_free(octets);
  return octets != nullptr;
}

}  // namespace

struct TlsContext::Data {
  ContextHandle context;
  PskTable keys;
  bool wants_identity = false;  // of clients
};

struct TlsEngine::Data {
  std::shared_ptr<const TlsContext> context;
  ConnectionHandle connection;
  BIO* incoming = nullptr;  // both belong to the connection
  BIO* outgoing = nullptr;
  // Latched: OpenSSL counts a later KeyUpdate, or a try to renegotiate, as a handshake again while it is half done, and
  // a peer can leave it so. Nobody may come in twice.
  bool established = false;
  std::string psk_identity;  // whose key the peer was last asked to prove

  [[nodiscard]] const PskTable& keys() const { return context->data_->keys; }
  // RFC 8446 §4.2.11: sessions are never resumed here, so what looks so was a pre-shared key.
  [[nodiscard]] bool used_key() const { return !psk_identity.empty() && SSL_session_reused(connection.get()) == 1; }
  [[nodiscard]] bool is_anonymous() const {
    return !used_key() && SSL_get0_peer_certificate(connection.get()) == nullptr;
  }

  // What a failed handshake or read means.
  [[nodiscard]] Error failure() const {
    const auto verdict = SSL_get_verify_result(connection.get());
    if (verdict != X509_V_OK)
      return {ErrorKind::kRefused,
              std::string("the peer's certificate is not accepted: ") + X509_verify_cert_error_string(verdict)};
    return {ErrorKind::kRefused, "TLS failed: " + reason()};
  }
};

// ---- pre-shared keys ----

// OpenSSL binds them to SHA-256 (RFC 9257 §4.2: one hash for one key).
struct PskCallbacks {
  // The key of an identity that a client shows; 0: none, and the handshake goes on without.
  static unsigned give_client_key(SSL* connection, const char* identity, unsigned char* key, unsigned room) {
    auto& data = *static_cast<TlsEngine::Data*>(SSL_get_ex_data(connection, 0));
    const auto found = data.keys().find(std::string_view(identity));
    if (found == data.keys().end() || found->second.size() > room) return 0;
    data.psk_identity = found->first;
    return copy(found->second, key);
  }

  // What this client shows.
  static unsigned give_own_key(SSL* connection, const char*, char* identity, unsigned identity_room, unsigned char* key,
                               unsigned room) {
    auto& data = *static_cast<TlsEngine::Data*>(SSL_get_ex_data(connection, 0));
    const auto& [name, secret] = *data.keys().begin();
    if (name.size() >= identity_room || secret.size() > room) return 0;
    std::ranges::copy(name, identity);
    identity[name.size()] = 0;
    data.psk_identity = name;
    return copy(secret, key);
  }

 private:
  static unsigned copy(const Secret& secret, unsigned char* to) {
    std::ranges::copy(secret.view(), to);
    return static_cast<unsigned>(secret.size());
  }
};

TlsContext::TlsContext(std::unique_ptr<Data> data) : data_(std::move(data)) {}
TlsContext::~TlsContext() = default;

Result<std::shared_ptr<const TlsContext>> TlsContext::server(const TlsServerFiles& files) {
  COSE_TRY(auto context, make_context(TLS_server_method(), files.minimum));
  // A pre-shared key counts as a session, and without a context of its own a server that asks for certificates takes
  // none. A client must have no such context: the sessions that its keys make have none.
  SSL_CTX_set_session_id_context(context.get(), kSessionContext.data(), kSessionContext.size());
  PskTable keys;
  if (!files.client_psk.empty()) {
    COSE_TRY(keys, load_psk_file(files.client_psk));
    SSL_CTX_set_psk_server_callback(context.get(), PskCallbacks::give_client_key);
    // A key goes with SHA-256 only, so such suites come first; without this OpenSSL prefers another one, and no key
    // fits.
    if (SSL_CTX_set_ciphersuites(context.get(), kSuitesOfKeys) != 1)
      return fail(ErrorKind::kInternal, "no cipher suite for pre-shared keys: " + reason());
  }
  COSE_CHECK(load_identity(context.get(), files.certificate, files.key));
  if (!files.client_ca.empty()) {
    if (SSL_CTX_load_verify_file(context.get(), files.client_ca.c_str()) != 1)
      return unreadable(files.client_ca, "CA certificate");
    const int needed = files.client_optional ? 0 : SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | needed, nullptr);
  }
  if (!files.client_crl.empty()) COSE_CHECK(load_revocations(context.get(), files.client_crl));
  const bool wants_identity = !files.client_optional && (!files.client_ca.empty() || !keys.empty());
  return std::shared_ptr<const TlsContext>(
      new TlsContext(std::make_unique<Data>(std::move(context), std::move(keys), wants_identity)));
}

Result<std::shared_ptr<const TlsContext>> TlsContext::client(const TlsClientFiles& files) {
  COSE_TRY(auto context, make_context(TLS_client_method(), files.minimum));
  if (files.ca.empty()) {
    SSL_CTX_set_default_verify_paths(context.get());
  } else if (SSL_CTX_load_verify_file(context.get(), files.ca.c_str()) != 1) {
    return unreadable(files.ca, "CA certificate");
  }
  if (!files.certificate.empty()) COSE_CHECK(load_identity(context.get(), files.certificate, files.key));
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  PskTable keys;
  if (!files.psk.empty()) {
    COSE_TRY(keys, load_psk_file(files.psk));
    SSL_CTX_set_psk_client_callback(context.get(), PskCallbacks::give_own_key);
  }
  return std::shared_ptr<const TlsContext>(new TlsContext(std::make_unique<Data>(std::move(context), std::move(keys))));
}

TlsEngine::TlsEngine(std::unique_ptr<Data> data) : data_(std::move(data)) {}
TlsEngine::~TlsEngine() = default;

Result<std::unique_ptr<TlsEngine>> TlsEngine::server(std::shared_ptr<const TlsContext> context) {
  auto data = std::make_unique<Data>();
  data->connection.reset(SSL_new(context->data_->context.get()));
  data->context = std::move(context);
  data->incoming = BIO_new(BIO_s_mem());
  data->outgoing = BIO_new(BIO_s_mem());
  if (!data->connection || data->incoming == nullptr || data->outgoing == nullptr) {
    BIO_free(data->incoming);
    BIO_free(data->outgoing);
    return fail(ErrorKind::kInternal, "no TLS connection: " + reason());
  }
  SSL_set_bio(data->connection.get(), data->incoming, data->outgoing);
  SSL_set_ex_data(data->connection.get(), 0, data.get());
  SSL_set_accept_state(data->connection.get());
  return std::unique_ptr<TlsEngine>(new TlsEngine(std::move(data)));
}

Result<std::unique_ptr<TlsEngine>> TlsEngine::client(std::shared_ptr<const TlsContext> context,
                                                     const std::string& host) {
  COSE_TRY(auto engine, server(std::move(context)));
  auto* connection = engine->data_->connection.get();
  SSL_set_connect_state(connection);
  // RFC 6066 §3: the server name indication holds DNS names only.
  const bool named = is_ip_address(host)
                         ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection), host.c_str()) == 1
                         : SSL_set1_host(connection, host.c_str()) == 1 &&
                               // The macro SSL_set_tlsext_host_name has a C cast in it.
                               SSL_ctrl(connection, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                                        const_cast<char*>(host.c_str())) == 1;
  if (!named) return fail(ErrorKind::kInvalid, "\"" + host + "\" is no host name: " + reason());
  return engine;
}

Status TlsEngine::feed(ByteView records) {
  ERR_clear_error();
  std::size_t taken = 0;
  if (!records.empty() && BIO_write_ex(data_->incoming, records.data(), records.size(), &taken) != 1)
    return fail(ErrorKind::kInternal, "no memory for TLS records");
  if (is_established()) return {};
  const int outcome = SSL_do_handshake(data_->connection.get());
  // With keys but without an authority, OpenSSL lets clients in that have neither.
  if (outcome == 1 && data_->context->data_->wants_identity && data_->is_anonymous())
    return fail(ErrorKind::kRefused, "the peer has neither a certificate nor a pre-shared key");
  data_->established = outcome == 1;
  if (outcome == 1) return {};
  if (SSL_get_error(data_->connection.get(), outcome) == SSL_ERROR_WANT_READ) return {};
  return std::unexpected(data_->failure());
}

bool TlsEngine::is_established() const {
  return data_->established;
}

Status TlsEngine::read(Bytes& plain) {
  std::array<std::uint8_t, 4096> buffer;
  for (;;) {
    ERR_clear_error();
    std::size_t count = 0;
    const int outcome = SSL_read_ex(data_->connection.get(), buffer.data(), buffer.size(), &count);
    if (outcome == 1) {
      append(plain, ByteView(buffer).first(count));
      continue;
    }
    switch (SSL_get_error(data_->connection.get(), outcome)) {
      case SSL_ERROR_WANT_READ: return {};
      case SSL_ERROR_ZERO_RETURN: return fail(ErrorKind::kClosed, "the peer closed the secure channel");
      default: return std::unexpected(data_->failure());
    }
  }
}

Status TlsEngine::write(ByteView plain) {
  while (!plain.empty()) {
    ERR_clear_error();
    std::size_t count = 0;
    if (SSL_write_ex(data_->connection.get(), plain.data(), plain.size(), &count) != 1)
      return std::unexpected(data_->failure());
    plain = plain.subspan(count);
  }
  return {};
}

void TlsEngine::output(std::string& records) {
  const auto waiting = BIO_ctrl_pending(data_->outgoing);
  if (waiting == 0) return;
  const auto start = records.size();
  records.resize(start + waiting);
  std::size_t count = 0;
  BIO_read_ex(data_->outgoing, records.data() + start, waiting, &count);
  records.resize(start + count);
}

void TlsEngine::close() {
  ERR_clear_error();
  if (is_established()) SSL_shutdown(data_->connection.get());
}

std::vector<grid::Identity> TlsEngine::identities() const {
  if (data_->used_key()) return {{grid::Identity::Kind::kPreSharedKey, data_->psk_identity}};
  const X509* certificate = SSL_get0_peer_certificate(data_->connection.get());
  return certificate == nullptr ? std::vector<grid::Identity>() : detail::identities_in(certificate);
}

std::string TlsEngine::version() const {
  return SSL_get_version(data_->connection.get());
}

}  // namespace cose::net
