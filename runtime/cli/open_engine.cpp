#include "open_engine.hpp"

#include <iostream>
#include <utility>

#include "poolguard/embedded_engine.hpp"
#include "poolguard/postgres_engine.hpp"

namespace poolguard::cli {

EventSink events(const Options& options) {
  EventSink sink = stderr_sink(options.verbose ? Level::debug : Level::warning);
  return options.events.empty() ? sink : both(std::move(sink), json_lines_sink(options.events));
}

std::unique_ptr<Engine> open_engine(const Options& options) {
  ConnectionOptions connection = ConnectionOptions::from_environment();
  connection.application_name = "poolguard-jobs";
  connection.events = events(options);
  if (options.processes != 0) connection.processes = options.processes;
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
