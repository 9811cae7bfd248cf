# SPDX-License-Identifier: Apache-2.0
# Language, warnings, hardening and sanitizers, the same for every target.

# std::expected needs the C++23 flag on g++ 12; std::format is in neither compiler's library, so fmt stands in.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wnon-virtual-dtor
  -Woverloaded-virtual -Wold-style-cast -Wcast-qual -Wformat=2 -Wimplicit-fallthrough -Wundef)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports overlaps inside its own std::string (GCC bug 105651).
  add_compile_options(-Wno-restrict)
endif()
if(COSE_WERROR)
  add_compile_options(-Werror)
endif()

# Bounds of span, vector and string are checked in release as well: input comes from strangers.
add_compile_definitions(_GLIBCXX_ASSERTIONS)
add_compile_options(-fstack-protector-strong)
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT COSE_SANITIZE)
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
add_link_options(-Wl,-z,relro,-z,now)

if(COSE_SANITIZE)
  add_compile_options(-fsanitize=${COSE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${COSE_SANITIZE})
endif()
if(COSE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(COSE_CCACHE ccache)
if(COSE_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${COSE_CCACHE})
endif()
find_program(COSE_MOLD mold)
if(COSE_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
