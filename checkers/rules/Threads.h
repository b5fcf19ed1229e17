//===- Threads.h - What runs on other threads -------------------*- C++ -*-===//
#pragma once

#include <string>
#include <vector>

#include "link/ProgramGraph.h"

namespace poolguard {

/// A callable that a role says is run on another thread, or by several.
struct ThreadStart {
  unsigned Callable = 0; // the function that runs there
  Step At;               // the call that starts it
  const Edge *By = nullptr;
  Scope In = Scope::Thread;
  std::string Starter; // the name of what starts it: `std::thread::thread`

  /// It is run once, by the standard library or POSIX; anything else may be a timer.
  bool once() const;
  /// What it throws is kept in a future, or by the task, for whoever asks.
  bool keepsException() const;
  /// Whoever destroys what the start gave waits for the thread.
  bool joins() const;
};

/// Whether the call that starts the thread waits for it: the future that nobody keeps is destroyed there.
bool endsAtOnce(llvm::StringRef Starter, const Site &Start);

/// In the order of the functions that start them.
std::vector<ThreadStart> threadStarts(const ProgramGraph &G);

/// What catches an exception of a function on a path.
enum class Catcher : uint8_t {
  Nobody,   // it leaves the callable
  Boundary, // a noexcept function ends the process first
  Somebody,
};

/// A function that a callable reaches on its own thread, and how: what would catch an exception of it, and the shortest
/// path.
struct Reached {
  unsigned Function = 0;
  Catcher By = Catcher::Nobody;
  bool Retried = false;         // a step of the path retries what is below
  size_t Caller = 0;            // the one before it on the path, by its index
  const Chain *Steps = nullptr; // the calls from there; none to the callable itself
};

/// The calls that lead to `All[Index]`, from the callable down.
std::vector<Step> pathTo(llvm::ArrayRef<Reached> All, size_t Index);

/// Every function and catcher that calls on the same thread lead to, `From` first.
std::vector<Reached> onThread(const ProgramGraph &G, unsigned From);

/// `By` after the step's call, given `By` in its frame and the function that is called, if that is in the program.
Catcher through(const ProgramGraph &G, Catcher By, Step S, const Declaration *Called);

/// Whether the step sits in a retry loop, or calls something that retries.
bool retries(const ProgramGraph &G, Step S);

/// Whether the step sits in a loop.
inline bool inLoop(const Site &S) { return S.LoopTo != 0; }

/// Whether what the site calls pauses the thread: std::this_thread::sleep_for and kin.
bool isSleep(const ProgramGraph &G, const Site &S);
/// Whether it waits for a thread to end.
bool isJoin(const ProgramGraph &G, const Site &S);

} // namespace poolguard
