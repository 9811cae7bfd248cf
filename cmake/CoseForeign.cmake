# SPDX-License-Identifier: Apache-2.0
# The libraries that are not ours, by the names that cose_library(... FOREIGN ...) uses. Which folder may include
# which of them is in tools/foreign.toml, checked by tools/check-layers.
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(GTest REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(P11KIT REQUIRED IMPORTED_TARGET p11-kit-1)
pkg_check_modules(PCSC REQUIRED IMPORTED_TARGET libpcsclite)
find_package(ZLIB REQUIRED)
pkg_check_modules(MINIZIP REQUIRED IMPORTED_TARGET minizip)

# Its own package file asks for the headers of every compressor it was built with; we need the library alone.
find_library(ROCKSDB_LIBRARY rocksdb REQUIRED)
find_path(ROCKSDB_INCLUDE rocksdb/db.h REQUIRED)
add_library(RocksDB UNKNOWN IMPORTED)
set_target_properties(RocksDB PROPERTIES IMPORTED_LOCATION ${ROCKSDB_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${ROCKSDB_INCLUDE})
pkg_check_modules(NFC REQUIRED IMPORTED_TARGET libnfc)
