// SPDX-License-Identifier: Apache-2.0
#include "host/pki_directory.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <sstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes/hex.h"
#include "crypto/pem.h"
#include "host/files.h"

namespace cose::host {

namespace {

using crypto::CertificateUse;

constexpr std::size_t kSerial = 16;
constexpr std::size_t kLongestName = 64;
constexpr std::size_t kMaximumIndex = std::size_t{64} << 20;
constexpr mode_t kOwner = S_IRUSR | S_IWUSR;
// Clocks differ: a new certificate is good at once, everywhere.
constexpr auto kEarlier = std::chrono::minutes(5);
constexpr std::array kUses = {CertificateUse::kAuthority, CertificateUse::kServer, CertificateUse::kClient};

bool is_name(std::string_view text) {
  const auto fits = [](char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') || std::string_view("-_.@").find(character) != std::string_view::npos;
  };
  return !text.empty() && text.size() <= kLongestName && text.front() != '.' && text.front() != '-' &&
         std::ranges::all_of(text, fits) && text != "ca" && text != "crl" && text != "index";
}

// A key is written once, for its owner.
Status write_key(const std::string& file, ByteView text) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kOwner);
  if (descriptor < 0)
    return fail(errno == EEXIST ? ErrorKind::kBusy : ErrorKind::kIo, file + ": " + std::strerror(errno));
  const bool written =
      ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && fsync(descriptor) == 0;
  const auto reason = errno;
  close(descriptor);
  return written ? Status() : fail(ErrorKind::kIo, file + ": cannot be written: " + std::strerror(reason));
}

std::int64_t seconds(Nanoseconds when) {
  return std::chrono::duration_cast<std::chrono::seconds>(when).count();
}

Result<PkiEntry> parse_entry(const std::string& line) {
  std::istringstream words(line);
  std::string serial;
  std::string use;
  PkiEntry entry;
  std::int64_t not_after = 0;
  words >> serial >> use >> entry.name >> not_after;
  auto octets = from_hex(serial);
  const auto* const found = std::ranges::find(kUses, use, [](CertificateUse each) { return to_string(each); });
  if (!words || !octets || octets->empty() || found == kUses.end())
    return fail(ErrorKind::kInvalid, "expected SERIAL USE NAME NOT-AFTER [REVOKED]");
  entry.serial = *std::move(octets);
  entry.use = *found;
  entry.not_after = std::chrono::seconds(not_after);
  if (std::int64_t revoked = 0; words >> revoked) entry.revoked = std::chrono::seconds(revoked);
  return entry;
}

}  // namespace

std::string_view to_string(CertificateUse use) {
  switch (use) {
    case CertificateUse::kAuthority: return "authority";
    case CertificateUse::kServer: return "server";
    case CertificateUse::kClient: break;
  }
  return "client";
}

Result<PkiDirectory> PkiDirectory::create(const std::string& folder, const std::string& common_name,
                                          Nanoseconds lifetime, const Clock& clock, Rng& rng) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(ErrorKind::kIo, folder + ": " + error.message());
  PkiDirectory made(folder, clock, rng);
  COSE_TRY(const auto key, made.new_key("ca.key"));
  COSE_TRY(auto serial, made.new_serial());
  const auto now = clock.wall();
  COSE_TRY(const auto certificate, crypto::self_sign_certificate({.common_name = common_name,
                                                                  .alternative_names = {},
                                                                  .use = CertificateUse::kAuthority,
                                                                  .serial = std::move(serial),
                                                                  .not_before = now - kEarlier,
                                                                  .not_after = now + lifetime},
                                                                 key));
  COSE_CHECK(write_file(made.path("ca.pem"), as_bytes(certificate)));
  COSE_CHECK(made.write_index());
  return made;
}

Result<PkiDirectory> PkiDirectory::open(const std::string& folder, const Clock& clock, Rng& rng) {
  PkiDirectory opened(folder, clock, rng);
  COSE_CHECK(opened.read_index());
  return opened;
}

// RFC 5280 §4.1.2.2 and its advice in §8: not to be guessed.
Result<Bytes> PkiDirectory::new_serial() {
  Bytes serial(kSerial);
  COSE_CHECK(rng_->fill(serial));
  serial[0] = static_cast<std::uint8_t>((serial[0] & 0x3F) | 0x40);
  return serial;
}

Result<crypto::EcPrivateKey> PkiDirectory::new_key(const std::string& file) {
  COSE_TRY(const auto curve, crypto::EcCurve::named(crypto::CurveName::kP256));
  COSE_TRY(auto key, crypto::EcPrivateKey::generate(curve, *rng_));
  COSE_TRY(const auto text, crypto::write_private_key(key));
  COSE_CHECK(write_key(path(file), text.view()));
  return key;
}

Result<crypto::EcPrivateKey> PkiDirectory::authority_key() const {
  COSE_TRY(auto text, read_file(path("ca.key"), crypto::kMaximumPem));
  auto key = crypto::read_private_key(text);
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  if (!key) return std::unexpected(key.error().within(path("ca.key")));
  if (auto* curve_key = std::get_if<crypto::EcPrivateKey>(&*key)) return std::move(*curve_key);
  return fail(ErrorKind::kInvalid, path("ca.key") + ": expected a key on P-256");
}

Status PkiDirectory::issue(const Request& request) {
  if (!is_name(request.name))
    return fail(ErrorKind::kInvalid, "a name has letters, digits, and - _ . @ inside, found \"" + request.name + "\"");
  for (const auto& entry : entries_)
    if (entry.name == request.name && !entry.revoked)
      return fail(ErrorKind::kBusy, request.name + " has a certificate; revoke it first, or take another name");
  COSE_TRY(const auto signer, authority_key());
  COSE_TRY(const auto authority, read_file(path("ca.pem"), crypto::kMaximumPem));
  PkiEntry entry;
  entry.use = request.use;
  entry.name = request.name;
  COSE_TRY(entry.serial, new_serial());
  const auto now = clock_->wall();
  entry.not_after = now + request.lifetime;
  // The key of a certificate that was revoked makes room.
  std::error_code ignored;
  std::filesystem::remove(path(request.name + ".key"), ignored);
  COSE_TRY(const auto key, new_key(request.name + ".key"));
  COSE_TRY(const auto other_half, key.public_key());
  COSE_TRY(const auto certificate, crypto::issue_certificate({.common_name = request.common_name,
                                                              .alternative_names = request.alternative_names,
                                                              .use = request.use,
                                                              .serial = entry.serial,
                                                              .not_before = now - kEarlier,
                                                              .not_after = entry.not_after},
                                                             other_half, {authority, signer}));
  // Noted first: what was issued can be revoked.
  entries_.push_back(std::move(entry));
  COSE_CHECK(write_index());
  return write_file(path(request.name + ".pem"), as_bytes(certificate));
}

Status PkiDirectory::revoke(const std::string& name, Nanoseconds list_lifetime) {
  const auto found = std::ranges::find_if(entries_, [&](const PkiEntry& entry) {
    return !entry.revoked && (entry.name == name || to_hex(entry.serial) == name);
  });
  if (found == entries_.end())
    return fail(ErrorKind::kNotFound, name + ": no good certificate has this name or serial number");
  found->revoked = clock_->wall();
  COSE_CHECK(write_index());
  return write_list(list_lifetime);
}

Status PkiDirectory::write_list(Nanoseconds lifetime) {
  COSE_TRY(const auto signer, authority_key());
  COSE_TRY(const auto authority, read_file(path("ca.pem"), crypto::kMaximumPem));
  const auto now = clock_->wall();
  crypto::RevocationList list;
  // RFC 5280 §5.2.3: grows, even when the folder is copied and goes on in two places.
  list.number = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
  list.this_update = now;
  list.next_update = now + lifetime;
  for (const auto& entry : entries_)
    if (entry.revoked) list.revoked.push_back({entry.serial, *entry.revoked});
  COSE_TRY(const auto text, crypto::issue_revocation_list(list, {authority, signer}));
  return write_file(path("crl.pem"), as_bytes(text));
}

Status PkiDirectory::read_index() {
  COSE_TRY(const auto text, read_file(path("index.txt"), kMaximumIndex));
  std::istringstream lines(text);
  std::string line;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    auto entry = parse_entry(line);
    if (!entry) return std::unexpected(entry.error().within(fmt::format("{}:{}", path("index.txt"), number)));
    entries_.push_back(*std::move(entry));
  }
  return {};
}

Status PkiDirectory::write_index() const {
  std::string text;
  for (const auto& entry : entries_) {
    text +=
        fmt::format("{} {} {} {}", to_hex(entry.serial), to_string(entry.use), entry.name, seconds(entry.not_after));
    if (entry.revoked) text += fmt::format(" {}", seconds(*entry.revoked));
    text += '\n';
  }
  return write_file(path("index.txt"), as_bytes(text));
}

}  // namespace cose::host
