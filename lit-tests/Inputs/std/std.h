// Declarations that match the C++ standard library's, as far as preset std names them, with the inline namespaces and
// bases of libstdc++ and libc++. Own code; PresetHeadersTest compares with the installed library.
#pragma once

namespace std {
inline namespace __1 {

namespace chrono {
struct seconds {};
inline namespace _V2 {
struct time_point {};
struct system_clock {
  static time_point now() noexcept;
};
} // namespace _V2
} // namespace chrono

namespace this_thread {
template <typename Duration> void sleep_for(const Duration &d) {}
template <typename TimePoint> void sleep_until(const TimePoint &t) {}
} // namespace this_thread

class thread {
public:
  template <typename F, typename... Args> explicit thread(F &&f, Args &&...args) {}
  ~thread();
  void join();
};
class jthread {
public:
  template <typename F, typename... Args> explicit jthread(F &&f, Args &&...args) {}
  ~jthread();
  void join();
};
enum class launch { async = 1, deferred = 2 };

template <typename R> class __basic_future {
public:
  void wait() const;
  template <typename D> bool wait_for(const D &) const { return true; }
  template <typename T> bool wait_until(const T &) const { return true; }
};
template <typename R> class future {
public:
  R get();
  void wait() const;
  template <typename D> bool wait_for(const D &) const { return true; }
  template <typename T> bool wait_until(const T &) const { return true; }
};
template <typename R> class shared_future {
public:
  const R &get() const;
  void wait() const;
  template <typename D> bool wait_for(const D &) const { return true; }
  template <typename T> bool wait_until(const T &) const { return true; }
};
template <typename F, typename... Args> future<int> async(F &&f, Args &&...args) { return {}; }
template <typename F, typename... Args> future<int> async(launch policy, F &&f, Args &&...args) { return {}; }

class mutex {};
template <typename M> class unique_lock {};
inline namespace _V2 {
class condition_variable_any {
public:
  template <typename L> void wait(L &) {}
  template <typename L, typename D> bool wait_for(L &, const D &) { return true; }
  template <typename L, typename T> bool wait_until(L &, const T &) { return true; }
};
} // namespace _V2
class condition_variable {
public:
  void wait(unique_lock<mutex> &);
  template <typename D> bool wait_for(unique_lock<mutex> &, const D &) { return true; }
  template <typename T> bool wait_until(unique_lock<mutex> &, const T &) { return true; }
};
class latch {
public:
  void wait() const;
  void arrive_and_wait(long n = 1);
};
struct __empty_completion {};
template <typename C = __empty_completion> class barrier {
public:
  class arrival_token {};
  arrival_token arrive(long n = 1);
  void wait(arrival_token &&) const;
  void arrive_and_wait();
};
template <long Max = 99> class counting_semaphore {
public:
  void acquire();
  template <typename D> bool try_acquire_for(const D &) { return true; }
  template <typename T> bool try_acquire_until(const T &) { return true; }
};
template <typename T> struct __atomic_base {
  void wait(T old, int order = 5) const noexcept;
};
template <typename T> struct atomic {
  void wait(T old, int order = 5) const noexcept;
};

template <typename... Args> struct format_string {
  consteval format_string(const char *s) : str(s) {}
  const char *str;
};
template <typename T> struct type_identity {
  using type = T;
};
template <typename... Args> void print(format_string<typename type_identity<Args>::type...> fmt, Args &&...args) {}
template <typename... Args> void println(format_string<typename type_identity<Args>::type...> fmt, Args &&...args) {}

} // namespace __1
} // namespace std
