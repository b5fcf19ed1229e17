// RUN: %check_poolguard %s poolguard-connection-leak-on-path,poolguard-connection-outlives-transaction

// Handles that give themselves back, by a method without an argument.
#include <pool.h>

namespace app {
struct Handle {
  pqxx::connection &connection();
  POOLGUARD_ROLE("releases", "object") void done();
};
struct Handles {
  Handle &next();
  Handle *pointer();
  std::shared_ptr<Handle> shared();
};
void work(pqxx::connection &connection);
} // namespace app

void returnsEarly(app::Handles &handles, bool quick) {
  app::Handle &handle = handles.next();
  // CHECK-MESSAGES: :[[@LINE-1]]:16: warning: 'handle' isn't handed back on every path that returns
  if (quick)
    return;
  handle.done();
}

void throws(app::Handles &handles) {
  app::Handle *handle = handles.pointer();
  // CHECK-MESSAGES: :[[@LINE-1]]:16: warning: 'handle' isn't handed back when an exception leaves the function
  pqxx::work tx(handle->connection());
  tx.exec("UPDATE t SET a = 1");
  tx.commit();
  handle->done();
}

void twice(app::Handles &handles) {
  std::shared_ptr<app::Handle> handle = handles.shared();
  handle->done();
  handle->done();
  // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: 'handle' is handed back twice
}

void open(app::Handle &handle) {
  pqxx::work tx(handle.connection());
  tx.exec("UPDATE t SET a = 1");
  handle.done();
  // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: 'app::Handle::done' hands the connection back while transaction 'tx' on it is open
  tx.commit();
}

class Guard {
  // CHECK-MESSAGES: :[[@LINE-1]]:7: warning: 'Guard' hands a connection back in its destructor and can be copied
public:
  explicit Guard(app::Handles &handles) : handle(handles.next()) {}
  ~Guard() { handle.done(); }

private:
  app::Handle &handle;
};

template <class Pool> void inTemplate(Pool &pool, bool quick) {
  auto *handle = pool.pointer();
  // CHECK-MESSAGES: :[[@LINE-1]]:9: warning: 'handle' isn't handed back on every path that returns
  if (!quick)
    handle->done();
}
template void inTemplate(app::Handles &, bool);

#define FINISH(handle) (handle).done()

// Given back on every path.
void everyPath(app::Handles &handles, bool quick) {
  app::Handle &handle = handles.next();
  try {
    pqxx::work tx(handle.connection());
    tx.exec("UPDATE t SET a = 1");
    tx.commit();
  } catch (...) {
    FINISH(handle);
    throw;
  }
  if (quick) {
    FINISH(handle);
    return;
  }
  handle.done();
}

// Whoever gets it gives it back.
app::Handle *handsOn(app::Handles &handles, bool quick) {
  app::Handle *handle = handles.pointer();
  if (quick) {
    handle->done();
    return nullptr;
  }
  return handle;
}

// Nothing to give back where it is null.
void maybe(app::Handles &handles) {
  app::Handle *handle = handles.pointer();
  if (!handle)
    return;
  handle->done();
}
