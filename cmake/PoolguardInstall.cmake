# `cmake --install`: the programs, the plugin, the presets, the Bazel rules, the headers, a CMake package; `cpack -G DEB` makes a
# package of it.
include(CMakePackageConfigHelpers)

set(POOLGUARD_INSTALL_CMAKEDIR ${CMAKE_INSTALL_LIBDIR}/cmake/Poolguard)

install(DIRECTORY runtime/include/poolguard DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR})
if(POOLGUARD_BUILD_CHECKERS)
  install(TARGETS poolguard RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  if(POOLGUARD_BUILD_CLANGD)
    install(TARGETS poolguard-clangd RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
  install(FILES scripts/completions/poolguard.bash RENAME poolguard DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(TARGETS poolguard-tidy LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(DIRECTORY checkers/presets bazel DESTINATION ${CMAKE_INSTALL_DATADIR}/poolguard)
endif()
if(POOLGUARD_BUILD_RUNTIME)
  install(TARGETS poolguard-jobs RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(TARGETS poolguard-runtime EXPORT PoolguardTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
          INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  # An export of its own: who doesn't ask for it needs neither prometheus-cpp nor civetweb.
  install(TARGETS poolguard-metrics EXPORT PoolguardMetricsTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
          INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(EXPORT PoolguardMetricsTargets NAMESPACE Poolguard:: DESTINATION ${POOLGUARD_INSTALL_CMAKEDIR})
  install(EXPORT PoolguardTargets NAMESPACE Poolguard:: DESTINATION ${POOLGUARD_INSTALL_CMAKEDIR})
endif()
configure_package_config_file(cmake/PoolguardConfig.cmake.in ${CMAKE_BINARY_DIR}/PoolguardConfig.cmake
  INSTALL_DESTINATION ${POOLGUARD_INSTALL_CMAKEDIR}
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_BINDIR CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/PoolguardConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/PoolguardConfig.cmake ${CMAKE_BINARY_DIR}/PoolguardConfigVersion.cmake
              cmake/PoolguardActions.cmake
        DESTINATION ${POOLGUARD_INSTALL_CMAKEDIR})

set(CPACK_PACKAGE_NAME poolguard)
set(CPACK_PACKAGE_CONTACT "Poolguard <poolguard@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_GENERATOR DEB)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# The headers that belong to the compiler inside: a parse needs them.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libclang-common-${POOLGUARD_LLVM_VERSION}-dev")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "clang-tidy-${POOLGUARD_LLVM_VERSION}")
include(CPack)
