#include "extract/KnownFunctions.h"

#include "clang/AST/DeclCXX.h"
#include "clang/AST/DeclTemplate.h"

#include "LlvmVersion.h"

using namespace clang;

namespace poolguard {

static bool isStringClass(const CXXRecordDecl *Record) {
  if (!Record || !Record->getIdentifier())
    return false;
  // userver's query: its text, and then how to log it.
  const auto *Space = dyn_cast<NamespaceDecl>(Record->getDeclContext());
  if (Record->getName() == "Query" && Space && Space->getName() == "storages")
    return true;
  return StringSwitch<bool>(Record->getName())
      .Cases({"basic_string", "basic_string_view", "zview", "zsv", "cstring_view", "QString", "QLatin1String"}, true)
      .Cases({"QStringView", "QByteArray", "basic_format_string", "format_string", "fstring"}, true)
      .Default(false);
}

bool isStringLike(QualType T) {
  if (T.isNull())
    return false;
  T = T.getNonReferenceType();
  if (T->isAnyPointerType())
    return T->getPointeeType()->isAnyCharacterType();
  if (const ArrayType *Array = T->getAsArrayTypeUnsafe())
    return Array->getElementType()->isAnyCharacterType();
  return isStringClass(T->getAsCXXRecordDecl());
}

static llvm::StringRef outermostNamespace(const Decl &D) {
  const NamespaceDecl *Found = nullptr;
  for (const DeclContext *Outer = D.getDeclContext(); Outer; Outer = Outer->getParent())
    if (const auto *Space = dyn_cast<NamespaceDecl>(Outer))
      Found = Space;
  return Found && Found->getIdentifier() ? Found->getName() : llvm::StringRef();
}

bool isInStd(const Decl &D) { return outermostNamespace(D) == "std"; }

/// The function or its class is in std, or in one of the libraries that standardised ideas came from.
static bool isStd(const FunctionDecl &D) {
  return StringSwitch<bool>(outermostNamespace(D)).Cases({"std", "boost", "absl"}, true).Default(false);
}

static llvm::StringRef identifier(const FunctionDecl &D) {
  const IdentifierInfo *Id = D.getIdentifier();
  return Id ? Id->getName() : llvm::StringRef();
}

bool returnsItsObject(const FunctionDecl &D) {
  const auto *Method = dyn_cast<CXXMethodDecl>(&D);
  if (!Method || Method->isStatic())
    return false;
  const CXXRecordDecl *Class = Method->getParent();
  if (isa<CXXConversionDecl>(Method)) // a lambda's is to a function pointer
    return Class->isLambda() || (isStringLike(Method->getReturnType()) && isStringClass(Class));
  if (isStringClass(Class))
    return StringSwitch<bool>(identifier(D))
        .Cases({"c_str", "data", "str", "toUtf8", "toStdString", "constData", "toLatin1", "arg"}, true)
        .Default(false);
  if (!isStd(D))
    return false;
  OverloadedOperatorKind Op = Method->getOverloadedOperator();
  if (Op == OO_Star || Op == OO_Arrow || Op == OO_Subscript)
    return true;
  return StringSwitch<bool>(identifier(D))
      .Cases({"get", "value", "value_or", "lock", "at", "front", "back", "release"}, true)
      .Default(false);
}

std::optional<unsigned> returnsArgument(const FunctionDecl &D) {
  if (!isStd(D) || isa<CXXMethodDecl>(D))
    return std::nullopt;
  return StringSwitch<std::optional<unsigned>>(identifier(D))
      .Cases({"move", "forward", "ref", "cref", "addressof", "as_const", "exchange"}, 0)
      .Cases({"static_pointer_cast", "dynamic_pointer_cast", "to_string_view"}, 0)
      .Cases({"make_unique", "make_shared", "make_optional", "mem_fn"}, 0)
      .Default(std::nullopt);
}

bool callsFirstArgument(const FunctionDecl &D) {
  return isStd(D) && !isa<CXXMethodDecl>(D) &&
         StringSwitch<bool>(identifier(D)).Cases({"invoke", "invoke_r", "apply", "visit"}, true).Default(false);
}

bool bindsFirstArgument(const FunctionDecl &D) {
  return isStd(D) && StringSwitch<bool>(identifier(D)).Cases({"bind", "bind_front", "bind_back"}, true).Default(false);
}

const FunctionDecl *constructedThread(const FunctionDecl &D) {
  if (!isInStd(D) || !StringSwitch<bool>(identifier(D))
                          .Cases({"emplace_back", "emplace_front", "emplace", "make_unique", "make_shared"}, true)
                          .Default(false))
    return nullptr;
  const TemplateArgumentList *Arguments = D.getTemplateSpecializationArgs();
  if (const auto *Method = dyn_cast<CXXMethodDecl>(&D)) {
    const auto *Container = dyn_cast<ClassTemplateSpecializationDecl>(Method->getParent());
    Arguments = Container ? &Container->getTemplateArgs() : nullptr;
  }
  if (!Arguments || Arguments->size() == 0 || Arguments->get(0).getKind() != TemplateArgument::Type)
    return nullptr;
  const CXXRecordDecl *Made = Arguments->get(0).getAsType()->getAsCXXRecordDecl();
  if (!Made || !isInStd(*Made) || !Made->getIdentifier() || !Made->hasDefinition() ||
      (Made->getName() != "thread" && Made->getName() != "jthread"))
    return nullptr;
  for (const Decl *Member : Made->decls())
    if (const auto *Template = dyn_cast<FunctionTemplateDecl>(Member))
      if (const auto *Constructor = dyn_cast<CXXConstructorDecl>(Template->getTemplatedDecl()))
        return Constructor;
  return nullptr;
}

/// Which argument of std::format, fmt::format and kin is the format string.
static std::optional<unsigned> formatArgument(const FunctionDecl &D) {
  const DeclContext *Space = D.getEnclosingNamespaceContext();
  while (Space && Space->isInlineNamespace())
    Space = Space->getParent();
  const auto *Named = dyn_cast_or_null<NamespaceDecl>(Space);
  if (!Named || (!Named->isStdNamespace() && Named->getName() != "fmt"))
    return std::nullopt;
  return StringSwitch<std::optional<unsigned>>(identifier(D)).Case("format", 0).Default(std::nullopt);
}

std::optional<Value> formatted(const FunctionDecl &D, const std::vector<Value> &Arguments) {
  std::optional<unsigned> At = formatArgument(D);
  if (!At || *At >= Arguments.size() || Arguments[*At].K != Value::Kind::Text)
    return std::nullopt;
  llvm::StringRef Format = Arguments[*At].Name;
  std::vector<Value> Parts;
  std::string Plain;
  unsigned Next = *At + 1;
  for (size_t I = 0; I < Format.size(); ++I) {
    char C = Format[I];
    if ((C == '{' || C == '}') && I + 1 < Format.size() && Format[I + 1] == C) {
      Plain += C;
      ++I;
      continue;
    }
    if (C != '{') {
      Plain += C;
      continue;
    }
    size_t End = Format.find('}', I);
    if (End == llvm::StringRef::npos)
      return Value::hole();
    llvm::StringRef Field = Format.slice(I + 1, End);
    unsigned Index = 0;
    if (Field.empty())
      Index = Next++;
    else if (Field.getAsInteger(10, Index))
      Index = Arguments.size(); // named, or with options
    else
      Index += *At + 1;
    Parts.push_back(Value::text(Plain));
    Plain.clear();
    Parts.push_back(Index < Arguments.size() ? Arguments[Index] : Value::hole());
    I = End;
  }
  Parts.push_back(Value::text(Plain));
  return Value::concat(std::move(Parts));
}

} // namespace poolguard
