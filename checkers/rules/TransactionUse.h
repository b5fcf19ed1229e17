//===- TransactionUse.h - What functions do to what they are given -*- C++ -*-===//
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "link/ProgramGraph.h"

namespace poolguard {

/// Whether the value is the transaction object of the scope, or something opened on it.
bool isTransaction(const Value &V, const CodeScope &Scope);
bool mentionsTransaction(const Value &V, llvm::StringRef Entity);

/// Whether the body has a commit or abort of the transaction `Entity` (a lambda that captures it).
bool endsTransaction(const ProgramGraph &G, const Function &F, llvm::StringRef Entity);

/// Whether the function may end the transaction that is its parameter (Value::This: its object), itself or in what it
/// calls.
bool endsParameter(const ProgramGraph &G, unsigned F, int Parameter);

/// The same for a transaction that a text has opened on the connection: it is ended by a text. One that nobody knows
/// may be that text.
bool mayEndByText(const ProgramGraph &G, unsigned F, int Parameter);

/// What functions do to the transactions and connections that they get as parameters, themselves or in what they call.
class ParameterUse {
public:
  enum : unsigned { Executes = 1, Writes = 2, Ends = 4, Releases = 8, HandedOut = 16 };

  explicit ParameterUse(const ProgramGraph &G);

  /// The bits for `Parameter` (Value::This: the object) of `Function`.
  unsigned of(unsigned Function, int Parameter) const;
  /// The calls down to the one that has the effect.
  std::vector<Step> path(unsigned Function, int Parameter, unsigned Effect) const;
  /// If what the site itself calls has the effect on its argument `Parameter` (FlowFact::Object: the object): the calls
  /// down to it.
  std::optional<std::vector<Step>> below(Step Site, int Parameter, unsigned Effect) const;
  /// The statement at the site is known to write.
  bool writes(Step Site) const { return Writing.count(Site) != 0; }

private:
  const ProgramGraph &G;
  std::set<Step> Writing;
  struct Use {
    unsigned Bits = 0;
    std::map<unsigned, std::pair<Step, int>> Via; // effect -> the site, and the callee's parameter
    std::map<unsigned, unsigned> Into;            // effect -> the callee, where it isn't the site itself
  };
  std::vector<std::map<int, Use>> Uses;

  void addOwn(unsigned F);
  bool addCalls(unsigned F);
  bool add(unsigned F, int Parameter, unsigned Effect, Step At, int Through, unsigned Callee);
};

} // namespace poolguard
