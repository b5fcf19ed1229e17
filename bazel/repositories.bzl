"""The program `poolguard`, as an input of the actions."""

def _poolguard_program_impl(repository_ctx):
    program = repository_ctx.attr.path or repository_ctx.which("poolguard")
    if not program:
        fail("no program 'poolguard' is in the PATH: install it, or give poolguard_program(path = ...)")
    repository_ctx.symlink(program, "poolguard")
    repository_ctx.file("BUILD.bazel", 'exports_files(["poolguard"])\n')

poolguard_program = repository_rule(
    implementation = _poolguard_program_impl,
    attrs = {"path": attr.string(doc = "The program; default: `poolguard` in the PATH.")},
    local = True,
    environ = ["PATH"],
    doc = "To be called `poolguard_program` in the WORKSPACE. An action is run again when the program has changed.",
)
