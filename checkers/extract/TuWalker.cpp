#include "extract/TuWalker.h"

#include "clang/AST/DeclFriend.h"
#include "clang/AST/DeclTemplate.h"

#include "extract/BodyWalker.h"
#include "extract/Extractor.h"

using namespace clang;

namespace poolguard {

static void walkFunction(TuContext &Tu, const FunctionDecl &D) {
  if (D.isDependentContext() || D.isDeleted() || D.isDefaulted())
    return;
  if (!D.doesThisDeclarationHaveABody()) {
    // A declaration may carry roles that hold for calls elsewhere.
    if (!Tu.Roles.of(D).empty())
      Tu.declare(D);
    return;
  }
  const std::string Usr = Tu.declare(D);
  if (!Tu.Walked.insert(Usr).second)
    return;
  Declaration &Known = Tu.Summary.Declarations[Usr];
  Known.Defined = true;
  Function F;
  F.Usr = Usr;
  F.Name = Known.Name;
  F.At = Tu.Name.location(D.getLocation());
  BodyWalker(Tu, F).walkFunction(D);
  Tu.Summary.Functions.push_back(std::move(F));
}

static bool isConstant(const VarDecl &D) {
  QualType T = D.getASTContext().getBaseElementType(D.getType().getNonReferenceType());
  if (D.isConstexpr() || T.isConstQualified())
    return true;
  // `static const char *sql = "..."` is as constant as C code gets.
  return T->isPointerType() && T->getPointeeType().isConstQualified() && !D.isExternallyVisible();
}

static void walkVariable(TuContext &Tu, const VarDecl &D) {
  if (D.isInvalidDecl() || !D.hasInit() || D.getDeclContext()->isDependentContext() || D.getInit()->isValueDependent())
    return;
  if (isConstant(D)) {
    Value V = BodyWalker::constant(Tu, D);
    if (V.known())
      Tu.Summary.Globals[Tu.Name.usr(D)] = std::move(V);
  }
  Function F;
  F.Usr = Tu.Name.usr(D) + "@init";
  F.Name = Tu.Name.qualified(D);
  F.At = Tu.Name.location(D.getLocation());
  if (!Tu.Walked.insert(F.Usr).second)
    return;
  BodyWalker(Tu, F).walkInitializer(D);
  if (!F.Sites.empty())
    Tu.Summary.Functions.push_back(std::move(F));
}

void walkDecl(TuContext &Tu, const Decl &D) {
  if (D.isInvalidDecl() || Tu.Name.inSystemHeader(D.getLocation())) {
    // A linkage specification has no place of its own worth asking for.
    if (!isa<LinkageSpecDecl, ExportDecl>(D))
      return;
  }
  if (const auto *F = dyn_cast<FunctionDecl>(&D))
    return walkFunction(Tu, *F);
  if (const auto *Template = dyn_cast<FunctionTemplateDecl>(&D)) {
    for (const FunctionDecl *Instance : Template->specializations())
      if (const FunctionDecl *Body = Instance->getDefinition())
        walkFunction(Tu, *Body);
    return;
  }
  if (const auto *Template = dyn_cast<ClassTemplateDecl>(&D)) {
    for (const ClassTemplateSpecializationDecl *Instance : Template->specializations())
      walkContext(Tu, *Instance);
    return;
  }
  if (isa<ClassTemplatePartialSpecializationDecl>(D))
    return;
  if (const auto *Var = dyn_cast<VarDecl>(&D)) {
    if (!isa<VarTemplateSpecializationDecl>(Var) && !isa<ParmVarDecl>(Var))
      walkVariable(Tu, *Var);
    return;
  }
  if (const auto *Friend = dyn_cast<FriendDecl>(&D)) {
    // A class that is a friend is walked where it stands; it may even be the one that this stands in.
    if (const NamedDecl *Named = Friend->getFriendDecl(); Named && isa<FunctionDecl, FunctionTemplateDecl>(Named))
      walkDecl(Tu, *Named);
    return;
  }
  if (isa<NamespaceDecl, LinkageSpecDecl, ExportDecl, CXXRecordDecl>(D))
    walkContext(Tu, *Decl::castToDeclContext(&D));
}

void walkContext(TuContext &Tu, const DeclContext &Context) {
  if (Context.isDependentContext() && !Context.isFileContext())
    return;
  for (const Decl *D : Context.decls())
    walkDecl(Tu, *D);
}

TuSummary extract(ASTContext &Context, const RoleModel &Model, const PathRoot &Root, std::vector<ConfigError> &Errors) {
  Names Name(Context, Root);
  RoleLookup Roles(Model, Name, Errors);
  TuSummary Summary;
  Summary.MainFile = Name.mainFile();
  Summary.Leases = Model.leases();
  Summary.Allow = Model.allow();
  TuContext Tu(Context, Name, Roles, Summary);
  for (const Decl *Top : Context.getTraversalScope()) {
    if (const auto *Unit = dyn_cast<TranslationUnitDecl>(Top))
      walkContext(Tu, *Unit);
    else
      walkDecl(Tu, *Top);
  }
  for (unsigned I = 0; I < Model.entries().size(); ++I)
    if (const RoleModel::Entry &Entry = Model.entries()[I]; !Entry.FromPreset)
      Summary.Entries.push_back({Entry.Pattern, Entry.File, Entry.Line, Entry.IsType, Roles.matched().count(I) != 0});
  return Summary;
}

} // namespace poolguard
