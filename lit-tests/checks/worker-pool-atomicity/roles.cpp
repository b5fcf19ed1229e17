// RUN: %check_poolguard %s poolguard-worker-pool-atomicity -- -config=Inputs/roles.yaml

// The workers and the lease table by .poolguard.yaml; without the preset `std`, a thread is none.
#include <thread>
#include <vector>

namespace pool {
template <typename F> void run(F body) { body(); }
void run_once(void (*body)());
} // namespace pool
namespace db {
int query(const char *sql);
}

void take(std::vector<int> &queue) {
  queue.pop_back();
  // CHECK-MESSAGES: :[[@LINE-1]]:9: warning: several threads take from 'queue' without a lock
}
void bad(std::vector<int> &queue) {
  pool::run([&] { take(queue); });
  db::query("SELECT id FROM app.tasks WHERE taken_until < now() LIMIT 1");
  db::query("UPDATE app.tasks SET epoch = epoch + 1, taken_until = now() + interval '1 min' WHERE id = $1");
  // CHECK-MESSAGES: :[[@LINE-1]]:7: warning: this claims the row of 'app.tasks' that an earlier SELECT found
}

void good(std::vector<int> &queue, int count) {
  pool::run_once([] {});
  queue.pop_back();
  std::vector<std::jthread> threads;
  int next = 0;
  for (int i = 0; i < count; ++i)
    threads.emplace_back([&] { ++next; });
}
