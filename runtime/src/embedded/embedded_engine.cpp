#include "poolguard/embedded_engine.hpp"

#include <unistd.h>

#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "embedded/embedded_server.hpp"
#include "poolguard/errors.hpp"
#include "poolguard/postgres_engine.hpp"

namespace poolguard {
namespace {

ConnectionOptions connection_options(const EmbeddedOptions& options, const std::string& url) {
  ConnectionOptions connection;
  connection.url = url;
  connection.transaction_pool_size = options.transaction_pool_size;
  connection.session_pool_size = options.session_pool_size;
  connection.events = options.events;
  return connection;
}

}  // namespace

struct EmbeddedEngine::Inside {
  explicit Inside(const EmbeddedOptions& options)
      : server({.folder = options.folder, .tcp_port = {}, .settings = {}, .fresh_copy = options.fresh_copy, .start_timeout = options.start_timeout}),
        url(server.url()),
        engine(connection_options(options, url)) {}

  detail::EmbeddedServer server;
  std::string url;
  PostgresEngine engine;  // after the server: it ends first
};

EmbeddedEngine::EmbeddedEngine(EmbeddedOptions options) : inside_(std::make_unique<Inside>(options)) {}

EmbeddedEngine::~EmbeddedEngine() = default;

Result EmbeddedEngine::execute(std::string_view sql, const Params& params, const ExecuteOptions& options) {
  return inside_->engine.execute(sql, params, options);
}

Result EmbeddedEngine::execute_direct(std::string_view sql, const Params& params, const ExecuteOptions& options) {
  return inside_->engine.execute_direct(sql, params, options);
}

void EmbeddedEngine::transaction(const std::function<void(TransactionEngine&)>& work, const ExecuteOptions& options) {
  inside_->engine.transaction(work, options);
}

void EmbeddedEngine::require_session_lane() { inside_->engine.require_session_lane(); }

std::unique_ptr<Listener> EmbeddedEngine::listen(std::string_view channel, const ExecuteOptions& options) {
  return inside_->engine.listen(channel, options);
}

Health EmbeddedEngine::health(std::chrono::milliseconds timeout) { return inside_->engine.health(timeout); }

std::string EmbeddedEngine::describe() const {
  return fmt::format("embedded Postgres in {} ({})\n{}", inside_->server.folder().string(),
                     inside_->server.owned() ? "started by this process" : "started by another process, and ends with it",
                     inside_->engine.manager().describe().text());
}

const std::string& EmbeddedEngine::url() const noexcept { return inside_->url; }

std::filesystem::path EmbeddedEngine::default_folder() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): read only
    return std::filesystem::path(value == nullptr ? "" : value);
  };
  if (const auto named = variable("POOLGUARD_EMBEDDED_DIR"); !named.empty()) return named;
  // Root's home is closed to the user that the server runs as.
  if (::geteuid() == 0) return "/var/lib/poolguard";
  if (const auto state = variable("XDG_STATE_HOME"); !state.empty()) return state / "poolguard";
  if (const auto home = variable("HOME"); !home.empty()) return home / ".local" / "state" / "poolguard";
  throw ConfigError("there is no folder for the embedded database: neither POOLGUARD_EMBEDDED_DIR, XDG_STATE_HOME nor HOME is "
                    "set. Set one, or give a database with --database-url");
}

}  // namespace poolguard
