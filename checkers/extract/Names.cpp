#include "extract/Names.h"

#include "clang/AST/DeclCXX.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Index/USRGeneration.h"
#include "llvm/Support/Path.h"

using namespace clang;

namespace poolguard {

Names::Names(const ASTContext &C, const PathRoot &R) : Context(C), Root(R) {
  MainFile = path(C.getSourceManager().getMainFileID());
  StoredMainFile = Root.stored(MainFile);
}

const std::string &Names::path(FileID File) const {
  auto [At, New] = Paths.try_emplace(File);
  if (New) {
    const SourceManager &SM = Context.getSourceManager();
    if (OptionalFileEntryRef Entry = SM.getFileEntryRefForID(File)) {
      llvm::SmallString<256> Path(Entry->getName());
      SM.getFileManager().makeAbsolutePath(Path);
      llvm::sys::path::remove_dots(Path, /*remove_dot_dot=*/true);
      At->second = std::string(Path);
    } else {
      At->second = SM.getBufferOrFake(File).getBufferIdentifier().str();
    }
  }
  return At->second;
}

/// Which lambdas the declaration is in: Clang's USR of what is in one of several lambdas of an inline function is the
/// same for all of them.
static std::string lambdasAround(const NamedDecl &D, const SourceManager &SM) {
  std::string Out;
  for (const DeclContext *Outer = D.getDeclContext(); Outer && !Outer->isFileContext(); Outer = Outer->getParent())
    if (const auto *Record = dyn_cast<CXXRecordDecl>(Outer); Record && Record->isLambda())
      Out += "#" + std::to_string(SM.getFileOffset(SM.getExpansionLoc(Record->getLocation())));
  return Out;
}

std::string Names::usr(const NamedDecl &D) const {
  auto [Known, New] = Usrs.try_emplace(&D);
  if (New)
    Known->second = makeUsr(D);
  return Known->second;
}

std::string Names::makeUsr(const NamedDecl &D) const {
  llvm::SmallString<128> Usr;
  const Decl *Canonical = D.getCanonicalDecl();
  if (index::generateUSRForDecl(Canonical, Usr)) {
    // Clang has no USR for it (an unnamed or invalid declaration): its place is as good a name.
    Location At = location(D.getLocation());
    return "place:" + Root.stored(At.File) + ":" + std::to_string(At.Offset);
  }
  Usr += lambdasAround(D, Context.getSourceManager());
  if (const auto *Var = dyn_cast<VarDecl>(&D); Var && Var->isLocalVarDeclOrParm())
    return std::string(Usr) + "@" + StoredMainFile + ":" + std::to_string(location(D.getLocation()).Offset);
  if (!D.isExternallyVisible())
    return std::string(Usr) + "@" + StoredMainFile;
  return std::string(Usr);
}

static bool isCallOperatorOfLambda(const NamedDecl &D) {
  const auto *Method = dyn_cast<CXXMethodDecl>(&D);
  return Method && Method->getParent()->isLambda();
}

static void appendName(const NamedDecl &D, std::string &Out) {
  llvm::raw_string_ostream OS(Out);
  if (isa<CXXConstructorDecl>(D))
    OS << cast<CXXConstructorDecl>(D).getParent()->getName();
  else if (isa<CXXDestructorDecl>(D))
    OS << "~" << cast<CXXDestructorDecl>(D).getParent()->getName();
  else
    OS << D.getDeclName();
}

std::string Names::qualified(const NamedDecl &D) const {
  llvm::SmallVector<const NamedDecl *, 8> Path;
  bool Lambda = false;
  for (const Decl *At = &D; At;) {
    const auto *Named = dyn_cast<NamedDecl>(At);
    const auto *Space = dyn_cast<NamespaceDecl>(At);
    const auto *Record = dyn_cast<CXXRecordDecl>(At);
    bool Closure = Record && Record->isLambda();
    if (Named && !(Space && (Space->isInline() || Space->isAnonymousNamespace())) && !Closure &&
        !isa<TranslationUnitDecl>(At) && (Named->getDeclName() || isa<FunctionDecl>(Named)))
      Path.push_back(Named);
    if (Closure)
      Lambda = true;
    const DeclContext *Parent = At->getDeclContext();
    At = Parent ? Decl::castFromDeclContext(Parent) : nullptr;
    if (At && isa<LinkageSpecDecl>(At))
      At = Decl::castFromDeclContext(At->getDeclContext());
  }
  std::string Out;
  if (Lambda) {
    // `lambda in app::f` reads better than a chain of closures.
    std::string Outer;
    for (const NamedDecl *Part : llvm::reverse(Path)) {
      if (isCallOperatorOfLambda(*Part))
        break;
      if (!Outer.empty())
        Outer += "::";
      appendName(*Part, Outer);
    }
    return Outer.empty() ? "lambda" : "lambda in " + Outer;
  }
  for (const NamedDecl *Part : llvm::reverse(Path)) {
    if (!Out.empty())
      Out += "::";
    appendName(*Part, Out);
  }
  return Out;
}

Location Names::location(SourceLocation L) const {
  Location At;
  if (L.isInvalid())
    return At;
  const SourceManager &SM = Context.getSourceManager();
  // A macro argument is code the user wrote where it stands; anything else of an expansion isn't.
  At.InMacro = L.isMacroID() && !SM.isMacroArgExpansion(L);
  SourceLocation File = SM.getFileLoc(L);
  auto [Id, Offset] = SM.getDecomposedLoc(File);
  At.File = path(Id);
  At.Line = SM.getLineNumber(Id, Offset);
  At.Column = SM.getColumnNumber(Id, Offset);
  At.Offset = Offset;
  return At;
}

Location Names::textOf(const StringLiteral &Literal) const {
  SourceLocation At = Literal.getBeginLoc();
  if (Literal.getNumConcatenated() != 1 || Literal.getCharByteWidth() != 1 || !At.isFileID())
    return {};
  const SourceManager &SM = Context.getSourceManager();
  auto [File, Begin] = SM.getDecomposedLoc(At);
  bool Invalid = false;
  llvm::StringRef Source = SM.getBufferData(File, &Invalid);
  if (Invalid || Begin >= Source.size())
    return {};
  // `"`, or with an encoding, or the `R"delimiter(` of a raw literal; what follows is compared, so more isn't needed.
  size_t Quote = Source.find('"', Begin);
  if (Quote == llvm::StringRef::npos)
    return {};
  size_t First = Quote + 1;
  if (Quote > Begin && Source[Quote - 1] == 'R')
    First = Source.find('(', Quote) + 1;
  llvm::StringRef Bytes = Literal.getBytes();
  if (!Source.substr(First).starts_with(Bytes) || Source.substr(First + Bytes.size()).empty() ||
      !llvm::StringRef("\")").contains(Source[First + Bytes.size()]))
    return {};
  return location(At.getLocWithOffset(First - Begin));
}

bool Names::inSystemHeader(SourceLocation L) const {
  const SourceManager &SM = Context.getSourceManager();
  return L.isInvalid() || SM.isInSystemHeader(SM.getExpansionLoc(L));
}

} // namespace poolguard
