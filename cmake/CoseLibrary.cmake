# SPDX-License-Identifier: Apache-2.0
# One folder = one static library = one namespace. A library's CMakeLists.txt is a single call:
#
#   cose_library(tlv FLOOR 1 USES bytes)
#   cose_library(crypto FLOOR 1 USES bytes FOREIGN OpenSSL::Crypto)
#
# FLOOR and USES are read by tools/check-layers as well: an include that is not among USES, or not from a lower
# floor, fails the tests. x.cc belongs to the library, x_test.cc to its test program, testing/ to tests of anybody.
include(GoogleTest)

function(cose_library name)
  cmake_parse_arguments(arg "" "FLOOR" "USES;FOREIGN;TEST_USES;TEST_FOREIGN" ${ARGN})
  if(NOT DEFINED arg_FLOOR)
    message(FATAL_ERROR "cose_library(${name}) states no FLOOR")
  endif()

  file(GLOB sources CONFIGURE_DEPENDS *.cc)
  file(GLOB headers CONFIGURE_DEPENDS *.h)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")

  add_library(cose_${name} STATIC ${sources})
  add_library(cose::${name} ALIAS cose_${name})
  set_target_properties(cose_${name} PROPERTIES LINKER_LANGUAGE CXX)
  target_sources(cose_${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/lib FILES ${headers})
  foreach(used IN LISTS arg_USES)
    target_link_libraries(cose_${name} PUBLIC cose::${used})
  endforeach()
  target_link_libraries(cose_${name} PRIVATE ${arg_FOREIGN})
  # Every public header must compile alone: target all_verify_interface_header_sets.
  set_target_properties(cose_${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)

  if(tests)
    cose_test(${name}_test SOURCES ${tests} USES ${name} ${arg_TEST_USES} FOREIGN ${arg_TEST_FOREIGN})
  endif()
endfunction()

# A GoogleTest program whose cases become tests named <prefix><suite>.<case>.
function(cose_test name)
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;USES;FOREIGN" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  add_executable(${name} ${arg_SOURCES})
  list(TRANSFORM arg_USES PREPEND cose::)
  target_link_libraries(${name} PRIVATE ${arg_USES} ${arg_FOREIGN} GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE
    COSE_TESTS_DIR="${PROJECT_SOURCE_DIR}/tests"
    COSE_TEST_PKI="${PROJECT_BINARY_DIR}/test-pki"
    COSE_PROGRAM="${PROJECT_BINARY_DIR}/cose"
    COSE_BUILT_APPLETS="${PROJECT_BINARY_DIR}/applets")
  gtest_discover_tests(${name} TEST_PREFIX "${COSE_TEST_PREFIX}" DISCOVERY_MODE PRE_TEST
    PROPERTIES TIMEOUT ${arg_TIMEOUT})
endfunction()
