#include "link/ProgramGraph.h"

#include <algorithm>

#include "llvm/Support/Path.h"

#include "link/Linker.h"
#include "model/NamePattern.h"

namespace poolguard {

static SharedSummaries shared(std::vector<TuSummary> In) {
  SharedSummaries Out;
  Out.reserve(In.size());
  for (TuSummary &Tu : In)
    Out.push_back(std::make_shared<const TuSummary>(std::move(Tu)));
  return Out;
}

ProgramGraph::ProgramGraph(std::vector<TuSummary> In, unsigned Jobs) : ProgramGraph(shared(std::move(In)), Jobs) {}

ProgramGraph::ProgramGraph(SharedSummaries In, unsigned Jobs) : Summaries(std::move(In)) {
  std::sort(Summaries.begin(), Summaries.end(), [](const auto &A, const auto &B) { return A->MainFile < B->MainFile; });
  Linker(*this, Jobs).run();
}

ProgramGraph::~ProgramGraph() = default;

const Declaration *ProgramGraph::declaration(llvm::StringRef Usr) const { return Declarations.lookup(Usr); }

llvm::ArrayRef<unsigned> ProgramGraph::definitions(llvm::StringRef Usr) const {
  auto At = ByUsr.find(Usr);
  return At == ByUsr.end() ? llvm::ArrayRef<unsigned>() : At->second;
}

// Every rule asks this of every site. The sites of a TU share the text.
const Declaration *ProgramGraph::callee(const Site &S) const { return ByCallee.lookup(S.Callee.storage()).Known; }

const FunctionRoles &ProgramGraph::roles(const Site &S) const {
  static const FunctionRoles None;
  const FunctionRoles *Known = ByCallee.lookup(S.Callee.storage()).Roles;
  return Known ? *Known : None;
}

ProgramGraph::DerivedOnce &ProgramGraph::derivedUnder(const void *Key) const {
  std::lock_guard<std::mutex> Guard(DerivedGuard);
  return Derived[Key];
}

const Chain *chain(std::deque<Chain> &In, Step At, const Chain *Next) {
  In.push_back({At, Next, Next ? Next->Length + 1 : 1});
  return &In.back();
}

const Chain *join(std::deque<Chain> &In, const Chain *Front, const Chain *Back) {
  if (!Front)
    return Back;
  return chain(In, Front->At, join(In, Front->Next, Back));
}

ReachedFunctions ProgramGraph::reach(unsigned From) const {
  ReachedFunctions Out;
  Out.Paths.try_emplace(From, nullptr);
  std::deque<unsigned> Work{From};
  while (!Work.empty()) {
    unsigned F = Work.front();
    Work.pop_front();
    const Chain *Here = Out.Paths.lookup(F);
    for (const Edge &E : Edges[F])
      if (auto [At, New] = Out.Paths.try_emplace(E.Target, nullptr); New) {
        At->second = join(Out.Chains, Here, E.Steps);
        Work.push_back(E.Target);
      }
  }
  return Out;
}

/// The path as the entry's author writes it: relative to the config's folder, where the file is below that.
static llvm::StringRef relativeToConfig(llvm::StringRef File, llvm::StringRef Config) {
  llvm::StringRef Below = File;
  if (Below.consume_front(llvm::sys::path::parent_path(Config)) && Below.consume_front("/"))
    return Below;
  return File;
}

bool ProgramGraph::covers(const AllowEntry &Entry, llvm::StringRef Check, const Location &At, llvm::StringRef Symbol) {
  llvm::StringRef Name = Entry.Check;
  Name.consume_front("poolguard-");
  Check.consume_front("poolguard-");
  if (Name != Check)
    return false;
  // A lambda is part of the function that it is written in.
  Symbol.consume_front("lambda in ");
  return (Entry.Path.empty() || matchesPath(Entry.Path, relativeToConfig(At.File, Entry.File))) &&
         (Entry.Symbol.empty() || matchesPattern(Entry.Symbol, Symbol));
}

bool ProgramGraph::allowed(llvm::StringRef Check, const Location &At, llvm::StringRef Symbol) const {
  return llvm::any_of(Allow, [&](const AllowEntry &Entry) { return covers(Entry, Check, At, Symbol); });
}

} // namespace poolguard
