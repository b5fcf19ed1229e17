#include "hosts/cli/Judgement.h"

#include <map>

#include "llvm/Support/BuryPointer.h"
#include "llvm/Support/ThreadPool.h"

#include "link/Closure.h"
#include "link/Packed.h"
#include "link/ProgramGraph.h"
#include "link/SummaryFields.h"

namespace poolguard {

// Fields by name, for the archive; found by argument-dependent lookup, hence not in an unnamed namespace.
template <class Archive> void describe(Archive &A, Edit &V) {
  auto &[At, Length, Replacement] = V;
  A("at", At);
  A("length", Length);
  A("replacement", Replacement);
}

template <class Archive> void describe(Archive &A, Note &V) {
  auto &[At, Message] = V;
  A("at", At);
  A("message", Message);
}

template <class Archive> void describe(Archive &A, Finding &V) {
  auto &[Check, At, Message, Path, Fixes, Function] = V;
  A("check", Check);
  A("at", At);
  A("message", Message);
  A("path", Path);
  A("fixes", Fixes);
  A("function", Function);
}

template <class Archive> void describe(Archive &A, LaneWays &V) {
  auto &[Lanes, Locks] = V;
  A("lanes", Lanes);
  A("locks", Locks);
}

template <class Archive> void describe(Archive &A, LaneMap::Function &V) {
  auto &[Name, At, Ways] = V;
  A("name", Name);
  A("at", At);
  A("ways", Ways);
}

template <class Archive> void describe(Archive &A, LaneMap::Call &V) {
  auto &[From, To, Ways] = V;
  A("from", From);
  A("to", To);
  A("ways", Ways);
}

template <class Archive> void describe(Archive &A, LaneMap::Statements &V) {
  auto &[From, On, LockPath, Places, Through] = V;
  A("from", From);
  A("on", On);
  A("lock-path", LockPath);
  A("places", Places);
  A("through", Through);
}

template <class Archive> void describe(Archive &A, LaneMap &V) {
  auto &[Functions, Calls, Ends] = V;
  A("functions", Functions);
  A("calls", Calls);
  A("ends", Ends);
}

namespace cli {

static constexpr PackedKind Kind{"poolguard judgement", 5};

template <class Archive> void describe(Archive &A, CheckStats &V) {
  auto &[Check, SitesLookedAt, WhyVacuous] = V;
  A("check", Check);
  A("sites-looked-at", SitesLookedAt);
  A("why-vacuous", WhyVacuous);
}

template <class Archive> void describe(Archive &A, AmbiguousName &V) {
  auto &[Name, First, Second] = V;
  A("name", Name);
  A("first", First);
  A("second", Second);
}

template <class Archive> void describe(Archive &A, Judgement &V) {
  auto &[Findings, Stats, Allow, Unmatched, Ambiguous, Map, Suppressions] = V;
  A("findings", Findings);
  A("stats", Stats);
  A("allow", Allow);
  A("unmatched", Unmatched);
  A("ambiguous", Ambiguous);
  A("map", Map);
  A("suppressions", Suppressions);
}

void writeJudgement(const Judgement &J, const PathRoot &Root, llvm::raw_ostream &OS) {
  PackWriter Writer(Root);
  describe(Writer, const_cast<Judgement &>(J));
  Writer.write(Kind, OS);
}

llvm::Expected<Judgement> readJudgement(llvm::MemoryBufferRef File, const PathRoot &Root) {
  PackReader Reader(File, Kind, Root);
  Judgement J;
  describe(Reader, J);
  if (llvm::Error Wrong = Reader.finish())
    return std::move(Wrong);
  auto Missing = [&](unsigned Function) { return Function >= J.Map.Functions.size(); };
  if (llvm::any_of(J.Map.Calls, [&](const LaneMap::Call &C) { return Missing(C.From) || Missing(C.To); }) ||
      llvm::any_of(J.Map.Ends, [&](const LaneMap::Statements &S) { return Missing(S.From); }))
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   "'" + File.getBufferIdentifier() +
                                       "' is damaged: its map names no function of its own");
  return J;
}

static std::vector<ConfigEntry> unmatched(llvm::ArrayRef<TuSummary> Tus) {
  std::map<std::pair<std::string, unsigned>, ConfigEntry>
      Entries; // by place; an entry of a config is in many summaries
  for (const TuSummary &Tu : Tus)
    for (const ConfigEntry &Entry : Tu.Entries)
      Entries.try_emplace({Entry.File, Entry.Line}, Entry).first->second.Matched |= Entry.Matched;
  std::vector<ConfigEntry> Out;
  for (auto &[Place, Entry] : Entries)
    if (!Entry.Matched)
      Out.push_back(std::move(Entry));
  return Out;
}

/// Takes away the findings that code in `Files` can't have brought: neither the flagged function, nor one on the path,
/// is in them, calls into them or is called from them.
static void keepAffected(const ProgramGraph &Graph, const std::set<std::string> &Files,
                         std::vector<Finding> &Findings) {
  llvm::BitVector Theirs(Graph.functions().size());
  for (unsigned F = 0; F < Graph.functions().size(); ++F)
    if (Files.count(Graph.function(F).At.File))
      Theirs.set(F);
  std::set<std::string> Names;
  for (const llvm::BitVector &Affected : {withCallers(Graph, Theirs), withCallees(Graph, Theirs)})
    for (unsigned F : Affected.set_bits())
      Names.insert(Graph.function(F).Name);
  std::erase_if(Findings, [&](const Finding &F) {
    return !Names.count(F.Function) && !Files.count(F.At.File) &&
           llvm::none_of(F.Path, [&](const Note &N) { return Files.count(N.At.File) != 0; });
  });
}

Judgement judge(std::vector<TuSummary> Tus, llvm::ArrayRef<const Rule *> Rules, unsigned Jobs,
                const std::set<std::string> *Affected) {
  Judgement Out;
  Out.Unmatched = unmatched(Tus);
  std::set<Location> Suppressions; // a header's are in many summaries
  for (const TuSummary &Tu : Tus)
    Suppressions.insert(Tu.Suppressions.begin(), Tu.Suppressions.end());
  Out.Suppressions.assign(Suppressions.begin(), Suppressions.end());
  // A process judges once, and then ends: taking a large program apart would keep the user waiting.
  const ProgramGraph &Graph = *new ProgramGraph(std::move(Tus), Jobs);
  llvm::BuryPointer(&Graph);
  std::vector<std::vector<Finding>> Findings(Rules.size());
  std::vector<RuleStats> Stats(Rules.size());
  {
    llvm::DefaultThreadPool Pool(llvm::hardware_concurrency(Jobs));
    Pool.async([&] { Out.Map = laneMap(Graph); });
    for (size_t I = 0; I < Rules.size(); ++I)
      Pool.async([&, I] { runRule(*Rules[I], Graph, Findings[I], Stats[I]); });
    Pool.wait();
  }
  for (size_t I = 0; I < Rules.size(); ++I) {
    llvm::append_range(Out.Findings, Findings[I]);
    Out.Stats.push_back({Rules[I]->Name.str(), Stats[I].SitesLookedAt, std::move(Stats[I].WhyVacuous)});
  }
  if (Affected)
    keepAffected(Graph, *Affected, Out.Findings);
  normalize(Out.Findings);
  Out.Allow = Graph.allow();
  for (auto [First, Second] : Graph.ambiguous())
    Out.Ambiguous.push_back({Graph.function(First).Name, Graph.function(First).At, Graph.function(Second).At});
  return Out;
}

} // namespace cli
} // namespace poolguard
