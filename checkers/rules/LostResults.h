//===- LostResults.h - Results that nobody looks at -------------*- C++ -*-===//
//
// Follows the result of an operation up the calls for as long as it is returned, to the frame that loses it.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "link/ProgramGraph.h"
#include "report/Finding.h"

namespace poolguard {

/// An operation and the calls that lead to it.
struct Operation {
  std::string What;        // words for it, as `'app::Queue::renew'`
  std::vector<Step> Steps; // from a frame down to the operation
  size_t SeenAt = 0;       // the step that the reader should see when a frame below it loses the result
};

struct LostResult {
  Operation Of;
  Step At;
  std::string Subject; // `the result of 'finish', which is that of 'app::Queue::complete',`
  std::string How;     // `is dropped`, `goes into 'held', which nobody reads`, ...
  std::vector<Note> Path;
};

class LostResults {
public:
  using Report = std::function<void(const LostResult &)>;
  /// `Known`: a function with such roles is an operation of its own; its callers are not followed up to.
  LostResults(const ProgramGraph &G, std::function<bool(const FunctionRoles &)> Known, Report Lost);

  void follow(Operation Of);
  /// Every call of something with `Known` roles, also through a pointer to it; returns how many there are.
  unsigned followCalls();

private:
  const ProgramGraph &G;
  std::function<bool(const FunctionRoles &)> Known;
  Report Lost;

  bool returned(const Operation &Of, size_t Frames);
  void report(const Operation &Of, size_t LostAt, size_t Seen, std::string How);
};

} // namespace poolguard
