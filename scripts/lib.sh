# shellcheck shell=bash
# What the scripts share: where the tree is, how they speak, how they build. Sourced, never run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
logs=$root/build/logs

if [[ -t 1 ]]; then bold=$'\e[1m' plain=$'\e[0m'; else bold='' plain=''; fi

section() { printf '\n%s== %s%s\n' "$bold" "$1" "$plain"; }
say() { printf '   %s\n' "$@"; }

# fail REASON [REMEDY…]: says what went wrong and what to do, then ends the script with status 2.
fail() {
  printf '\n%s: %s\n' "$(basename "$0")" "$1" >&2
  shift
  (($#)) && printf '   %s\n' "$@" >&2
  exit 2
}

jobs() { echo "${POOLGUARD_JOBS:-$(nproc)}"; }

# logged NAME COMMAND…: on a terminal runs the command as it is; elsewhere keeps its output in build/logs/NAME.log and
# shows the end of that only if it fails.
logged() {
  local log=$logs/$1.log
  shift
  if [[ -t 1 ]]; then
    "$@"
    return
  fi
  mkdir -p "$logs"
  "$@" >"$log" 2>&1 && return
  say "'$*' failed; the end of $log:" >&2
  grep -E -m 20 -A 4 'FAILED:|error:|CMake Error' "$log" >&2 || true
  tail -n 30 "$log" >&2
  return 1
}

# build PRESET: configures and builds build/PRESET ('ci' shares build/default).
build() {
  local preset=$1 start=$SECONDS
  # A second tree, or the same tree cloned elsewhere, reuses what has been compiled.
  if command -v ccache >/dev/null; then
    export CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros
  fi
  say "building with preset '$preset' ($(jobs) jobs)"
  (cd "$root" && logged "configure-$preset" cmake --preset "$preset") || return 1
  (cd "$root" && logged "build-$preset" cmake --build --preset "$preset" --parallel "$(jobs)") || return 1
  say "built in $((SECONDS - start)) s"
}
