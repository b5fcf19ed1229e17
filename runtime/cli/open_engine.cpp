#include "open_engine.hpp"

#include <iostream>
#include <optional>
#include <utility>

#include "poolguard/embedded_engine.hpp"
#include "poolguard/errors.hpp"
#include "poolguard/pglite_engine.hpp"
#include "poolguard/postgres_engine.hpp"

namespace poolguard::cli {
namespace {

/// The options for PGLite if it is asked for: the command line goes before the environment.
std::optional<PgliteOptions> pglite_options(const Options& options, const ConnectionOptions& environment) {
  PgliteOptions pglite = PgliteOptions::from_environment();
  if (!options.pglite_url.empty()) pglite.url = options.pglite_url;
  else if (!options.database_url.empty()) return std::nullopt;
  if (pglite.url.empty()) return std::nullopt;
  if (options.pglite_url.empty() && !environment.url.empty()) {
    throw ConfigError("both POOLGUARD_PGLITE_URL and POOLGUARD_DATABASE_URL are set. Unset one, or name the database with --pglite-url or "
                      "--database-url");
  }
  if (!options.direct_url.empty() || options.degrade) {
    throw ConfigError("PGLite has one lane: --direct-url and --degrade mean nothing there. Leave them out");
  }
  pglite.application_name = environment.application_name;
  pglite.events = environment.events;
  return pglite;
}

}  // namespace

EventSink events(const Options& options) {
  EventSink sink = stderr_sink(options.verbose ? Level::debug : Level::warning);
  return options.events.empty() ? sink : both(std::move(sink), json_lines_sink(options.events));
}

std::unique_ptr<Engine> open_engine(const Options& options) {
  ConnectionOptions connection = ConnectionOptions::from_environment();
  connection.application_name = "poolguard-jobs";
  connection.events = events(options);
  if (options.processes != 0) connection.processes = options.processes;
  if (auto pglite = pglite_options(options, connection)) return std::make_unique<PgliteEngine>(*std::move(pglite));
  if (!options.database_url.empty()) connection.url = options.database_url;
  if (!options.direct_url.empty()) connection.direct_url = options.direct_url;
  if (options.degrade) connection.session_lane = SessionLanePolicy::degrade;
  if (!connection.url.empty()) return std::make_unique<PostgresEngine>(connection);

  EmbeddedOptions embedded;
  embedded.folder = options.embedded_dir.empty() ? EmbeddedEngine::default_folder() : std::filesystem::path(options.embedded_dir);
  embedded.transaction_pool_size = connection.transaction_pool_size;
  embedded.session_pool_size = connection.session_pool_size;
  embedded.events = connection.events;
  if (options.verbose) std::cerr << "no database named; using the embedded one in " << embedded.folder->string() << '\n';
  return std::make_unique<EmbeddedEngine>(embedded);
}

}  // namespace poolguard::cli
