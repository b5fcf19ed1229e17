#include "extract/OneStep.h"

#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"
#include "llvm/ADT/StringExtras.h"

using namespace clang;

namespace poolguard {

static bool givesOrder(const CXXMemberCallExpr &Call, unsigned Position) {
  return Call.getNumArgs() > Position && !isa<CXXDefaultArgExpr>(Call.getArg(Position));
}

static bool declaredIn(const CompoundStmt &Block, const VarDecl &Var) {
  return llvm::any_of(Block.body(), [&](const Stmt *S) {
    const auto *Declares = dyn_cast<DeclStmt>(S);
    return Declares && llvm::is_contained(Declares->decls(), &Var);
  });
}

/// Takes out the statement that `E` is, its semicolon included, and the line when nothing else is on it. Length 0 where
/// that isn't the file's own text.
static SourceEdit withoutStatement(const TuContext &Tu, const Expr &E) {
  const SourceManager &SM = Tu.Ast.getSourceManager();
  SourceLocation First = E.getBeginLoc(), Last = E.getEndLoc();
  if (First.isMacroID() || Last.isMacroID())
    return {};
  SourceLocation End = Lexer::findLocationAfterToken(Last, tok::semi, SM, Tu.Ast.getLangOpts(),
                                                     /*SkipTrailingWhitespaceAndNewLine=*/false);
  if (End.isInvalid())
    return {};
  Location At = Tu.Name.location(First);
  llvm::StringRef Text = SM.getBufferData(SM.getFileID(First));
  unsigned From = At.Offset, To = SM.getFileOffset(End);
  llvm::StringRef Before = Text.take_front(From), After = Text.drop_front(To);
  size_t Indent = Before.size() - Before.rtrim(" \t").size(), Rest = After.size() - After.ltrim(" \t").size();
  bool Alone = Before.drop_back(Indent).ends_with("\n") && After.drop_front(Rest).starts_with("\n");
  if (Alone) {
    At.Offset -= Indent;
    At.Column -= Indent;
    To += Rest + 1;
  }
  return {At, To - At.Offset, ""};
}

std::vector<SourceEdit> fetchInstead(const TuContext &Tu, const CXXMemberCallExpr &Load, const VarDecl &Held,
                                     const CXXMemberCallExpr &Store, const CompoundStmt &Block) {
  const auto *Sum = Store.getNumArgs() > 0 ? dyn_cast<BinaryOperator>(Store.getArg(0)->IgnoreParenImpCasts()) : nullptr;
  if (!Sum || (Sum->getOpcode() != BO_Add && Sum->getOpcode() != BO_Sub) || givesOrder(Load, 0) ||
      givesOrder(Store, 1) || !declaredIn(Block, Held))
    return {};
  const auto *Left = dyn_cast<DeclRefExpr>(Sum->getLHS()->IgnoreParenImpCasts());
  const auto *Step = dyn_cast<IntegerLiteral>(Sum->getRHS()->IgnoreParenImpCasts());
  const auto *Name = dyn_cast<MemberExpr>(Load.getCallee()->IgnoreParens());
  if (!Left || Left->getDecl() != &Held || !Step || !Name || Load.getBeginLoc().isMacroID() ||
      Load.getRParenLoc().isMacroID())
    return {};
  SourceEdit Gone = withoutStatement(Tu, Store);
  if (Gone.Length == 0)
    return {};
  Location At = Tu.Name.location(Name->getMemberLoc());
  std::string Fetch =
      (Sum->getOpcode() == BO_Add ? "fetch_add(" : "fetch_sub(") + llvm::toString(Step->getValue(), 10, false) + ")";
  return {{At, Tu.Name.location(Load.getRParenLoc()).Offset + 1 - At.Offset, std::move(Fetch)}, std::move(Gone)};
}

/// The value that the write stores, and nothing of a memory order.
static const CXXBoolLiteralExpr *storedFlag(const Expr &Write) {
  const Expr *Stored = nullptr;
  if (const auto *Store = dyn_cast<CXXMemberCallExpr>(&Write))
    Stored = Store->getNumArgs() > 0 && !givesOrder(*Store, 1) ? Store->getArg(0) : nullptr;
  else if (const auto *Assigns = dyn_cast<CXXOperatorCallExpr>(&Write))
    Stored = Assigns->getNumArgs() == 2 ? Assigns->getArg(1) : nullptr;
  return Stored ? dyn_cast<CXXBoolLiteralExpr>(Stored->IgnoreParenImpCasts()) : nullptr;
}

std::vector<SourceEdit> exchangeInstead(const TuContext &Tu, const Expr &Condition, const Expr &Read,
                                        const Expr &Write) {
  const CXXBoolLiteralExpr *To = storedFlag(Write);
  const Expr *Asked = Condition.IgnoreParenImpCasts();
  const auto *Not = dyn_cast<UnaryOperator>(Asked);
  bool Negated = Not && Not->getOpcode() == UO_LNot;
  if (Negated)
    Asked = Not->getSubExpr()->IgnoreParenImpCasts();
  const auto *Load = dyn_cast<CXXMemberCallExpr>(&Read);
  // What was there before must be the opposite of what is stored.
  if (!To || To->getValue() != Negated || !Load || (Asked != &Read && Asked != Load->getImplicitObjectArgument()))
    return {};
  SourceEdit Gone = withoutStatement(Tu, Write);
  if (Gone.Length == 0 || Load->getBeginLoc().isMacroID() || Load->getEndLoc().isMacroID())
    return {};
  std::string Exchange = std::string("exchange(") + (To->getValue() ? "true" : "false") + ")";
  if (isa<CXXConversionDecl>(Load->getMethodDecl())) {
    const SourceManager &SM = Tu.Ast.getSourceManager();
    SourceLocation End = Lexer::getLocForEndOfToken(Load->getEndLoc(), 0, SM, Tu.Ast.getLangOpts());
    return {{Tu.Name.location(End), 0, "." + Exchange}, std::move(Gone)};
  }
  const auto *Name = dyn_cast<MemberExpr>(Load->getCallee()->IgnoreParens());
  if (!Name || givesOrder(*Load, 0))
    return {};
  Location At = Tu.Name.location(Name->getMemberLoc());
  return {{At, Tu.Name.location(Load->getRParenLoc()).Offset + 1 - At.Offset, std::move(Exchange)}, std::move(Gone)};
}

} // namespace poolguard
