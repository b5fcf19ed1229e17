//===- RetryScopes.h - What is tried again when it fails --------*- C++ -*-===//
//
// Every retry of the program and the code that runs in it, over any number of calls: loops that the extractor
// recognised, callables that a role `runs ... in: retry` runs, and the bodies of functions with the role `retries`. A
// lambda that is only made or stored there doesn't run in it, nor does what runs on another thread.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "link/ProgramGraph.h"
#include "report/Finding.h"

namespace poolguard {

/// A function that runs in a retry.
struct RetriedFunction {
  std::vector<Step> Path; // from the retry to the function, outermost first
  size_t Inside = 0; // the first step of `Path` that is itself tried again; its size when that is the function itself
  bool InTransaction = false; // the path runs it in a transaction that is opened in the retry
};

struct RetryScope {
  enum class Kind { Loop, Callable, Function } K = Kind::Loop;
  unsigned In = 0;    // the function that holds the loop or the call, or that has the role
  unsigned Index = 0; // Loop: index of the scope; Callable: of the site
  Location Where;
  unsigned Attempts = 0; // 0: not known
  const CodeScope *Loop = nullptr;
  std::string Name;                         // for messages: `the retry loop in 'f'`, `a retry by 'pqxx::perform'`
  std::map<unsigned, RetriedFunction> Runs; // by function
};

/// A statement in a retry.
struct RetriedStatement {
  const RetryScope *Retry = nullptr;
  std::vector<Step> Path;     // from the retry down to the statement
  bool InTransaction = false; // see RetriedFunction
};

class RetryScopes {
public:
  explicit RetryScopes(const ProgramGraph &G);

  /// In the order of functions and sites.
  const std::vector<RetryScope> &all() const { return Scopes; }
  /// The retries that `Use` runs in.
  std::vector<RetriedStatement> around(const StatementUse &Use) const;
  /// Whether the site of `S` sits in the loop.
  bool isIn(const RetryScope &R, Step S) const;

private:
  const ProgramGraph &G;
  std::vector<RetryScope> Scopes;
  std::vector<std::vector<unsigned>> Touching;    // by function: the scopes that it holds or that run it, ascending
  std::vector<std::vector<const Edge *>> Through; // the edges that have a step in the function
  std::set<unsigned> TransactionCallbacks;        // functions that a role runs in a transaction
  std::set<unsigned> TransactionOpeners;          // functions that by their role run what they are given in one

  void findLoops(unsigned F);
  void findRoles(unsigned F);
  void fill(RetryScope &R);
  std::vector<unsigned> touching(llvm::ArrayRef<Step> Steps) const;
};

/// `the retry is here, with up to 3 attempts`.
Note retryNote(const RetryScope &R);

/// As callNotes of Paths.h, without the call that the retry note stands at already.
std::vector<Note> callNotes(const ProgramGraph &G, const RetryScope &R, llvm::ArrayRef<Step> Path, Step FindingAt);

/// The retry role of what the site calls: attempts (0: not known), or nothing. Either `retries` or `runs ... in:
/// retry`.
std::optional<unsigned> retriesOf(const ProgramGraph &G, const Site &S);

/// Whether the edge hands a callable to a library that keeps it, such as a container or a std::function.
bool isOnlyStored(const ProgramGraph &G, const Edge &E);

} // namespace poolguard
