//===- Statements.h - Questions about a statement ---------------*- C++ -*-===//
#pragma once

#include <map>
#include <optional>
#include <set>

#include "link/ProgramGraph.h"
#include "report/Finding.h"

namespace poolguard {

/// An edit of `Length` bytes at `Offset` of the statement's text, when that text is one literal in the source.
std::optional<Edit> editText(const ProgramGraph &G, const StatementUse &Use, unsigned Offset, unsigned Length,
                             llvm::StringRef Replacement);

/// The transaction objects of the program.
class Transactions {
public:
  explicit Transactions(const ProgramGraph &G);

  struct Opened {
    unsigned In = 0; // the function that makes it
    const OpenedTransaction *What = nullptr;
  };
  /// The transaction object that the statement or its connection is, when only one is possible.
  const Opened *of(const Value &Connection) const;

  /// Whether the statement surely runs in a transaction block, so that what is local to a transaction lasts until its
  /// end.
  bool surelyIn(const StatementUse &Use) const;

  /// Whether the statement may run in the transaction of a callback, whatever its own lane promises.
  bool mayBeInCallback(const StatementUse &Use) const { return InCallback.count(Use.TextAt) != 0; }

  /// The lane that the statement's transaction has, where the statement itself only says `tx`.
  Lane laneBelow(const StatementUse &Use) const;

private:
  const ProgramGraph &G;
  std::map<std::string, Opened> ByEntity;
  std::set<Step> InCallback;             // statements that are reached on the lane `tx`
  std::map<unsigned, Lane> CallbackLane; // functions that are run in a transaction
};

} // namespace poolguard
