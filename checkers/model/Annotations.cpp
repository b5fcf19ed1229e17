//===- Annotations.cpp - Roles written in the code ------------------------===//

#include "model/Annotations.h"

#include <algorithm>

#include "clang/AST/ASTContext.h"
#include "clang/AST/Attr.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/SourceManager.h"

#include "model/ConfigNode.h"
#include "model/RoleReader.h"

namespace poolguard {

using llvm::StringRef;

namespace {

/// The keys whose value is one word, number or truth; the others hold a map.
bool holdsMap(StringRef Key) {
  return Key == "executes" || Key == "returns" || Key == "runs" || Key == "transaction" || Key == "prepares";
}

ConfigNode nodeAt(const clang::ASTContext &Context, clang::SourceLocation Place) {
  ConfigNode Node;
  const clang::SourceManager &Sources = Context.getSourceManager();
  // Where the macro is used is where the user can mend it.
  clang::PresumedLoc At = Sources.getPresumedLoc(Sources.getExpansionLoc(Place));
  if (At.isValid()) {
    Node.File = At.getFilename();
    Node.Line = At.getLine();
    Node.Column = At.getColumn();
  }
  return Node;
}

ConfigNode scalar(const ConfigNode &At, const llvm::Twine &Text) {
  ConfigNode Node = At;
  Node.What = ConfigNode::Kind::Scalar;
  Node.Text = Text.str();
  return Node;
}

/// One argument of the attribute as a scalar. Nothing when it isn't a constant of a kind that roles know.
std::optional<ConfigNode> constant(clang::ASTContext &Context, const clang::Expr &Argument, const ConfigNode &At) {
  clang::QualType Type = Argument.getType();
  if (std::optional<std::string> Text = Argument.tryEvaluateString(Context)) {
    ConfigNode Node = scalar(At, *Text);
    // Only text in quotes can look like a number or a truth here.
    Node.Quoted = true;
    return Node;
  }
  clang::Expr::EvalResult Value;
  if (!Type->isIntegralOrUnscopedEnumerationType() || !Argument.EvaluateAsInt(Value, Context))
    return std::nullopt;
  if (Type->isBooleanType())
    return scalar(At, Value.Val.getInt().getBoolValue() ? "true" : "false");
  llvm::SmallString<16> Digits;
  Value.Val.getInt().toString(Digits, 10);
  return scalar(At, Digits);
}

/// The attribute as the map `{key: value}` that the config would hold; nothing when it can't be read (reported), or
/// when it stands in a template whose arguments it depends on (the instantiation has it).
std::optional<ConfigNode> asConfig(clang::ASTContext &Context, const clang::AnnotateAttr &Attribute,
                                   ConfigProblems &Problems) {
  ConfigNode At = nodeAt(Context, Attribute.getLocation());
  std::vector<ConfigNode> Arguments;
  for (const clang::Expr *Argument : Attribute.args()) {
    if (Argument->isValueDependent() || Argument->isTypeDependent())
      return std::nullopt;
    std::optional<ConfigNode> Node = constant(Context, *Argument, At);
    if (!Node) {
      Problems.add(At, "argument " + llvm::Twine(Arguments.size() + 1) +
                           " of this annotation isn't a text, whole number "
                           "or truth that is known when compiling");
      return std::nullopt;
    }
    Arguments.push_back(std::move(*Node));
  }
  if (Arguments.empty() || !Arguments.front().Quoted) {
    Problems.add(At, "this annotation names no role: the first argument is the role's key, as in \"lock-path\"");
    return std::nullopt;
  }

  ConfigNode Value = At;
  if (!holdsMap(Arguments.front().Text)) {
    if (Arguments.size() != 2) {
      Problems.add(At, "'" + Arguments.front().Text + "' takes one value in an annotation");
      return std::nullopt;
    }
    Value = Arguments[1];
  } else {
    Value.What = ConfigNode::Kind::Map;
    if (Arguments.size() % 2 == 0) {
      Problems.add(At, "'" + Arguments.front().Text + "' takes pairs of a key and its value in an annotation");
      return std::nullopt;
    }
    for (size_t I = 1; I < Arguments.size(); I += 2) {
      if (Value.find(Arguments[I].Text)) {
        Problems.add(At, "key '" + Arguments[I].Text + "' stands in this annotation twice");
        return std::nullopt;
      }
      Value.Members.push_back({Arguments[I], Arguments[I + 1]});
    }
  }
  ConfigNode Map = At;
  Map.What = ConfigNode::Kind::Map;
  Map.Members.push_back({Arguments.front(), std::move(Value)});
  return Map;
}

/// Our attributes on all declarations of `D`, in source order, each once.
std::vector<const clang::AnnotateAttr *> attributesOf(const clang::Decl &D) {
  std::vector<const clang::Decl *> Declarations(D.redecls_begin(), D.redecls_end());
  std::reverse(Declarations.begin(), Declarations.end());
  // redecls() starts anywhere on the ring and ends with the one before; the first declaration must come first.
  auto First =
      std::find_if(Declarations.begin(), Declarations.end(), [](const clang::Decl *One) { return One->isFirstDecl(); });
  std::rotate(Declarations.begin(), First, Declarations.end());
  std::vector<const clang::AnnotateAttr *> Attributes;
  for (const clang::Decl *One : Declarations)
    for (const auto *Attribute : One->specific_attrs<clang::AnnotateAttr>())
      if (!Attribute->isInherited() && Attribute->getAnnotation() == "poolguard")
        Attributes.push_back(Attribute);
  return Attributes;
}

bool hasPack(const clang::FunctionDecl &D) {
  const clang::FunctionDecl *Pattern = D.getTemplateInstantiationPattern();
  return llvm::any_of((Pattern ? Pattern : &D)->parameters(),
                      [](const clang::ParmVarDecl *P) { return P->isParameterPack(); });
}

/// An index past the last parameter would make the role match nothing, in silence.
void checkIndices(const clang::FunctionDecl &D, const FunctionRoles &Roles, const ConfigNode &At,
                  ConfigProblems &Problems) {
  if (D.isVariadic() || hasPack(D))
    return;
  auto Check = [&](std::optional<unsigned> Index) {
    if (Index && *Index >= D.getNumParams())
      Problems.add(At, "there is no argument " + llvm::Twine(*Index) + ": '" + D.getNameAsString() + "' has " +
                           llvm::Twine(D.getNumParams()) + ", counted from 0");
  };
  if (Roles.Executes) {
    Check(Roles.Executes->Sql);
    Check(Roles.Executes->ConnectionArgument);
    Check(Roles.Executes->Prepared);
  }
  for (const RunsRole &Run : Roles.Runs)
    Check(Run.Argument);
  if (Roles.Prepares) {
    Check(Roles.Prepares->Name);
    Check(Roles.Prepares->Sql);
  }
  if (Roles.Releases == FunctionRoles::ItsObject) {
    const auto *Method = llvm::dyn_cast<clang::CXXMethodDecl>(&D);
    if (!Method || Method->isStatic())
      Problems.add(At, "'releases' is 'object', but '" + D.getNameAsString() +
                           "' is called on no object: name the argument that it hands back");
  } else {
    Check(Roles.Releases);
  }
  Check(Roles.Connects);
}

FunctionRoles ownRoles(const clang::FunctionDecl &D, std::vector<ConfigError> &Errors) {
  ConfigProblems Problems(Errors);
  FunctionRoles Roles;
  for (const clang::AnnotateAttr *Attribute : attributesOf(D)) {
    std::optional<ConfigNode> Config = asConfig(D.getASTContext(), *Attribute, Problems);
    if (!Config)
      continue;
    size_t Before = Errors.size();
    FunctionRoles One = readFunctionRoles(*Config, Problems);
    if (Errors.size() != Before)
      continue; // half a role could turn a check off
    checkIndices(D, One, *Config, Problems);
    if (Errors.size() != Before)
      continue;
    // One attribute holds one callable; a function may run several.
    std::vector<RunsRole> Runs = std::move(Roles.Runs);
    for (const RunsRole &Run : One.Runs) {
      std::erase_if(Runs, [&](const RunsRole &R) { return R.Argument == Run.Argument && R.In == Run.In; });
      Runs.push_back(Run);
    }
    Roles.mergeFrom(One);
    Roles.Runs = std::move(Runs);
  }
  return Roles;
}

} // namespace

FunctionRoles annotatedRoles(const clang::FunctionDecl &D, std::vector<ConfigError> &Errors) {
  FunctionRoles Roles = ownRoles(D, Errors);
  if (!Roles.empty())
    return Roles;
  // A member of a class template has its annotations on the pattern until it is instantiated.
  if (const clang::FunctionDecl *Pattern = D.getTemplateInstantiationPattern(); Pattern && Pattern != &D)
    Roles = ownRoles(*Pattern, Errors);
  return Roles;
}

TypeRoles annotatedRoles(const clang::TagDecl &D, std::vector<ConfigError> &Errors) {
  ConfigProblems Problems(Errors);
  // Inside the class its name stands for a declaration of its own, which has no attributes.
  if (const auto *Record = llvm::dyn_cast<clang::CXXRecordDecl>(&D); Record && Record->isInjectedClassName())
    return annotatedRoles(*llvm::cast<clang::TagDecl>(Record->getDeclContext()), Errors);
  std::vector<const clang::AnnotateAttr *> Attributes = attributesOf(D);
  if (const auto *Instance = llvm::dyn_cast<clang::ClassTemplateSpecializationDecl>(&D);
      Instance && Attributes.empty() && !Instance->isExplicitSpecialization())
    Attributes = attributesOf(*Instance->getSpecializedTemplate()->getTemplatedDecl());
  TypeRoles Roles;
  for (const clang::AnnotateAttr *Attribute : Attributes)
    if (std::optional<ConfigNode> Config = asConfig(D.getASTContext(), *Attribute, Problems)) {
      size_t Before = Errors.size();
      TypeRoles One = readTypeRoles(*Config, Problems);
      if (Errors.size() == Before)
        Roles.mergeFrom(One);
    }
  return Roles;
}

Lane annotatedLane(const clang::DeclaratorDecl &D, std::vector<ConfigError> &Errors) {
  ConfigProblems Problems(Errors);
  Lane On = Lane::Unknown;
  for (const clang::AnnotateAttr *Attribute : attributesOf(D)) {
    std::optional<ConfigNode> Config = asConfig(D.getASTContext(), *Attribute, Problems);
    if (!Config)
      continue;
    if (const ConfigNode *Value = Config->find("lane")) {
      if (Lane Here = readObjectLane(*Value, Problems); Here != Lane::Unknown)
        On = Here;
    } else {
      Problems.add(*Config, "'" + Config->Members.front().Key.Text +
                                "' says nothing of a variable or field: only 'lane' "
                                "does");
    }
  }
  return On;
}

} // namespace poolguard
