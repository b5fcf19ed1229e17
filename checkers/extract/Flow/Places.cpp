#include "extract/Flow/Places.h"

#include <algorithm>

#include "clang/AST/ExprCXX.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"

#include "extract/KnownFunctions.h"

using namespace clang;

namespace poolguard {

const Expr *plain(const Expr *E) {
  while (E) {
    const Expr *Before = E;
    E = E->IgnoreParenImpCasts();
    if (const auto *Full = dyn_cast<FullExpr>(E))
      E = Full->getSubExpr();
    else if (const auto *Temporary = dyn_cast<MaterializeTemporaryExpr>(E))
      E = Temporary->getSubExpr();
    else if (const auto *Bound = dyn_cast<CXXBindTemporaryExpr>(E))
      E = Bound->getSubExpr();
    else if (const auto *Cast = dyn_cast<CXXFunctionalCastExpr>(E))
      E = Cast->getSubExpr();
    if (E == Before)
      return E;
  }
  return E;
}

const ValueDecl *namedBy(const Expr *E) {
  while (E) {
    E = plain(E);
    if (const auto *Op = dyn_cast<UnaryOperator>(E);
        Op && (Op->getOpcode() == UO_AddrOf || Op->getOpcode() == UO_Deref)) {
      E = Op->getSubExpr();
      continue;
    }
    if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(E);
        Operator && Operator->getNumArgs() == 1 &&
        (Operator->getOperator() == OO_Star || Operator->getOperator() == OO_Arrow)) {
      E = Operator->getArg(0);
      continue;
    }
    if (const auto *Member = dyn_cast<CXXMemberCallExpr>(E)) {
      const CXXMethodDecl *Method = Member->getMethodDecl();
      if (!Method || !returnsItsObject(*Method))
        return nullptr;
      E = Member->getImplicitObjectArgument();
      continue;
    }
    if (const auto *Call = dyn_cast<CallExpr>(E)) {
      const FunctionDecl *Callee = Call->getDirectCallee();
      std::optional<unsigned> Argument = Callee ? returnsArgument(*Callee) : std::nullopt;
      if (!Argument || *Argument >= Call->getNumArgs())
        return nullptr;
      E = Call->getArg(*Argument);
      continue;
    }
    if (const auto *Cast = dyn_cast<ExplicitCastExpr>(E)) {
      E = Cast->getSubExpr();
      continue;
    }
    // A smart pointer that is passed by value points at the same thing.
    if (const auto *Made = dyn_cast<CXXConstructExpr>(E); Made && Made->getNumArgs() == 1 &&
                                                          Made->getConstructor()->isCopyOrMoveConstructor() &&
                                                          Made->getConstructor()->getParent()->isInStdNamespace()) {
      E = Made->getArg(0);
      continue;
    }
    break;
  }
  if (const auto *Ref = dyn_cast_or_null<DeclRefExpr>(E))
    return isa<VarDecl>(Ref->getDecl()) ? Ref->getDecl() : nullptr;
  if (const auto *Member = dyn_cast_or_null<MemberExpr>(E))
    return isa<FieldDecl, VarDecl>(Member->getMemberDecl()) ? Member->getMemberDecl() : nullptr;
  return nullptr;
}

const VarDecl *variable(const Expr *E) { return dyn_cast_or_null<VarDecl>(namedBy(E)); }

std::string written(const TuContext &Tu, const Expr *E) {
  E = plain(E);
  if (const auto *Op = dyn_cast<UnaryOperator>(E); Op && (Op->getOpcode() == UO_AddrOf || Op->getOpcode() == UO_Deref))
    E = plain(Op->getSubExpr());
  const SourceManager &SM = Tu.Ast.getSourceManager();
  CharSourceRange Range =
      Lexer::makeFileCharRange(CharSourceRange::getTokenRange(E->getSourceRange()), SM, Tu.Ast.getLangOpts());
  std::string Text = Lexer::getSourceText(Range, SM, Tu.Ast.getLangOpts()).str();
  std::replace_if(Text.begin(), Text.end(), [](char C) { return C == '\n' || C == '\t' || C == '\r'; }, ' ');
  if (Text.empty() || Text.size() > 60)
    if (const ValueDecl *D = namedBy(E))
      return D->getNameAsString();
  return Text;
}

void sortScopes(Function &F) {
  auto Sort = [&F](std::vector<unsigned> &Scopes) {
    std::sort(Scopes.begin(), Scopes.end(), [&F](unsigned A, unsigned B) {
      const Location &AtA = F.Scopes[A].At, &AtB = F.Scopes[B].At;
      return AtA == AtB ? A < B : AtA < AtB;
    });
    Scopes.erase(std::unique(Scopes.begin(), Scopes.end()), Scopes.end());
  };
  for (Site &S : F.Sites)
    Sort(S.Scopes);
  for (Access &A : F.Accesses)
    Sort(A.Scopes);
}

} // namespace poolguard
