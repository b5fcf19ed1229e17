# For ctest, which includes it (poolguard_test_suites() in CMakeLists.txt): an entry for each suite of a test program, and where a suite runs over
# several engines, for each of them. The tests of an entry share a process, and with it the servers of support/test_cluster.hpp.
#   POOLGUARD_SUITES_OF    the program
#   POOLGUARD_SUITES_NAME  its target's name
#   POOLGUARD_SUITES_XML   the folder of the entries' results, NAME.xml with _ for /
#   POOLGUARD_SUITES_PROPERTIES, POOLGUARD_SUITES_ENVIRONMENT  of each entry
if(NOT EXISTS ${POOLGUARD_SUITES_OF})
  add_test(${POOLGUARD_SUITES_NAME}_NOT_BUILT ${POOLGUARD_SUITES_NAME}_NOT_BUILT)
  return()
endif()
# PGLite's have entries of their own (pglite/CMakeLists.txt).
execute_process(COMMAND ${POOLGUARD_SUITES_OF} --gtest_list_tests "--gtest_filter=-*/pglite:Pglite*"
  OUTPUT_VARIABLE listing RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${POOLGUARD_SUITES_OF} --gtest_list_tests ended with ${status}:\n${listing}")
endif()
string(REPLACE ";" "," listing "${listing}")
string(REGEX REPLACE "[ \t]*#[^\n]*" "" listing "${listing}") # the values of parameters
string(REPLACE "\n" ";" listing "${listing}")
set(entries)
foreach(line IN LISTS listing)
  if(line MATCHES "^([^ ].*)\\.$")
    set(suite ${CMAKE_MATCH_1})
  elseif(line MATCHES "^ .*/([^/]*[^/0-9][^/]*)$")
    list(APPEND entries ${suite}/${CMAKE_MATCH_1})
  elseif(line MATCHES "^ ")
    list(APPEND entries ${suite})
  endif()
endforeach()
list(REMOVE_DUPLICATES entries)
foreach(entry IN LISTS entries)
  set(filter "${entry}.*")
  if(entry MATCHES "^(.*/.*)/([^/]*)$") # PREFIX/SUITE/ENGINE
    set(filter "${CMAKE_MATCH_1}.*/${CMAKE_MATCH_2}")
  endif()
  string(REPLACE "/" "_" file "${entry}")
  add_test(${entry} ${POOLGUARD_SUITES_OF} "--gtest_filter=${filter}" --gtest_brief=1
    "--gtest_output=xml:${POOLGUARD_SUITES_XML}/${file}.xml")
  set_tests_properties(${entry} PROPERTIES ${POOLGUARD_SUITES_PROPERTIES} ENVIRONMENT "${POOLGUARD_SUITES_ENVIRONMENT}")
endforeach()
