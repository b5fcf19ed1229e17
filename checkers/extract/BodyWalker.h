//===- BodyWalker.h - One function's sites and values -----------*- C++ -*-===//
#pragma once

#include <optional>
#include <utility>

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"
#include "llvm/ADT/DenseMap.h"

#include "extract/Flow/Flow.h"
#include "extract/TuContext.h"

namespace poolguard {

/// Reads one body in source order: keeps what each local variable may stand for, and records the sites. Branches are
/// joined; what a loop assigns is taken as changed before the loop.
class BodyWalker {
public:
  using Environment = llvm::DenseMap<const clang::VarDecl *, Value>;

  BodyWalker(TuContext &Tu, Function &Into) : Tu(Tu), F(Into) {}

  /// The body of `D`; for a constructor its initialisers too. `Outer` are the values of captured variables.
  void walkFunction(const clang::FunctionDecl &D, const Environment *Outer = nullptr, llvm::StringRef ThisOf = {});
  /// The initialiser of a variable at namespace scope.
  void walkInitializer(const clang::VarDecl &D);
  /// What a constant's initialiser stands for; records no site.
  static Value constant(TuContext &Tu, const clang::VarDecl &D);

  /// The first parameter of this function is the handle of an open transaction.
  bool FirstParameterIsTransaction = false;

private:
  TuContext &Tu;
  Function &F;
  Environment Env;
  std::string ThisFunction;             // the method whose `this` is meant, also inside its lambdas
  bool Quiet = false;                   // evaluate without recording
  unsigned Conditional = 0;             // inside code that may be skipped: assignments add, they don't replace
  const clang::Expr *Dropped = nullptr; // the expression whose result nobody uses
  bool LambdaGetsTransaction = false;
  const clang::ParmVarDecl *Handle = nullptr; // the open transaction's, as FirstParameterIsTransaction says
  std::vector<Value> Returned;
  std::vector<unsigned> OpenScopes; // the lexical ones: try blocks and retry loops
  ExprIndex SiteOf, AccessOf;
  std::pair<unsigned, unsigned> InLoop; // the innermost loop, in offsets
  unsigned BlockTo = 0;                 // the end of the innermost block
  const clang::FunctionDecl *Walked = nullptr;

  void walk(const clang::Stmt *S);
  void walkIf(const clang::IfStmt &If);
  void walkTry(const clang::CXXTryStmt &Try);
  void walkLoop(const clang::Stmt &Loop, std::initializer_list<const clang::Stmt *> Before,
                std::initializer_list<const clang::Stmt *> Repeated);
  /// Returns the loop outside.
  std::pair<unsigned, unsigned> enterLoop(const clang::Stmt &Loop);
  void walkDeclaration(const clang::Decl &D);
  void forgetAssigned(const clang::Stmt *S);
  void join(const Environment &Other);

  Value eval(const clang::Expr *E);
  Value evalChildren(const clang::Stmt *S);
  Value evalReference(const clang::DeclRefExpr &E, const clang::ValueDecl &D);
  Value evalVariable(const clang::VarDecl &D);
  Value evalMember(const clang::MemberExpr &E);
  Value evalCall(const clang::CallExpr &E);
  Value evalOperator(const clang::CXXOperatorCallExpr &E, std::optional<Value> &Done);
  Value evalConstruct(const clang::CXXConstructExpr &E);
  Value evalInitList(const clang::InitListExpr &E);
  Value evalLambda(const clang::LambdaExpr &E);
  Value evalBinary(const clang::BinaryOperator &E);
  std::vector<Value> evalArguments(llvm::ArrayRef<const clang::Expr *> Arguments, const FunctionRoles &Roles);
  void assign(const clang::Expr *Target, Value V);

  Value resultOf(const clang::FunctionDecl *Callee, const clang::CallExpr &E, const FunctionRoles &Roles,
                 const Value &Object, const std::vector<Value> &Arguments);
  void record(Site S, const clang::Expr &At);
  /// The USR of the variable or field that the expression names, or an empty text.
  std::string entity(const clang::Expr *E) const;
  void recordCall(const clang::Expr &E, const clang::FunctionDecl *Callee, Value Through, Value Object,
                  std::vector<Value> Arguments);
  /// Adds what only the expression of the call tells: literals among the arguments, what its name is an object of.
  void describeCall(Site &S, const clang::Expr &E) const;
  /// The variables that the call gets by reference or by pointer, and which of them it uses as a connection.
  void describeGiven(Site &S, const clang::Expr &E, const clang::FunctionDecl *Callee) const;
  /// `Var` is what the construction of a thread initialises.
  void initialises(const clang::VarDecl &Var);
  /// What the variable or field `D` promises about the connection that `Init` makes.
  void promiseLane(const clang::DeclaratorDecl &D, const clang::Expr *Init);
  void recordReference(const clang::Expr &E, const std::string &Usr);
  /// What a fix-it needs that puts the open transaction's handle in the place of the object.
  void offerHandle(Site &S, const clang::Expr &E) const;
};

} // namespace poolguard
