#include "stage.hpp"

namespace {

void save(pqxx::connection& connection, int order, Turns& turns) {
  turns.come(order);
  pqxx::work tx(connection);
  tx.exec("INSERT INTO orders VALUES (" + std::to_string(order) + ")");
  tx.commit();
}

void save_all(const std::string& url, Turns& turns) {
  std::vector<std::jthread> threads;
  for (int order = 1; order <= 2; ++order) {
    threads.emplace_back([&url, &turns, order] {
      pqxx::connection connection(url);
      save(connection, order, turns);
    });
  }
}

}  // namespace

int main() {
  return incident::expect_cured([] { return stage(save_all); });
}
