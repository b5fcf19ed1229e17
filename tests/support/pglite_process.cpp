#include "support/pglite_process.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <fmt/format.h>

#include "support/eventually.hpp"
#include "support/test_cluster.hpp"

namespace poolguard::test {
namespace {

namespace fs = std::filesystem;

/// What tests/pglite/install.py has made.
fs::path installation() {
  const char* folder = std::getenv("POOLGUARD_TEST_PGLITE");  // NOLINT(concurrency-mt-unsafe): read only
  if (folder == nullptr || !fs::exists(fs::path(folder) / "installed")) {
    throw std::runtime_error("this test needs PGLite: run `ctest -R pglite`, which installs it, or name its folder (pglite, in the build "
                             "tree) in POOLGUARD_TEST_PGLITE");
  }
  return folder;
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

PgliteProcess::PgliteProcess() {
  const fs::path installed = installation();
  std::string name = (fs::temp_directory_path() / "poolguard-pglite-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("can't make a folder in " + fs::temp_directory_path().string());
  folder_ = name;
  fs::copy(installed / "fresh", folder_ / "data", fs::copy_options::recursive);
  const fs::path log = folder_ / "log";
  process_ = std::make_unique<detail::SupervisedProcess>(
      detail::ProcessSpec{.arguments = {POOLGUARD_NODE, (installed / "node_modules/.bin/pglite-server").string(),
                                        "--db=" + (folder_ / "data").string(), "--path=" + (folder_ / ".s.PGSQL.5432").string()},
                          .user = {},
                          .output = log,
                          .stop_signal = SIGKILL,  // nothing is worth a clean end
                          .remove_after = folder_});
  const bool up = eventually(std::chrono::seconds{60}, [&] { return !process_->running() || text_of(log).find("listening") != std::string::npos; });
  if (!up || !process_->running()) throw std::runtime_error("pglite-server did not start:\n" + text_of(log));
}

std::string PgliteProcess::url() const {
  return fmt::format("host='{}' user=postgres password={} dbname=postgres", folder_.string(), TestCluster::kPassword);
}

void PgliteProcess::freeze() const { ::kill(process_->pid(), SIGSTOP); }

void PgliteProcess::thaw() const { ::kill(process_->pid(), SIGCONT); }

}  // namespace poolguard::test
