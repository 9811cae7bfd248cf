// SPDX-License-Identifier: Apache-2.0
#include "kiosk/explorer.h"

#include <algorithm>

#include <fmt/core.h>

#include "bytes/hex.h"
#include "iso7816/atr.h"
#include "kiosk/detail/known_aids.h"

namespace cose::kiosk {

using iso7816::StatusWord;

namespace {

constexpr std::uint32_t kWholeAnswer = 256;

std::string status_text(StatusWord status) {
  return iso7816::to_string(status) + " " + iso7816::meaning(status);
}

bool is_answered(StatusWord status) {
  return status.is_success() || status.is_warning();
}

std::string printable(ByteView octets) {
  std::string text;
  for (const auto octet : octets) text += octet >= ' ' && octet <= '~' ? static_cast<char>(octet) : '.';
  return text;
}

const tlv::Node* find(const std::vector<tlv::Node>& nodes, tlv::Tag tag) {
  for (const auto& node : nodes) {
    if (node.tag == tag) return &node;
    if (const auto* below = find(node.children, tag)) return below;
  }
  return nullptr;
}

}  // namespace

Explorer::Explorer(iso7816::Card& card, const Clock& clock, Rng& rng, ExploreOptions options)
    : card_(card), clock_(clock), rng_(rng), options_(std::move(options)) {}

Result<Explorer::Answer> Explorer::send(const iso7816::CommandApduView& command) {
  if (++commands_ > kMaximumCommands)
    return fail(ErrorKind::kLimit, fmt::format("the card asks for more than {} commands", kMaximumCommands));
  Bytes octets;
  COSE_CHECK(command.encode_to(octets));
  const auto answer = iso7816::transceive(card_, octets);
  // What a recording does not hold, its card did not know; all but the first question may go unanswered.
  if (!answer && answer.error().kind == ErrorKind::kNotFound && commands_ > 1)
    return Answer{.data = {}, .status = StatusWord{0x6D00}};
  if (!answer) return std::unexpected(answer.error());
  return Answer::parse(*answer);
}

Result<Explorer::Answer> Explorer::select(ByteView name, std::uint8_t p2) {
  return send({.ins = 0xA4, .p1 = 0x04, .p2 = p2, .data = name, .le = kWholeAnswer});
}

Result<Explorer::Answer> Explorer::get_data(tlv::Tag tag) {
  return send({.cla = 0x80,
               .ins = 0xCA,
               .p1 = static_cast<std::uint8_t>(tag.value() >> 8),
               .p2 = static_cast<std::uint8_t>(tag.value()),
               .le = kWholeAnswer});
}

Result<Explorer::Answer> Explorer::read_record(unsigned file, unsigned record) {
  return send({.ins = 0xB2,
               .p1 = static_cast<std::uint8_t>(record),
               .p2 = static_cast<std::uint8_t>(file << 3 | 4),
               .le = kWholeAnswer});
}

Result<Item> Explorer::explore() {
  COSE_TRY(const auto atr, card_.power_up(iso7816::ResetKind::kCold));
  auto card = group("Card", "ATR " + to_hex(atr));
  COSE_CHECK(options_.profile.begin(clock_, rng_));
  COSE_CHECK(read_directory("2PAY.SYS.DDF01", true, card));
  COSE_CHECK(read_directory("1PAY.SYS.DDF01", false, card));
  if (applications_.empty() || options_.search) COSE_CHECK(search_known(card));
  if (applications_.empty())
    card.children.push_back(problem("No payment application", "neither directories nor known AIDs"));
  for (const auto& application : applications_) COSE_CHECK(read_application(application, card));
  COSE_CHECK(read_life_cycle(card));
  COSE_CHECK(read_reader_data(atr, card));
  return card;
}

// PC/SC Part 3 §3.2.2.1: what a reader knows of a contactless card. To a contact card the command says nothing.
Status Explorer::read_reader_data(ByteView atr, Item& card) {
  const bool is_contactless = atr.size() >= 4 && (atr[1] & 0xF0) == 0x80 && atr[2] == 0x80 && atr[3] == 0x01;
  if (!is_contactless) return {};
  struct Row {
    std::uint8_t p1;
    std::string_view name;
  };
  for (const auto& row : {Row{0x00, "UID"}, Row{0x01, "ATS, historical bytes"}}) {
    COSE_TRY(const auto answer, send({.cla = 0xFF, .ins = 0xCA, .p1 = row.p1, .le = kWholeAnswer}));
    if (answer.status.is_success()) card.children.push_back(group(std::string(row.name), to_hex(answer.data)));
  }
  return {};
}

// GPC 2.3.1 §H.4: when and by whom the chip was made, in one object of 42 octets.
Status Explorer::read_life_cycle(Item& card) {
  COSE_TRY(const auto answer, get_data(tlv::Tag(0x9F7F)));
  if (!answer.status.is_success() || answer.data.size() < 45) return {};
  struct Field {
    std::size_t size;
    std::string_view name;
  };
  static constexpr Field kFields[] = {{2, "IC fabricator"},
                                      {2, "IC type"},
                                      {2, "operating system"},
                                      {2, "its release date"},
                                      {2, "its release level"},
                                      {2, "IC fabrication date"},
                                      {4, "IC serial number"},
                                      {2, "IC batch"},
                                      {2, "module fabricator"},
                                      {2, "module packaging date"},
                                      {2, "ICC manufacturer"},
                                      {2, "embedding date"},
                                      {2, "pre-personaliser"},
                                      {2, "pre-personalisation date"},
                                      {4, "pre-personalisation equipment"},
                                      {2, "personaliser"},
                                      {2, "personalisation date"},
                                      {4, "personalisation equipment"}};
  auto item = group("Card production life cycle");
  auto rest = ByteView(answer.data).subspan(3);
  for (const auto& field : kFields) {
    item.children.push_back(group(std::string(field.name), to_hex(rest.first(field.size))));
    rest = rest.subspan(field.size);
  }
  card.children.push_back(std::move(item));
  return {};
}

Status Explorer::read_directory(std::string_view name, bool contactless, Item& card) {
  COSE_TRY(const auto answer, select(as_bytes(name)));
  if (!is_answered(answer.status)) {
    card.children.push_back(group("Directory " + std::string(name), status_text(answer.status)));
    return {};
  }
  auto directory = group("Directory " + std::string(name));
  const auto tree = tlv::parse_tree(answer.data);
  if (!tree) {
    directory.children.push_back(problem("not a template", tree.error().message));
  } else {
    for (const auto& node : *tree) {
      directory.children.push_back(item_of(node, emv::Meaning::kAny, options_.accounts));
      note_entries(node, contactless);
    }
    if (!contactless) COSE_CHECK(read_payment_directory(answer.data, directory));
  }
  card.children.push_back(std::move(directory));
  return {};
}

// EMV 4.4 Book 1 §12.2.3: the directory of the contact interface is a file, read until there is no record.
Status Explorer::read_payment_directory(ByteView answer, Item& directory) {
  const auto tree = tlv::parse_tree(answer);
  const auto* file = tree ? find(*tree, tlv::Tag(0x88)) : nullptr;
  if (file == nullptr || file->value.size() != 1 || file->value[0] < 1 || file->value[0] > 10) return {};
  for (unsigned record = 1; record <= kMaximumApplications; ++record) {
    COSE_TRY(const auto read, read_record(file->value[0], record));
    if (!read.status.is_success()) break;
    auto item = group(fmt::format("Record {} of file {}", record, file->value[0]));
    const auto nodes = tlv::parse_tree(read.data);
    if (!nodes) item.children.push_back(problem("not a record", nodes.error().message));
    if (nodes)
      for (const auto& node : *nodes) {
        item.children.push_back(item_of(node, emv::Meaning::kAny, options_.accounts));
        note_entries(node, false);
      }
    directory.children.push_back(std::move(item));
  }
  return {};
}

void Explorer::note_entries(const tlv::Node& node, bool contactless) {
  if (node.tag == tlv::Tag(0x61)) {
    const auto* aid = find(node.children, tlv::Tag(0x4F));
    const auto* label = find(node.children, tlv::Tag(0x50));
    const bool known = aid == nullptr || std::ranges::any_of(applications_, [&](const auto& application) {
                         return application.aid == aid->value;
                       });
    if (!known && aid->value.size() >= 5 && aid->value.size() <= 16 && applications_.size() < kMaximumApplications)
      applications_.push_back({aid->value, label == nullptr ? "" : printable(label->value), contactless});
  }
  for (const auto& child : node.children) note_entries(child, contactless);
}

// EMV 4.4 Book 1 §12.3.3: by the terminal's own list; partial names find several applications.
Status Explorer::search_known(Item& card) {
  auto found = group("Search by known AIDs");
  for (const auto& known : known_aids()) {
    std::uint8_t which = 0x00;
    for (int occurrence = 0; occurrence < 8; ++occurrence) {
      COSE_TRY(const auto answer, select(known.aid, which));
      if (!is_answered(answer.status)) break;
      const auto tree = tlv::parse_tree(answer.data);
      const auto* name = tree ? find(*tree, tlv::Tag(0x84)) : nullptr;
      const auto aid = name == nullptr ? to_bytes(known.aid) : name->value;
      if (std::ranges::any_of(applications_, [&](const auto& seen) { return seen.aid == aid; })) break;
      if (applications_.size() == kMaximumApplications) return {};
      applications_.push_back({aid, std::string(known.name), false});
      found.children.push_back(group(to_hex(aid), std::string(known.name)));
      which = 0x02;
    }
  }
  if (!found.children.empty()) card.children.push_back(std::move(found));
  return {};
}

Status Explorer::read_application(const Application& application, Item& card) {
  Reading reading;
  reading.meaning = emv::meaning_of_aid(application.aid);
  reading.aid = application.aid;
  auto item = group("Application " + to_hex(application.aid), application.label);
  COSE_TRY(const auto answer, select(application.aid));
  if (is_answered(answer.status)) {
    add(answer.data, reading, item);
    COSE_CHECK(process(reading, item));
    COSE_CHECK(read_records(reading, item));
    COSE_CHECK(read_data_objects(reading, item));
    COSE_CHECK(read_log(reading, item));
    COSE_CHECK(authenticate(reading, item));
  } else {
    item.children.push_back(problem("SELECT", status_text(answer.status)));
  }
  card.children.push_back(std::move(item));
  return {};
}

// EMV 4.4 Book 3 §6.5.8. Format 1 has the profile (2) and the file locator without tags.
Status Explorer::process(Reading& reading, Item& item) {
  Bytes data;
  if (const auto list = reading.objects.find(tlv::Tag(0x9F38)); list != reading.objects.end()) {
    const auto dol = tlv::Dol::parse(list->second);
    if (!dol) item.children.push_back(problem("PDOL", dol.error().message));
    if (dol) data = options_.profile.fill(*dol);
  }
  if (data.size() > 252) data.resize(252);
  const auto command = tlv::encode(std::vector{tlv::Node{tlv::Tag(0x83), data}});
  COSE_TRY(const auto answer, send({.cla = 0x80, .ins = 0xA8, .data = command, .le = kWholeAnswer}));
  auto options = group("Processing options", answer.status.is_success() ? "" : status_text(answer.status));
  if (answer.status.is_success()) {
    add(answer.data, reading, options);
    const auto format_1 = reading.objects.find(tlv::Tag(0x80));
    if (format_1 != reading.objects.end() && format_1->second.size() >= 2) {
      const auto view = ByteView(format_1->second);
      for (const auto& [tag, value] :
           {std::pair(tlv::Tag(0x82), view.first(2)), std::pair(tlv::Tag(0x94), view.subspan(2))}) {
        reading.objects[tag] = to_bytes(value);
        options.children.push_back(item_of(tag, value, reading.meaning, options_.accounts));
      }
    }
  }
  item.children.push_back(std::move(options));
  if (const auto profile = reading.objects.find(tlv::Tag(0x82));
      options_.after_options && profile != reading.objects.end())
    COSE_CHECK(options_.after_options(card_, profile->second));
  if (const auto locator = reading.objects.find(tlv::Tag(0x94)); locator != reading.objects.end())
    reading.file_locator = locator->second;
  return {};
}

// EMV 4.4 Book 3 §10.2: entries of four octets: file, first and last record, how many of them are signed.
Status Explorer::read_records(Reading& reading, Item& item) {
  if (reading.file_locator.empty()) return {};
  auto records = group("Records");
  if (reading.file_locator.size() % 4 != 0)
    records.children.push_back(
        problem("AFL", fmt::format("expected entries of 4 octets, found {} octets", reading.file_locator.size())));
  for (auto rest = ByteView(reading.file_locator); rest.size() >= 4; rest = rest.subspan(4))
    COSE_CHECK(read_file(rest.first(4), reading, records));
  item.children.push_back(std::move(records));
  return {};
}

Status Explorer::read_file(ByteView entry, Reading& reading, Item& records) {
  const unsigned file = entry[0] >> 3;
  const unsigned first = entry[1], last = entry[2], is_signed = entry[3];
  if (file < 1 || file > 30 || first < 1 || last < first || is_signed > last - first + 1) {
    records.children.push_back(
        problem("AFL entry " + to_hex(entry), "file 1 to 30, first record from 1, last not before it"));
    return {};
  }
  for (unsigned record = first; record <= last && records.children.size() < kMaximumRecords; ++record) {
    COSE_TRY(const auto answer, read_record(file, record));
    const bool covered = record < first + is_signed;
    auto item = group(fmt::format("File {} record {}", file, record), covered ? "signed" : "");
    if (!answer.status.is_success()) {
      item.kind = ItemKind::kProblem;
      item.text = status_text(answer.status);
    } else {
      add(answer.data, reading, item);
      const auto added = covered ? reading.static_data.add_record(file, answer.data) : Status();
      if (!added) item.children.push_back(problem("signed record", added.error().message));
    }
    records.children.push_back(std::move(item));
  }
  return {};
}

// EMV 4.4 Book 3 §7.3 table 35, and what the schemes and cardpeek's users ask for besides.
Status Explorer::read_data_objects(Reading& reading, Item& item) {
  auto data = group("Data objects by GET DATA");
  for (const auto tag : {tlv::Tag(0x9F36), tlv::Tag(0x9F13), tlv::Tag(0x9F17), tlv::Tag(0x9F4F), tlv::Tag(0x9F4D),
                         tlv::Tag(0x9F6E), tlv::Tag(0x9F68), tlv::Tag(0x9F79)}) {
    COSE_TRY(const auto answer, get_data(tag));
    if (answer.status.is_success()) add(answer.data, reading, data);
  }
  if (!data.children.empty()) item.children.push_back(std::move(data));
  return {};
}

// EMV 4.4 Book 3 annex D: the log entry names the file and its size, the format is a list of tags and lengths.
Status Explorer::read_log(Reading& reading, Item& item) {
  const auto entry = reading.objects.find(tlv::Tag(0x9F4D));
  const auto format = reading.objects.find(tlv::Tag(0x9F4F));
  if (entry == reading.objects.end() || format == reading.objects.end() || entry->second.size() != 2) return {};
  const auto list = tlv::Dol::parse(format->second);
  const unsigned file = entry->second[0];
  if (!list || file < 11 || file > 30) return {};
  auto log = group("Transaction log");
  for (unsigned record = 1; record <= entry->second[1]; ++record) {
    COSE_TRY(const auto answer, read_record(file, record));
    if (!answer.status.is_success()) break;
    auto line = group(fmt::format("Transaction {}", record));
    auto rest = ByteView(answer.data);
    for (const auto& field : list->entries()) {
      if (rest.size() < field.length) break;
      line.children.push_back(item_of(field.tag, rest.first(field.length), reading.meaning, options_.accounts));
      rest = rest.subspan(field.length);
    }
    log.children.push_back(std::move(line));
  }
  if (!log.children.empty()) item.children.push_back(std::move(log));
  return {};
}

// What came is shown, and remembered by its tags.
void Explorer::add(ByteView data, Reading& reading, Item& item) {
  const auto tree = tlv::parse_tree(data);
  if (!tree) {
    auto bad = problem("does not read as data objects", tree.error().message);
    item.children.push_back(std::move(bad));
    return;
  }
  for (const auto& node : *tree) {
    item.children.push_back(item_of(node, reading.meaning, options_.accounts));
    collect(node, reading);
  }
}

void Explorer::collect(const tlv::Node& node, Reading& reading) const {
  if (!node.tag.is_constructed()) reading.objects.emplace(node.tag, node.value);
  for (const auto& child : node.children) collect(child, reading);
}

}  // namespace cose::kiosk
