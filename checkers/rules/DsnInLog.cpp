#include "rules/DsnInLog.h"

#include <map>
#include <set>

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include "rules/ConnectionString.h"
#include "rules/Paths.h"
#include "sql/Facts.h"

namespace poolguard {

namespace {

/// The name of a place that holds a value: a parameter, field, variable, or a function's result. Empty for other
/// values.
std::string placeOf(const Value &V) {
  switch (V.K) {
  case Value::Kind::Parameter:
    return V.Index == Value::This ? "" : "parameter " + std::to_string(V.Index) + " of " + V.Name;
  case Value::Kind::Field:
  case Value::Kind::Global: return "variable " + V.Name;
  case Value::Kind::Result: // of a getter; what is made of arguments depends on them
    return V.Parts.size() <= 1 ? "result of " + V.Name : "";
  default: return {};
  }
}

std::string flatten(const Value &V) {
  if (V.K == Value::Kind::Text)
    return V.Name;
  std::string Out;
  if (V.K == Value::Kind::Concat)
    for (const Value &P : V.Parts)
      Out += flatten(P);
  return V.K == Value::Kind::Concat ? Out : std::string(1, sql::Hole);
}

class DsnInLog {
public:
  DsnInLog(const ProgramGraph &G, std::vector<Finding> &Findings, RuleStats &Stats)
      : G(G), Findings(Findings), Stats(Stats) {}

  void run() {
    findConnectionStrings();
    findSinks();
    if (Stats.SitesLookedAt == 0)
      Stats.WhyVacuous =
          "no function with the role 'logs' is called, and nothing is written to a stream or an exception";
  }

private:
  const ProgramGraph &G;
  std::vector<Finding> &Findings;
  RuleStats &Stats;
  llvm::DenseMap<llvm::StringRef, std::vector<Step>> Calls; // by what is called: see callsOf()
  llvm::StringMap<Location> Secret; // places that hold a connection string, and where one connects with it
  std::map<Step, bool> Harmless;    // sites that connect: whether every string is known to hold no password
  std::set<Step> Reported;

  /// Most programs never ask, and the calls of all are many.
  llvm::ArrayRef<Step> callsOf(llvm::StringRef Usr) {
    if (Calls.empty())
      for (unsigned F = 0; F < G.functions().size(); ++F)
        for (unsigned I = 0; I < G.function(F).Sites.size(); ++I)
          if (const Site &S = G.function(F).Sites[I]; !S.Callee.empty() && !S.Creates && !S.Reference)
            Calls[S.Callee].push_back({F, I});
    auto At = Calls.find(Usr);
    return At == Calls.end() ? llvm::ArrayRef<Step>() : llvm::ArrayRef<Step>(At->second);
  }

  void findConnectionStrings() {
    for (const ConnectUse &Use : G.connects()) {
      const Step Last = Use.Path->last();
      bool Safe = Use.Text.K == Value::Kind::Text && !llvm::StringRef(Use.Text.Name).contains(sql::Hole) &&
                  !holdsPassword(Use.Text.Name);
      auto [At, New] = Harmless.try_emplace(Last, Safe);
      At->second &= Safe;
    }
    std::vector<std::pair<Value, Location>> Todo;
    for (const auto &[At, Safe] : Harmless) {
      const Site &S = G.site(At);
      const FunctionRoles &Roles = G.roles(S);
      if (!Safe && Roles.Connects && *Roles.Connects < S.Arguments.size())
        Todo.emplace_back(S.Arguments[*Roles.Connects], S.At);
    }
    while (!Todo.empty()) {
      auto [V, At] = std::move(Todo.back());
      Todo.pop_back();
      for (const Value &One : V.K == Value::Kind::Choice ? V.Parts : std::vector<Value>{V}) {
        std::string Place = placeOf(One);
        if (Place.empty() || !Secret.try_emplace(Place, At).second)
          continue;
        if (One.K == Value::Kind::Result)
          for (unsigned F : G.definitions(One.Name))
            Todo.emplace_back(G.function(F).Returns, At);
        if (One.K != Value::Kind::Parameter)
          continue;
        for (Step Caller : callsOf(One.Name))
          if (const Site &S = G.site(Caller); static_cast<size_t>(One.Index) < S.Arguments.size())
            Todo.emplace_back(S.Arguments[One.Index], At);
      }
    }
  }

  /// What in the value is a connection string: where it is used to connect, or an invalid place for a text that shows
  /// it.
  std::optional<Location> secretIn(const Value &V) const {
    if (V.K == Value::Kind::Text || V.K == Value::Kind::Concat)
      if (holdsPassword(flatten(V)))
        return Location();
    if (V.K == Value::Kind::Concat || V.K == Value::Kind::Choice) {
      for (const Value &P : V.Parts)
        if (std::optional<Location> Found = secretIn(P))
          return Found;
      return std::nullopt;
    }
    auto At = Secret.find(placeOf(V));
    return At == Secret.end() ? std::nullopt : std::optional(At->second);
  }

  /// The parameters that are in the value as they are.
  static void parametersIn(const Value &V, std::vector<const Value *> &Out) {
    if (V.K == Value::Kind::Concat || V.K == Value::Kind::Choice)
      for (const Value &P : V.Parts)
        parametersIn(P, Out);
    else if (V.K == Value::Kind::Parameter && V.Index != Value::This)
      Out.push_back(&V);
  }

  struct Sink {
    Step At;
    std::string Words;      // where the text goes
    std::vector<Step> Path; // from the call with the argument down to the sink
  };

  void findSinks() {
    for (unsigned F = 0; F < G.functions().size(); ++F)
      for (unsigned I = 0; I < G.function(F).Sites.size(); ++I) {
        const Site &S = G.function(F).Sites[I];
        bool Logs = !S.Reference && !S.Creates && G.roles(S).Logs.value_or(false);
        if (!Logs && S.Sink == TextSink::None)
          continue;
        ++Stats.SitesLookedAt;
        std::string Words = Logs                            ? "a log, through '" + calleeName(G, S) + "'"
                            : S.Sink == TextSink::Exception ? "the text of an exception"
                                                            : "a stream";
        Sink Here{{F, I}, std::move(Words), {}};
        std::set<std::string> Seen;
        for (const Value &A : S.Arguments)
          argument(Here, {F, I}, A, Seen, 0);
      }
  }

  /// `A` is what the call at `At` hands towards the sink.
  void argument(const Sink &To, Step At, const Value &A, std::set<std::string> &Seen, unsigned Depth) {
    if (std::optional<Location> Where = secretIn(A)) {
      report(To, At, *Where);
      return;
    }
    constexpr unsigned MaxDepth = 8;
    std::vector<const Value *> Parameters;
    parametersIn(A, Parameters);
    for (const Value *P : Parameters) {
      if (Depth >= MaxDepth || P->Name != G.function(At.Function).Usr || !Seen.insert(placeOf(*P)).second)
        continue;
      for (Step Caller : callsOf(P->Name)) {
        const Site &S = G.site(Caller);
        if (static_cast<size_t>(P->Index) >= S.Arguments.size())
          continue;
        Sink Longer = To;
        Longer.Path.insert(Longer.Path.begin(), At);
        argument(Longer, Caller, S.Arguments[P->Index], Seen, Depth + 1);
      }
    }
  }

  void report(const Sink &To, Step At, const Location &Connects) {
    if (!Reported.insert(At).second)
      return;
    Finding Out;
    Out.Check = "poolguard-dsn-in-log";
    Out.At = G.site(At).At;
    Out.Function = G.function(At.Function).Name;
    Out.Message = std::string("a connection string") + (Connects.valid() ? "" : " with its password") + " reaches " +
                  To.Words +
                  ": whoever reads that has the database's password; write the host and the database's name only";
    Out.Path = callNotes(G, To.Path, At);
    if (Connects.valid())
      Out.Path.push_back({Connects, "the same string is used to connect here"});
    Findings.push_back(std::move(Out));
  }
};

} // namespace

void dsnInLog(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats) {
  DsnInLog(Graph, Findings, Stats).run();
}

} // namespace poolguard
