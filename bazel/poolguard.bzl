"""The guards as Bazel actions: one `poolguard summarize` a source file, and a `poolguard link` that joins the summaries.

    load("@poolguard//:poolguard.bzl", "poolguard_test")

    poolguard_test(
        name = "guard",
        deps = [":service"],
        options = ["--checks=no-double-retry"],
    )

The actions read nothing but what they declare: the sources, the headers of the targets that they depend on, the role config
(`--@poolguard//:config`) and the program; beside these, as the C++ compiler does, what is installed on the machine that they run
on: LLVM's libraries and headers, and those of the system. A summary has no absolute path of the project.
"""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "CPP_COMPILE_ACTION_NAME")
load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")

PoolguardInfo = provider(
    doc = "The summaries of a target and of what it depends on.",
    fields = {
        "summaries": "depset of structs: `source`, a File, and `summary`, a File",
        "read": "depset of Files: what the summaries were made from, which the findings stand in",
    },
)

_SOURCES = ("cc", "cpp", "cxx", "c++", "C")

# Bazel's own toolchain has them for gcc, and clang takes them for mistakes.
_ONLY_GCC = ("-fno-canonical-system-headers", "-fcanonical-system-headers")

def _flags(ctx, compilation):
    toolchain = find_cpp_toolchain(ctx)
    features = cc_common.configure_features(
        ctx = ctx,
        cc_toolchain = toolchain,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features,
    )
    own = [
        ctx.expand_make_variables("copts", ctx.expand_location(flag, ctx.rule.attr.deps), {})
        for flag in getattr(ctx.rule.attr, "copts", [])
    ]
    variables = cc_common.create_compile_variables(
        feature_configuration = features,
        cc_toolchain = toolchain,
        user_compile_flags = ctx.fragments.cpp.copts + ctx.fragments.cpp.cxxopts + own,
        include_directories = compilation.includes,
        quote_include_directories = compilation.quote_includes,
        system_include_directories = compilation.system_includes,
        framework_include_directories = compilation.framework_includes,
        preprocessor_defines = depset(transitive = [compilation.defines, compilation.local_defines]),
    )
    flags = cc_common.get_memory_inefficient_command_line(
        feature_configuration = features,
        action_name = CPP_COMPILE_ACTION_NAME,
        variables = variables,
    )
    return [flag for flag in flags if flag not in _ONLY_GCC]

def _summary(ctx, target, source, flags, inputs):
    out = ctx.actions.declare_file("%s.poolguard/%s.pgsum" % (target.label.name, source.short_path))
    arguments = ctx.actions.args()
    arguments.add("summarize")
    arguments.add(source)
    arguments.add("-o", out)
    arguments.add_all(ctx.files._config, format_each = "--config=%s")
    arguments.add("--")
    arguments.add_all(flags)
    ctx.actions.run(
        executable = ctx.executable._poolguard,
        arguments = [arguments],
        inputs = inputs,
        outputs = [out],
        mnemonic = "PoolguardSummarize",
        progress_message = "Summarizing %s for the guards" % source.short_path,
    )
    return struct(source = source, summary = out)

def _poolguard_aspect_impl(target, ctx):
    below = [
        dep[PoolguardInfo]
        for name in ("deps", "implementation_deps")
        for dep in getattr(ctx.rule.attr, name, [])
        if PoolguardInfo in dep
    ]
    summaries, read = [], []
    # What another repository has is known by its presets, not by its code.
    if CcInfo in target and not target.label.workspace_name:
        compilation = target[CcInfo].compilation_context
        files = getattr(ctx.rule.files, "srcs", [])
        sources = [file for file in files if file.extension in _SOURCES]
        if sources:
            inputs = depset(files + ctx.files._config, transitive = [compilation.headers, find_cpp_toolchain(ctx).all_files])
            flags = _flags(ctx, compilation)
            summaries = [_summary(ctx, target, source, flags, inputs) for source in sources]
        read = files + compilation.direct_headers
    info = PoolguardInfo(
        summaries = depset(summaries, transitive = [one.summaries for one in below]),
        read = depset(read, transitive = [one.read for one in below]),
    )
    return [info, OutputGroupInfo(poolguard_summaries = depset([one.summary for one in info.summaries.to_list()]))]

poolguard_aspect = aspect(
    implementation = _poolguard_aspect_impl,
    attr_aspects = ["deps", "implementation_deps"],
    attrs = {
        "_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
        "_config": attr.label(default = "//:config", allow_files = True),
        "_poolguard": attr.label(default = "@poolguard_program//:poolguard", allow_single_file = True, executable = True, cfg = "exec"),
    },
    fragments = ["cpp"],
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
    doc = "Summarizes the C++ sources of a target and of its deps in this repository. Output group: poolguard_summaries.",
)

# 1 are findings, which the test tells; anything above is a link that failed, and with it the build.
_LINK = """\
program=$1 messages=$2 status=$3
shift 3
"$program" link "$@" 2>"$messages"
code=$?
echo $code >"$status"
[ $code -le 1 ] || { cat "$messages" >&2; exit $code; }
"""

_TEST = """\
#!/bin/sh
# A report that isn't text goes to the test's outputs, for a CI stage to pick up.
cat '{messages}' >&2
case '{report}' in
  *.txt) cat '{report}' ;;
  *) cp '{report}' "${{TEST_UNDECLARED_OUTPUTS_DIR:-.}}" ;;
esac
exit "$(cat '{status}')"
"""

def _poolguard_test_impl(ctx):
    summaries, seen = [], {}
    read = []
    for dep in ctx.attr.deps:
        for one in dep[PoolguardInfo].summaries.to_list():
            # In two targets: it is one source.
            if one.source not in seen:
                seen[one.source] = True
                summaries.append(one.summary)
        read.append(dep[PoolguardInfo].read)
    if not summaries:
        fail("the deps have no C++ source")
    extension = "txt" if ctx.attr.format == "text" else ctx.attr.format
    report = ctx.actions.declare_file("%s.%s" % (ctx.label.name, extension))
    messages = ctx.actions.declare_file(ctx.label.name + ".messages")
    status = ctx.actions.declare_file(ctx.label.name + ".status")
    listed = ctx.actions.args()
    listed.add_all(summaries)
    listed.use_param_file("@%s", use_always = True)
    listed.set_param_file_format("multiline")
    head = ctx.actions.args()
    head.add(ctx.executable._poolguard)
    head.add(messages)
    head.add(status)
    head.add("--format", ctx.attr.format)
    head.add("-o", report)
    head.add_all(ctx.files.baseline, format_each = "--baseline=%s")
    head.add_all(ctx.attr.options)
    ctx.actions.run_shell(
        command = _LINK,
        arguments = [head, listed],
        # The findings' lines are shown, and NOLINT is read in them.
        inputs = depset(summaries + ctx.files.baseline + ctx.files._config, transitive = read),
        tools = [ctx.executable._poolguard],
        outputs = [report, messages, status],
        mnemonic = "PoolguardLink",
        progress_message = "Guarding %s" % ctx.label,
    )
    script = ctx.actions.declare_file(ctx.label.name + ".sh")
    ctx.actions.write(script, _TEST.format(
        report = report.short_path,
        messages = messages.short_path,
        status = status.short_path,
    ), is_executable = True)
    return DefaultInfo(
        executable = script,
        files = depset([report]),
        runfiles = ctx.runfiles(files = [report, messages, status]),
    )

poolguard_test = rule(
    implementation = _poolguard_test_impl,
    attrs = {
        "deps": attr.label_list(aspects = [poolguard_aspect], mandatory = True, doc = "The program: its C++ targets."),
        "options": attr.string_list(doc = "For `poolguard link`: --checks=..., --vacuous-is-error"),
        "format": attr.string(default = "text", values = ["text", "html", "sarif", "json", "github", "gitlab"]),
        "baseline": attr.label(allow_single_file = True, doc = "Findings of old, which don't fail the test."),
        "_config": attr.label(default = "//:config", allow_files = True),
        "_poolguard": attr.label(default = "@poolguard_program//:poolguard", allow_single_file = True, executable = True, cfg = "exec"),
    },
    test = True,
    doc = "Fails on findings. The report is what `bazel build` makes of it: NAME.txt, or NAME.FORMAT.",
)
