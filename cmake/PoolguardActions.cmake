# poolguard_guard(NAME TARGETS TARGET... [CONFIG FILE] [OPTIONS OPTION...] [DEPENDS DEPENDENCY...])
#
# The guards as build actions: one `poolguard summarize` a C++ source of the targets, which runs again when something that it read
# has changed, and the custom target NAME, which joins the summaries and fails on findings. The actions read nothing but what
# they declare, and a summary holds no absolute path of the project, so a build system that caches or distributes
# actions may do so with these.
#
#   CONFIG   the role config; default: the nearest .poolguard.yaml above each source
#   OPTIONS  for `poolguard link`: --checks=..., --format=..., --baseline=..., --vacuous-is-error
#   DEPENDS  what must be built first, as generated headers
#
# Needs CMAKE_EXPORT_COMPILE_COMMANDS, and a generator that knows depfiles (Ninja; Makefiles from CMake 3.20 on).
function(poolguard_guard name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "CONFIG" "TARGETS;OPTIONS;DEPENDS")
  if(ARG_UNPARSED_ARGUMENTS OR NOT ARG_TARGETS)
    message(FATAL_ERROR "poolguard_guard(${name}): give TARGETS, and nothing but CONFIG, OPTIONS and DEPENDS beside")
  endif()
  if(NOT POOLGUARD_EXECUTABLE)
    message(FATAL_ERROR "poolguard_guard(${name}): no program `poolguard` was found; set POOLGUARD_EXECUTABLE")
  endif()
  if(NOT CMAKE_EXPORT_COMPILE_COMMANDS)
    message(FATAL_ERROR "poolguard_guard(${name}): set CMAKE_EXPORT_COMPILE_COMMANDS to ON before the targets are made")
  endif()
  set(config_option)
  if(ARG_CONFIG)
    get_filename_component(config ${ARG_CONFIG} ABSOLUTE)
    set(config_option --config=${config})
  endif()

  set(summaries)
  foreach(target IN LISTS ARG_TARGETS)
    get_target_property(sources ${target} SOURCES)
    get_target_property(folder ${target} SOURCE_DIR)
    foreach(source IN LISTS sources)
      if(NOT source MATCHES "\\.(cc|cpp|cxx|c\\+\\+|C)$")
        continue()
      endif()
      get_filename_component(source ${source} ABSOLUTE BASE_DIR ${folder})
      file(RELATIVE_PATH shown ${CMAKE_SOURCE_DIR} ${source})
      set(summary ${CMAKE_BINARY_DIR}/poolguard/${shown}.pgsum)
      if(summary IN_LIST summaries)
        continue() # in two targets: it is one source
      endif()
      list(APPEND summaries ${summary})
      get_filename_component(summary_folder ${summary} DIRECTORY)
      file(MAKE_DIRECTORY ${summary_folder})
      add_custom_command(OUTPUT ${summary}
        COMMAND ${POOLGUARD_EXECUTABLE} summarize ${source} -p ${CMAKE_BINARY_DIR} --root=${CMAKE_SOURCE_DIR}
                ${config_option} -o ${summary} --depfile=${summary}.d
        DEPENDS ${source} ${CMAKE_BINARY_DIR}/compile_commands.json ${POOLGUARD_EXECUTABLE} ${ARG_DEPENDS}
        DEPFILE ${summary}.d
        COMMENT "Summarizing ${shown} for the guards"
        VERBATIM)
    endforeach()
  endforeach()
  if(NOT summaries)
    message(FATAL_ERROR "poolguard_guard(${name}): the targets have no C++ source")
  endif()
  # The command line has a bound; a file hasn't.
  list(JOIN summaries "\n" lines)
  file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/poolguard/${name}.summaries CONTENT "${lines}\n")
  add_custom_target(${name}
    COMMAND ${POOLGUARD_EXECUTABLE} link --root=${CMAKE_SOURCE_DIR} ${ARG_OPTIONS}
            @${CMAKE_BINARY_DIR}/poolguard/${name}.summaries
    DEPENDS ${summaries}
    COMMENT "Guarding ${ARG_TARGETS}"
    VERBATIM)
endfunction()
