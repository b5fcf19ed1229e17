//===- AstVisitor.h - Clang's dynamic visitor, in every LLVM ----*- C++ -*-===//
//
// clang::DynamicRecursiveASTVisitor came with LLVM 20. For LLVM 19 there is a class of that name which has what the
// guards override of it. Where a visitor overrides something else, add it here: without that its `override` doesn't
// compile.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "clang/Basic/Version.h"

#if CLANG_VERSION_MAJOR >= 20

#include "clang/AST/DynamicRecursiveASTVisitor.h"

#else

#include "clang/AST/RecursiveASTVisitor.h"

namespace clang {

class DynamicRecursiveASTVisitor : public RecursiveASTVisitor<DynamicRecursiveASTVisitor> {
  using Base = RecursiveASTVisitor<DynamicRecursiveASTVisitor>;

public:
  virtual ~DynamicRecursiveASTVisitor() = default;

#define POOLGUARD_VISIT(Node)                                                                                          \
  virtual bool Visit##Node(Node *) { return true; }
  POOLGUARD_VISIT(ArraySubscriptExpr)
  POOLGUARD_VISIT(BinaryOperator)
  POOLGUARD_VISIT(CXXConstructExpr)
  POOLGUARD_VISIT(CXXMemberCallExpr)
  POOLGUARD_VISIT(CXXOperatorCallExpr)
  POOLGUARD_VISIT(CXXThrowExpr)
  POOLGUARD_VISIT(CXXTryStmt)
  POOLGUARD_VISIT(CallExpr)
  POOLGUARD_VISIT(CastExpr)
  POOLGUARD_VISIT(DeclRefExpr)
  POOLGUARD_VISIT(InitListExpr)
  POOLGUARD_VISIT(MemberExpr)
  POOLGUARD_VISIT(ReturnStmt)
  POOLGUARD_VISIT(UnaryOperator)
  POOLGUARD_VISIT(VarDecl)
#undef POOLGUARD_VISIT

#define POOLGUARD_TRAVERSE(Node)                                                                                       \
  virtual bool Traverse##Node(Node *N) { return Base::Traverse##Node(N); }
  POOLGUARD_TRAVERSE(Decl)
  POOLGUARD_TRAVERSE(CXXCatchStmt)
  POOLGUARD_TRAVERSE(CXXForRangeStmt)
  POOLGUARD_TRAVERSE(DoStmt)
  POOLGUARD_TRAVERSE(ForStmt)
  POOLGUARD_TRAVERSE(IfStmt)
  POOLGUARD_TRAVERSE(LambdaExpr)
  POOLGUARD_TRAVERSE(SwitchStmt)
  POOLGUARD_TRAVERSE(WhileStmt)
#undef POOLGUARD_TRAVERSE
};

} // namespace clang

#endif
