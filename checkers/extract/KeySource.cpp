#include "extract/KeySource.h"

#include "clang/AST/ExprCXX.h"

#include "extract/AstVisitor.h"

using namespace clang;

namespace poolguard {

namespace {

struct FindSource : DynamicRecursiveASTVisitor {
  std::string Found;
  llvm::SmallVector<const VarDecl *, 4> Seen;

  bool VisitCXXOperatorCallExpr(CXXOperatorCallExpr *Call) override {
    // Of the object: the operator itself may be a base's (libstdc++ 14 has it in __hash_string_base).
    const Expr *Object = Call->getNumArgs() == 0 ? nullptr : Call->getArg(0)->IgnoreParenImpCasts();
    const CXXRecordDecl *Class = Object ? Object->getType()->getAsCXXRecordDecl() : nullptr;
    if (Call->getOperator() == OO_Call && Class && Class->isInStdNamespace() && Class->getIdentifier() &&
        Class->getName() == "hash")
      Found = "std::hash";
    return Found.empty();
  }
  bool VisitCastExpr(CastExpr *Cast) override {
    if (Cast->getCastKind() == CK_PointerToIntegral)
      Found = "the address of an object";
    return Found.empty();
  }
  bool VisitDeclRefExpr(DeclRefExpr *Ref) override {
    auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
    if (Var && Var->hasLocalStorage() && Var->hasInit() && Seen.size() < 8 && !llvm::is_contained(Seen, Var)) {
      Seen.push_back(Var);
      TraverseStmt(Var->getInit());
    }
    return Found.empty();
  }
  bool TraverseLambdaExpr(LambdaExpr *) override { return true; }
};

} // namespace

std::string unstableKey(const Expr &E) {
  FindSource Find;
  Find.TraverseStmt(const_cast<Expr *>(&E));
  return Find.Found;
}

} // namespace poolguard
