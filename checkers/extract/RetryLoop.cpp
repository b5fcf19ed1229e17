#include "extract/RetryLoop.h"

#include "clang/AST/RecursiveASTVisitor.h"

using namespace clang;

namespace poolguard {

std::optional<CodeScope> retryLoop(TuContext &, const Stmt &) { return std::nullopt; }

namespace {
struct FindThrow : RecursiveASTVisitor<FindThrow> {
  bool Found = false;
  bool VisitCXXThrowExpr(CXXThrowExpr *) { return !(Found = true); }
  bool TraverseLambdaExpr(LambdaExpr *) { return true; } // its throws are its own
};
} // namespace

CodeScope tryScope(TuContext &Tu, const CXXTryStmt &Try) {
  CodeScope Scope;
  Scope.K = CodeScope::Kind::Try;
  Scope.At = Tu.Name.location(Try.getTryLoc());
  for (unsigned I = 0; I < Try.getNumHandlers(); ++I) {
    const CXXCatchStmt &Handler = *Try.getHandler(I);
    QualType Caught = Handler.getCaughtType();
    const CXXRecordDecl *Class = Caught.isNull() ? nullptr : Caught.getNonReferenceType()->getAsCXXRecordDecl();
    bool All = Caught.isNull() || (Class && Tu.Name.qualified(*Class) == "std::exception");
    if (!All)
      continue;
    Scope.CatchesAll = true;
    FindThrow Throws;
    Throws.TraverseStmt(Handler.getHandlerBlock());
    Scope.Rethrows |= Throws.Found;
  }
  return Scope;
}

} // namespace poolguard
