// SPDX-License-Identifier: Apache-2.0
#include "console.h"

#include <cstdio>
#include <cstdlib>

#include <unistd.h>

namespace cose::app {

int complain(const Error& error) {
  std::fprintf(stderr, "cose: %s\n", error.message.c_str());
  return kFailure;
}

int complain_of_usage(const Error& error) {
  complain(error);
  return error.kind == ErrorKind::kInvalid ? kUsage : kFailure;
}

std::string coloured(Colour colour, std::string_view text) {
  static const bool wanted = isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
  if (!wanted) return std::string(text);
  const std::string_view code = colour == Colour::kDim       ? "2"
                                : colour == Colour::kGood    ? "32"
                                : colour == Colour::kWarning ? "33"
                                                             : "31";
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

void ClientTlsOptions::add_to(CLI::App& app) {
  app.add_option("--secure", secure, "TLS to a grid: off, offer (when the grid asks for it) or require")
      ->check(CLI::IsMember({"off", "offer", "require"}))
      ->capture_default_str();
  app.add_option("--tls-ca", files.ca, "authority of the grid's certificate (PEM); default: the system's");
  auto* certificate = app.add_option("--tls-certificate", files.certificate, "own certificate (PEM)");
  auto* key = app.add_option("--tls-key", files.key, "its private key (PEM)");
  certificate->needs(key);
  key->needs(certificate);
  app.add_option("--tls-psk", files.psk, "own pre-shared key instead, IDENTITY:HEX in a file");
}

Result<host::CardDefaults> ClientTlsOptions::defaults() const {
  host::CardDefaults defaults{.tls = files};
  COSE_TRY(defaults.secure, host::parse_secure_mode(secure));
  return defaults;
}

}  // namespace cose::app
