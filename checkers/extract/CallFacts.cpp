#include "extract/CallFacts.h"

#include "clang/AST/DeclTemplate.h"

#include "extract/KnownFunctions.h"

using namespace clang;

namespace poolguard {

static bool isClass(QualType T, llvm::ArrayRef<llvm::StringRef> StdNames) {
  const CXXRecordDecl *Record = pointee(T).isNull() ? nullptr : pointee(T)->getAsCXXRecordDecl();
  return Record && Record->isInStdNamespace() && Record->getIdentifier() &&
         llvm::is_contained(StdNames, Record->getName());
}

static bool derivesFromException(const CXXRecordDecl *Class) {
  if (!Class || !Class->hasDefinition())
    return false;
  if (Class->isInStdNamespace() && Class->getIdentifier() && Class->getName() == "exception")
    return true;
  return llvm::any_of(Class->bases(), [](const CXXBaseSpecifier &Base) {
    return derivesFromException(Base.getType()->getAsCXXRecordDecl());
  });
}

TextSink sinkOf(const Expr &E, const FunctionDecl &Callee) {
  if (const auto *Constructor = dyn_cast<CXXConstructorDecl>(&Callee))
    return derivesFromException(Constructor->getParent()) ? TextSink::Exception : TextSink::None;
  const auto *Call = dyn_cast<CXXOperatorCallExpr>(&E);
  if (!Call || Call->getOperator() != OO_LessLess || Call->getNumArgs() != 2 ||
      !isClass(Call->getType(), {"basic_ostream"}))
    return TextSink::None;
  const Expr *Stream = Call->getArg(0)->IgnoreParenImpCasts();
  while (const auto *Left = dyn_cast<CXXOperatorCallExpr>(Stream)) {
    if (Left->getOperator() != OO_LessLess)
      break;
    Stream = Left->getArg(0)->IgnoreParenImpCasts();
  }
  return isClass(Stream->getType(), {"basic_ostringstream", "basic_stringstream"}) ? TextSink::None : TextSink::Stream;
}

bool isPlainText(const Value &V) {
  if (V.K == Value::Kind::Text)
    return !llvm::StringRef(V.Name).contains("://") && !llvm::StringRef(V.Name).contains_insensitive("password");
  return !V.known() || V.K == Value::Kind::Connection || V.K == Value::Kind::Function;
}

const StringLiteral *literalOf(const Expr *E) {
  for (;;) {
    E = E->IgnoreParenImpCasts();
    if (const auto *Temporary = dyn_cast<MaterializeTemporaryExpr>(E))
      E = Temporary->getSubExpr();
    else if (const auto *Bound = dyn_cast<CXXBindTemporaryExpr>(E))
      E = Bound->getSubExpr();
    else if (const auto *Whole = dyn_cast<FullExpr>(E))
      E = Whole->getSubExpr();
    else if (const auto *Made = dyn_cast<CXXConstructExpr>(E);
             Made && Made->getNumArgs() > 0 && isStringLike(Made->getType()))
      E = Made->getArg(0);
    else if (const auto *Cast = dyn_cast<ExplicitCastExpr>(E); Cast && isStringLike(Cast->getType()))
      E = Cast->getSubExpr();
    else
      return dyn_cast<StringLiteral>(E);
  }
}

const CXXConstructorDecl *constructorThrough(RoleLookup &Roles, const FunctionDecl &Maker, size_t Arguments) {
  const TemplateArgumentList *Given = Maker.getTemplateSpecializationArgs();
  if (!Given || Given->size() == 0 || !Maker.isInStdNamespace() || !Maker.getIdentifier() ||
      (Maker.getName() != "make_unique" && Maker.getName() != "make_shared") ||
      (*Given)[0].getKind() != TemplateArgument::Type)
    return nullptr;
  const CXXRecordDecl *Class = (*Given)[0].getAsType()->getAsCXXRecordDecl();
  if (!Class || !Class->hasDefinition())
    return nullptr;
  const CXXConstructorDecl *Found = nullptr;
  for (const CXXConstructorDecl *Constructor : Class->ctors()) {
    if (Constructor->isCopyOrMoveConstructor() || Constructor->isDeleted() || Constructor->isImplicit() ||
        Arguments < Constructor->getMinRequiredArguments() || Arguments > Constructor->getNumParams())
      continue;
    // Of overloads that all connect, any tells what is done.
    if (Found && (!Roles.of(*Found).Connects || Roles.of(*Found).Connects != Roles.of(*Constructor).Connects))
      return nullptr;
    if (!Found)
      Found = Constructor;
  }
  return Found;
}

} // namespace poolguard
