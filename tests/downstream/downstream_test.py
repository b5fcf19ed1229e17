#!/usr/bin/env python3
"""downstream_test.py BUILD: installs the build to a folder and uses it from another project, as its users do: find_package,
the annotations, the runtime, and the guards as build actions, which find what `poolguard check` finds and run again only for
what changed."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
HERE = pathlib.Path(__file__).resolve().parent
EXAMPLE = HERE.parents[1] / "runtime" / "examples" / "orders"


def run(*command, status=0, **more):
    more = {"stderr": subprocess.STDOUT} | more
    result = subprocess.run([str(part) for part in command], text=True, stdout=subprocess.PIPE, **more)
    if result.returncode != status:
        raise AssertionError(f"{' '.join(map(str, command))}\nended with {result.returncode}, not {status}:\n{result.stdout}")
    return result.stdout


class Downstream(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.top = pathlib.Path(tempfile.mkdtemp(prefix="poolguard-downstream-"))
        cls.addClassCleanup(shutil.rmtree, cls.top)
        run("cmake", "--install", BUILD, "--prefix", cls.top / "prefix")
        cls.source = cls.top / "source"
        shutil.copytree(HERE, cls.source)
        cls.build = cls.top / "build"
        run("cmake", "-S", cls.source, "-B", cls.build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={cls.top / 'prefix'}")

    def guard(self, status):
        return run("cmake", "--build", self.build, "--target", "guard", status=status)

    def test_it_builds_and_runs(self):
        run("cmake", "--build", self.build, "--target", "service", "queue_user", "metrics_user")
        run(self.build / "service")
        self.assertGreater(int(run(self.build / "queue_user")), 0)
        self.assertGreater(int(run(self.build / "metrics_user")), 0)

    def test_the_guards_as_build_actions(self):
        text = self.guard(status=1)
        self.assertIn("service.cpp:5:25: warning: this call reaches 'Store::upsert', which retries", text)
        self.assertIn("store.cpp:5:33: note: 'save' calls 'Store::upsert' here", text)
        checked = run(self.top / "prefix/bin/poolguard", "check", "-p", self.build, "--no-cache", "--checks=no-double-retry",
                      self.source / "service.cpp", self.source / "store.cpp", status=1, cwd=self.source)
        for line in checked.splitlines():
            if "warning:" in line or "note:" in line:
                self.assertIn(line, text)

        # Nothing changed: nothing is summarized, and the findings stay.
        self.assertNotIn("Summarizing", self.guard(status=1))
        # A source: that one.
        store = self.source / "store.cpp"
        was = store.read_text()
        store.write_text(was.replace("store.upsert(); }", "(void)store; }"))
        text = self.guard(status=0)
        self.assertIn("Summarizing store.cpp", text)
        self.assertNotIn("Summarizing service.cpp", text)
        store.write_text(was)
        # A header, which only the depfile tells of: both.
        header = self.source / "store.hpp"
        header.write_text(header.read_text().replace("POOLGUARD_RETRIES(3) ", ""))
        text = self.guard(status=0)
        self.assertIn("Summarizing store.cpp", text)
        self.assertIn("Summarizing service.cpp", text)

    def test_what_is_installed(self):
        prefix = self.top / "prefix"
        for name in ("bin/poolguard", "bin/poolguard-jobs", "include/poolguard/annotations.hpp", "share/poolguard/presets/libpqxx.yaml",
                     "share/poolguard/bazel/poolguard.bzl"):
            self.assertTrue((prefix / name).exists(), name)
        self.assertTrue(list(prefix.glob("lib/**/libpoolguard-tidy.so")))
        self.assertIn("poolguard", run(prefix / "bin/poolguard", "--version"))

    def test_rules_link_the_installed_docs(self):
        report = json.loads(run(self.top / "prefix/bin/poolguard", "check", "-p", self.build, "--no-cache", "--checks=no-double-retry",
                                "--format=sarif", self.source / "service.cpp", self.source / "store.cpp", status=1,
                                cwd=self.source, stderr=subprocess.DEVNULL))
        rule, = report["runs"][0]["tool"]["driver"]["rules"]
        page = pathlib.Path(urllib.parse.unquote(urllib.parse.urlparse(rule["helpUri"]).path))
        self.assertTrue(page.read_text().startswith("# poolguard-no-double-retry"))

    def example(self):
        """A copy of runtime/examples/orders and its build folder."""
        source = self.top / "orders"
        build = source / "build"
        if not source.exists():
            shutil.copytree(EXAMPLE, source, ignore=shutil.ignore_patterns("build"))
            run("cmake", "-S", source, "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={self.top / 'prefix'}")
        return source, build

    def test_the_example_service(self):
        _, build = self.example()
        run("cmake", "--build", build, "--target", "orders")
        self.top.chmod(0o711)  # run by root, the embedded server is another user's
        environment = {key: value for key, value in os.environ.items() if not key.startswith("POOLGUARD_")}
        environment["POOLGUARD_EMBEDDED_DIR"] = str(self.top / "database")

        def orders(*arguments, status=0):
            return run(build / "orders", *arguments, status=status, env=environment)

        first, second = orders("place", "book").strip(), orders("place", "lamp").strip()
        self.assertEqual(orders("list"), f"{first} book\n{second} lamp\n")
        self.assertEqual(orders("work", "--until-empty"), "4 jobs done, 0 attempts failed\n")
        self.assertEqual(orders("list"), f"{first} book shipped mailed\n{second} lamp shipped mailed\n")
        self.assertIn("usage:", orders("pack", status=2))

    def test_the_example_service_under_the_guards(self):
        source, build = self.example()
        run("cmake", "--build", build, "--target", "guard")
        # The mistake that its comment warns of.
        main = source / "orders.cpp"
        was = main.read_text()
        wrong = was.replace("order = open.execute(kPlace", "order = engine.execute(kPlace")
        self.assertNotEqual(was, wrong)
        main.write_text(wrong)
        self.addCleanup(main.write_text, was)
        text = run("cmake", "--build", build, "--target", "guard", status=1)
        self.assertRegex(text, r"orders\.cpp:\d+:\d+: warning: .*\[poolguard-no-transaction-reroute\]")

    @unittest.skipUnless(shutil.which("dpkg-deb"), "no dpkg-deb here")
    def test_the_debian_package(self):
        run("cpack", "-G", "DEB", "-B", self.top / "deb", cwd=BUILD)
        package, = (self.top / "deb").glob("poolguard_*.deb")
        names = run("dpkg-deb", "--contents", package)
        for name in ("./usr/bin/poolguard", "./usr/include/poolguard/annotations.hpp", "libpoolguard-tidy.so"):
            self.assertIn(name, names)
        # What a parse needs beside the libraries: the headers that belong to the compiler.
        self.assertRegex(run("dpkg-deb", "--field", package, "Depends"), r"libclang-common-\d+-dev.*libclang-cpp")


if __name__ == "__main__":
    unittest.main(verbosity=2)
