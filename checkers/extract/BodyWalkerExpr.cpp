//===- BodyWalkerExpr.cpp - What expressions stand for ---------------------===//

#include "clang/AST/DeclTemplate.h"
#include "clang/AST/ExprCXX.h"

#include "extract/BodyWalker.h"
#include "extract/Flow/Places.h"
#include "extract/KnownFunctions.h"

using namespace clang;

namespace poolguard {

Value BodyWalker::evalChildren(const Stmt *S) {
  for (const Stmt *Child : S->children()) {
    if (const auto *E = dyn_cast_or_null<Expr>(Child))
      eval(E);
    else
      walk(Child);
  }
  return {};
}

Value BodyWalker::eval(const Expr *E) {
  if (!E || E->isValueDependent())
    return {};
  switch (E->getStmtClass()) {
  case Stmt::ParenExprClass: return eval(cast<ParenExpr>(E)->getSubExpr());
  case Stmt::ConstantExprClass:
  case Stmt::ExprWithCleanupsClass: return eval(cast<FullExpr>(E)->getSubExpr());
  case Stmt::MaterializeTemporaryExprClass: return eval(cast<MaterializeTemporaryExpr>(E)->getSubExpr());
  case Stmt::CXXBindTemporaryExprClass: return eval(cast<CXXBindTemporaryExpr>(E)->getSubExpr());
  case Stmt::SubstNonTypeTemplateParmExprClass: return eval(cast<SubstNonTypeTemplateParmExpr>(E)->getReplacement());
  case Stmt::CXXStdInitializerListExprClass: return eval(cast<CXXStdInitializerListExpr>(E)->getSubExpr());
  case Stmt::GenericSelectionExprClass: return eval(cast<GenericSelectionExpr>(E)->getResultExpr());
  case Stmt::CXXDefaultArgExprClass: {
    // The default stands once in the source however often it is used; only its value matters here.
    bool Before = std::exchange(Quiet, true);
    Value V = eval(cast<CXXDefaultArgExpr>(E)->getExpr());
    Quiet = Before;
    return V;
  }
  case Stmt::CXXDefaultInitExprClass: return eval(cast<CXXDefaultInitExpr>(E)->getExpr());
  case Stmt::StringLiteralClass: {
    const auto *Literal = cast<StringLiteral>(E);
    return Literal->getCharByteWidth() == 1 ? Value::text(Literal->getBytes()) : Value();
  }
  case Stmt::DeclRefExprClass: return evalReference(*cast<DeclRefExpr>(E), *cast<DeclRefExpr>(E)->getDecl());
  case Stmt::MemberExprClass: return evalMember(*cast<MemberExpr>(E));
  case Stmt::CXXThisExprClass: return Value::parameter(ThisFunction, Value::This);
  case Stmt::UnaryOperatorClass: {
    const auto *Op = cast<UnaryOperator>(E);
    Value V = eval(Op->getSubExpr());
    return Op->getOpcode() == UO_AddrOf || Op->getOpcode() == UO_Deref ? std::move(V) : Value();
  }
  case Stmt::ArraySubscriptExprClass: {
    eval(cast<ArraySubscriptExpr>(E)->getIdx());
    return eval(cast<ArraySubscriptExpr>(E)->getBase());
  }
  case Stmt::BinaryOperatorClass:
  case Stmt::CompoundAssignOperatorClass: return evalBinary(*cast<BinaryOperator>(E));
  case Stmt::ConditionalOperatorClass: {
    const auto *Op = cast<ConditionalOperator>(E);
    eval(Op->getCond());
    ++Conditional;
    Value Then = eval(Op->getTrueExpr()), Else = eval(Op->getFalseExpr());
    --Conditional;
    return Value::choice({std::move(Then), std::move(Else)});
  }
  case Stmt::CallExprClass:
  case Stmt::CXXMemberCallExprClass:
  case Stmt::CXXOperatorCallExprClass:
  case Stmt::UserDefinedLiteralClass: return evalCall(*cast<CallExpr>(E));
  case Stmt::CXXConstructExprClass:
  case Stmt::CXXTemporaryObjectExprClass: return evalConstruct(*cast<CXXConstructExpr>(E));
  case Stmt::CXXNewExprClass: {
    const auto *New = cast<CXXNewExpr>(E);
    for (unsigned I = 0; I < New->getNumPlacementArgs(); ++I)
      eval(New->getPlacementArg(I));
    if (New->getArraySize())
      eval(*New->getArraySize());
    return eval(New->getInitializer());
  }
  case Stmt::LambdaExprClass: return evalLambda(*cast<LambdaExpr>(E));
  case Stmt::InitListExprClass: return evalInitList(*cast<InitListExpr>(E));
  case Stmt::CoawaitExprClass: {
    const Expr *Operand = cast<CoawaitExpr>(E)->getOperand();
    Value V = eval(Operand);
    if (auto At = SiteOf.find(plain(Operand)); At != SiteOf.end())
      F.Sites[At->second].Awaited = true;
    return V;
  }
  case Stmt::CoyieldExprClass: return eval(cast<CoyieldExpr>(E)->getOperand());
  case Stmt::UnaryExprOrTypeTraitExprClass:
  case Stmt::CXXNoexceptExprClass:
  case Stmt::CXXTypeidExprClass:
  case Stmt::RequiresExprClass:
  case Stmt::OpaqueValueExprClass: return {}; // not evaluated, or evaluated elsewhere
  default: break;
  }
  if (const auto *Cast = dyn_cast<CastExpr>(E))
    return eval(Cast->getSubExpr());
  return evalChildren(E);
}

Value BodyWalker::evalReference(const DeclRefExpr &E, const ValueDecl &D) {
  if (const auto *Called = dyn_cast<FunctionDecl>(&D)) {
    const std::string &Usr = Tu.declare(*Called);
    recordReference(E, Usr);
    return Value::named(Value::Kind::Function, Usr);
  }
  const auto *Var = dyn_cast<VarDecl>(&D);
  if (!Var)
    return {};
  if (Var->hasGlobalStorage() && Tu.Roles.of(Var->getType()).IsConnection.value_or(false))
    recordReference(E, Tu.declare(*Var));
  return evalVariable(*Var);
}

Value BodyWalker::evalVariable(const VarDecl &Var) {
  auto Known = Env.find(&Var);
  if (Known != Env.end() && Known->second.K == Value::Kind::Connection && Known->second.On == Lane::Tx)
    return Known->second;
  if (Lane L = Tu.Roles.laneOf(Var); L != Lane::Unknown)
    return Value::connection(L, Tu.Name.usr(Var));
  if (Known != Env.end() && Known->second.known())
    return Known->second;
  if (!Var.hasGlobalStorage())
    // Nothing is known of the text, but two uses of the variable are uses of one text.
    return isStringLike(Var.getType()) ? Value::named(Value::Kind::Global, Tu.Name.usr(Var)) : Value();
  // A constant's value, where this TU has its initialiser; else the linker asks the other TUs.
  const VarDecl *Definition = nullptr;
  const Expr *Init = Var.getAnyInitializer(Definition);
  std::string Usr = Tu.Name.usr(Var);
  auto [At, New] = Tu.Summary.Globals.try_emplace(Usr);
  if (!New && At->second.known())
    return At->second;
  QualType T = Tu.Ast.getBaseElementType(Var.getType().getNonReferenceType());
  bool Constant = Var.isConstexpr() || T.isConstQualified() ||
                  (T->isPointerType() && T->getPointeeType().isConstQualified() && !Var.isExternallyVisible());
  if (New && Init && Constant && !Init->isValueDependent()) {
    Value V = constant(Tu, *Definition);
    return Tu.Summary.Globals[Usr] = std::move(V);
  }
  if (New)
    Tu.Summary.Globals.erase(Usr);
  return Value::named(Value::Kind::Global, Usr);
}

Value BodyWalker::evalMember(const MemberExpr &E) {
  Value Base = eval(E.getBase());
  const ValueDecl *Member = E.getMemberDecl();
  if (const auto *Method = dyn_cast<CXXMethodDecl>(Member)) {
    const std::string &Usr = Tu.declare(*Method);
    recordReference(E, Usr);
    return Value::named(Value::Kind::Function, Usr);
  }
  if (const auto *Var = dyn_cast<VarDecl>(Member)) {
    if (Tu.Roles.of(Var->getType()).IsConnection.value_or(false))
      recordReference(E, Tu.declare(*Var));
    return evalVariable(*Var);
  }
  const auto *Field = dyn_cast<FieldDecl>(Member);
  if (!Field)
    return {};
  if (Lane L = Tu.Roles.laneOf(*Field); L != Lane::Unknown)
    return Value::connection(L, Tu.Name.usr(*Field));
  // What a connection offers to run statements with (SOCI's `sql.prepare << ...`) stands for the connection.
  if (Base.known() && !isa<CXXThisExpr>(E.getBase()->IgnoreParenImpCasts()) && Field->getType()->isRecordType() &&
      Tu.Roles.of(E.getBase()->getType()).IsConnection.value_or(false) && !isStringLike(Field->getType()))
    return Base;
  return Value::named(Value::Kind::Field, Tu.Name.usr(*Field));
}

void BodyWalker::assign(const Expr *Target, Value V) {
  const Expr *Plain = Target->IgnoreParenImpCasts();
  if (const auto *Ref = dyn_cast<DeclRefExpr>(Plain)) {
    if (const auto *Var = dyn_cast<VarDecl>(Ref->getDecl()); Var && Var->hasLocalStorage()) {
      Value &Now = Env[Var];
      Now = Conditional ? Value::choice({Now, std::move(V)}) : std::move(V);
    }
    return;
  }
  if (const auto *Member = dyn_cast<MemberExpr>(Plain)) {
    if (const auto *Field = dyn_cast<FieldDecl>(Member->getMemberDecl()); Field && !Quiet)
      Tu.Summary.FieldBindings.emplace_back(Tu.Name.usr(*Field), std::move(V));
    eval(Member->getBase());
    return;
  }
  eval(Plain);
}

Value BodyWalker::evalBinary(const BinaryOperator &E) {
  switch (E.getOpcode()) {
  case BO_Comma: eval(E.getLHS()); return eval(E.getRHS());
  case BO_Assign: {
    Value V = eval(E.getRHS());
    assign(E.getLHS(), V);
    return V;
  }
  case BO_PtrMemD:
  case BO_PtrMemI: eval(E.getLHS()); return eval(E.getRHS());
  case BO_LAnd:
  case BO_LOr:
    eval(E.getLHS());
    ++Conditional;
    eval(E.getRHS());
    --Conditional;
    return {};
  default:
    eval(E.getLHS());
    eval(E.getRHS());
    return {};
  }
}

Value BodyWalker::evalInitList(const InitListExpr &List) {
  const InitListExpr &E = List.isSemanticForm() || !List.getSemanticForm() ? List : *List.getSemanticForm();
  const RecordDecl *Record = E.getType()->getAsRecordDecl();
  std::vector<Value> Parts;
  for (const Expr *Init : E.inits())
    Parts.push_back(eval(Init));
  if (Record && !Record->isUnion()) {
    // An aggregate: what is stored in a field. Bases come first among the initialisers.
    size_t I = 0;
    if (const auto *Class = dyn_cast<CXXRecordDecl>(Record))
      I = Class->getNumBases();
    for (const FieldDecl *Field : Record->fields()) {
      if (Field->isUnnamedBitField())
        continue;
      if (I < Parts.size() && Parts[I].known() && !Quiet)
        Tu.Summary.FieldBindings.emplace_back(Tu.Name.usr(*Field), Parts[I]);
      ++I;
    }
    return Parts.size() == 1 ? Parts.front() : Value();
  }
  std::erase_if(Parts, [](const Value &V) { return !V.known(); });
  return Value::choice(std::move(Parts));
}

Value BodyWalker::evalLambda(const LambdaExpr &E) {
  bool InTransaction = std::exchange(LambdaGetsTransaction, false);
  for (const auto &[Capture, Init] : llvm::zip(E.captures(), E.capture_inits())) {
    if (Init && E.isInitCapture(&Capture))
      Env[cast<VarDecl>(Capture.getCapturedVar())] = eval(Init);
  }
  const CXXMethodDecl *Operator = E.getCallOperator();
  std::string Usr = Tu.declare(*Operator);
  if (Quiet)
    return Value::named(Value::Kind::Function, Usr);

  auto Walk = [&](const FunctionDecl &Body) {
    const std::string BodyUsr = Tu.declare(Body);
    Tu.Walked.insert(BodyUsr);
    Tu.Summary.Declarations[BodyUsr].Defined = true;
    Function Lambda;
    Lambda.Usr = BodyUsr;
    Lambda.Name = Tu.Name.qualified(*Operator);
    Lambda.At = Tu.Name.location(E.getBeginLoc());
    Lambda.Parent = F.Usr;
    if (BodyUsr != Usr)
      Lambda.Pattern = Usr;
    BodyWalker Walker(Tu, Lambda);
    Walker.FirstParameterIsTransaction = InTransaction;
    Walker.walkFunction(Body, &Env, ThisFunction);
    Tu.Summary.Functions.push_back(std::move(Lambda));
  };
  if (const FunctionTemplateDecl *Generic = Operator->getDescribedFunctionTemplate()) {
    for (const FunctionDecl *Instance : Generic->specializations())
      if (Instance->hasBody())
        Walk(*Instance->getDefinition());
  } else {
    Walk(*Operator);
  }

  Site S;
  S.At = Tu.Name.location(E.getBeginLoc());
  S.Callee = Usr;
  S.Creates = true;
  record(std::move(S), E);
  return Value::named(Value::Kind::Function, Usr);
}

} // namespace poolguard
