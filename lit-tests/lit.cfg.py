"""FileCheck tests of the guards. Run them with `cmake --build --preset default --target check-lit`, or scripts/test.

Substitutions beyond lit's own:
  %check_poolguard SOURCE CHECKS [-- [host options] [-- flags]]   the same file in both hosts; see check_poolguard.py
  %preset_roles PRESET CONFIG SOURCE... -- FLAGS    every part of the preset's roles shows in the sources; see preset_roles.py
      (with LLVM 22 alone)
  poolguard, clang-tidy (the guards loaded), clang, FileCheck, split-file, not, count    by name, each of our LLVM version
  %poolguard_plugin, %clang_tidy, %llvm_tools, %llvm_version, %runtime_include, %repository, %build, %python
  %other_clang_tidy    clang-tidy of another LLVM version than ours (where `other-clang-tidy` is available)
  %sarif_valid REPORT...    whether it is SARIF, by the schema (where Debian's python3-jsonschema is installed)
  %exits STATUS COMMAND...   runs the command, whose exit status must be STATUS
"""

import os
import shlex
import shutil
import subprocess

import lit.formats

config.name = "Poolguard"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".cpp", ".c", ".test"]
config.excludes = ["findings_under.cpp", "Inputs"]
config.test_source_root = config.poolguard_source_root
config.test_exec_root = config.poolguard_exec_root
# What hangs is ended, and has failed.
if not lit_config.maxIndividualTestTime:
    if not lit_config.maxIndividualTestTimeIsSupported[0]:
        lit_config.fatal("python3-psutil is missing: scripts/install-deps installs it")
    lit_config.maxIndividualTestTime = 600  # seconds

repository = os.path.dirname(config.poolguard_source_root)
tools = config.llvm_tools
for name in ("HOME", "USER", "LANG", "ASAN_OPTIONS", "UBSAN_OPTIONS"):
    if name in os.environ:
        config.environment[name] = os.environ[name]
# Not the user's: and what one test has parsed another needn't.
config.environment["POOLGUARD_CACHE_DIR"] = os.path.join(config.poolguard_exec_root, "cache")
config.environment["PATH"] = os.pathsep.join([config.poolguard_bin, tools, os.environ["PATH"]])

for path in (os.path.join(config.poolguard_bin, "poolguard"), config.poolguard_plugin, os.path.join(tools, "FileCheck")):
    if not os.path.exists(path):
        lit_config.fatal(f"{path} is missing: build it first (cmake --build --preset default), "
                         "or run scripts/install-deps if it is LLVM's")


def substitute(pattern, *command):
    config.substitutions.append((pattern, shlex.join(command)))


def tool(name, *command):
    """A tool by its bare name, where a word of a RUN line is just that."""
    substitute(rf"(?<![\w./=+%-]){name}(?![\w./=+-])", *command)


def loading_plugin(program):
    """What loads a plugin that was built with a sanitizer needs that before all else."""
    if not config.sanitizer:
        return program
    wrapper = os.path.join(config.poolguard_exec_root, "sanitized", os.path.basename(program))
    os.makedirs(os.path.dirname(wrapper), exist_ok=True)
    with open(wrapper, "w", encoding="utf-8") as script:
        script.write(f'#!/bin/sh\nLD_PRELOAD={shlex.quote(config.sanitizer)} exec {shlex.quote(program)} "$@"\n')
    os.chmod(wrapper, 0o755)
    return wrapper


if config.sanitizer:
    # LLVM itself is not built with it: a container that both change, or memory that one gives to the other, is no error.
    config.environment.setdefault("ASAN_OPTIONS", "abort_on_error=1:detect_leaks=0:detect_container_overflow=0:alloc_dealloc_mismatch=0")
    config.environment.setdefault("UBSAN_OPTIONS", "abort_on_error=1:print_stacktrace=1")
clang_tidy = loading_plugin(os.path.join(tools, "clang-tidy"))
config.substitutions.append(("%check_poolguard", shlex.join([
    config.python, os.path.join(config.poolguard_source_root, "check_poolguard.py"),
    "--clang=" + os.path.join(tools, "clang"),
    "--clang-tidy=" + clang_tidy,
    "--file-check=" + os.path.join(tools, "FileCheck"),
    "--poolguard=" + os.path.join(config.poolguard_bin, "poolguard"),
    "--plugin=" + config.poolguard_plugin]) + " --temp=%t.hosts"))
config.substitutions.append(("%preset_roles", shlex.join([
    config.python, os.path.join(config.poolguard_source_root, "preset_roles.py"),
    "--findings-under=" + os.path.join(config.poolguard_bin, "findings-under")]) + " --temp=%t.roles"))
substitute("%poolguard_plugin", config.poolguard_plugin)
substitute("%clang_tidy", clang_tidy)
substitute("%llvm_tools", tools)
substitute("%runtime_include", os.path.join(repository, "runtime", "include"))
substitute("%repository", repository)
substitute("%poolguard_bin", config.poolguard_bin)
substitute("%build", os.path.dirname(config.poolguard_bin))
substitute("%python", config.python)
substitute("%exits", config.python, os.path.join(config.poolguard_source_root, "exits.py"))
tool("poolguard", os.path.join(config.poolguard_bin, "poolguard"))
tool("clang-tidy", clang_tidy, "-load=" + config.poolguard_plugin)
for name in ("clang", "FileCheck", "split-file", "not", "count"):
    tool(name, os.path.join(tools, name))

config.available_features.add("llvm-" + config.llvm_version)
substitute("%llvm_version", config.llvm_version)
for version in ("19", "22"):
    other = shutil.which("clang-tidy-" + version)
    if other and version != config.llvm_version:
        config.available_features.add("other-clang-tidy")
        substitute("%other_clang_tidy", loading_plugin(other))
with open(os.path.join(os.path.dirname(config.poolguard_bin), "compile_commands.json"), encoding="utf-8") as commands:
    if "runtime/src/queue/queue.cpp" in commands.read():
        config.available_features.add("runtime")
chromium = shutil.which("chromium")
if chromium:
    config.available_features.add("chromium")
    substitute("%browser_test", config.python, os.path.join(config.poolguard_source_root, "report_in_browser.py"), chromium)
if subprocess.run([config.python, "-c", "import jsonschema"], stderr=subprocess.DEVNULL).returncode == 0:
    config.available_features.add("jsonschema")
substitute("%sarif_valid", config.python, os.path.join(config.poolguard_source_root, "sarif_valid.py"))
if shutil.which("pre-commit"):
    config.available_features.add("pre-commit")
if shutil.which("cmake") and shutil.which("ninja"):
    config.available_features.add("ninja")
# Of Debian: what it would fetch comes from Debian's packages and Inputs/bazel. Its server ends with the test, or a little later.
if shutil.which("bazel") and all(os.path.isdir("/usr/share/bazel/rules/" + name) for name in ("java", "proto")):
    config.available_features.add("bazel")
config.substitutions.append(("%bazel", "bazel --nohome_rc --max_idle_secs=20 --output_user_root=%t.bazel"))
if os.geteuid() == 0:
    config.available_features.add("root")
