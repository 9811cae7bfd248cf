# SPDX-License-Identifier: Apache-2.0
# An applet of applets/ as a CAP file, built by our own program as anybody builds one:
#
#   cose_applet(wallet)                      # applets/wallet becomes BUILD/applets/wallet.cap
#   cose_applet(shop USES loyalty)           # is built again when applets/loyalty changes
add_custom_target(applets ALL)

function(cose_applet name)
  cmake_parse_arguments(arg "" "" "USES" ${ARGN})
  set(sources)
  foreach(folder IN ITEMS ${name} ${arg_USES})
    file(GLOB found CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/applets/${folder}/*.java
      ${PROJECT_SOURCE_DIR}/applets/${folder}/cap.toml)
    list(APPEND sources ${found})
  endforeach()
  set(cap ${PROJECT_BINARY_DIR}/applets/${name}.cap)
  add_custom_command(OUTPUT ${cap}
    COMMAND cose cap build ${PROJECT_SOURCE_DIR}/applets/${name} -o ${cap}
    DEPENDS cose ${sources}
    COMMENT "Building applet ${name}"
    VERBATIM)
  add_custom_target(applet_${name} DEPENDS ${cap})
  add_dependencies(applets applet_${name})
endfunction()
