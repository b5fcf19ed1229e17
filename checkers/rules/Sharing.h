//===- Sharing.h - What the callables on several threads share --*- C++ -*-===//
//
// Follows what a function on a thread names (a field of its object, a parameter, a captured variable) up the calls to
// the frame that starts the thread: only there can be told whether two threads mean the same object.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/Threads.h"

namespace poolguard {

class Sharing {
public:
  explicit Sharing(const ProgramGraph &Graph);

  llvm::ArrayRef<ThreadStart> starts() const { return Starts; }

  /// What `On`, named in the function `In` at the end of `Path`, is in the frame that starts the callable. Nothing when
  /// it is the thread's own, or can't be told.
  std::optional<Place> atStart(const ThreadStart &Start, llvm::ArrayRef<Step> Path, unsigned In, Place On) const;

  /// What `On`, named in the function `Callee` that the step calls, is in the step's own frame.
  std::optional<Place> inCaller(Step S, unsigned Callee, const Place &On) const;

  /// Whether several threads that this start makes run the callable at the same time, with one object that is `On`.
  bool byMany(const ThreadStart &Start, const Place &On) const;

  /// Whether two callables that one function starts run at the same time.
  bool atOnce(const ThreadStart &First, const ThreadStart &Second) const;

  /// Whether something in the function waits for a thread between two offsets.
  bool waitsBetween(unsigned Function, unsigned From, unsigned To) const;

  /// Whether a lock is held at one of the scopes, or at a call that leads there.
  bool locked(llvm::ArrayRef<Step> Path, unsigned In, llvm::ArrayRef<unsigned> Scopes) const;

private:
  const ProgramGraph &G;
  std::vector<ThreadStart> Starts;

  llvm::StringRef methodOf(unsigned F) const;
  bool holdsLock(unsigned F, llvm::ArrayRef<unsigned> Scopes) const;
  bool oneAtATime(Step S) const;
};

/// Whether the place's variable is declared inside the loop around the site.
bool madeInLoop(const Site &S, const Place &On);

} // namespace poolguard
