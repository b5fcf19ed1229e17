#include "rules/ConnectionLeakOnPath.h"

#include "link/ProgramGraph.h"
#include "rules/Paths.h"

namespace poolguard {

static const char *const Remedy = "; hold it in a guard that hands it back when it is destroyed";

static std::string note(const FlowFact &Fact) {
  switch (Fact.K) {
  case FlowFact::Kind::LeakedOnReturn: return "'" + Fact.Name + "' is still held where the function returns";
  case FlowFact::Kind::LeakedOnException: return "an exception from here leaves the function";
  case FlowFact::Kind::ReleasedTwice: return "it was handed back here";
  default: return "the destructor hands it back here";
  }
}

static std::string message(const FlowFact &Fact) {
  switch (Fact.K) {
  case FlowFact::Kind::LeakedOnReturn:
    return "'" + Fact.Name +
           "' isn't handed back on every path that returns: the pool has one connection less each time, "
           "and in the end none" +
           Remedy;
  case FlowFact::Kind::LeakedOnException:
    return "'" + Fact.Name +
           "' isn't handed back when an exception leaves the function: the pool has one connection less "
           "each time, and in the end none" +
           Remedy;
  case FlowFact::Kind::ReleasedTwice:
    return "'" + Fact.Name +
           "' is handed back twice: two others then work on one connection at once; hand it back in one "
           "place";
  default:
    return "'" + Fact.Name +
           "' hands a connection back in its destructor and can be copied: each copy hands the same "
           "connection back, and two others then work on it at once; delete its copy constructor and assignment";
  }
}

/// Whether the site makes a transaction object whose constructor sends BEGIN, which a broken connection refuses.
static bool begins(const Function &Fn, const Site &S) {
  return llvm::any_of(Fn.Opens,
                      [&S](const OpenedTransaction &Opened) { return !Opened.Autocommit && Opened.At == S.At; });
}

/// Whether the call fails when the server or the connection does. Whether anything else throws, nobody has said;
/// rolling back doesn't, for it has failed already.
static bool failsWithTheServer(const ProgramGraph &G, const Function &Fn, const Site &S) {
  const FunctionRoles &Roles = G.roles(S);
  return Roles.Executes || Roles.EndsTransaction.value_or("abort") != "abort" || begins(Fn, S);
}

void connectionLeakOnPath(const ProgramGraph &G, std::vector<Finding> &Findings, RuleStats &Stats) {
  for (unsigned F = 0; F < G.functions().size(); ++F) {
    const Function &Fn = G.function(F);
    for (const Site &S : Fn.Sites)
      Stats.SitesLookedAt += G.roles(S).Releases.has_value();
    const FlowFact *Exception = nullptr, *Return = nullptr;
    for (const FlowFact &Fact : Fn.Flow) {
      using Kind = FlowFact::Kind;
      if (Fact.K != Kind::LeakedOnReturn && Fact.K != Kind::LeakedOnException && Fact.K != Kind::ReleasedTwice &&
          Fact.K != Kind::CopyableGuard)
        continue;
      // Of several ways past the release, the first of each kind says enough.
      if (Fact.K == Kind::LeakedOnException) {
        if (!failsWithTheServer(G, Fn, Fn.Sites[Fact.Site]))
          continue;
        if (Exception && Exception->Entity == Fact.Entity)
          continue;
        Exception = &Fact;
      } else if (Fact.K == Kind::LeakedOnReturn) {
        if (Return && Return->Entity == Fact.Entity)
          continue;
        Return = &Fact;
      }
      Finding Out;
      Out.Check = "poolguard-connection-leak-on-path";
      Out.At = Fact.At;
      Out.Function = Fn.Name;
      Out.Message = message(Fact);
      Out.Path.push_back({Fact.Related, note(Fact)});
      Findings.push_back(std::move(Out));
    }
  }
  if (Stats.SitesLookedAt == 0)
    Stats.WhyVacuous = "nothing with the role 'releases' is called";
}

} // namespace poolguard
