// One of every shape that the checks look at, over declarations of its own so that a prefix of it parses in no time.
namespace std {
using size_t = decltype(sizeof(0));
struct string {
  string(const char *);
  const char *c_str() const;
};
string operator+(const string &, const string &);
string to_string(int);
struct exception {
  virtual const char *what() const noexcept;
};
template <class T> T &&move(T &);
template <class T> struct default_delete {};
template <class T, class D = default_delete<T>> struct unique_ptr {
  explicit unique_ptr(T *);
  unique_ptr(unique_ptr &&);
  ~unique_ptr();
  T &operator*() const;
  T *operator->() const;
  void reset(T * = nullptr);
};
template <class T> struct function;
template <class R, class... A> struct function<R(A...)> {
  template <class F> function(F);
  R operator()(A...) const;
};
template <class T> struct atomic {
  atomic(T);
  T load() const;
  void store(T);
  T fetch_add(T);
  T operator++(int);
};
struct mutex {
  void lock();
  void unlock();
};
template <class M> struct lock_guard {
  explicit lock_guard(M &);
  ~lock_guard();
};
struct thread {
  template <class F, class... A> explicit thread(F &&, A &&...) {}
  void join();
  void detach();
};
template <class P> struct coroutine_handle {
  static coroutine_handle from_address(void *) noexcept;
};
template <class R, class... A> struct coroutine_traits {
  using promise_type = typename R::promise_type;
};
} // namespace std

namespace pqxx {
struct result {
  bool empty() const;
};
struct failure : std::exception {};
struct in_doubt_error : failure {};
struct broken_connection : failure {};
struct connection {
  explicit connection(const char *);
  void prepare(const char *, const char *);
};
struct transaction_base {
  result exec(const std::string &);
  template <class... A> result exec_params(const std::string &, A &&...);
  void commit();
  void abort();
};
enum write_policy { read_only, read_write };
template <write_policy W = read_write> struct transaction : transaction_base {
  explicit transaction(connection &);
  ~transaction();
};
using work = transaction<>;
struct nontransaction : transaction_base {
  explicit nontransaction(connection &);
};
template <class F> auto perform(F &&f, int attempts = 3) -> decltype(f()) { return f(); }
} // namespace pqxx

#define TRY_AGAIN(n) for (int attempt = 0; attempt < n; ++attempt)
[[clang::annotate("poolguard", "blocks", true)]] void sleep_ms(int);
namespace app {
struct Lease {
  [[nodiscard]] bool held() const;
};
struct Pool {
  std::unique_ptr<pqxx::connection> acquire();
  void release(std::unique_ptr<pqxx::connection>);
};
struct Queue {
  bool renew(int id, long epoch);
  virtual bool complete(int id);
};
struct Db {
  int execute(const char *sql);
  int execute_direct(const char *sql);
};
void log(const char *);
template <class F> void transaction(F &&f) {
  pqxx::work *open = nullptr;
  f(*open);
}
template <class F> void with_retry(F &&f) { f(); }
} // namespace app

static pqxx::connection shared("postgresql://me:secret@db:6543/app?options=-c%20x");
constexpr const char *Claim = "UPDATE jobs SET status = 'active', lock_epoch = lock_epoch + 1, lock_until = now() "
                              "WHERE id = (SELECT id FROM jobs WHERE status = 'waiting' LIMIT 1 FOR UPDATE)";

struct Worker {
  app::Queue queue;
  std::atomic<int> next{0};
  std::mutex lock;
  int plain = 0;
  pqxx::connection *connection = nullptr;

  void loop(int id, long epoch) {
    std::thread tick([this, id, epoch] {
      for (;;) {
        queue.renew(id, epoch);
        sleep_ms(1000);
      }
    });
    tick.detach();
  }
  int take(int bound) {
    std::lock_guard<std::mutex> hold(lock);
    if (next.load() < bound)
      next.store(next.load() + 1);
    return plain++;
  }
  ~Worker() { (void)queue.complete(1); }
};

int claim(pqxx::connection &c) {
  TRY_AGAIN(3) {
    try {
      pqxx::work tx(c);
      auto row = tx.exec(Claim);
      tx.exec_params(std::string("UPDATE jobs SET status = $1 WHERE id = ") + std::to_string(attempt), "done");
      tx.commit();
      tx.exec_params("DELETE FROM jobs WHERE id = $1", 1);
      return row.empty() ? 0 : 1;
    } catch (const pqxx::in_doubt_error &e) {
      app::log(e.what());
      if (attempt == 2)
        throw;
    } catch (...) {
      continue;
    }
  }
  return -1;
}

void nested(pqxx::connection &c, app::Pool *pool) {
  app::with_retry([&] {
    return pqxx::perform([&c] {
      pqxx::work tx{c};
      pqxx::nontransaction other{shared};
      other.exec("SET search_path = a; LISTEN jobs");
      tx.exec(R"(SELECT pg_try_advisory_lock(1))");
      sleep_ms(10);
      return 1;
    });
  });
  auto held = pool->acquire();
  pqxx::transaction<pqxx::read_only> tx(*held);
  switch (tx.exec("INSERT INTO t VALUES (1)").empty()) {
  case true: return;
  default: break;
  }
  do {
    c.prepare("p", "VACUUM");
  } while (!tx.exec("SELECT 1").empty());
  pool->release(std::move(held));
}

int send(app::Db &db, const char *sql) { return db.execute(sql); }

void lanes(app::Db &db) {
  send(db, "UPDATE jobs SET lock_until = now() WHERE id = 1 AND lock_epoch = 2");
  db.execute("PREPARE p AS SELECT 1");
}

void connect(const std::string &dsn) {
  pqxx::connection made(dsn.c_str());
  app::log(dsn.c_str());
}

void open(pqxx::connection &c, app::Db &db) {
  pqxx::work tx(c);
  db.execute("SELECT 1");
  app::with_retry([&] { tx.exec("SELECT 2"); });
  tx.exec("VACUUM t");
  tx.commit();
  pqxx::work lost(c);
  lost.exec("INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING");
}

void together(pqxx::connection &c) {
  std::thread one([&c] { pqxx::nontransaction(c).exec("SELECT 1"); });
  std::thread two([&] { pqxx::work tx(c); });
  one.join(), two.join();
}

template <class Db, int... Is> auto generic(Db &&db, std::function<void(Db &)> body) {
  auto call = [&, copy = body]<class T>(T &&x) mutable -> decltype(auto) { return copy(x); };
  if constexpr (sizeof...(Is) > 1)
    return (db.exec((Is, "SELECT 1")), ...);
  else
    app::transaction([&](auto &tx) { call(tx), tx.exec("SELECT 1 FOR UPDATE"); });
}
template auto generic<pqxx::work &, 1>(pqxx::work &, std::function<void(pqxx::work &)>);

struct Later {
  bool await_ready() const noexcept;
  template <class P> void await_suspend(std::coroutine_handle<P>) const noexcept;
  int await_resume() const noexcept;
};
struct Task {
  struct promise_type {
    Task get_return_object();
    Later initial_suspend() noexcept;
    Later final_suspend() noexcept;
    void return_void();
    void unhandled_exception();
  };
};
Task coroutine(Worker &w, void (Worker::*member)(int, long), bool (*callback)(int) = nullptr) {
  int seen = w.plain;
  co_await Later{};
  w.plain = seen + 1;
  (w.*member)(1, 2);
  pqxx::work *tx = new pqxx::work(*w.connection);
  if (callback && callback(w.next++))
    goto end;
  delete tx;
end:
  co_return;
}
