#include "extract/PlaceOf.h"

#include "clang/AST/DeclTemplate.h"
#include "clang/AST/ExprCXX.h"

#include "LlvmVersion.h"
#include "extract/AstVisitor.h"
#include "extract/KnownFunctions.h"

using namespace clang;

namespace poolguard {

static const CXXRecordDecl *stdClass(QualType T) {
  const CXXRecordDecl *Class = T.isNull() ? nullptr : T.getNonReferenceType()->getAsCXXRecordDecl();
  return Class && Class->isInStdNamespace() && Class->getIdentifier() ? Class : nullptr;
}

QualType heldByAtomic(QualType T) {
  const auto *Class = dyn_cast_or_null<ClassTemplateSpecializationDecl>(stdClass(T));
  bool Atomic = Class && Class->getName() == "atomic" && Class->getTemplateArgs().size() == 1 &&
                Class->getTemplateArgs()[0].getKind() == TemplateArgument::Type;
  return Atomic ? Class->getTemplateArgs()[0].getAsType() : QualType();
}

Access::Sort sortOf(QualType T) {
  if (T->isBooleanType())
    return Access::Sort::Flag;
  if (T->isIntegerType() && !T->isEnumeralType())
    return Access::Sort::Counter;
  const CXXRecordDecl *Class = stdClass(T);
  bool Container = Class && StringSwitch<bool>(Class->getName())
                                .Cases({"deque", "queue", "stack", "priority_queue", "vector", "list"}, true)
                                .Cases({"map", "set", "unordered_map", "unordered_set", "forward_list"}, true)
                                .Default(false);
  return Container ? Access::Sort::Container : Access::Sort::Other;
}

bool leadsElsewhere(QualType T) {
  const CXXRecordDecl *Class = stdClass(T);
  return T.getNonReferenceType()->isAnyPointerType() ||
         (Class && (Class->getName() == "shared_ptr" || Class->getName() == "reference_wrapper"));
}

/// What a pointer, std::reference_wrapper included, leads to.
static QualType target(QualType T) {
  const auto *Class = dyn_cast_or_null<ClassTemplateSpecializationDecl>(stdClass(T));
  if (Class && Class->getName() == "reference_wrapper" && Class->getTemplateArgs().size() == 1 &&
      Class->getTemplateArgs()[0].getKind() == TemplateArgument::Type)
    return Class->getTemplateArgs()[0].getAsType();
  return pointee(T);
}

namespace {

/// Whether a variable is given another value after its declaration.
struct FindAssignment : DynamicRecursiveASTVisitor {
  const VarDecl *Var;
  bool Found = false;

  explicit FindAssignment(const VarDecl *Var) : Var(Var) {}
  void note(const Expr *Target) {
    const auto *Ref = dyn_cast<DeclRefExpr>(Target->IgnoreParenImpCasts());
    Found |= Ref && Ref->getDecl() == Var;
  }
  bool VisitBinaryOperator(BinaryOperator *Op) override {
    if (Op->isAssignmentOp())
      note(Op->getLHS());
    return !Found;
  }
  bool VisitUnaryOperator(UnaryOperator *Op) override {
    if (Op->isIncrementDecrementOp())
      note(Op->getSubExpr());
    return !Found;
  }
  bool VisitCXXOperatorCallExpr(CXXOperatorCallExpr *Op) override {
    if (Op->isAssignmentOp() && Op->getNumArgs() > 0)
      note(Op->getArg(0));
    return !Found;
  }
  bool VisitCXXMemberCallExpr(CXXMemberCallExpr *Call) override {
    const CXXMethodDecl *Method = Call->getMethodDecl();
    if (Method && Method->getIdentifier() && Method->getName() == "reset")
      note(Call->getImplicitObjectArgument());
    return !Found;
  }
};

enum class Captured { Not, ByReference, ByCopy };

Captured captured(const FunctionDecl &D, const VarDecl &Var) {
  const auto *Method = dyn_cast<CXXMethodDecl>(&D);
  if (!Method || !Method->getParent()->isLambda())
    return Captured::Not;
  for (const LambdaCapture &Capture : Method->getParent()->captures())
    if (Capture.capturesVariable() && Capture.getCapturedVar() == &Var)
      return Capture.getCaptureKind() == LCK_ByCopy ? Captured::ByCopy : Captured::ByReference;
  return Captured::Not;
}

/// A pointer that the lambda copied leads to one object only when nobody gives it another one.
bool mayLeadElsewhere(const VarDecl &Var) {
  const auto *Around = dyn_cast<FunctionDecl>(Var.getDeclContext());
  if (!Around || !Around->getBody() || Var.getType().isConstQualified())
    return false;
  FindAssignment Find(&Var);
  Find.TraverseStmt(Around->getBody());
  return Find.Found;
}

class PlaceReader {
public:
  PlaceReader(TuContext &Tu, const FunctionDecl &D) : Tu(Tu), D(D) {}

  std::optional<NamedPlace> read(const Expr *E, unsigned Depth = 0) {
    if (!E || Depth > 12)
      return std::nullopt;
    E = E->IgnoreParenImpCasts();
    auto Through = [&](const Expr *Inner) {
      std::optional<NamedPlace> Base = read(Inner, Depth + 1);
      if (Base) {
        Copied &= !leadsElsewhere(Base->Type);
        Base->Type = target(Base->Type);
      }
      return Base;
    };
    if (isa<CXXThisExpr>(E)) {
      NamedPlace Out;
      Out.At.From = Place::Root::This;
      Out.At.Name = "this";
      Out.Type = E->getType()->getPointeeType();
      return Out;
    }
    if (const auto *Ref = dyn_cast<DeclRefExpr>(E)) {
      const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
      return Var ? named(*Var, Depth) : std::nullopt;
    }
    if (const auto *Cast = dyn_cast<ExplicitCastExpr>(E))
      return read(Cast->getSubExpr(), Depth + 1);
    if (const auto *Temporary = dyn_cast<MaterializeTemporaryExpr>(E))
      return read(Temporary->getSubExpr(), Depth + 1);
    if (const auto *Bound = dyn_cast<CXXBindTemporaryExpr>(E))
      return read(Bound->getSubExpr(), Depth + 1);
    if (const auto *Full = dyn_cast<FullExpr>(E))
      return read(Full->getSubExpr(), Depth + 1);
    if (const auto *Op = dyn_cast<UnaryOperator>(E);
        Op && (Op->getOpcode() == UO_Deref || Op->getOpcode() == UO_AddrOf))
      return Through(Op->getSubExpr());
    if (const auto *Op = dyn_cast<CXXOperatorCallExpr>(E);
        Op && (Op->getOperator() == OO_Arrow || (Op->getOperator() == OO_Star && Op->getNumArgs() == 1)))
      return Through(Op->getArg(0));
    if (const auto *Made = dyn_cast<CXXConstructExpr>(E))
      // A copy of a pointer leads where the pointer does.
      return Made->getNumArgs() == 1 && leadsElsewhere(Made->getType()) ? read(Made->getArg(0), Depth + 1)
                                                                        : std::nullopt;
    if (const auto *Call = dyn_cast<CallExpr>(E))
      return call(*Call, Through);
    if (const auto *Member = dyn_cast<MemberExpr>(E))
      return member(*Member, Depth, Through);
    return std::nullopt;
  }

  bool Copied = false; // a lambda's own copy, through no pointer

private:
  TuContext &Tu;
  const FunctionDecl &D;

  std::optional<NamedPlace> named(const VarDecl &Var, unsigned Depth) {
    if (Var.getTLSKind() != VarDecl::TLS_None || Var.isConstexpr())
      return std::nullopt;
    NamedPlace Out;
    Out.At.Variable = Tu.Name.usr(Var);
    Out.At.Name = Var.getNameAsString();
    Out.At.DeclaredAt = Tu.Name.location(Var.getLocation());
    Out.Type = Var.getType().getNonReferenceType();
    if (Var.hasGlobalStorage()) {
      Out.At.From = Place::Root::Outside;
      return Out;
    }
    const auto *Around = dyn_cast<FunctionDecl>(Var.getDeclContext());
    if (Around == &D && !Var.isInitCapture()) {
      if (const auto *Parameter = dyn_cast<ParmVarDecl>(&Var)) {
        bool Given = Var.getType()->isReferenceType() || leadsElsewhere(Var.getType());
        Out.At.From = Given ? Place::Root::Parameter : Place::Root::Own;
        Out.At.Parameter = Parameter->getFunctionScopeIndex();
      } else if (Var.hasInit() &&
                 (Var.getType()->isReferenceType() || (Var.getType()->isPointerType() && !mayLeadElsewhere(Var)))) {
        return read(Var.getInit(), Depth + 1); // another name of something
      }
      return Out;
    }
    Captured How = captured(D, Var);
    if (!Around || Var.isInitCapture() || (How == Captured::ByCopy && mayLeadElsewhere(Var)))
      return std::nullopt;
    Out.At.From = Place::Root::Outside;
    Out.At.Owner = Tu.Name.usr(*Around);
    Copied = How == Captured::ByCopy;
    return Out;
  }

  template <typename Fn> std::optional<NamedPlace> call(const CallExpr &Call, Fn Through) {
    const FunctionDecl *Callee = Call.getDirectCallee();
    if (const auto *Member = dyn_cast<CXXMemberCallExpr>(&Call)) {
      const CXXMethodDecl *Method = Member->getMethodDecl();
      bool Leads = Method && isInStd(*Method) && Method->getIdentifier() && Method->getName() == "get";
      bool Converts = isa_and_nonnull<CXXConversionDecl>(Method) && isInStd(*Method);
      return Leads || Converts ? Through(Member->getImplicitObjectArgument()) : std::nullopt;
    }
    const IdentifierInfo *Name = Callee ? Callee->getIdentifier() : nullptr;
    if (!Name || !isInStd(*Callee) || Call.getNumArgs() != 1)
      return std::nullopt;
    bool Names = StringSwitch<bool>(Name->getName())
                     .Cases({"ref", "cref", "addressof", "move", "forward", "as_const"}, true)
                     .Default(false);
    return Names ? Through(Call.getArg(0)) : std::nullopt;
  }

  template <typename Fn> std::optional<NamedPlace> member(const MemberExpr &Member, unsigned Depth, Fn Through) {
    if (const auto *Var = dyn_cast<VarDecl>(Member.getMemberDecl()))
      return named(*Var, Depth);
    const auto *Field = dyn_cast<FieldDecl>(Member.getMemberDecl());
    if (!Field)
      return std::nullopt;
    std::optional<NamedPlace> Out = Through(Member.getBase());
    if (!Out)
      return std::nullopt;
    Out->At.Fields = Out->At.Fields + "." + Tu.Name.usr(*Field);
    Out->At.Name = Field->getNameAsString();
    Out->Type = Field->getType().getNonReferenceType();
    return Out;
  }
};

} // namespace

std::optional<NamedPlace> placeOf(TuContext &Tu, const FunctionDecl &D, const Expr &E) {
  PlaceReader Reader(Tu, D);
  std::optional<NamedPlace> Out = Reader.read(&E);
  // Through a pointer the last step may have left the copy.
  bool Copy = Out && Reader.Copied && !leadsElsewhere(Out->Type);
  if (!Out || Copy || Out->Type.isNull() || Out->Type->isDependentType())
    return std::nullopt;
  Out->Type = target(Out->Type);
  return Out;
}

} // namespace poolguard
