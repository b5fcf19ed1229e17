//===- TextTransactions.h - BEGIN and COMMIT sent as text -------*- C++ -*-===//
#pragma once

#include <vector>

#include "extract/Flow/Cfg.h"
#include "extract/Flow/Flow.h"

namespace poolguard {

/// Follows the transactions that a body opens and ends with SQL text on a connection (`PQexec(conn, "BEGIN")`): tells
/// at each site which are open on every path, and which a void function leaves open on one of its ways out.
class TextTransactionFlow : public FlowProblem {
public:
  TextTransactionFlow(TuContext &Tu, const clang::FunctionDecl &D, const ExprIndex &SiteOf, Function &F);

  /// No text in the body opens a transaction.
  bool trivial() const { return Things.empty(); }

  FlowState entry() const override { return FlowState(Things.size(), None); }
  void evaluated(const clang::Expr &E, FlowState &State, bool Report) override;
  void declared(const clang::VarDecl &, FlowState &, bool) override {}
  void destroyed(const clang::VarDecl &Var, FlowState &State, bool Unwinding, bool Report) override;
  void returned(const clang::ReturnStmt *Return, const FlowState &State) override;
  llvm::ArrayRef<const clang::VarDecl *> variables() const override { return Variables; }

private:
  /// Begun: BEGIN may have failed. Used: a statement came after it. Shared: something else was given the connection,
  /// and may have dealt with it there. Unknown: a text that nobody knows may have ended it.
  enum : uint16_t { None = 1, Begun = 2, Used = 4, Shared = 8, Unknown = 16 };
  /// One connection: a variable or field, or (null) the object of the method itself.
  struct Thing {
    const clang::ValueDecl *Connection = nullptr;
    std::string Name;
    Location Begin;       // the first BEGIN in the source
    Value On;             // what it was sent on
    bool Ends = false;    // by a text of the body
    bool Guarded = false; // an object or lambda keeps it, and may end the transaction when the function is left
    unsigned Scope = ~0u;
  };
  /// What a statement is sent on and what it leaves the connection's transaction block as.
  struct Sent;

  TuContext &Tu;
  const ExprIndex &SiteOf;
  Function &F;
  Location End;        // of the body
  bool Silent = false; // its result says nothing of how it ended
  std::vector<Thing> Things;
  std::vector<const clang::VarDecl *> Variables;

  std::optional<Sent> sent(const clang::Expr &E) const;
  int thing(const clang::Expr *Connection) const;
  void noteSite(unsigned Site, const FlowState &State, int Ending);
  void share(const clang::Expr &E, FlowState &State);
  void capture(const clang::LambdaExpr &E, FlowState &State);
};

} // namespace poolguard
