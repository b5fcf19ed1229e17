// RUN: %check_poolguard %s poolguard-lock-path-routing

#include "app.h"

struct Engine {
  POOLGUARD_EXECUTES_OR("transaction", 0, "execute_direct") app::Result execute(std::string_view sql);
  POOLGUARD_EXECUTES("session", 0) app::Result execute_direct(std::string_view sql);
  bool hasDirect = true;
};

app::Result send(app::Pool &pool, std::string_view sql) { return pool.acquire()->run(sql); }

app::Result Engine::execute(std::string_view sql) { return send(app::pooled(), sql); }

app::Result Engine::execute_direct(std::string_view sql) {
  if (!hasDirect)
    return execute(sql);
  // CHECK-MESSAGES: :[[@LINE-1]]:12: warning: 'Engine::execute_direct' promises the session lane, but this reaches the transaction lane: its callers lose the session lane without a word; throw when the session lane can't be had, or let the caller choose to degrade
  return send(app::direct(), sql);
}

struct Other {
  POOLGUARD_EXECUTES("session", 0) app::Result execute_direct(std::string_view sql) {
    return send(hasDirect ? app::direct() : app::pooled(), sql);
    // CHECK-MESSAGES: :[[@LINE-1]]:12: warning: 'Other::execute_direct' promises the session lane
  }
  bool hasDirect = true;
};

struct Honest {
  POOLGUARD_EXECUTES("session", 0) app::Result execute_direct(std::string_view sql) {
    if (!hasDirect)
      throw "the session lane can't be had";
    return send(app::direct(), sql);
  }
  bool hasDirect = true;
};
