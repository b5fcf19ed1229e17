// RUN: %check_poolguard %s poolguard-lock-fail-open -- -config=Inputs/roles.yaml

// Locks of another system, by the role in .poolguard.yaml; each instance of a template, and a macro.
namespace redis {
struct Lock {
  bool acquire(const char *name);
};
} // namespace redis
namespace db {
int query(const char *sql);
}
void rebuild();

template <typename L> void locked(L &lock) {
  lock.acquire("rebuild");
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: the result of 'redis::Lock::acquire' is dropped: it says whether the lock was taken
  if (lock.acquire("rebuild"))
    rebuild();
}
template void locked(redis::Lock &);

#define TRY_LOCK(key) db::query("SELECT pg_try_advisory_lock(" #key ")")
void macros() {
  TRY_LOCK(42);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: the result of 'pg_try_advisory_lock' is dropped
  if (TRY_LOCK(42))
    rebuild();
}

// Callables: what a pointer or std::function leads to.
void callables(redis::Lock &lock) {
  bool (redis::Lock::*acquire)(const char *) = &redis::Lock::acquire;
  (lock.*acquire)("rebuild");
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: the result of 'redis::Lock::acquire' is dropped
  auto take = [&lock] { return lock.acquire("rebuild"); };
  take();
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: the result of this call, which is that of 'redis::Lock::acquire', is dropped
  if (take())
    rebuild();
}
