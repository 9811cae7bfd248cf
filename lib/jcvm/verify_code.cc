// SPDX-License-Identifier: Apache-2.0
// The kinds of words on the stack and in local variables at every instruction that can be reached, by abstract
// interpretation (JCVM 3.1 §3.5 and chapter 7). States are kept where control flow joins.
//
// Depth of stack and bounds of local variables are always proven; comparing kinds is what KindChecks turns off.
// Where control comes back behind a jsr, the local variables may hold anything: what a subroutine does to them is not
// followed. The depth there is the caller's, and `ret` checks it again when it runs.
#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "jcvm/detail/frame_state.h"
#include "jcvm/detail/linking.h"

namespace cose::jcvm::detail {

namespace {

using cap::Opcode;

// Bounds the work on a method that was made to have states change often.
constexpr std::size_t kStepsPerInstruction = 64;

class CodeVerifier {
 public:
  CodeVerifier(const Linking& linking, const Method& method, const MethodCode& code, const Inferred& inferred,
               Leftovers leftovers)
      : linking_(linking), method_(method), code_(code), inferred_(inferred), leftovers_(leftovers) {}

  Result<Verified> run() {
    find_joins();
    COSE_CHECK(flow_to(0, initial_state()));
    std::size_t steps = 0;
    while (!pending_.empty()) {
      auto at = *pending_.begin();
      pending_.erase(pending_.begin());
      state_ = states_.at(at);
      for (std::optional<std::size_t> next = at; next; at = *next) {
        if (++steps > kStepsPerInstruction * (code_.instructions.size() + 16))
          return fail(ErrorKind::kLimit, where() + ": its states change too often");
        auto following = step(*next);
        if (!following) return std::unexpected(following.error());
        next = *following;
        if (!next) break;
        if (!joins_.contains(*next)) continue;
        COSE_CHECK(flow_to(*next, state_));
        break;
      }
    }
    return std::move(verified_);
  }

 private:
  [[nodiscard]] std::string where() const {
    const auto& name = method_.name;
    if (current_ == nullptr) return name;
    return fmt::format("{}, instruction at {} ({})", name, current_->offset, current_->info->mnemonic);
  }
  [[nodiscard]] std::unexpected<Error> refuse(const std::string& what) const {
    return fail(ErrorKind::kInvalid, where() + ": " + what);
  }
  [[nodiscard]] bool compare_kinds() const { return linking_.options.kinds == KindChecks::kOn; }

  void find_joins() {
    for (const auto& [at, instruction] : code_.instructions)
      for (const auto target : targets_of(code_, instruction)) joins_.insert(target);
    for (const auto& handler : code_.handlers) joins_.insert(handler.target);
  }

  [[nodiscard]] FrameState initial_state() const {
    FrameState state;
    for (const auto letter : method_.arguments) append_kinds(state.locals, letter);
    state.locals.resize(method_.local_words, Word::kUnset);
    return state;
  }

  Status flow_to(std::size_t at, const FrameState& state) {
    const auto [found, is_new] = states_.try_emplace(at, state);
    if (is_new || found->second.stack.size() != state.stack.size()) {
      if (!is_new)
        return refuse(fmt::format("flows to {} with {} words on the stack, expected {}", at, state.stack.size(),
                                  found->second.stack.size()));
      pending_.insert(at);
      return {};
    }
    if (merge(found->second, state)) pending_.insert(at);
    return {};
  }

  // The instruction that control falls to, if any.
  Result<std::optional<std::size_t>> step(std::size_t at) {
    const auto found = code_.instructions.find(at);
    if (found == code_.instructions.end()) return refuse(fmt::format("flows to {}, where no instruction is", at));
    current_ = &found->second;
    verified_.visited.insert(at);
    COSE_CHECK(flow_to_handlers(at));
    COSE_CHECK(apply());
    COSE_CHECK(flow_to_handlers(at));
    for (const auto target : targets_of(code_, *current_)) COSE_CHECK(flow_to(target, state_));
    switch (current_->info->flow) {
      case cap::Flow::kNext:
      case cap::Flow::kBranch: return current_->end();
      case cap::Flow::kSubroutine: return behind_subroutine();
      default: return std::nullopt;
    }
  }

  std::optional<std::size_t> behind_subroutine() {
    state_.stack.pop_back();
    std::ranges::fill(state_.locals, Word::kAny);
    verified_.behind_jsr[current_->end()] = static_cast<std::uint16_t>(state_.stack.size());
    return current_->end();
  }

  Status flow_to_handlers(std::size_t at) {
    for (const auto& handler : code_.handlers)
      if (at >= handler.start && at < handler.end) {
        if (code_.header.max_stack == 0) return refuse("has a handler, but no stack for the exception");
        COSE_CHECK(flow_to(handler.target, {{Word::kReference}, state_.locals}));
      }
    return {};
  }

  // ---- stack and local variables ----

  Status push(Word word) {
    if (state_.stack.size() >= code_.header.max_stack)
      return refuse(fmt::format("pushes beyond the {} words of its stack", code_.header.max_stack));
    state_.stack.push_back(word);
    return {};
  }
  Status push_letter(char letter) {
    std::vector<Word> words;
    append_kinds(words, letter);
    for (const auto word : words) COSE_CHECK(push(word));
    return {};
  }
  Result<Word> pop() {
    if (state_.stack.empty()) return refuse("takes a word from an empty stack");
    const auto word = state_.stack.back();
    state_.stack.pop_back();
    return word;
  }
  Status pop_word(Word wanted) {
    COSE_TRY(const auto word, pop());
    const bool storing_address = word == Word::kReturnAddress && is_reference_store(*current_);
    if (compare_kinds() && !accepts(wanted, word) && !storing_address)
      return refuse(fmt::format("expected {} on the stack, found {}", to_string(wanted), to_string(word)));
    last_popped_ = word;
    return {};
  }
  Status pop_letter(char letter) {
    std::vector<Word> words;
    append_kinds(words, letter);
    for (auto word = words.rbegin(); word != words.rend(); ++word) COSE_CHECK(pop_word(*word));
    return {};
  }
  Status check_local(std::size_t index, Word wanted) {
    if (index >= state_.locals.size())
      return refuse(fmt::format("local variable {} of {}", index, state_.locals.size()));
    if (compare_kinds() && !accepts(wanted, state_.locals[index]))
      return refuse(fmt::format("expected {} in local variable {}, found {}", to_string(wanted), index,
                                to_string(state_.locals[index])));
    return {};
  }
  void set_local(std::size_t index, Word word) {
    // Half of an int that is overwritten makes the other half useless.
    if (state_.locals[index] == Word::kIntLow && index > 0) state_.locals[index - 1] = Word::kUnset;
    if (state_.locals[index] == Word::kIntHigh && index + 1 < state_.locals.size())
      state_.locals[index + 1] = Word::kUnset;
    state_.locals[index] = word;
  }

  // ---- instructions ----

  Status apply() {
    if (is_invoke(*current_)) return invoke();
    switch (static_cast<Opcode>(current_->info->opcode)) {
      case Opcode::k_dup_x: return dup_x();
      case Opcode::k_swap_x: return swap_x();
      case Opcode::k_dup: return copy(1);
      case Opcode::k_dup2: return copy(2);
      case Opcode::k_ret: return check_local(local_of(*current_), Word::kReturnAddress);
      default: break;
    }
    COSE_CHECK(check_constant());
    COSE_CHECK(read_local());
    const auto effect = current_->info->stack;
    const auto colon = effect.find(':');
    for (auto at = colon; at > 0; --at) COSE_CHECK(pop_letter(effect[at - 1]));
    COSE_CHECK(check_return());
    for (auto at = colon + 1; at < effect.size(); ++at) COSE_CHECK(push_letter(effect[at]));
    return write_local();
  }

  Status read_local() {
    const auto letter = letter_of_load(*current_);
    if (letter == 0) return {};
    std::vector<Word> words;
    append_kinds(words, letter);
    const auto index = local_of(*current_);
    for (std::size_t at = 0; at < words.size(); ++at) COSE_CHECK(check_local(index + at, words[at]));
    return {};
  }

  Status write_local() {
    const auto letter = letter_of_store(*current_);
    if (letter == 0) return {};
    std::vector<Word> words;
    append_kinds(words, letter);
    if (letter == 'a') words[0] = last_popped_;
    const auto index = local_of(*current_);
    if (index + words.size() > state_.locals.size())
      return refuse(fmt::format("local variable {} of {}", index, state_.locals.size()));
    for (std::size_t at = 0; at < words.size(); ++at) set_local(index + at, words[at]);
    return {};
  }

  Status check_return() {
    if (current_->info->flow != cap::Flow::kReturn || leftovers_ == Leftovers::kAllowed || state_.stack.empty())
      return {};
    return refuse(fmt::format("leaves {} words on the stack", state_.stack.size()));
  }

  Status copy(std::size_t count) {
    if (state_.stack.size() < count) return refuse(fmt::format("copies {} words of {}", count, state_.stack.size()));
    const auto from = state_.stack.size() - count;
    for (std::size_t at = 0; at < count; ++at) COSE_CHECK(push(state_.stack[from + at]));
    return {};
  }

  // JCVM 3.1 §7.5.27: the top m words once more, n words below the top; n of 0 puts them on top.
  Status dup_x() {
    const auto m = static_cast<std::size_t>(current_->operands[0].value >> 4);
    const auto n = static_cast<std::size_t>(current_->operands[0].value & 0x0F);
    if (n == 0) return copy(m);
    if (state_.stack.size() < n)
      return refuse(fmt::format("reaches {} words deep, the stack has {}", n, state_.stack.size()));
    COSE_CHECK(copy(m));
    std::rotate(state_.stack.end() - static_cast<std::ptrdiff_t>(n + m),
                state_.stack.end() - static_cast<std::ptrdiff_t>(m), state_.stack.end());
    return {};
  }

  // JCVM 3.1 §7.5.119.
  Status swap_x() {
    const auto m = current_->operands[0].value >> 4;
    const auto n = current_->operands[0].value & 0x0F;
    if (state_.stack.size() < static_cast<std::size_t>(m + n))
      return refuse(fmt::format("reaches {} words deep, the stack has {}", m + n, state_.stack.size()));
    std::rotate(state_.stack.end() - m - n, state_.stack.end() - m, state_.stack.end());
    return {};
  }

  Status invoke() {
    const auto call = call_of(linking_, *current_);
    if (!call) return refuse(call.error().message);
    const std::string unknown(call->argument_words, 'w');
    const auto& arguments = call->method != nullptr ? call->method->arguments : unknown;
    for (auto letter = arguments.rbegin(); letter != arguments.rend(); ++letter) COSE_CHECK(pop_letter(*letter));
    const auto known = call->method != nullptr ? call->method->returns : Returns::kUnknown;
    const auto returns = returns_of(*call, inferred_);
    if (returns == Returns::kReference) return push_letter('a');
    if (returns == Returns::kInt) return push_letter('i');
    if (returns == Returns::kShort) return push_letter(known == Returns::kShort ? 's' : 'w');
    // What gives nothing is a statement of its own, so nothing waits below it: tells `earn(a); return points();` from
    // a call that gives a value which the return takes later.
    if (known == Returns::kUnknown && leftovers_ == Leftovers::kRefused && !state_.stack.empty())
      return refuse("a call without a result in the middle of an expression");
    return {};
  }

  // What the constant must be for this instruction, beyond what cap::verify() has checked.
  Status check_constant() {
    const auto* operand = current_->constant();
    if (operand == nullptr) return {};
    const auto& site = linking_.package.sites[static_cast<std::size_t>(operand->value)];
    if (site.tag == cap::ConstantTag::kInstanceFieldref) return check_field(site);
    if (site.tag == cap::ConstantTag::kStaticFieldref) return check_static_field(site);
    if (static_cast<Opcode>(current_->info->opcode) == Opcode::k_new &&
        (site.type->is_interface || site.type->is_abstract))
      return refuse(fmt::format("{} is abstract", site.type->name));
    return {};
  }

  Status check_field(const Site& site) {
    const auto letter = letter_of_access(*current_);
    const auto width = letter == 'i' ? 4U : 2U;
    if (site.value + width > site.type->instance_octets) return refuse("an int that ends beyond the instance");
    if (!compare_kinds()) return {};
    const auto& references = site.type->reference_offsets;
    const auto is_reference = [&](unsigned offset) {
      return std::ranges::find(references, offset) != references.end();
    };
    if (is_reference(site.value) != (letter == 'a') || (letter == 'i' && is_reference(site.value + 2U)))
      return refuse(fmt::format("the field at {} {} a reference", site.value, letter == 'a' ? "is not" : "is"));
    return {};
  }

  Status check_static_field(const Site& site) {
    const auto& package = site.import == Site::kOwn ? linking_.package : *linking_.package.imports[site.import];
    const auto letter = letter_of_access(*current_);
    const auto width = letter == 'i' ? 4U : letter == 'b' ? 1U : 2U;
    if (site.value + width > package.statics.initial.size()) return refuse("a field that ends beyond the static image");
    if (!compare_kinds()) return {};
    const auto references = 2U * package.statics.reference_count;
    if (letter == 'a' ? site.value + width > references || site.value % 2 != 0 : site.value < references)
      return refuse(fmt::format("the static field at {} {} a reference", site.value, letter == 'a' ? "is not" : "is"));
    return {};
  }

  const Linking& linking_;
  const Method& method_;
  const MethodCode& code_;
  const Inferred& inferred_;
  Leftovers leftovers_;
  std::set<std::size_t> joins_;
  std::map<std::size_t, FrameState> states_;
  std::set<std::size_t> pending_;
  FrameState state_;
  const cap::Instruction* current_ = nullptr;
  Word last_popped_ = Word::kUnset;
  Verified verified_;
};

}  // namespace

Result<Verified> verify_code(const Linking& linking, const Method& method, const MethodCode& code,
                             const Inferred& inferred, Leftovers leftovers) {
  return CodeVerifier(linking, method, code, inferred, leftovers).run();
}

}  // namespace cose::jcvm::detail
