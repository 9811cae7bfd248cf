// SPDX-License-Identifier: Apache-2.0
// cose agent: cards of this machine in slots of a far grid, by a link that this machine opens.
#include <atomic>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <memory>
#include <mutex>
#include <thread>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "bytes/hex.h"
#include "command.h"
#include "console.h"
#include "crypto/random.h"
#include "host/system_clock.h"
#include "iso7816/masking.h"
#include "net/agent_hub.h"
#include "remote/card_agent.h"

namespace cose::app {

namespace {

using remote::AgentEvent;

constexpr auto kDescription = "Offers cards of this machine to a grid: readers behind NAT become its slots.";

constexpr auto kExamples = R"(Examples:
  cose agent --to grid.example --card visa=pcsc:Gemalto --tls-ca ca.pem --tls-certificate lab.pem --tls-key lab.key
  cose agent --to grid.example:7778 --card one=sim:cards/one --card two=sim:cards/two ...

The grid says who may offer which cards to which slots: cose serve --agents 0.0.0.0:7778 --agent lab-7/visa*=301-310,
where lab-7 is the common name of this machine's certificate. A link that is lost is dialled again, after pauses that
grow to half a minute. The card is powered down whenever its link ends.)";

struct AgentCommandOptions {
  std::string to;
  std::vector<std::string> cards;
  ClientTlsOptions tls;
  bool json = false;
};

struct Job {
  std::string name;
  std::unique_ptr<remote::CardAgent> agent;
};

// Agents report from threads of their own.
class AgentView {
 public:
  explicit AgentView(bool json) : json_(json) {}

  void show(const std::string& card, const AgentEvent& event) {
    const std::lock_guard lock(mutex_);
    json_ ? print_json(card, event) : print_line(card, event);
  }

 private:
  static void print_json(const std::string& card, const AgentEvent& event) {
    nlohmann::ordered_json line{{"card", card}};
    switch (event.kind) {
      case AgentEvent::Kind::kOffered: line["event"] = "offered", line["slot"] = event.detail; break;
      case AgentEvent::Kind::kLost: line["event"] = "lost", line["detail"] = event.detail; break;
      case AgentEvent::Kind::kExchange:
        line["event"] = "exchange";
        line["command"] = iso7816::loggable_command(event.command);
        line["response"] = iso7816::loggable_response(event.command, event.response);
    }
    std::cout << line.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) << "\n" << std::flush;
  }

  static void print_line(const std::string& card, const AgentEvent& event) {
    switch (event.kind) {
      case AgentEvent::Kind::kOffered:
        fmt::print("{}: {}\n", card, coloured(Colour::kGood, fmt::format("slot {}", event.detail)));
        break;
      case AgentEvent::Kind::kLost: fmt::print("{}: {}\n", card, coloured(Colour::kBad, event.detail)); break;
      case AgentEvent::Kind::kExchange:
        fmt::print("{}: {} -> {}\n", card, iso7816::loggable_command(event.command),
                   iso7816::loggable_response(event.command, event.response));
    }
    std::fflush(stdout);
  }

  bool json_;
  std::mutex mutex_;
};

Result<std::shared_ptr<net::LineClient>> way_to_grid(const AgentCommandOptions& options) {
  net::LineClientOptions line;
  line.secure = grid::SecureMode::kRequire;
  line.opening = net::LineClientOptions::Opening::kTls;
  COSE_TRY(line.endpoint, net::Endpoint::parse(options.to, net::kAgentPort));
  if (options.tls.files.certificate.empty())
    return fail(ErrorKind::kInvalid, "an agent needs a certificate; say --tls-certificate and --tls-key");
  COSE_TRY(line.tls, net::TlsContext::client(options.tls.files));
  return std::make_shared<net::LineClient>(std::move(line));
}

Result<std::vector<Job>> make_jobs(const AgentCommandOptions& options, host::CardOpener& opener) {
  COSE_TRY(const auto way, way_to_grid(options));
  const auto rng = std::make_shared<crypto::SystemRng>();
  std::vector<Job> jobs;
  for (const auto& text : options.cards) {
    const auto equals = text.find('=');
    Job job;
    job.name = text.substr(0, equals);
    if (equals == std::string::npos || !grid::is_agent_card(job.name))
      return fail(ErrorKind::kInvalid, "--card " + text + ": expected NAME=URI, such as visa=pcsc:");
    COSE_TRY(auto source, opener.source(std::string_view(text).substr(equals + 1)));
    job.agent = std::make_unique<remote::CardAgent>(way, job.name, std::move(source), remote::Backoff(rng));
    jobs.push_back(std::move(job));
  }
  return jobs;
}

// Until SIGTERM or SIGINT, which this thread alone takes.
int serve(const std::vector<Job>& jobs, bool json) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  AgentView view(json);
  std::atomic<bool> stopping = false;
  std::vector<std::thread> threads;
  for (const auto& job : jobs)
    threads.emplace_back([&] {
      job.agent->run([&] { return stopping.load(); }, [&](const AgentEvent& event) { view.show(job.name, event); });
    });
  int signal = 0;
  sigwait(&signals, &signal);
  stopping = true;
  // Whoever cannot wait for a card sends a second one.
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  for (auto& thread : threads) thread.join();
  return kSuccess;
}

int run(const AgentCommandOptions& options) {
  const host::SystemClock clock;
  auto defaults = options.tls.defaults();
  if (!defaults) return complain_of_usage(defaults.error());
  defaults->sharing = pcsc::Sharing::kExclusive;
  host::CardOpener opener(clock, *defaults);
  const auto jobs = make_jobs(options, opener);
  if (!jobs) return complain_of_usage(jobs.error());
  return serve(*jobs, options.json);
}

}  // namespace

Command make_agent(CLI::App& parent) {
  auto* app = parent.add_subcommand("agent", kDescription);
  const auto options = std::make_shared<AgentCommandOptions>();
  app->footer(kExamples);
  app->add_option("--to", options->to, "HOST[:PORT] where the grid listens for agents")->required();
  app->add_option("--card", options->cards, "a card and the name that it is offered by; may be given several times")
      ->type_name("NAME=URI")
      ->required();
  app->add_flag("--json", options->json, "one JSON object an event");
  options->tls.add_to(*app);
  return {app, [options] { return run(*options); }};
}

}  // namespace cose::app
