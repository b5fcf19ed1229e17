#include "extract/Ancestry.h"

#include "clang/AST/StmtCXX.h"

using namespace clang;

namespace poolguard {

static bool isConditionOf(const Stmt &S, const Stmt *Child) {
  const auto *If = dyn_cast<IfStmt>(&S);
  const auto *While = dyn_cast<WhileStmt>(&S);
  const auto *Do = dyn_cast<DoStmt>(&S);
  return (If && If->getCond() == Child) || (While && While->getCond() == Child) || (Do && Do->getCond() == Child) ||
         isa<SwitchStmt>(S);
}

bool Ancestry::inComparison() const {
  for (size_t I = Around.size(); I-- > 1;) {
    const Stmt *P = Around[I - 1];
    const auto *Op = dyn_cast<BinaryOperator>(P);
    const auto *Call = dyn_cast<CXXOperatorCallExpr>(P);
    if ((Op && Op->isComparisonOp()) || (Call && Call->isComparisonOp()) || isa<CXXRewrittenBinaryOperator>(P))
      return true;
    if (!isa<CastExpr, ParenExpr, BinaryOperator, MaterializeTemporaryExpr>(P))
      return false;
  }
  return false;
}

bool Ancestry::unused() const {
  for (size_t I = Around.size() - 1; I-- > 0;) {
    const Stmt *P = Around[I];
    if (const auto *For = dyn_cast<ForStmt>(P))
      return For->getInc() == Around[I + 1];
    if (const auto *Cast = dyn_cast<CastExpr>(P); Cast && Cast->getCastKind() == CK_ToVoid)
      return true;
    if (!isa<Expr>(P))
      return !isa<ReturnStmt, DeclStmt, CoreturnStmt>(P) && !isConditionOf(*P, Around[I + 1]);
    if (!isa<CastExpr, ParenExpr, FullExpr, MaterializeTemporaryExpr, CXXBindTemporaryExpr>(P))
      return false;
  }
  return true;
}

bool Ancestry::picks() const {
  for (size_t I = Around.size(); I-- > 1;) {
    const Stmt *P = Around[I - 1];
    if (const auto *Subscript = dyn_cast<ArraySubscriptExpr>(P))
      return Subscript->getIdx() == Around[I];
    if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(P))
      return Call->getOperator() == OO_Subscript && Call->getNumArgs() == 2 && Call->getArg(1) == Around[I];
    if (!isa<CastExpr, ParenExpr, MaterializeTemporaryExpr>(P))
      return false;
  }
  return false;
}

bool Ancestry::firstInBranch() const {
  for (size_t I = Around.size(); I-- > 1;) {
    const auto *Block = dyn_cast<CompoundStmt>(Around[I - 1]);
    if (Block)
      return I > 1 && isa<IfStmt>(Around[I - 2]) && Block->body_front() == Around[I];
    if (!isa<Expr>(Around[I - 1]))
      return false;
  }
  return false;
}

bool Ancestry::inLoopCondition() const {
  for (size_t I = Around.size(); I-- > 1;) {
    const Stmt *P = Around[I - 1];
    if (const auto *While = dyn_cast<WhileStmt>(P))
      return While->getCond() == Around[I];
    if (const auto *Do = dyn_cast<DoStmt>(P))
      return Do->getCond() == Around[I];
    if (!isa<Expr>(P))
      return false;
  }
  return false;
}

const Stmt *Ancestry::statement() const {
  for (const Stmt *S : llvm::reverse(Around))
    if (!isa<Expr>(S))
      return S;
  return nullptr;
}

} // namespace poolguard
