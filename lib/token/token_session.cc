// SPDX-License-Identifier: Apache-2.0
// From a URI to a key: modules, slots, login, objects.
#include "token/detail/token_session.h"

#include <array>
#include <vector>

#include "bytes/hex.h"

namespace cose::token {

namespace {

constexpr CK_ULONG kMaximumSlots = 256;
constexpr CK_ULONG kKeyLength = vault::kKeySize;

// PKCS#11 asks for pointers to what it only reads.
CK_BYTE_PTR unconst(ByteView octets) {
  return const_cast<CK_BYTE_PTR>(octets.data());
}

template <typename Value>
CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, Value& value) {
  return {type, &value, sizeof value};
}

}  // namespace

namespace detail {

std::unexpected<Error> token_failure(std::string_view what, CK_RV code) {
  const auto kind = code == CKR_PIN_INCORRECT || code == CKR_PIN_LOCKED || code == CKR_PIN_LEN_RANGE
                        ? ErrorKind::kRefused
                        : ErrorKind::kIo;
  return fail(kind, std::string(what) + ": " + p11_kit_strerror(code));
}

Result<Uri> parse_uri(const std::string& text) {
  Uri uri(p11_kit_uri_new());
  if (const int parsed = p11_kit_uri_parse(text.c_str(), P11_KIT_URI_FOR_ANY, uri.get()); parsed != P11_KIT_URI_OK)
    return fail(ErrorKind::kInvalid, text + ": " + p11_kit_uri_message(parsed));
  if (p11_kit_uri_any_unrecognized(uri.get()) != 0)
    return fail(ErrorKind::kInvalid, text + ": something in it is not known");
  if (p11_kit_uri_get_pin_value(uri.get()) != nullptr)
    return fail(ErrorKind::kRefused,
                "a PIN in the URI is read by everyone; write it into a file and say pin-source=FILE");
  return uri;
}

}  // namespace detail

TokenKey::Session::~Session() {
  if (session_ != CK_INVALID_HANDLE) module_->C_CloseSession(session_);
  if (initialized_) p11_kit_module_finalize(loaded_);
  if (loaded_ != nullptr) p11_kit_module_release(loaded_);
  if (all_ != nullptr) p11_kit_modules_finalize_and_release(all_);
}

Status TokenKey::Session::load_modules(P11KitUri& uri) {
  const char* path = p11_kit_uri_get_module_path(&uri);
  if (path == nullptr) {
    all_ = p11_kit_modules_load_and_initialize(0);
    return all_ == nullptr ? fail(ErrorKind::kNotFound, "no PKCS#11 module is configured; say module-path=FILE")
                           : Status{};
  }
  loaded_ = p11_kit_module_load(path, 0);
  if (loaded_ == nullptr)
    return fail(ErrorKind::kNotFound, std::string(path) + ": this PKCS#11 module cannot be loaded");
  if (const auto code = p11_kit_module_initialize(loaded_); code != CKR_OK) return detail::token_failure(path, code);
  initialized_ = true;
  return {};
}

Status TokenKey::Session::find_token(P11KitUri& uri) {
  std::vector<CK_FUNCTION_LIST*> modules;
  if (loaded_ != nullptr) modules.push_back(loaded_);
  for (auto** each = all_; each != nullptr && *each != nullptr; ++each) modules.push_back(*each);
  for (auto* module : modules) {
    std::array<CK_SLOT_ID, kMaximumSlots> slots{};
    auto count = kMaximumSlots;
    if (module->C_GetSlotList(CK_TRUE, slots.data(), &count) != CKR_OK) continue;
    for (CK_ULONG at = 0; at < count; ++at) {
      CK_TOKEN_INFO info{};
      if (module->C_GetTokenInfo(slots[at], &info) != CKR_OK || p11_kit_uri_match_token_info(&uri, &info) == 0)
        continue;
      if (module_ != nullptr) return fail(ErrorKind::kInvalid, "several tokens fit; name one by token= or serial=");
      module_ = module;
      slot_ = slots[at];
    }
  }
  return module_ == nullptr ? fail(ErrorKind::kNotFound, "there is no such token") : Status{};
}

Status TokenKey::Session::log_in(const Secret& pin) {
  auto code = module_->C_OpenSession(slot_, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session_);
  if (code != CKR_OK) return detail::token_failure("no session with the token", code);
  if (pin.empty()) return {};
  code = module_->C_Login(session_, CKU_USER, unconst(pin.view()), pin.size());
  // A login holds for all sessions of the process.
  if (code != CKR_OK && code != CKR_USER_ALREADY_LOGGED_IN) return detail::token_failure("login at the token", code);
  return {};
}

Status TokenKey::Session::find_key(P11KitUri& uri, IfMissing if_missing) {
  CK_OBJECT_CLASS object_class = CKO_SECRET_KEY;
  std::vector<CK_ATTRIBUTE> wanted{attribute(CKA_CLASS, object_class)};
  for (const auto type : {CKA_LABEL, CKA_ID})
    if (const auto* named = p11_kit_uri_get_attribute(&uri, type)) wanted.push_back(*named);
  if (wanted.size() == 1) return fail(ErrorKind::kInvalid, "the URI names no key; say object=NAME or id=...");
  std::array<CK_OBJECT_HANDLE, 2> found{};
  CK_ULONG count = 0;
  auto code = module_->C_FindObjectsInit(session_, wanted.data(), wanted.size());
  if (code == CKR_OK) code = module_->C_FindObjects(session_, found.data(), found.size(), &count);
  module_->C_FindObjectsFinal(session_);
  if (code != CKR_OK) return detail::token_failure("the token's keys", code);
  if (count > 1) return fail(ErrorKind::kInvalid, "several keys of the token fit; name one by object= and id=");
  if (count == 1) {
    key_ = found[0];
    return {};
  }
  return if_missing == IfMissing::kMake ? make_key(uri)
                                        : fail(ErrorKind::kNotFound, "there is no such key in the token");
}

Status TokenKey::Session::make_key(P11KitUri& uri) {
  CK_BBOOL yes = CK_TRUE;
  CK_BBOOL no = CK_FALSE;
  CK_ULONG length = kKeyLength;
  std::vector<CK_ATTRIBUTE> wanted{attribute(CKA_VALUE_LEN, length), attribute(CKA_TOKEN, yes),
                                   attribute(CKA_PRIVATE, yes),      attribute(CKA_SENSITIVE, yes),
                                   attribute(CKA_EXTRACTABLE, no),   attribute(CKA_ENCRYPT, yes),
                                   attribute(CKA_DECRYPT, yes)};
  for (const auto type : {CKA_LABEL, CKA_ID})
    if (const auto* named = p11_kit_uri_get_attribute(&uri, type)) wanted.push_back(*named);
  CK_MECHANISM mechanism{CKM_AES_KEY_GEN, nullptr, 0};
  const auto code = module_->C_GenerateKey(session_, &mechanism, wanted.data(), wanted.size(), &key_);
  if (code != CKR_OK) return detail::token_failure("the token makes no key", code);
  return {};
}

Result<Bytes> TokenKey::Session::encrypt_block(ByteView block) {
  CK_MECHANISM mechanism{CKM_AES_ECB, nullptr, 0};
  Bytes encrypted(block.size());
  CK_ULONG size = encrypted.size();
  auto code = module_->C_EncryptInit(session_, &mechanism, key_);
  if (code == CKR_OK) code = module_->C_Encrypt(session_, unconst(block), block.size(), encrypted.data(), &size);
  if (code != CKR_OK || size != encrypted.size()) return detail::token_failure("the token encrypts no block", code);
  return encrypted;
}

namespace {

constexpr CK_ULONG kTagBits = 128;

CK_GCM_PARAMS gcm(ByteView nonce, ByteView associated) {
  return {unconst(nonce), nonce.size(), 8 * nonce.size(), unconst(associated), associated.size(), kTagBits};
}

}  // namespace

Result<Bytes> TokenKey::Session::seal(ByteView nonce, ByteView associated, ByteView plain) {
  auto parameters = gcm(nonce, associated);
  CK_MECHANISM mechanism{CKM_AES_GCM, &parameters, sizeof parameters};
  Bytes sealed(plain.size() + kTagBits / 8);
  CK_ULONG size = sealed.size();
  auto code = module_->C_EncryptInit(session_, &mechanism, key_);
  if (code == CKR_OK) code = module_->C_Encrypt(session_, unconst(plain), plain.size(), sealed.data(), &size);
  if (code != CKR_OK || size != sealed.size()) return detail::token_failure("the token wraps no key", code);
  return sealed;
}

Result<Secret> TokenKey::Session::open(ByteView nonce, ByteView associated, ByteView sealed) {
  auto parameters = gcm(nonce, associated);
  CK_MECHANISM mechanism{CKM_AES_GCM, &parameters, sizeof parameters};
  // Some tokens ask for room for the tag as well.
  Secret plain(sealed.size());
  CK_ULONG size = plain.size();
  auto code = module_->C_DecryptInit(session_, &mechanism, key_);
  if (code == CKR_OK)
    code = module_->C_Decrypt(session_, unconst(sealed), sealed.size(), plain.writable().data(), &size);
  const bool damaged = code == CKR_ENCRYPTED_DATA_INVALID || code == CKR_ENCRYPTED_DATA_LEN_RANGE ||
                       code == CKR_GENERAL_ERROR || code == CKR_FUNCTION_FAILED;
  if (damaged) return fail(ErrorKind::kRefused, "a wrapped key was changed, or belongs to another card or directory");
  if (code != CKR_OK) return detail::token_failure("the token unwraps no key", code);
  return Secret(plain.view().first(size));
}

}  // namespace cose::token
