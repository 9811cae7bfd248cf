// SPDX-License-Identifier: Apache-2.0
// What an agent may send to a grid and a grid to an agent, and scripts of RACS: what is read is written back the same,
// and a link ends at nonsense instead of growing.
#include <cstddef>
#include <cstdint>

#include "bytes/testing/manual_clock.h"
#include "grid/agent_session.h"
#include "remote/racs_script.h"

namespace {

using namespace cose;

class Desk final : public grid::AgentDesk {
 public:
  Result<grid::SlotNumber> offered(grid::AgentSession&, const std::vector<grid::Identity>&,
                                   const std::string& card) override {
    COSE_ASSERT(grid::is_agent_card(card));
    return grid::SlotNumber::from_value(301);
  }
  void answered(grid::AgentSession& session, Result<Bytes>) override { asked(session); }
  void present(grid::AgentSession& session, bool) override { asked(session); }

 private:
  static void asked(grid::AgentSession& session) {
    session.ask({.kind = grid::AgentRequest::Kind::kTransmit, .command = {0x00, 0xA4, 0x04, 0x00}});
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  testing::ManualClock clock;
  NullLog log;
  Desk desk;
  grid::AgentSession session(1, desk, clock, log, "fuzz");
  session.start();
  session.secured({});
  session.receive(input);
  COSE_ASSERT(session.output().size() <= 32 * (size + 64));

  const auto text = as_text(input);
  const auto line = text.substr(0, text.find('\n'));
  if (const auto request = grid::parse_agent_request(line))
    COSE_ASSERT(grid::parse_agent_request(grid::to_line(*request)).has_value());
  if (const auto answer = grid::parse_agent_answer(line))
    COSE_ASSERT(grid::parse_agent_answer(grid::to_line(*answer)).has_value());
  if (const auto card = grid::parse_agent_greeting(line)) COSE_ASSERT(grid::agent_greeting(*card) == line);
  if (const auto batches = remote::parse_racs_script(text))
    for (const auto& batch : *batches) COSE_ASSERT(batch.text().ends_with("END\r"));
  return 0;
}
