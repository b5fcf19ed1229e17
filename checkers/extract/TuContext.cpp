#include "extract/TuContext.h"

#include "clang/Basic/SourceManager.h"

#include "LlvmVersion.h"
#include "extract/KnownFunctions.h"

using namespace clang;

namespace poolguard {

static bool isNoThrow(const FunctionDecl &D) {
  if (D.isExternC() && D.getASTContext().getSourceManager().isInSystemHeader(D.getLocation()))
    return true;
  const auto *Type = D.getType()->getAs<FunctionProtoType>();
  return Type && (D.getExceptionSpecType() == EST_BasicNoexcept || D.getExceptionSpecType() == EST_NoexceptTrue ||
                  D.getExceptionSpecType() == EST_DynamicNone || D.getExceptionSpecType() == EST_NoThrow);
}

/// A duration, a point in time, or a number that is named for one.
static bool isTimeLimit(const ParmVarDecl &P) {
  const CXXRecordDecl *Class = pointee(P.getType()).getNonReferenceType()->getAsCXXRecordDecl();
  if (Class && Class->getIdentifier() && isInStd(*Class) &&
      (Class->getName() == "duration" || Class->getName() == "time_point"))
    return true;
  std::string Name = llvm::StringRef(P.getNameAsString()).lower();
  return Name.find("timeout") != std::string::npos || Name.find("deadline") != std::string::npos;
}

static bool takesStopToken(const FunctionDecl &D) {
  const CXXRecordDecl *Class =
      D.getNumParams() > 0 ? D.getParamDecl(0)->getType().getNonReferenceType()->getAsCXXRecordDecl() : nullptr;
  return Class && isInStd(*Class) && Class->getIdentifier() && Class->getName() == "stop_token";
}

const std::string &TuContext::declare(const FunctionDecl &Decl) {
  const FunctionDecl &D = *Decl.getCanonicalDecl();
  auto [Known, New] = Usrs.try_emplace(&D);
  if (!New)
    return Known->second;
  // Usrs may grow while the rest is looked up, so the string is stored last.
  std::string Usr = Name.usr(D);
  Declaration &Out = Summary.Declarations[Usr];
  Out.Name = Name.qualified(D);
  Out.Roles = Roles.of(D);
  Out.NoThrow = isNoThrow(D);
  Out.TakesStopToken = takesStopToken(D);
  Out.TakesTimeout = llvm::any_of(D.parameters(), [](const ParmVarDecl *P) { return isTimeLimit(*P); });
  if (Out.Roles->LegacyConnection.value_or(false))
    Out.At = Name.location(D.getLocation());
  if (const auto *Method = dyn_cast<CXXMethodDecl>(&D); Method && !Method->isStatic()) {
    Out.Method = !Method->getParent()->isLambda();
    Out.OnTransaction = Roles.of(tagType(Ast, Method->getParent())).TransactionOn.has_value();
    for (const CXXMethodDecl *Overridden : Method->overridden_methods())
      Out.Overrides.push_back(declare(*Overridden));
  }
  return Usrs[&D] = std::move(Usr);
}

const std::string &TuContext::declare(const VarDecl &Var) {
  const VarDecl &D = *Var.getCanonicalDecl();
  auto [Known, New] = Usrs.try_emplace(&D);
  if (!New)
    return Known->second;
  std::string Usr = Name.usr(D);
  Declaration &Out = Summary.Declarations[Usr];
  Out.Name = Name.qualified(D);
  // A connection that lives as long as the process and that every thread reaches by name.
  if (D.hasGlobalStorage() && D.getTLSKind() == VarDecl::TLS_None &&
      Roles.of(D.getType()).IsConnection.value_or(false)) {
    FunctionRoles Legacy;
    Legacy.LegacyConnection = true;
    Out.Roles = std::move(Legacy);
    Out.At = Name.location(D.getLocation());
  }
  return Usrs[&D] = std::move(Usr);
}

} // namespace poolguard
