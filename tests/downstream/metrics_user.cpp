#include <iostream>

#include <poolguard/metrics_server.hpp>
#include <poolguard/postgres_engine.hpp>

int main() {
  poolguard::ConnectionOptions options;
  options.url = "postgresql://127.0.0.1:1/nobody";
  poolguard::PostgresEngine engine(options);
  poolguard::Worker worker(engine, {});
  const poolguard::MetricsServer server(engine, worker);
  std::cout << server.port() << '\n';
}
