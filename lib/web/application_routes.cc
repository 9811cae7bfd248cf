// SPDX-License-Identifier: Apache-2.0
// Which applications a card has, as far as it tells without a key: it is asked to select what is selected without a
// name, the applications that its payment directory lists, those that the user's roles name, and those whose names
// were given, in part or whole (GPC 2.3.1 §6.4.1.1, EMV 4.4 Book 1 §12, ISO/IEC 7816-4 §11.3.3).
//
// The card is locked and powered for the length of the request. Each SELECT passes the user's policy.
#include <algorithm>
#include <map>
#include <utility>

#include "bytes/hex.h"
#include "tlv/tlv_reader.h"
#include "web/detail/json.h"
#include "web/detail/routes.h"
#include "web/limits.h"

namespace cose::web::detail {

namespace {

using tlv::Tag;

constexpr std::string_view kPaymentDirectory = "2PAY.SYS.DDF01";
constexpr std::size_t kLongestAid = 16;

// GPC 2.3.1 §11.9.2.2: P2 is 00 for the first application of this name, 02 for the next.
enum class Occurrence : std::uint8_t { kFirst = 0x00, kNext = 0x02 };

Bytes select_command(ByteView aid, Occurrence occurrence) {
  Bytes command{0x00, 0xA4, 0x04, static_cast<std::uint8_t>(occurrence)};
  command.push_back(static_cast<std::uint8_t>(aid.size()));
  append(command, aid);
  if (!aid.empty()) command.push_back(0x00);
  return command;
}

struct Question {
  Bytes aid;
  Occurrence occurrence = Occurrence::kFirst;
  std::string_view source;
};

struct Found {
  std::string label;
  std::string_view source;
};

// One request's way through the questions. Kept by its own callbacks until the last answer.
class Search : public std::enable_shared_from_this<Search> {
 public:
  Search(Front& front, std::weak_ptr<Pending> waiting, grid::SessionId owner)
      : front_(front), waiting_(std::move(waiting)), owner_(owner) {}

  void ask(Question question) { questions_.push_back(std::move(question)); }

  void next(CardUse& use) {
    if (at_ == questions_.size() || found_.size() >= kMaximumApplications) return end();
    const auto question = questions_[at_++];
    std::vector<Step> steps(1);
    steps[0].command = select_command(question.aid, question.occurrence);
    steps[0].more_on = 0x61;
    use.run(std::move(steps),
            [self = shared_from_this(), question](const Outcome& outcome) { self->answered(question, outcome); });
  }

 private:
  void answered(const Question& question, const Outcome& outcome) {
    auto use = front_.take(owner_);
    const bool refused = outcome.problem && outcome.problem->status == 403;
    if (outcome.problem && !refused) {
      use.reset();
      return say(respond(*outcome.problem));
    }
    if (!outcome.responses.empty()) learn(question, outcome.responses.front());
    if (waiting_.expired()) return;
    next(front_.hold(std::move(use)));
  }

  void learn(const Question& question, ByteView response) {
    const auto status = response.last(2);
    const auto data = response.first(response.size() - 2);
    if (status[0] != 0x90 && status[0] != 0x62 && status[0] != 0x63) return;
    if (as_text(question.aid) == kPaymentDirectory) learn_directory(data);
    // What the card says that it selected counts more than what was asked for.
    const auto named = tlv::find_path(data, {Tag(0x6F), Tag(0x84)});
    const auto label = tlv::find_path(data, {Tag(0x6F), Tag(0xA5), Tag(0x50)});
    const auto aid = named && *named ? to_bytes(**named) : question.aid;
    const auto text = label && *label ? std::string(as_text(**label)) : std::string();
    if (aid.empty() || aid.size() > kLongestAid) return;
    const bool fresh = found_.emplace(aid, Found{text, question.source}).second;
    // A name may be the beginning of several.
    const bool more = fresh || question.occurrence == Occurrence::kFirst;
    if (more && question.source == "query") ask({question.aid, Occurrence::kNext, "query"});
  }

  // EMV Contactless Book B §3.3.1: 6F, A5, BF0C, and a 61 for each application, with 4F and 50.
  void learn_directory(ByteView data) {
    const auto entries = tlv::find_path(data, {Tag(0x6F), Tag(0xA5), Tag(0xBF0C)});
    if (!entries || !*entries) return;
    tlv::TlvReader reader(**entries);
    while (!reader.at_end() && questions_.size() < kMaximumApplications) {
      const auto entry = reader.next();
      if (!entry) return;
      const auto aid = tlv::find(entry->value, Tag(0x4F));
      if (entry->tag == Tag(0x61) && aid && *aid && (*aid)->size() <= kLongestAid)
        ask({to_bytes(**aid), Occurrence::kFirst, "directory"});
    }
  }

  void end() {
    auto applications = Json::array();
    for (const auto& [aid, found] : found_) {
      Json application{{"aid", to_hex(aid)}, {"source", found.source}};
      if (!found.label.empty()) application["label"] = found.label;
      applications.push_back(std::move(application));
    }
    say(respond_json(200, {{"applications", std::move(applications)}}));
  }

  // The card is given back before anybody hears of it.
  void say(Response response) {
    static_cast<void>(front_.take(owner_));
    if (const auto pending = waiting_.lock()) pending->answer(std::move(response));
  }

  Front& front_;
  std::weak_ptr<Pending> waiting_;
  grid::SessionId owner_;
  std::vector<Question> questions_;
  std::size_t at_ = 0;
  std::map<Bytes, Found> found_;
};

// The names given as aid=...; ISO/IEC 7816-5: 5 to 16 octets.
Result<std::vector<Bytes>> names_asked_for(std::string_view query) {
  std::vector<Bytes> names;
  COSE_TRY(const auto fields, query_fields(query));
  for (const auto& [name, value] : fields) {
    const auto aid = from_hex(value);
    if (name != "aid" || !aid || aid->size() < 5 || aid->size() > kLongestAid)
      return fail(ErrorKind::kInvalid, "expected aid= and 5 to 16 octets in hexadecimal");
    if (names.size() == kMaximumNames) return fail(ErrorKind::kInvalid, "more than 32 names to look for");
    names.push_back(*aid);
  }
  return names;
}

}  // namespace

std::optional<Response> get_applications(Call& call) {
  const auto names = names_asked_for(call.request.query());
  if (!names) return respond(names.error());
  const auto access = call.front.access_of(call.caller);
  const auto granted = access->may_use(call.names[0]) ? access->applications(call.names[0]) : std::vector<Bytes>();
  auto opened = CardUse::open(call.front.cards(), call.caller, call.names[0]);
  if (!opened) return respond(opened.error());
  auto& use = call.front.hold(*std::move(opened));
  auto search = std::make_shared<Search>(call.front, call.pending, use.owner());
  search->ask({Bytes(), Occurrence::kFirst, "default"});
  search->ask({to_bytes(as_bytes(kPaymentDirectory)), Occurrence::kFirst, "directory"});
  for (const auto& aid : granted) search->ask({aid, Occurrence::kFirst, "policy"});
  for (const auto& aid : *names) search->ask({aid, Occurrence::kFirst, "query"});
  use.power_up([&front = call.front, owner = use.owner(), waiting = std::weak_ptr(call.pending),
                search](const Outcome& outcome) {
    auto held = front.take(owner);
    const auto pending = waiting.lock();
    if (!pending) return;
    if (outcome.problem) return pending->answer(respond(*outcome.problem));
    search->next(front.hold(std::move(held)));
  });
  return std::exchange(call.pending->response, std::nullopt);
}

}  // namespace cose::web::detail
