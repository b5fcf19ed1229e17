// Two threads save their orders on one connection: the second finds the first's transaction open on it.
#include "stage.hpp"

namespace {

void save(pqxx::connection& connection, int order, Turns& turns) try {
  turns.come(order);
  pqxx::work tx(connection);  // flagged: connection-shared-across-threads
  tx.exec("INSERT INTO orders VALUES (" + std::to_string(order) + ")");
  tx.commit();
} catch (const pqxx::usage_error&) {
  turns.failed();
}

void save_all(const std::string& url, Turns& turns) {
  pqxx::connection connection(url);
  std::vector<std::jthread> threads;
  for (int order = 1; order <= 2; ++order) {
    threads.emplace_back([&connection, &turns, order] { save(connection, order, turns); });
  }
}

}  // namespace

int main() {
  return incident::expect_broken([] { return stage(save_all); });
}
