# SPDX-License-Identifier: Apache-2.0
# An applet as a CAP file, built by our own program as anybody builds one:
#
#   cose_applet(wallet)                      # applets/wallet becomes BUILD/applets/wallet.cap
#   cose_applet(shop USES loyalty)           # is built again when applets/loyalty changes
#   cose_applet(probe FOLDER tests/probe)    # an applet that only tests have
add_custom_target(applets ALL)

function(cose_applet name)
  cmake_parse_arguments(arg "" "FOLDER" "USES" ${ARGN})
  if(NOT arg_FOLDER)
    set(arg_FOLDER applets/${name})
  endif()
  set(sources)
  list(TRANSFORM arg_USES PREPEND applets/)
  foreach(folder IN ITEMS ${arg_FOLDER} ${arg_USES})
    file(GLOB found CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.java ${PROJECT_SOURCE_DIR}/${folder}/cap.toml)
    list(APPEND sources ${found})
  endforeach()
  set(cap ${PROJECT_BINARY_DIR}/applets/${name}.cap)
  add_custom_command(OUTPUT ${cap}
    COMMAND cose cap build ${PROJECT_SOURCE_DIR}/${arg_FOLDER} -o ${cap}
    DEPENDS cose ${sources}
    COMMENT "Building applet ${name}"
    VERBATIM)
  add_custom_target(applet_${name} DEPENDS ${cap})
  add_dependencies(applets applet_${name})
endfunction()
