// SPDX-License-Identifier: Apache-2.0
// cose admin sign ...: tokens, DAP signatures and certificates, made where the key is and no card.
#include <fmt/core.h>

#include "admin/off_card_key.h"
#include "admin_delegation.h"
#include "admin_install.h"
#include "admin_subcommands.h"
#include "bytes/hex.h"
#include "crypto/random.h"
#include "gphost/commands.h"
#include "gphost/delegation.h"
#include "gphost/names.h"
#include "host/files.h"
#include "scp/certificate.h"

namespace cose::app {

namespace {

struct SignOptions {
  std::string key;
  std::string password;
  LoadOptions load;  // file, into, hash
  InstallOptions install;
  std::string aid;
  std::string to;
  std::string privileges;
  bool related = false;
};

// What each verb signs.
using Message = Result<Bytes> (*)(const SignOptions&);

Result<Bytes> token_input(const Result<iso7816::CommandApdu>& command) {
  if (!command) return std::unexpected(command.error());
  return gphost::token_input(*command);
}

Result<Bytes> of_load(const SignOptions& what) {
  COSE_TRY(const auto file, admin::LoadFile::read(what.load.file));
  gphost::LoadRequest request{.package = file.package};
  COSE_TRY(request.domain, from_loose_hex(what.load.into));
  COSE_TRY(request.hash, load_file_hash(what.load.hash, file));
  return token_input(gphost::install_for_load(request));
}

Result<Bytes> of_install(const SignOptions& what) {
  COSE_TRY(const auto file, admin::LoadFile::read(what.load.file));
  COSE_TRY(const auto request, install_request(what.install, &file));
  return token_input(gphost::install_for_install(request, gphost::InstallPurpose::kInstallAndMakeSelectable));
}

Result<Bytes> of_delete(const SignOptions& what) {
  COSE_TRY(const auto aid, from_loose_hex(what.aid));
  using gphost::DeleteRelated;
  return token_input(gphost::delete_object(aid, what.related ? DeleteRelated::kYes : DeleteRelated::kNo, {}));
}

Result<Bytes> of_move(const SignOptions& what) {
  COSE_TRY(const auto aid, from_loose_hex(what.aid));
  COSE_TRY(const auto to, from_loose_hex(what.to));
  return token_input(gphost::install_for_extradition(aid, to, {}));
}

Result<Bytes> of_update(const SignOptions& what) {
  COSE_TRY(const auto aid, from_loose_hex(what.aid));
  COSE_TRY(const auto to, from_loose_hex(what.to));
  COSE_TRY(const auto privileges, gphost::parse_privileges(what.privileges));
  return token_input(gphost::install_for_registry_update(aid, to, privileges, {}));
}

// GPC 2.3.1 §C.3: the hash is the message.
Result<Bytes> of_dap(const SignOptions& what) {
  COSE_TRY(const auto file, admin::LoadFile::read(what.load.file));
  return load_file_hash(what.load.hash, file);
}

Status sign(const SignOptions& what, Message message, const AdminOptions& options) {
  COSE_TRY(const auto octets, message(what));
  COSE_TRY(const auto key, admin::OffCardKey::for_signing(what.key, what.password));
  crypto::SystemRng rng;
  COSE_TRY(const auto signature, key.sign(octets, rng));
  report(options, to_hex(signature));
  return {};
}

struct IssueOptions {
  std::string key;      // of the authority
  std::string subject;  // file with the public key that is certified
  std::string serial_number;
  std::string issuer;
  std::string name;
  std::string expiration;
  bool is_authority = false;
  std::string file;
};

Result<crypto::EcPrivateKey> read_curve_key(const std::string& file) {
  COSE_TRY(const auto octets, admin::read_file(file, crypto::kMaximumPem));
  auto key = crypto::read_private_key(as_text(octets));
  if (!key) return std::unexpected(key.error().within(file));
  if (auto* curve = std::get_if<crypto::EcPrivateKey>(&*key)) return std::move(*curve);
  return fail(ErrorKind::kInvalid, file + ": expected a key on an elliptic curve");
}

Status issue(const IssueOptions& what, const AdminOptions& options) {
  COSE_TRY(const auto authority, read_curve_key(what.key));
  COSE_TRY(const auto octets, admin::read_file(what.subject, crypto::kMaximumPem));
  auto subject = crypto::read_public_key(as_text(octets));
  if (!subject) return std::unexpected(subject.error().within(what.subject));
  const auto* key = std::get_if<crypto::EcPublicKey>(&*subject);
  if (key == nullptr) return fail(ErrorKind::kInvalid, what.subject + ": expected a key on an elliptic curve");
  COSE_TRY(const auto serial_number, from_loose_hex(what.serial_number));
  COSE_TRY(const auto issuer, from_loose_hex(what.issuer));
  COSE_TRY(const auto name, from_loose_hex(what.name));
  COSE_TRY(const auto expiration, from_loose_hex(what.expiration));
  const scp::CertificateRequest request{
      .serial_number = serial_number,
      .issuer = issuer,
      .subject = name,
      .use = what.is_authority ? scp::CertificateUse::kSignature : scp::CertificateUse::kKeyAgreement,
      .expiration = expiration,
      .key = *key};
  crypto::SystemRng rng;
  COSE_TRY(const auto certificate, scp::issue_certificate(request, authority, rng));
  if (what.file.empty()) {
    report(options, to_hex(certificate));
    return {};
  }
  COSE_CHECK(host::write_file(what.file, certificate));
  report(options, fmt::format("{}: {} octets", what.file, certificate.size()));
  return {};
}

void add_issue_verb(CLI::App& parent, const std::shared_ptr<AdminOptions>& options, Verbs& verbs) {
  auto* verb = add_verb(parent, "certificate", "a certificate (7F21) for the keys of SCP11");
  const auto what = std::make_shared<IssueOptions>();
  verb->add_option("PUBLIC-KEY", what->subject, "whose: a PEM file")->required();
  verb->add_option("--with", what->key, "the authority's key: a PEM file")->required();
  verb->add_option("--serial", what->serial_number, "serial number (93), hexadecimal")->required();
  verb->add_option("--issuer", what->issuer, "identifier of the authority (42), hexadecimal")->required();
  verb->add_option("--subject", what->name, "identifier of the holder (5F20), hexadecimal")->required();
  verb->add_option("--until", what->expiration, "last day: YYYYMMDD")->required();
  verb->add_flag("--authority", what->is_authority, "the holder may sign certificates itself");
  verb->add_option("-o,--output", what->file, "file; without one it is printed");
  verbs.push_back({verb, [options, what] {
                     const auto done = issue(*what, *options);
                     return done ? static_cast<int>(kSuccess) : complain_of_usage(done.error());
                   }});
}

// A verb below `sign` with what all have; the caller adds what its message is made of.
CLI::App& add_signer(CLI::App& parent, const std::string& name, const std::string& description, Message message,
                     const std::shared_ptr<SignOptions>& what, const std::shared_ptr<AdminOptions>& options,
                     Verbs& verbs) {
  auto* verb = add_verb(parent, name, description);
  verb->add_option("--with", what->key, "the key: a PEM file, aes:HEX or des:HEX")->required();
  verb->add_option("--pass", what->password, "password of that file");
  verbs.push_back({verb, [what, message, options] {
                     const auto done = sign(*what, message, *options);
                     return done ? static_cast<int>(kSuccess) : complain_of_usage(done.error());
                   }});
  return *verb;
}

void add_file(CLI::App& verb, SignOptions& what) {
  verb.add_option("CAP", what.load.file, "CAP file or load file")->required();
}

void add_hash(CLI::App& verb, SignOptions& what) {
  verb.add_option("--hash", what.load.hash, "hash of the load file; default: SHA-256");
}

}  // namespace

void add_sign_verbs(CLI::App& admin, const std::shared_ptr<AdminOptions>& options, Verbs& verbs) {
  auto* parent = add_verb(admin, "sign", "makes tokens, DAP signatures and certificates without a card");
  parent->require_subcommand(1);
  const auto signer = [&](const char* name, const char* description, Message message, auto add_more) {
    const auto what = std::make_shared<SignOptions>();
    add_more(add_signer(*parent, name, description, message, what, options, verbs), *what);
  };
  signer("load", "the token of load", of_load, [](CLI::App& verb, SignOptions& what) {
    add_file(verb, what);
    add_hash(verb, what);
    verb.add_option("--into", what.load.into, "AID of the domain that gets the package");
  });
  signer("install", "the token of install", of_install, [](CLI::App& verb, SignOptions& what) {
    add_file(verb, what);
    verb.add_option("--applet", what.install.applet, "AID of the applet in the package; default: its only one");
    verb.add_option("--instance", what.install.instance, "AID of the instance; default: that of the applet");
    what.install.add_to(verb);
  });
  signer("delete", "the token of delete", of_delete, [](CLI::App& verb, SignOptions& what) {
    verb.add_option("AID", what.aid, "what goes away")->required();
    verb.add_flag("--related", what.related, "with the instances of a package");
  });
  signer("move", "the token of domain move", of_move, [](CLI::App& verb, SignOptions& what) {
    verb.add_option("AID", what.aid, "what moves")->required();
    verb.add_option("--to", what.to, "AID of the domain")->required();
  });
  signer("update", "the token of domain update", of_update, [](CLI::App& verb, SignOptions& what) {
    verb.add_option("AID", what.aid, "whose registry entry changes")->required();
    verb.add_option("--privileges", what.privileges, "all that it has from now on")->required();
    verb.add_option("--to", what.to, "AID of the domain that gets it");
  });
  add_issue_verb(*parent, options, verbs);
  signer("dap", "the DAP signature of a CAP file", of_dap, [](CLI::App& verb, SignOptions& what) {
    add_file(verb, what);
    add_hash(verb, what);
  });
}

}  // namespace cose::app
