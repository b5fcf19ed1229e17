//===- Transactions.h - Which transactions are open where -------*- C++ -*-===//
#pragma once

#include <vector>

#include "llvm/ADT/DenseSet.h"

#include "extract/Flow/Cfg.h"
#include "extract/Flow/Flow.h"

namespace poolguard {

/// Follows the transaction objects of a body from construction to commit, abort, move or destruction. Tells at each
/// site which are open on every path, and the facts about statements after the end, ends without commit, and
/// connections that are handed back under a transaction.
class TransactionFlow : public FlowProblem {
public:
  TransactionFlow(TuContext &Tu, const clang::FunctionDecl &D, const ExprIndex &SiteOf, Function &F);

  /// The body has no transaction object.
  bool trivial() const { return Things.empty(); }
  /// Adds what only the whole body tells; call it after solve().
  void finish();

  FlowState entry() const override;
  void evaluated(const clang::Expr &E, FlowState &State, bool Report) override;
  void declared(const clang::VarDecl &Var, FlowState &State, bool Report) override;
  void destroyed(const clang::VarDecl &Var, FlowState &State, bool Unwinding, bool Report) override;
  void thrown(const clang::Expr &E, FlowState &State) override;
  llvm::ArrayRef<const clang::VarDecl *> variables() const override { return Variables; }

private:
  enum : uint16_t { None = 1, Open = 2, Committed = 4, Aborted = 8 };
  struct Thing {
    const clang::VarDecl *Var = nullptr;
    const clang::ValueDecl *Connection = nullptr; // the variable or field that it was opened on
    std::string Usr;
    Location At;
    bool Autocommit = false, Given = false, Pointer = false, CommitsAtEnd = false;
    bool ReadOnly = false;
    uint16_t AtDestruction = 0; // the states it is in where it is destroyed without an exception
    Location End;               // the first commit or abort in the source
    unsigned Scope = ~0u;
  };

  TuContext &Tu;
  const ExprIndex &SiteOf;
  Function &F;
  std::vector<Thing> Things;
  std::vector<const clang::VarDecl *> Variables; // transactions, and the handles that own their connections
  llvm::DenseMap<const clang::VarDecl *, unsigned> IndexOf;
  llvm::DenseMap<const clang::Expr *, const clang::CXXCatchStmt *> HandlerOf;             // calls in handlers
  llvm::DenseSet<std::pair<const clang::CXXCatchStmt *, const clang::VarDecl *>> EndedIn; // transactions ended there

  friend class TransactionFinder;
  friend class HandlerFinder;
  void add(const clang::VarDecl &Var);
  void addConnection(Thing &T, const clang::Expr *Made);
  const clang::Expr *connectionArgument(const clang::VarDecl &Var, const clang::Expr *Init) const;
  Thing *thing(const clang::Expr *E);
  uint16_t &state(const Thing &T, FlowState &State) const { return State[&T - Things.data()]; }
  void noteSite(const clang::Expr &E, const FlowState &State);
  void noteUses(const clang::Expr &E, unsigned Site, const FlowState &State);
  bool isOpen(const Thing &T, const FlowState &State, const clang::Expr &At) const;
  void noteRelease(const clang::ValueDecl &Connection, const clang::Expr &At, int Argument, const FlowState &State);
  void moveArguments(const clang::Expr &E, FlowState &State);
  void fact(FlowFact::Kind K, Location At, Location Related, const Thing &T, unsigned Site, int Argument);
};

} // namespace poolguard
