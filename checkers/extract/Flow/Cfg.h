//===- Cfg.h - Control flow with exceptions and destructors -----*- C++ -*-===//
//
// Clang's CFG has implicit destructors where control leaves a scope normally. What it lacks is added here: an exception
// may leave any call or construction, unwinding destroys the variables up to the handler, and a function that is left
// by an exception isn't left by a return.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <memory>
#include <vector>

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Analysis/CFG.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"

namespace poolguard {

class FlowGraph {
public:
  /// Null where Clang can't make a CFG of the body, or only one too big to be worth it.
  static std::unique_ptr<FlowGraph> build(const clang::FunctionDecl &D);

  const clang::CFG &cfg() const { return *Cfg; }
  clang::ASTContext &context() const { return *Context; }
  /// The block that an exception thrown by `S` goes to; null: it leaves the function.
  const clang::CFGBlock *handlerOf(const clang::Stmt *S) const;
  /// Whether `Var` lives in the block of the try statement whose handlers `Dispatch` chooses from.
  bool diesOnWayTo(const clang::VarDecl *Var, const clang::CFGBlock *Dispatch) const;
  /// Whether the edges out of the block are taken by an exception.
  bool leavesByException(const clang::CFGBlock &Block) const;

private:
  clang::ASTContext *Context = nullptr;
  std::unique_ptr<clang::CFG> Cfg;
  llvm::DenseMap<const clang::Stmt *, const clang::CXXTryStmt *> TryAround; // the innermost, of statements in one
  llvm::DenseMap<const clang::CXXTryStmt *, const clang::CXXTryStmt *> Outer;
  llvm::DenseMap<const clang::VarDecl *, const clang::CXXTryStmt *> TryOf;
  llvm::DenseMap<const clang::CXXTryStmt *, const clang::CFGBlock *> DispatchOf;

  void read(const clang::Stmt *S, const clang::CXXTryStmt *Try);
};

/// Whether the call or construction may throw, by its declaration.
bool mayThrow(const clang::Expr &E, const clang::LangOptions &Language);

/// For each thing that a problem tracks, the set of states (bits) it may be in. Joining is "or".
using FlowState = llvm::SmallVector<uint16_t, 8>;

/// One question about a body. States only gain bits when paths join, so solving ends.
class FlowProblem {
public:
  virtual ~FlowProblem() = default;
  virtual FlowState entry() const = 0;
  /// `E` has been evaluated. `Report`: the state before it is final, so say what there is to say.
  virtual void evaluated(const clang::Expr &E, FlowState &State, bool Report) = 0;
  /// `Var` has been initialised.
  virtual void declared(const clang::VarDecl &Var, FlowState &State, bool Report) = 0;
  /// `Var` is destroyed: its scope ends, or an exception unwinds it.
  virtual void destroyed(const clang::VarDecl &Var, FlowState &State, bool Unwinding, bool Report) = 0;
  /// `State` was the one before `E`; makes it the one in which an exception from `E` leaves.
  virtual void thrown(const clang::Expr &, FlowState &) {}
  /// Control goes on because `Condition` is true, or false.
  virtual void branched(const clang::Expr &, bool, FlowState &) {}
  /// The function ends in `State`: by `Return` (null: at its closing brace).
  virtual void returned(const clang::ReturnStmt *, const FlowState &) {}
  /// An exception from `E` (null: one thrown on) leaves the function in `State`, with the variables destroyed.
  virtual void escaped(const clang::Expr *, const FlowState &) {}
  /// The variables whose destruction matters, in the order of their declarations.
  virtual llvm::ArrayRef<const clang::VarDecl *> variables() const = 0;
};

/// Finds the states at each place, then goes over the body once with `Report`.
void solve(const FlowGraph &Graph, const clang::LangOptions &Language, FlowProblem &Problem);

} // namespace poolguard
