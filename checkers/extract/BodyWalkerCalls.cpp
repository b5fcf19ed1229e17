//===- BodyWalkerCalls.cpp - Calls and constructions -----------------------===//

#include <tuple>

#include "clang/AST/Attr.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/ExprCXX.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"

#include "LlvmVersion.h"
#include "extract/BodyWalker.h"
#include "extract/CallFacts.h"
#include "extract/Flow/Places.h"
#include "extract/KeySource.h"
#include "extract/KnownFunctions.h"
#include "extract/PlaceOf.h"

using namespace clang;

namespace poolguard {

void BodyWalker::record(Site S, const Expr &At) {
  if (Quiet)
    return;
  S.Scopes = OpenScopes;
  std::tie(S.LoopFrom, S.LoopTo) = InLoop;
  S.BlockTo = BlockTo;
  SiteOf.try_emplace(&At, F.Sites.size());
  F.Sites.push_back(std::move(S));
}

std::string BodyWalker::entity(const Expr *E) const {
  while (E) {
    E = E->IgnoreParenImpCasts();
    if (const auto *Op = dyn_cast<UnaryOperator>(E);
        Op && (Op->getOpcode() == UO_AddrOf || Op->getOpcode() == UO_Deref))
      E = Op->getSubExpr();
    else if (const auto *Temporary = dyn_cast<MaterializeTemporaryExpr>(E))
      E = Temporary->getSubExpr();
    else if (const auto *Bound = dyn_cast<CXXBindTemporaryExpr>(E))
      E = Bound->getSubExpr();
    else if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(E); Operator && Operator->getNumArgs() > 0)
      E = Operator->getArg(0); // *connection, connection->
    else if (const auto *Call = dyn_cast<CallExpr>(E); Call && Call->getNumArgs() == 1 && Call->isCallToStdMove())
      E = Call->getArg(0);
    else
      break;
  }
  if (const auto *Ref = dyn_cast_or_null<DeclRefExpr>(E); Ref && isa<VarDecl>(Ref->getDecl()))
    return Tu.Name.usr(*Ref->getDecl());
  if (const auto *Member = dyn_cast_or_null<MemberExpr>(E); Member && isa<FieldDecl>(Member->getMemberDecl()))
    return Tu.Name.usr(*Member->getMemberDecl());
  return {};
}

void BodyWalker::recordReference(const Expr &E, const std::string &Usr) {
  if (Quiet || !Tu.Summary.Declarations[Usr].Roles->LegacyConnection.value_or(false))
    return;
  Site S;
  const auto *Ref = dyn_cast<DeclRefExpr>(&E);
  S.At = Tu.Name.location(Ref ? Ref->getLocation() : E.getExprLoc());
  S.Callee = Usr;
  S.Reference = true;
  record(std::move(S), E);
}

/// The place of the callee's name in the source, and its length.
static SourceLocation nameOf(const Expr &E, unsigned &Length) {
  const Expr *Callee = &E;
  if (const auto *Call = dyn_cast<CallExpr>(&E))
    Callee = Call->getCallee()->IgnoreParenImpCasts();
  DeclarationName Name;
  SourceLocation At;
  if (const auto *Member = dyn_cast<MemberExpr>(Callee)) {
    At = Member->getMemberLoc();
    Name = Member->getMemberDecl()->getDeclName();
  } else if (const auto *Ref = dyn_cast<DeclRefExpr>(Callee)) {
    At = Ref->getLocation();
    Name = Ref->getDecl()->getDeclName();
  }
  Length = Name.isIdentifier() && Name.getAsIdentifierInfo() ? Name.getAsIdentifierInfo()->getLength() : 0;
  return At;
}

/// Whether the class or namespace of `D` has a function `Direct` with the same parameters.
static bool hasSibling(const FunctionDecl &D, llvm::StringRef Direct) {
  if (Direct.empty())
    return false;
  const DeclarationName Name(&D.getASTContext().Idents.get(Direct));
  auto Matches = [&D](const NamedDecl *Found) {
    if (const auto *Using = dyn_cast<UsingShadowDecl>(Found))
      Found = Using->getTargetDecl();
    const auto *Sibling = Found->getAsFunction();
    return Sibling && Sibling->getNumParams() == D.getNumParams();
  };
  llvm::SmallVector<const DeclContext *, 4> Todo{D.getDeclContext()};
  while (!Todo.empty()) {
    const DeclContext *Context = Todo.pop_back_val();
    if (llvm::any_of(Context->lookup(Name), Matches))
      return true;
    const auto *Record = dyn_cast<CXXRecordDecl>(Context);
    if (Record && Record->hasDefinition())
      for (const CXXBaseSpecifier &Base : Record->bases())
        if (const CXXRecordDecl *Class = Base.getType()->getAsCXXRecordDecl())
          Todo.push_back(Class);
  }
  return false;
}

static llvm::ArrayRef<const Expr *> argumentsOf(const Expr &E) {
  if (const auto *Call = dyn_cast<CallExpr>(&E))
    return llvm::ArrayRef(const_cast<const Expr *const *>(Call->getArgs()), Call->getNumArgs());
  const auto *Made = dyn_cast<CXXConstructExpr>(&E);
  return Made ? llvm::ArrayRef(const_cast<const Expr *const *>(Made->getArgs()), Made->getNumArgs())
              : llvm::ArrayRef<const Expr *>();
}

void BodyWalker::describeCall(Site &S, const Expr &E) const {
  llvm::ArrayRef<const Expr *> Arguments = argumentsOf(E);
  if (const auto *Member = dyn_cast<CXXMemberCallExpr>(&E))
    S.Entity = entity(Member->getImplicitObjectArgument());
  if (!isa<CXXMemberCallExpr>(E) && !Arguments.empty())
    S.Entity = entity(Arguments.front());
  if (isa<CXXOperatorCallExpr>(E))
    return;
  for (unsigned I = 0; I < Arguments.size(); ++I)
    if (const StringLiteral *Literal = literalOf(Arguments[I]))
      if (Location At = Tu.Name.textOf(*Literal); At.valid())
        S.Literals.push_back({I, At});
}

/// Of what a constructor makes; none for other functions.
static TypeRoles rolesOfMade(TuContext &Tu, const FunctionDecl *Callee) {
  const auto *Constructor = dyn_cast_or_null<CXXConstructorDecl>(Callee);
  return Constructor ? Tu.Roles.of(tagType(Tu.Ast, Constructor->getParent())) : TypeRoles();
}

void BodyWalker::describeGiven(Site &S, const Expr &E, const FunctionDecl *Callee) const {
  if (!Walked)
    return;
  const FunctionRoles Roles = Callee ? Tu.Roles.of(*Callee) : FunctionRoles();
  int Used = GivenPlace::Object - 1; // nothing
  if (Roles.Executes)
    Used =
        Roles.Executes->ConnectionArgument ? static_cast<int>(*Roles.Executes->ConnectionArgument) : GivenPlace::Object;
  else if (Roles.EndsTransaction)
    Used = GivenPlace::Object;
  else if (std::optional<unsigned> On = rolesOfMade(Tu, Callee).TransactionOn)
    Used = static_cast<int>(*On);
  auto Give = [&](const Expr &Argument, int Index) {
    std::optional<NamedPlace> Named = placeOf(Tu, *Walked, Argument);
    if (!Named || Named->Type.isConstQualified())
      return;
    const TypeRoles &Type = Tu.Roles.of(Named->Type);
    bool Connection = Type.IsConnection.value_or(false) || Type.TransactionOn;
    S.Given.push_back({Index, std::move(Named->At), Connection && Index == Used});
  };
  if (const auto *Member = dyn_cast<CXXMemberCallExpr>(&E))
    Give(*Member->getImplicitObjectArgument(), GivenPlace::Object);
  const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Callee);
  bool ObjectFirst = isa<CXXOperatorCallExpr>(E) && (!Callee || (Method && !Method->isStatic()));
  llvm::ArrayRef<const Expr *> Arguments = argumentsOf(E).drop_front(ObjectFirst ? 1 : 0);
  for (const auto &[Index, Argument] : llvm::enumerate(Arguments))
    if (Argument->isGLValue() || leadsElsewhere(Argument->getType()))
      Give(*Argument, static_cast<int>(Index));
}

void BodyWalker::initialises(const VarDecl &Var) {
  auto Site = Walked ? SiteOf.find(plain(Var.getInit())) : SiteOf.end();
  if (Site == SiteOf.end() || Tu.Summary.Declarations[F.Sites[Site->second].Callee].Roles->Runs.empty())
    return;
  Place At;
  At.Variable = Tu.Name.usr(Var);
  At.Name = Var.getNameAsString();
  At.DeclaredAt = Tu.Name.location(Var.getLocation());
  F.Sites[Site->second].Given.push_back({GivenPlace::Object, std::move(At), false});
}

void BodyWalker::promiseLane(const DeclaratorDecl &D, const Expr *Init) {
  Lane Promised = Tu.Roles.laneOf(D);
  if (Quiet || Promised == Lane::Unknown)
    return;
  for (const Expr *E = Init; E;) {
    if (auto At = SiteOf.find(E); At != SiteOf.end()) {
      F.Sites[At->second].Makes = Promised;
      return;
    }
    const Expr *Next = E->IgnoreParenImpCasts();
    if (const auto *Whole = dyn_cast<FullExpr>(Next))
      Next = Whole->getSubExpr();
    else if (const auto *Temporary = dyn_cast<MaterializeTemporaryExpr>(Next))
      Next = Temporary->getSubExpr();
    else if (const auto *Bound = dyn_cast<CXXBindTemporaryExpr>(Next))
      Next = Bound->getSubExpr();
    else if (const auto *New = dyn_cast<CXXNewExpr>(Next))
      Next = New->getConstructExpr();
    else if (const auto *Made = dyn_cast<CXXConstructExpr>(Next); Made && Next == E && Made->getNumArgs() > 0)
      Next = Made->getArg(0); // a copy or an owner of what is made
    E = Next == E ? nullptr : Next;
  }
}

void BodyWalker::recordCall(const Expr &E, const FunctionDecl *Callee, Value Through, Value Object,
                            std::vector<Value> Arguments) {
  if (Quiet)
    return;
  while (!Arguments.empty() && !Arguments.back().known())
    Arguments.pop_back();
  Site S;
  if (Callee) {
    if (const FunctionDecl *Made = constructedThread(*Callee))
      Callee = Made;
    const FunctionRoles Roles = Tu.Roles.of(*Callee);
    bool HandsOnCallable = llvm::any_of(Arguments, [](const Value &A) { return A.K == Value::Kind::Function; });
    // The standard library's objects that are made from a callable keep it for later.
    HandsOnCallable &= !(isa<CXXConstructorDecl>(Callee) && isInStd(*Callee));
    S.Sink = sinkOf(E, *Callee);
    if (S.Sink != TextSink::None && llvm::all_of(Arguments, isPlainText))
      S.Sink = TextSink::None;
    if (Roles.empty() && !HandsOnCallable && S.Sink == TextSink::None &&
        Tu.Name.inSystemHeader(Callee->getLocation()) && !rolesOfMade(Tu, Callee).TransactionOn)
      return;
    S.Callee = Tu.declare(*Callee);
    const auto *Method = dyn_cast<CXXMethodDecl>(Callee);
    if (Method && Method->isVirtual() && !Method->hasAttr<FinalAttr>() && !isa<CXXConstructorDecl>(Method)) {
      const auto *Call = dyn_cast<CXXMemberCallExpr>(&E);
      const auto *Member = Call ? dyn_cast<MemberExpr>(Call->getCallee()->IgnoreParens()) : nullptr;
      // A qualified call (`Base::run()`) doesn't dispatch.
      S.Virtual = Member && !Member->hasQualifier();
    }
    if (Roles.Executes)
      S.HasDirect = hasSibling(*Callee, Roles.Executes->Direct);
    if (Roles.Executes || Roles.TryLock.value_or(false))
      for (const Expr *Argument : argumentsOf(E))
        if (S.UnstableKey.empty())
          S.UnstableKey = unstableKey(*Argument);
    bool Void = Callee->getReturnType()->isVoidType() || isa<CXXConstructorDecl>(Callee);
    S.Result = Void ? ResultUse::NoResult : &E == Dropped ? ResultUse::Dropped : ResultUse::Used;
  } else {
    if (!Through.known())
      return;
    S.Through = std::move(Through);
  }
  S.At = Tu.Name.location(E.getExprLoc());
  unsigned Length = 0;
  SourceLocation NameAt = nameOf(E, Length);
  if (NameAt.isValid() && Length != 0) {
    S.At = Tu.Name.location(NameAt);
    if (!S.At.InMacro) {
      S.NameAt = S.At;
      S.NameLength = Length;
    }
  }
  S.Object = std::move(Object);
  S.Arguments = std::move(Arguments);
  S.Makes = rolesOfMade(Tu, Callee).On.value_or(Lane::Unknown);
  describeCall(S, E);
  describeGiven(S, E, Callee);
  if (Handle && Callee && Tu.Roles.of(*Callee).Executes)
    offerHandle(S, E);
  record(std::move(S), E);
}

void BodyWalker::offerHandle(Site &S, const Expr &E) const {
  const auto *Call = dyn_cast<CXXMemberCallExpr>(&E);
  const auto *Member = Call ? dyn_cast<MemberExpr>(Call->getCallee()->IgnoreParens()) : nullptr;
  if (!Member || Member->isImplicitAccess() || !Handle->getIdentifier() || S.At.InMacro)
    return;
  const Expr *Object = Member->getBase()->IgnoreParenImpCasts();
  QualType Given = Handle->getType().getNonReferenceType();
  if (Given->isPointerType() != Object->getType()->isPointerType() ||
      pointee(Given).getCanonicalType().getUnqualifiedType() !=
          pointee(Object->getType()).getCanonicalType().getUnqualifiedType())
    return;
  if (const auto *Arrow = dyn_cast<CXXOperatorCallExpr>(Object); Arrow && Arrow->getOperator() == OO_Arrow)
    return; // a smart pointer: `->` would have to become `.`
  const SourceManager &SM = Tu.Ast.getSourceManager();
  CharSourceRange Range =
      Lexer::makeFileCharRange(CharSourceRange::getTokenRange(Object->getSourceRange()), SM, Tu.Ast.getLangOpts());
  if (Range.isInvalid())
    return;
  S.ObjectAt = Tu.Name.location(Range.getBegin());
  S.ObjectLength = SM.getFileOffset(Range.getEnd()) - SM.getFileOffset(Range.getBegin());
  S.Handle = Handle->getName().str();
}

/// The one function that an object of the type is called by; null for a lambda, which has a value of its own.
static const CXXMethodDecl *callOperator(const ASTContext &Ast, QualType T) {
  const CXXRecordDecl *Class = T.getNonReferenceType()->getAsCXXRecordDecl();
  if (!Class || !Class->hasDefinition() || Class->isLambda() || isInStd(*Class))
    return nullptr;
  DeclContext::lookup_result Found = Class->lookup(Ast.DeclarationNames.getCXXOperatorName(OO_Call));
  return Found.isSingleResult() ? dyn_cast<CXXMethodDecl>(Found.front()) : nullptr;
}

std::vector<Value> BodyWalker::evalArguments(llvm::ArrayRef<const Expr *> Arguments, const FunctionRoles &Roles) {
  std::vector<Value> Values;
  // A std::function that is made of the lambda hands it on.
  bool Inherited = std::exchange(LambdaGetsTransaction, false) && Arguments.size() == 1;
  for (unsigned I = 0; I < Arguments.size(); ++I) {
    bool Transaction = Inherited, Runs = false;
    for (const RunsRole &Run : Roles.Runs) {
      Runs |= Run.Argument == I;
      Transaction |= Run.Argument == I && Run.In == Scope::Transaction;
    }
    LambdaGetsTransaction = Transaction;
    Values.push_back(eval(Arguments[I]));
    LambdaGetsTransaction = false;
    if (const CXXMethodDecl *Called = Runs ? callOperator(Tu.Ast, Arguments[I]->getType()) : nullptr)
      Values.back() = Value::named(Value::Kind::Function, Tu.declare(*Called));
  }
  return Values;
}

Value BodyWalker::evalOperator(const CXXOperatorCallExpr &E, std::optional<Value> &Done) {
  switch (E.getOperator()) {
  case OO_Equal: {
    if (E.getNumArgs() != 2)
      break;
    Value V = eval(E.getArg(1));
    assign(E.getArg(0), V);
    Done = V;
    return V;
  }
  case OO_Plus:
    if (E.getNumArgs() == 2 && isStringLike(E.getType())) {
      Value Left = eval(E.getArg(0)), Right = eval(E.getArg(1));
      Done = Value::concat({std::move(Left), std::move(Right)});
    }
    break;
  case OO_PlusEqual:
    if (isStringLike(E.getArg(0)->getType())) {
      Value Left = eval(E.getArg(0)), Right = eval(E.getArg(1));
      Value V = Value::concat({std::move(Left), std::move(Right)});
      assign(E.getArg(0), V);
      Done = V;
    }
    break;
  default: break;
  }
  return {};
}

/// `*lease`, `lease->`: the connection that a handle holds.
static bool isDereference(TuContext &Tu, const FunctionDecl &Callee) {
  OverloadedOperatorKind Op = Callee.getOverloadedOperator();
  return (Op == OO_Arrow || (Op == OO_Star && Callee.getNumParams() == 0)) && isa<CXXMethodDecl>(Callee) &&
         Tu.Roles.of(Callee.getReturnType()).IsConnection.value_or(false);
}

Value BodyWalker::resultOf(const FunctionDecl *Callee, const CallExpr &E, const FunctionRoles &Roles,
                           const Value &Object, const std::vector<Value> &Arguments) {
  if (!Callee)
    return {};
  // The linker must still see that the connection is a legacy one.
  if (Roles.LegacyConnection.value_or(false))
    return Value::result(Tu.declare(*Callee), {Object});
  if (Roles.Returns)
    return *Roles.Returns == Lane::Connection ? Object : Value::connection(*Roles.Returns);
  if (returnsItsObject(*Callee) || (Object.known() && isDereference(Tu, *Callee)))
    return Object;
  if (auto Index = returnsArgument(*Callee))
    return *Index < Arguments.size() ? Arguments[*Index] : Value();
  if (bindsFirstArgument(*Callee) && !Arguments.empty() && Arguments[0].K == Value::Kind::Function) {
    Value V = Arguments[0];
    V.Parts.assign(Arguments.begin() + 1, Arguments.end());
    return V;
  }
  if (std::optional<Value> Text = formatted(*Callee, Arguments))
    return *Text;
  QualType T = E.getCallReturnType(Tu.Ast);
  if (Lane L = Tu.Roles.of(T).On.value_or(Lane::Unknown); L != Lane::Unknown)
    return Value::connection(L);
  if (Tu.Name.inSystemHeader(Callee->getLocation()) || T->isVoidType() || pointee(T)->isArithmeticType())
    return isStringLike(T) && !Tu.Name.inSystemHeader(Callee->getLocation())
               ? Value::result(Tu.declare(*Callee), {Object})
               : Value();
  std::vector<Value> All{Object};
  All.insert(All.end(), Arguments.begin(), Arguments.end());
  return Value::result(Tu.declare(*Callee), std::move(All));
}

Value BodyWalker::evalCall(const CallExpr &E) {
  if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(&E)) {
    std::optional<Value> Done;
    evalOperator(*Operator, Done);
    if (Done)
      return *Done;
  }
  const FunctionDecl *Callee = E.getDirectCallee();
  // A copy: reading the operands may grow the table that it stands in.
  const FunctionRoles Roles = Callee ? Tu.Roles.of(*Callee) : FunctionRoles();
  const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Callee);

  Value Object, Through;
  std::optional<Value> BoundObject;
  llvm::SmallVector<const Expr *, 8> Arguments(E.arguments());
  if (const auto *Member = dyn_cast<CXXMemberCallExpr>(&E)) {
    const auto *Pointer = dyn_cast<BinaryOperator>(Member->getCallee()->IgnoreParens());
    if (Callee) {
      Object = eval(Member->getImplicitObjectArgument());
    } else if (Pointer && Pointer->isPtrMemOp()) {
      // As std::invoke has it: the object is the first argument of what the pointer names.
      BoundObject = eval(Pointer->getLHS());
      Through = eval(Pointer->getRHS());
    } else {
      Through = eval(Member->getCallee());
    }
  } else if (isa<CXXOperatorCallExpr>(E) && Method && !Method->isStatic() && !Arguments.empty()) {
    Object = eval(Arguments.front());
    Arguments.erase(Arguments.begin());
  } else if (!Callee) {
    Through = eval(E.getCallee());
  }
  std::vector<Value> Values = evalArguments(Arguments, Roles);
  if (BoundObject)
    Values.insert(Values.begin(), std::move(*BoundObject));

  if (Method && Method->getIdentifier() && isStringLike(Object.known() ? E.getType() : QualType()) &&
      Method->getName() == "append" && !Values.empty()) {
    Value V = Value::concat({Object, Values[0]});
    assign(cast<CXXMemberCallExpr>(E).getImplicitObjectArgument(), V);
    return V;
  }

  // An object that holds a callable: std::function, a lambda in a variable, a parameter.
  bool CallsObject = Method && Method->getOverloadedOperator() == OO_Call;
  if (CallsObject && Object.known() &&
      (Method->getParent()->isLambda() || Tu.Name.inSystemHeader(Method->getLocation()))) {
    if (Method->getParent()->isLambda() && Object.K != Value::Kind::Function)
      Object = Value::named(Value::Kind::Function, Tu.declare(*Method));
    recordCall(E, nullptr, Object, {}, Values);
    if (Object.K != Value::Kind::Function)
      return {};
    Values.insert(Values.begin(), Value());
    return Value::result(Object.Name, std::move(Values));
  }
  if (Callee && callsFirstArgument(*Callee) && !Values.empty()) {
    recordCall(E, nullptr, Values[0], {}, {Values.begin() + 1, Values.end()});
    return {};
  }
  if (const CXXConstructorDecl *Made = Callee ? constructorThrough(Tu.Roles, *Callee, Values.size()) : nullptr)
    recordCall(E, Made, {}, {}, Values);
  recordCall(E, Callee, std::move(Through), Object, Values);
  return resultOf(Callee, E, Roles, Object, Values);
}

Value BodyWalker::evalConstruct(const CXXConstructExpr &E) {
  const CXXConstructorDecl *Constructor = E.getConstructor();
  FunctionRoles Roles = Tu.Roles.of(*Constructor);
  llvm::SmallVector<const Expr *, 8> Arguments(E.arguments());
  std::vector<Value> Values = evalArguments(Arguments, Roles);
  bool CopyOrMove = Constructor->isCopyOrMoveConstructor();
  if (!CopyOrMove)
    recordCall(E, Constructor, {}, {}, Values);

  TypeRoles Type = Tu.Roles.of(E.getType());
  if (CopyOrMove)
    return Values.empty() ? Value() : Values.front();
  if (Type.NamesPrepared.value_or(false))
    return Values.empty() ? Value() : Value::prepared(std::move(Values.front()));
  if (Type.TransactionOn)
    return *Type.TransactionOn < Values.size() ? Values[*Type.TransactionOn] : Value();
  if (Type.On && *Type.On != Lane::Unknown)
    return Value::connection(*Type.On);
  // What runs a statement on a connection when it is made stands for that connection.
  if (Roles.Executes && Roles.Executes->ConnectionArgument && *Roles.Executes->ConnectionArgument < Values.size())
    return Values[*Roles.Executes->ConnectionArgument];
  unsigned Given = 0;
  for (const Expr *Argument : Arguments)
    Given += !isa<CXXDefaultArgExpr>(Argument);
  if (Values.empty())
    return isStringLike(E.getType()) ? Value::text("") : Value();
  // A wrapper of one thing stands for that thing; a string for its first argument whatever the length says.
  return Given == 1 || isStringLike(E.getType()) ? Values.front() : Value();
}

} // namespace poolguard
