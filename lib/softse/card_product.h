// SPDX-License-Identifier: Apache-2.0
// What all software cards of one kind have in common: profile, master keys, sizes, and what is on them from the start.
//
// A value, moved since it holds keys. A default one is complete: the profile's defaults and the public test key
// 404142434445464748494A4B4C4D4E4F, which guards nothing.
#pragma once

#include <string>
#include <vector>

#include "bytes/bytes.h"
#include "gpcard/card_profile.h"
#include "jcre/runtime.h"
#include "scp/diversification.h"
#include "softse/reader_face.h"

namespace cose::softse {

struct Preinstalled {
  Bytes module_aid = {};
  Bytes instance_aid = {};  // empty: the module's
  Bytes privileges{0x00};
  Bytes parameters = {};  // C9
};

struct Preloaded {
  Bytes cap;  // a CAP file or a load file
  // Empty: every applet of the package under its own name.
  std::vector<Preinstalled> applets = {};
  bool install = true;  // false: loaded only
};

struct CardProduct {
  gpcard::CardProfile profile;
  std::vector<scp::KeySet> master_keys;  // empty: the public test key
  scp::Diversification diversification;
  std::uint32_t first_serial = 1;
  Bytes iin;
  Bytes cin;
  ReaderFace reader;  // empty: the card is at contact; each card's UID is its own
  jcre::RuntimeOptions runtime{.machine = {}, .apdu_buffer = 1024};
  std::vector<Preloaded> preloaded;
};

// The secure channel protocol that a key set of this algorithm is for comes first; key version FF.
[[nodiscard]] scp::KeySet public_test_keys(scp::KeyAlgorithm algorithm);

// Moves the first protocol with that number to the front, and makes test keys that fit it.
[[nodiscard]] Status prefer_protocol(CardProduct& product, std::uint8_t number);

}  // namespace cose::softse
