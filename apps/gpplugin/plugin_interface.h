// SPDX-License-Identifier: Apache-2.0
// The binary interface between GPShell's library (libglobalplatform.so.7, 2.4) and a connection plug-in: layouts and
// names only, as they are on the 64-bit systems where numbers are unsigned long.
//
// Structures of the shell pass by value on the stack, so their sizes count; the assertions below hold what was measured
// on the shell's own plug-in. The shell owns every buffer; what a plug-in puts into `connection` is its own.
#pragma once

#include <cstddef>

extern "C" {

struct PluginStatus {
  long failed;  // 0: success
  long code;    // of a sent command: kStatusWordPrefix and its status word
  char message[257];
};

struct PluginContext {
  void* connection;  // the plug-in's
  char library_name[64];
  char library_version[32];
  void* library;
  void* functions[6];
};

struct PluginCard {
  unsigned char atr[33];
  unsigned long atr_size;
  unsigned char logical_channel;
  unsigned char specification;
  void* connection;  // the plug-in's
};

PluginStatus OPGP_PL_establish_context(PluginContext* context);
PluginStatus OPGP_PL_release_context(PluginContext* context);
// Names with a NUL behind each and one more behind all; without a buffer only their size.
PluginStatus OPGP_PL_list_readers(PluginContext context, char* names, unsigned long* size);
PluginStatus OPGP_PL_card_connect(PluginContext context, const char* name, PluginCard* card, unsigned long protocol);
PluginStatus OPGP_PL_card_disconnect(PluginContext context, PluginCard* card);
PluginStatus OPGP_PL_send_APDU(PluginContext context, PluginCard card, unsigned char* command,
                               unsigned long command_size, unsigned char* response, unsigned long* response_size);

}  // extern "C"

inline constexpr unsigned long kStatusWordPrefix = 0x80200000;

static_assert(sizeof(PluginContext) == 160);
static_assert(sizeof(PluginCard) == 64 && offsetof(PluginCard, connection) == 56);
