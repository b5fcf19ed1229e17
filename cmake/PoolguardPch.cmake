# poolguard_pch(TARGET HEADERS...): with POOLGUARD_PCH, the target's sources find these headers parsed already. Only to
# build faster: each source still includes what it uses.
option(POOLGUARD_PCH "Precompile the big headers of other projects (with ccache: CCACHE_SLOPPINESS=pch_defines,time_macros)" OFF)

function(poolguard_pch target)
  if(POOLGUARD_PCH)
    target_precompile_headers(${target} PRIVATE ${ARGN})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
      target_compile_options(${target} PRIVATE "SHELL:-Xclang -fno-pch-timestamp") # equal headers, equal bytes: for ccache
    endif()
  endif()
endfunction()
