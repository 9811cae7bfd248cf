// SPDX-License-Identifier: Apache-2.0
#include "bench/state_bench.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "bench/descriptor.h"
#include "bytes/hex.h"
#include "bytes/testing/seeded_rng.h"
#include "crypto/random.h"
#include "fleet/fleet_source.h"
#include "store/rocks_store.h"

namespace cose::bench {

namespace {

using fleet::Fleet;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kGroup = 256;
constexpr std::size_t kRssEvery = 500;

double microseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

double quantile(std::vector<double>& values, double part) {
  if (values.empty()) return 0;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(part * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, at);
  return *at;
}

std::size_t resident_octets() {
  std::ifstream file("/proc/self/statm");
  std::size_t size = 0;
  std::size_t resident = 0;
  file >> size >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::uint64_t octets_in(const std::string& directory) {
  std::uint64_t total = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) total += entry.file_size();
  return total;
}

std::string name_of(std::size_t number) {
  return "card" + std::to_string(number);
}

// Everything that has a directory open, in the order in which it is made.
struct Opened {
  crypto::SystemRng rng;
  std::optional<vault::LocalMasterKey> key;
  std::optional<vault::Keyring> ring;
  std::unique_ptr<store::RocksStore> store;
  std::unique_ptr<vault::Vault> vault;
  std::optional<store::Committer> committer;
  std::optional<Fleet> fleet;
  std::optional<fleet::AloneDriver> driver;
};

Result<std::unique_ptr<Opened>> open(const StateBenchOptions& options) {
  auto opened = std::make_unique<Opened>();
  COSE_TRY(auto key, vault::LocalMasterKey::create(Secret(Bytes(vault::kKeySize, 1)), opened->rng));
  opened->key.emplace(std::move(key));
  opened->ring.emplace(*opened->key);
  COSE_TRY(opened->store, store::RocksStore::open(
                              {.directory = options.directory + "/state", .if_missing = store::IfMissing::kCreate}));
  COSE_TRY(opened->vault, vault::Vault::open(*opened->store, *opened->ring, opened->rng));
  opened->committer.emplace(*opened->store, store::Durability::kDurable);
  opened->committer->set_completer(opened->vault.get());
  opened->fleet.emplace(*opened->vault, *opened->committer, *options.factory, fleet::FleetOptions{options.memory});
  opened->driver.emplace(*opened->committer);
  return opened;
}

// ---- making ----

constexpr std::size_t kPiece = 250;  // of personal data in a command
constexpr std::uint8_t kCount = 0x10;
constexpr std::uint8_t kPut = 0x30;

Bytes select_command(const StateBenchOptions& options) {
  return concat(Bytes{0x00, 0xA4, 0x04, 0x00, static_cast<std::uint8_t>(options.applet.size())}, options.applet);
}

Status expect_success(iso7816::Card& card, ByteView command) {
  Bytes response;
  COSE_CHECK(card.transmit(command, response));
  if (response.size() >= 2 && response[response.size() - 2] == 0x90) return {};
  return fail(ErrorKind::kInvalid, "the applet answers " + to_hex(response));
}

Status start_applet(iso7816::Card& card, const StateBenchOptions& options) {
  COSE_TRY(const auto atr, card.power_up(iso7816::ResetKind::kCold));
  static_cast<void>(atr);
  return expect_success(card, select_command(options));
}

// Data of its own, which wait for the next flush.
Status personalise(Opened& state, const StateBenchOptions& options, std::size_t number, Rng& rng,
                   const Fleet::Done& done) {
  COSE_TRY(const auto id, state.fleet->reserve(name_of(number)));
  COSE_TRY(auto* const card, state.fleet->wake(id));
  COSE_CHECK(start_applet(*card, options));
  for (std::size_t at = 0; at < options.personal; at += kPiece) {
    Bytes data(std::min(kPiece, options.personal - at));
    COSE_CHECK(rng.fill(data));
    const Bytes header{0x80, kPut, static_cast<std::uint8_t>(at >> 8), static_cast<std::uint8_t>(at),
                       static_cast<std::uint8_t>(data.size())};
    COSE_CHECK(expect_success(*card, concat(header, data)));
  }
  COSE_CHECK(card->power_down());
  state.fleet->store_changes(id, std::nullopt, done);
  state.fleet->release(id);
  return {};
}

Status make_cards(Opened& state, const StateBenchOptions& options, StateBenchReport& report) {
  Status failed;
  const Fleet::Done note = [&](const Status& status) {
    if (!status) failed = status;
  };
  state.fleet->create("template", {}, vault::Vault::Role::kTemplate, note);
  COSE_CHECK(state.committer->flush());
  COSE_CHECK(failed);
  testing::SeededRng rng(2);
  const auto start = Clock::now();
  for (std::size_t made = 0; made < options.cards; made += kGroup) {
    const auto end = std::min(made + kGroup, options.cards);
    for (auto number = made; number < end; ++number)
      state.fleet->create(name_of(number), "template", vault::Vault::Role::kCard, note);
    COSE_CHECK(state.committer->flush());
    COSE_CHECK(failed);
    for (auto number = made; number < end; ++number) COSE_CHECK(personalise(state, options, number, rng, note));
    COSE_CHECK(state.committer->flush());
    COSE_CHECK(failed);
  }
  report.made_per_second = static_cast<double>(options.cards) / microseconds_since(start) * 1e6;
  return failed;
}

// ---- the limit ----

// The limit: as many octets as the log gets, in one write with one flush.
class RawFile {
 public:
  explicit RawFile(const std::string& name)
      : file_(::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {}

  [[nodiscard]] Result<double> write(std::size_t octets) {
    const Bytes data(octets, 0x5A);
    const auto start = Clock::now();
    if (::write(file_.number(), data.data(), data.size()) != static_cast<ssize_t>(data.size()) ||
        fdatasync(file_.number()) != 0)
      return fail(ErrorKind::kIo, "the raw file cannot be written");
    return microseconds_since(start);
  }

 private:
  Descriptor file_;
};

// ---- waking ----

enum class Wake : std::uint8_t { kRead, kChange };

// What a terminal does first: power, and the applet; and for a change, a count.
Result<double> first_command(Opened& state, const StateBenchOptions& options, std::size_t number, Wake wake) {
  const auto start = Clock::now();
  COSE_TRY(const auto id, state.fleet->reserve(name_of(number)));
  fleet::FleetCard card(*state.fleet, *state.driver, id);
  COSE_CHECK(start_applet(card, options));
  if (wake == Wake::kChange) COSE_CHECK(expect_success(card, Bytes{0x80, kCount, 0, 0, 0}));
  return microseconds_since(start);
}

Status wake_cards(Opened& state, RawFile& raw, const StateBenchOptions& options, StateBenchReport& report) {
  testing::SeededRng rng(3);
  std::vector<double> reading;
  std::vector<double> changing;
  std::vector<double> flushing;
  COSE_TRY(const auto before, state.store->statistics());
  std::size_t octets = kPiece;
  for (std::size_t wake = 0; wake < options.wakes; ++wake) {
    const auto number = rng.below(options.cards);
    const auto kind = wake % 4 == 0 ? Wake::kChange : Wake::kRead;
    COSE_TRY(const auto card, state.vault->find(name_of(number)));
    const bool slept = !state.fleet->is_awake(card);
    COSE_TRY(const auto took, first_command(state, options, number, kind));
    if (wake == 0) {
      COSE_TRY(const auto after, state.store->statistics());
      octets = after.log_octets - before.log_octets;
    }
    if (kind == Wake::kChange) {
      COSE_TRY(const auto flush, raw.write(octets));
      flushing.push_back(flush);
    }
    if (slept) (kind == Wake::kChange ? changing : reading).push_back(took);
    report.largest_cards = std::max(report.largest_cards, state.fleet->statistics().memory);
    if (wake % kRssEvery == 0) report.largest_resident = std::max(report.largest_resident, resident_octets());
  }
  report.wake_p50_microseconds = quantile(reading, 0.5);
  report.wake_p99_microseconds = quantile(reading, 0.99);
  report.wake_commit_p50_microseconds = quantile(changing, 0.5);
  report.wake_commit_p99_microseconds = quantile(changing, 0.99);
  report.wake_flush_p50_microseconds = quantile(flushing, 0.5);
  report.wake_flush_p99_microseconds = quantile(flushing, 0.99);
  return {};
}

// ---- counting ----

// Each card counts once, and all answers wait for one flush.
Result<double> count_once(Opened& state, const std::vector<store::CardId>& cards) {
  const Bytes command{0x80, kCount, 0, 0, 0};
  std::size_t told = 0;
  const auto start = Clock::now();
  for (const auto card : cards) {
    COSE_TRY(auto* const awake, state.fleet->wake(card));
    COSE_CHECK(expect_success(*awake, command));
    state.fleet->store_changes(card, std::nullopt, [&](const Status& status) { told += status ? 1U : 0U; });
  }
  COSE_CHECK(state.committer->flush());
  if (told != cards.size()) return fail(ErrorKind::kIo, "a counter was not stored");
  return microseconds_since(start);
}

Result<CounterFigures> count(Opened& state, RawFile& raw, const StateBenchOptions& options, std::size_t at_once) {
  std::vector<store::CardId> cards;
  for (std::size_t number = 0; number < at_once; ++number) {
    COSE_TRY(const auto card, state.fleet->reserve(name_of(number)));
    cards.push_back(card);
    COSE_TRY(auto* const awake, state.fleet->wake(card));
    COSE_CHECK(start_applet(*awake, options));
  }
  COSE_TRY(const auto waking, count_once(state, cards));
  static_cast<void>(waking);
  COSE_TRY(const auto before, state.store->statistics());
  const auto groups = state.committer->statistics().groups;
  std::vector<double> ours;
  std::vector<double> limit;
  COSE_TRY(const auto one, count_once(state, cards));
  static_cast<void>(one);
  COSE_TRY(const auto after_one, state.store->statistics());
  const auto octets = after_one.log_octets - before.log_octets;
  for (std::size_t round = 0; round < options.rounds; ++round) {
    COSE_TRY(const auto raw_took, raw.write(octets));
    limit.push_back(raw_took);
    COSE_TRY(const auto took, count_once(state, cards));
    ours.push_back(took);
  }
  COSE_TRY(const auto after, state.store->statistics());
  for (const auto card : cards) state.fleet->release(card);
  const auto made = static_cast<double>(state.committer->statistics().groups - groups);
  CounterFigures figures;
  figures.at_once = at_once;
  figures.raw_microseconds = quantile(limit, 0.5);
  figures.microseconds = quantile(ours, 0.5);
  figures.ratio = figures.raw_microseconds / figures.microseconds;
  figures.flushes_per_group = static_cast<double>(after.flushes - before.flushes) / made;
  figures.log_octets_per_commit =
      static_cast<double>(after.log_octets - before.log_octets) / made / static_cast<double>(at_once);
  return figures;
}

}  // namespace

Result<StateBenchReport> run_state_bench(const StateBenchOptions& options) {
  StateBenchReport report;
  report.cards = options.cards;
  report.memory_budget = options.memory;
  const auto state_directory = options.directory + "/state";
  const auto per_card = [&] {
    return static_cast<double>(octets_in(state_directory)) / static_cast<double>(options.cards);
  };
  {
    COSE_TRY(const auto state, open(options));
    COSE_CHECK(make_cards(*state, options, report));
  }
  report.disk_octets_per_card = per_card();
  const auto start = Clock::now();
  COSE_TRY(const auto state, open(options));
  report.open_milliseconds = microseconds_since(start) / 1000;
  report.resident_at_open = resident_octets();
  RawFile raw(options.directory + "/raw");
  COSE_CHECK(wake_cards(*state, raw, options, report));
  for (const auto at_once : {std::size_t{1}, std::size_t{16}, std::size_t{256}}) {
    if (at_once > options.cards) break;
    COSE_TRY(const auto figures, count(*state, raw, options, at_once));
    report.counters.push_back(figures);
  }
  COSE_CHECK(state->store->compact());
  report.disk_octets_per_card_compacted = per_card();
  return report;
}

std::string to_table(const StateBenchReport& report) {
  const auto mib = [](std::size_t octets) { return static_cast<double>(octets) / (1 << 20); };
  auto text = fmt::format(
      "cards                          {}\n"
      "made                           {:.0f} a second\n"
      "on disk                        {:.0f} octets a card; {:.0f} compacted\n"
      "open                           {:.0f} ms\n"
      "first command, asleep          p50 {:.0f} us, p99 {:.0f} us\n"
      "  with a durable change        p50 {:.0f} us, p99 {:.0f} us; the flush alone p50 {:.0f} us, p99 {:.0f} us\n"
      "memory                         cards {:.1f} of {:.0f} MiB; process {:.0f} MiB at open, {:.0f} MiB at most\n\n"
      "durable counters, medians\n"
      "  at once   group us   raw us   raw/group   flushes/group   log octets/commit\n",
      report.cards, report.made_per_second, report.disk_octets_per_card, report.disk_octets_per_card_compacted,
      report.open_milliseconds, report.wake_p50_microseconds, report.wake_p99_microseconds,
      report.wake_commit_p50_microseconds, report.wake_commit_p99_microseconds, report.wake_flush_p50_microseconds,
      report.wake_flush_p99_microseconds, mib(report.largest_cards), mib(report.memory_budget),
      mib(report.resident_at_open), mib(report.largest_resident));
  for (const auto& row : report.counters)
    text +=
        fmt::format("  {:>7}   {:>8.0f}   {:>6.0f}   {:>9.2f}   {:>13.2f}   {:>17.0f}\n", row.at_once, row.microseconds,
                    row.raw_microseconds, row.ratio, row.flushes_per_group, row.log_octets_per_commit);
  return text;
}

}  // namespace cose::bench
