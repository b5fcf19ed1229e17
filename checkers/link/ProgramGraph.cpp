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

ProgramGraph::ProgramGraph(std::vector<TuSummary> In) : ProgramGraph(shared(std::move(In))) {}

ProgramGraph::ProgramGraph(SharedSummaries In) : Summaries(std::move(In)) {
  std::sort(Summaries.begin(), Summaries.end(), [](const auto &A, const auto &B) { return A->MainFile < B->MainFile; });
  Linker(*this).run();
}

ProgramGraph::~ProgramGraph() = default;

const Declaration *ProgramGraph::declaration(llvm::StringRef Usr) const { return Declarations.lookup(Usr); }

const FunctionRoles &ProgramGraph::roles(const Site &S) const {
  static const FunctionRoles None;
  if (S.Callee.empty())
    return None;
  // Every rule asks this of every site. The sites of a TU share the text.
  auto [At, New] = ByCallee.try_emplace(S.Callee.storage(), nullptr);
  if (New)
    At->second = declaration(S.Callee);
  const Declaration *D = At->second;
  return D ? D->Roles : None;
}

const Chain *ProgramGraph::chain(Step At, const Chain *Next) const {
  Chains.push_back({At, Next, Next ? Next->Length + 1 : 1});
  return &Chains.back();
}

const Chain *ProgramGraph::join(const Chain *Front, const Chain *Back) const {
  if (!Front)
    return Back;
  return chain(Front->At, join(Front->Next, Back));
}

llvm::DenseMap<unsigned, const Chain *> ProgramGraph::reach(unsigned From) const {
  llvm::DenseMap<unsigned, const Chain *> Paths{{From, nullptr}};
  std::deque<unsigned> Work{From};
  while (!Work.empty()) {
    unsigned F = Work.front();
    Work.pop_front();
    for (const Edge &E : Edges[F])
      if (!Paths.count(E.Target)) {
        Paths[E.Target] = join(Paths[F], E.Steps);
        Work.push_back(E.Target);
      }
  }
  return Paths;
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
