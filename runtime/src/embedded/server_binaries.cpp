#include "embedded/server_binaries.hpp"

#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <string>

#include <fmt/format.h>

#include "poolguard/errors.hpp"

namespace poolguard::detail {
namespace {

namespace fs = std::filesystem;

bool has_server(const fs::path& folder) {
  return ::access((folder / "initdb").c_str(), X_OK) == 0 && ::access((folder / "postgres").c_str(), X_OK) == 0;
}

fs::path highest_version(const fs::path& root) {
  fs::path best;
  int best_version = -1;
  std::error_code unreadable;  // a root that isn't there has no versions
  for (const auto& entry : fs::directory_iterator(root, unreadable)) {
    const std::string name = entry.path().filename().string();
    int version = -1;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), version);
    if (error != std::errc() || version <= best_version || !has_server(entry.path() / "bin")) continue;
    best_version = version;
    best = entry.path() / "bin";
  }
  return best;
}

fs::path from_pg_config() {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen("pg_config --bindir 2>/dev/null", "r"), &::pclose);
  if (!pipe) return {};
  std::string line;
  for (int c = std::fgetc(pipe.get()); c != EOF && c != '\n'; c = std::fgetc(pipe.get())) line += static_cast<char>(c);
  return line;
}

fs::path from_path() {
  const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): read only
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (!folder.empty() && has_server(folder)) return folder;
  }
  return {};
}

}  // namespace

fs::path find_server_binaries() {
  if (const char* named = std::getenv("POOLGUARD_PG_BINDIR")) {  // NOLINT(concurrency-mt-unsafe): read only
    if (has_server(named)) return named;
    throw ServerStartError(fmt::format("POOLGUARD_PG_BINDIR: there is no initdb and postgres in '{}'. Correct it or unset it", named));
  }
  if (fs::path found = highest_version("/usr/lib/postgresql"); !found.empty()) return found;
  if (fs::path found = from_pg_config(); has_server(found)) return found;
  if (fs::path found = from_path(); !found.empty()) return found;
  throw ServerStartError("the embedded engine needs a Postgres server's programs (initdb, postgres), and none are in "
                         "/usr/lib/postgresql/*/bin, in `pg_config --bindir` or on the PATH. Install them (Debian: `apt install "
                         "postgresql`), name their folder in POOLGUARD_PG_BINDIR, or give a database with --database-url");
}

}  // namespace poolguard::detail
