# Finds LLVM and Clang of the version that was chosen, by version and never by path: the packages install
# `llvm-config-<version>`, which says where its CMake files are. The guards are written for 22; checkers/LlvmVersion.h has what
# is other in 19, and poolguard-clangd is not built with that.
#
# Defines the interface targets poolguard_llvm, poolguard_clang and poolguard_pg_query.

set(POOLGUARD_LLVM_VERSION 22 CACHE STRING "Major version of LLVM to build the guards with")
set(POOLGUARD_LLVM_SUPPORTED 19 22)

if(NOT POOLGUARD_LLVM_VERSION IN_LIST POOLGUARD_LLVM_SUPPORTED)
  list(JOIN POOLGUARD_LLVM_SUPPORTED " and " supported)
  message(FATAL_ERROR
    "LLVM ${POOLGUARD_LLVM_VERSION} is not supported: the guards build with ${supported}. "
    "Configure with -DPOOLGUARD_LLVM_VERSION=22.")
endif()

find_program(POOLGUARD_LLVM_CONFIG llvm-config-${POOLGUARD_LLVM_VERSION})
if(NOT POOLGUARD_LLVM_CONFIG)
  message(FATAL_ERROR
    "llvm-config-${POOLGUARD_LLVM_VERSION} was not found. Install LLVM ${POOLGUARD_LLVM_VERSION} "
    "(apt-get install llvm-${POOLGUARD_LLVM_VERSION}-dev libclang-${POOLGUARD_LLVM_VERSION}-dev, or run "
    "scripts/install-deps), or configure with -DPOOLGUARD_BUILD_CHECKERS=OFF to build the runtime alone.")
endif()
execute_process(COMMAND ${POOLGUARD_LLVM_CONFIG} --cmakedir OUTPUT_VARIABLE llvm_cmake_dir
                OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
# LLVM's version file accepts only its own major.minor, so the version that was found is checked by hand.
find_package(LLVM CONFIG REQUIRED PATHS ${llvm_cmake_dir} NO_DEFAULT_PATH)
find_package(Clang CONFIG REQUIRED PATHS ${llvm_cmake_dir}/../clang NO_DEFAULT_PATH)
if(NOT LLVM_VERSION_MAJOR EQUAL POOLGUARD_LLVM_VERSION)
  message(FATAL_ERROR "${POOLGUARD_LLVM_CONFIG} leads to LLVM ${LLVM_PACKAGE_VERSION}; LLVM ${POOLGUARD_LLVM_VERSION} is "
                      "needed. Its packages are damaged or mixed: reinstall llvm-${POOLGUARD_LLVM_VERSION}-dev.")
endif()
message(STATUS "LLVM ${LLVM_PACKAGE_VERSION} (${LLVM_DIR})")

find_program(POOLGUARD_CLANG clang-${POOLGUARD_LLVM_VERSION} REQUIRED)
execute_process(COMMAND ${POOLGUARD_CLANG} -print-resource-dir OUTPUT_VARIABLE POOLGUARD_RESOURCE_DIR
                OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)

add_library(poolguard_llvm INTERFACE)
target_include_directories(poolguard_llvm SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS})
separate_arguments(llvm_definitions NATIVE_COMMAND "${LLVM_DEFINITIONS}")
target_compile_definitions(poolguard_llvm INTERFACE ${llvm_definitions})
target_link_libraries(poolguard_llvm INTERFACE LLVM)
if(NOT LLVM_ENABLE_RTTI)
  target_compile_options(poolguard_llvm INTERFACE -fno-rtti)
endif()

# The shared clang-cpp, as Debian's own tools use it; the static archives beside it would bring a second copy.
add_library(poolguard_clang INTERFACE)
target_include_directories(poolguard_clang SYSTEM INTERFACE ${CLANG_INCLUDE_DIRS})
target_link_libraries(poolguard_clang INTERFACE poolguard_llvm clang-cpp)

find_path(POOLGUARD_PG_QUERY_INCLUDE pg_query.h)
find_library(POOLGUARD_PG_QUERY_LIBRARY pg_query)
if(NOT POOLGUARD_PG_QUERY_INCLUDE OR NOT POOLGUARD_PG_QUERY_LIBRARY)
  message(FATAL_ERROR "libpg_query was not found. Install it (apt-get install libpg-query-dev, or run scripts/install-deps).")
endif()
add_library(poolguard_pg_query INTERFACE)
target_include_directories(poolguard_pg_query SYSTEM INTERFACE ${POOLGUARD_PG_QUERY_INCLUDE})
target_link_libraries(poolguard_pg_query INTERFACE ${POOLGUARD_PG_QUERY_LIBRARY})
