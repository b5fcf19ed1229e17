#include "extract/RoleLookup.h"

#include "clang/AST/DeclTemplate.h"
#include "clang/AST/ExprCXX.h"

#include "LlvmVersion.h"
#include "extract/Flow/Places.h"
#include "extract/KnownFunctions.h"
#include "model/Annotations.h"

using namespace clang;

namespace poolguard {

QualType pointee(QualType T) {
  for (;;) {
    if (T.isNull())
      return T;
    T = T.getNonReferenceType();
    if (T->isAnyPointerType()) {
      T = T->getPointeeType();
      continue;
    }
    const auto *Record = dyn_cast_or_null<ClassTemplateSpecializationDecl>(T->getAsCXXRecordDecl());
    if (!Record || !Record->isInStdNamespace())
      return T;
    bool Owner = StringSwitch<bool>(Record->getName())
                     .Cases({"unique_ptr", "shared_ptr", "weak_ptr", "optional", "reference_wrapper"}, true)
                     .Default(false);
    if (!Owner || Record->getTemplateArgs().size() == 0 ||
        Record->getTemplateArgs()[0].getKind() != TemplateArgument::Type)
      return T;
    T = Record->getTemplateArgs()[0].getAsType();
  }
}

/// Whether a parameter of that type may be given a text: a string, or a class that is made from one.
static bool holdsText(QualType T) {
  if (isStringLike(T))
    return true;
  const CXXRecordDecl *Class = T.getNonReferenceType()->getAsCXXRecordDecl();
  return Class && Class->hasDefinition() && !Class->isInStdNamespace() &&
         llvm::any_of(Class->ctors(), [](const CXXConstructorDecl *Made) {
           return Made->getNumParams() > 0 && Made->getMinRequiredArguments() <= 1 &&
                  !Made->isCopyOrMoveConstructor() && isStringLike(Made->getParamDecl(0)->getType());
         });
}

/// Where the text is in this overload, when the role says that overloads differ.
static void settle(const FunctionDecl &D, std::optional<unsigned> &Text, std::vector<unsigned> &Or) {
  if (!Text || Or.empty())
    return;
  Or.insert(Or.begin(), *Text);
  auto Fits = llvm::find_if(
      Or, [&](unsigned Index) { return Index < D.getNumParams() && holdsText(D.getParamDecl(Index)->getType()); });
  Text = Fits == Or.end() ? std::nullopt : std::optional(*Fits);
  Or.clear();
}

void RoleLookup::settleOverload(const FunctionDecl &D, FunctionRoles &Roles) {
  if (Roles.Executes)
    settle(D, Roles.Executes->Sql, Roles.Executes->SqlOr);
  settle(D, Roles.Connects, Roles.ConnectsOr);
}

const FunctionRoles &RoleLookup::of(const FunctionDecl &Decl) {
  const FunctionDecl &D = *Decl.getCanonicalDecl();
  auto Known = Functions.find(&D);
  static const FunctionRoles None;
  if (Known != Functions.end())
    return Known->second ? *Known->second : None;

  FunctionRoles Roles;
  if (const auto *Method = dyn_cast<CXXMethodDecl>(&D))
    for (const CXXMethodDecl *Overridden : Method->overridden_methods())
      Roles.mergeFrom(of(*Overridden));

  std::string Identifier;
  if (const IdentifierInfo *Id = D.getIdentifier())
    Identifier = Id->getName().str();
  else if (const auto *Constructor = dyn_cast<CXXConstructorDecl>(&D))
    Identifier = Constructor->getParent()->getName().str();
  else
    Identifier = D.getNameAsString();
  if (Model.mayMatch(Identifier)) {
    std::vector<unsigned> Entries;
    Roles.mergeFrom(Model.function(Name.qualified(D), &Entries));
    note(Entries);
  }
  // An instance of a template has the roles that stand on the template.
  if (const FunctionDecl *Pattern = D.getTemplateInstantiationPattern())
    Roles.mergeFrom(annotatedRoles(*Pattern, Errors));
  Roles.mergeFrom(annotatedRoles(D, Errors));
  settleOverload(D, Roles);
  std::unique_ptr<const FunctionRoles> &Out = Functions[&D];
  if (!Roles.empty())
    Out = std::make_unique<const FunctionRoles>(std::move(Roles));
  return Out ? *Out : None;
}

const TypeRoles &RoleLookup::ofRecord(const TagDecl &Tag) {
  const auto &D = *cast<TagDecl>(Tag.getCanonicalDecl());
  auto Known = Types.find(&D);
  if (Known != Types.end())
    return Known->second;
  Types[&D] = {}; // a base that is the class itself (invalid code) ends here

  TypeRoles Roles;
  if (const auto *Record = dyn_cast<CXXRecordDecl>(&D); Record && Record->hasDefinition())
    for (const CXXBaseSpecifier &Base : Record->getDefinition()->bases())
      if (const CXXRecordDecl *BaseRecord = Base.getType()->getAsCXXRecordDecl())
        Roles.mergeFrom(ofRecord(*BaseRecord));
  if (const IdentifierInfo *Id = D.getIdentifier(); Id && Model.mayMatch(Id->getName())) {
    std::vector<unsigned> Entries;
    Roles.mergeFrom(Model.type(Name.qualified(D), &Entries));
    note(Entries);
  }
  Roles.mergeFrom(annotatedRoles(D, Errors));
  return Types[&D] = std::move(Roles);
}

const TypeRoles &RoleLookup::of(QualType T) {
  static const TypeRoles None;
  T = pointee(T);
  if (T.isNull())
    return None;
  const TagDecl *Tag = T->getAsTagDecl();
  return Tag ? ofRecord(*Tag) : None;
}

bool RoleLookup::makesAutocommit(const Expr *E) {
  E = plain(E);
  while (const auto *Made = dyn_cast_or_null<CXXConstructExpr>(E))
    E = Made->getNumArgs() > 0 ? plain(Made->getArg(0)) : nullptr; // a copy, or an owner of another type
  const auto *Call = dyn_cast_or_null<CallExpr>(E);
  const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
  return Callee && of(*Callee).ReturnsAutocommit.value_or(false);
}

Lane RoleLookup::laneOf(const DeclaratorDecl &D) {
  if (Lane L = annotatedLane(D, Errors); L != Lane::Unknown)
    return L;
  return of(D.getType()).On.value_or(Lane::Unknown);
}

} // namespace poolguard
