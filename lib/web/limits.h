// SPDX-License-Identifier: Apache-2.0
// The bounds of the HTTP front. Each has a test; whoever passes one is told so by a status.
#pragma once

#include <cstddef>

#include "bytes/clock.h"
#include "grid/limits.h"

namespace cose::web {

// Request line and header fields together.
inline constexpr std::size_t kMaximumHeader = 16U << 10;
// Of a request; one extended command in hexadecimal is half of it.
inline constexpr std::size_t kMaximumBody = 256U << 10;
inline constexpr std::size_t kMaximumBatch = 256;
// Data and status words of one batch.
inline constexpr std::size_t kMaximumBatchAnswer = 1U << 20;
inline constexpr std::size_t kMaximumXmlAnswer = 2U << 20;
// A message of a WebSocket: an extended command in hexadecimal and what stands around it.
inline constexpr std::size_t kMaximumMessage = grid::kMaximumLine + 1024;

inline constexpr std::size_t kMaximumKey = 64;
// A session remembers each key for that long, and refuses new ones rather than to forget one sooner.
inline constexpr Nanoseconds kKeyLife = std::chrono::minutes(10);
inline constexpr std::size_t kKeysOfSession = 8192;
// Of the answers kept with keys; of older ones only that they were given is kept.
inline constexpr std::size_t kAnswersOfSession = 1U << 20;

inline constexpr std::size_t kEventsKept = 1024;
inline constexpr std::size_t kMaximumFollowers = 64;
inline constexpr Nanoseconds kHeartbeat = std::chrono::seconds(15);

inline constexpr Nanoseconds kSessionIdle = std::chrono::seconds(300);
inline constexpr std::size_t kMaximumSessionIdle = 3600;  // seconds
// Names to look for in one request about the applications of a card.
inline constexpr std::size_t kMaximumNames = 32;
inline constexpr std::size_t kMaximumApplications = 256;

// From the first octet of a request to the last of its header, and to the last of its body.
inline constexpr Nanoseconds kHeaderPatience = std::chrono::seconds(10);
inline constexpr Nanoseconds kBodyPatience = std::chrono::seconds(30);
// Between requests, and for a peer that takes nothing of what is sent to it.
inline constexpr Nanoseconds kConnectionIdle = std::chrono::seconds(60);

}  // namespace cose::web
