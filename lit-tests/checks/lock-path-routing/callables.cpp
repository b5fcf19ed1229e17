// RUN: %check_poolguard %s poolguard-lock-path-routing

#include "app.h"

#include <thread>

constexpr const char *kRenew = "UPDATE jobs SET lock_until = now() + interval '30 s' WHERE id = $1 AND lock_epoch = $2";

void lambdas(app::Db &db) {
  auto run = [&](std::string_view sql) { db.execute(sql); };
  run(kRenew);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: this statement, which renews
  // CHECK-NOTES: :[[@LINE-2]]:3: warning: this statement, which renews
  // CHECK-NOTES: :[[@LINE-4]]:45: note: the lambda in lambdas calls 'app::Db::execute' here
  run("SELECT 1");
  std::function<void()> later = [&db, sql = std::string(kRenew)] { db.execute(sql); };
  // CHECK-MESSAGES: :[[@LINE-1]]:71: warning: this statement, which renews
  // CHECK-NOTES: :[[@LINE-2]]:71: warning: this statement, which renews
  later();
}

void generic(app::Db &db) {
  auto run = [&db](auto sql) { db.execute(sql); };
  run(kRenew);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: this statement, which renews
  // CHECK-NOTES: :[[@LINE-2]]:3: warning: this statement, which renews
  // CHECK-NOTES: :[[@LINE-4]]:35: note: the lambda in generic calls 'app::Db::execute' here
}

struct Store {
  virtual ~Store() = default;
  virtual void run(app::Db &db, const char *sql) = 0;
};
struct Pooled : Store {
  void run(app::Db &db, const char *sql) override { db.execute(sql); }
};
struct Direct : Store {
  void run(app::Db &db, const char *sql) override { db.execute_direct(sql); }
};
void overriders(Store &store, app::Db &db) {
  store.run(db, kRenew);
  // CHECK-MESSAGES: :[[@LINE-1]]:9: warning: this statement, which renews
  // CHECK-NOTES: :[[@LINE-2]]:9: warning: this statement, which renews
  // CHECK-NOTES: :[[@LINE-9]]:56: note: 'Pooled::run' calls 'app::Db::execute' here
}
void known(Direct &store, app::Db &db) { store.Direct::run(db, kRenew); }

void plain(app::Db &db, const char *sql) { db.execute(sql); }
void pointers(app::Db &db) {
  void (*function)(app::Db &, const char *) = &plain;
  function(db, kRenew);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: this statement, which renews
  // CHECK-NOTES: :[[@LINE-2]]:3: warning: this statement, which renews
  // CHECK-NOTES: :[[@LINE-6]]:47: note: 'plain' calls 'app::Db::execute' here
  app::Result (app::Db::*member)(std::string_view, int) = &app::Db::execute;
  (db.*member)(kRenew, 0);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: this statement, which renews
  // CHECK-NOTES: :[[@LINE-2]]:3: warning: this statement, which renews
}

void threads(app::Db &db) {
  std::thread beat([&db] { db.execute(kRenew); });
  // CHECK-MESSAGES: :[[@LINE-1]]:31: warning: this statement, which renews
  // CHECK-NOTES: :[[@LINE-2]]:31: warning: this statement, which renews
  std::thread other(plain, std::ref(db), kRenew);
  // CHECK-MESSAGES: :[[@LINE-1]]:15: warning: this statement, which renews
  // CHECK-NOTES: :[[@LINE-2]]:15: warning: this statement, which renews
  // CHECK-NOTES: :[[@LINE-20]]:47: note: 'plain' calls 'app::Db::execute' here
  beat.join();
  other.join();
}

// A callable handed down is followed into the function that calls it.
template <typename F> void twice(F call) {
  call(kRenew);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: this statement, which renews
  // CHECK-NOTES: :[[@LINE-2]]:3: warning: this statement, which renews
  // CHECK-NOTES: :[[@LINE+12]]:42: note: the lambda in handedDown calls 'app::Db::execute' here
  call("SELECT 1");
}
void ordinary(const std::function<void(std::string_view)> &call) {
  call(kRenew);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: this statement, which renews
  // CHECK-NOTES: :[[@LINE-2]]:3: warning: this statement, which renews
  // CHECK-NOTES: :[[@LINE+4]]:3: note: 'handedDown' calls 'ordinary' here
  // CHECK-NOTES: :[[@LINE+3]]:45: note: the lambda in handedDown calls 'app::Db::execute' here
}
void handedDown(app::Db &db) {
  ordinary([&db](std::string_view sql) { db.execute(sql); });
  twice([&db](std::string_view sql) { db.execute(sql); });
}

class Beat {
public:
  explicit Beat(std::function<void(const char *)> send) : send_(std::move(send)) {}
  void tick() {
    send_(kRenew);
    // CHECK-MESSAGES: :[[@LINE-1]]:5: warning: this statement, which renews
    // CHECK-NOTES: :[[@LINE-2]]:5: warning: this statement, which renews
    // CHECK-NOTES: :[[@LINE+7]]:41: note: the lambda in stored calls 'app::Db::execute' here
  }

private:
  std::function<void(const char *)> send_;
};
void stored(app::Db &db) {
  Beat beat([&db](const char *sql) { db.execute(sql); });
  beat.tick();
}
