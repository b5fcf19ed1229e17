#include "rules/NoDoubleRetry.h"

#include <set>

#include "rules/Paths.h"
#include "rules/RetryScopes.h"

namespace poolguard {

namespace {

/// The inner of two retries.
struct Inner {
  Location Where;
  unsigned Attempts = 0;
  std::string Name;         // what retries, as the subject of a sentence
  std::optional<Step> Call; // the call that retries; absent for a loop
};

class NoDoubleRetry {
public:
  NoDoubleRetry(const ProgramGraph &G, std::vector<Finding> &Findings, RuleStats &Stats)
      : G(G), Retries(G.derived<RetryScopes>()), Findings(Findings), Stats(Stats) {}

  void run() {
    for (const RetryScope &Outer : Retries.all()) {
      ++Stats.SitesLookedAt;
      // What a function with the role `retries` does inside is how it retries.
      if (Outer.K == RetryScope::Kind::Function)
        continue;
      if (Outer.K == RetryScope::Kind::Loop)
        inLoop(Outer);
      else
        handedOver(Outer);
      for (const auto &[F, How] : Outer.Runs)
        if (!retryBetween(Outer, How))
          for (const Inner &In : retriesIn(Outer, F))
            report(Outer, How, In);
    }
    for (const Function *F : G.functions())
      for (const Site &S : F->Sites)
        Stats.SitesLookedAt += retriesOf(G, S).has_value();
    if (Stats.SitesLookedAt == 0)
      Stats.WhyVacuous =
          "no function with the role 'retries' or 'runs' with 'in: retry' is called, and no loop is a retry";
  }

private:
  const ProgramGraph &G;
  const RetryScopes &Retries;
  std::vector<Finding> &Findings;
  RuleStats &Stats;
  std::set<Location> Reported;

  bool implementsRetry(unsigned F) const {
    const Declaration *D = G.declarationOf(F);
    return D && D->Roles->attempts();
  }

  /// The innermost retry loop around a site, by index into the function's scopes.
  std::optional<unsigned> loopAround(Step S) const {
    std::optional<unsigned> Found;
    for (unsigned I : G.site(S).Scopes)
      if (G.function(S.Function).Scopes[I].K == CodeScope::Kind::RetryLoop)
        Found = I;
    return Found;
  }

  Inner loop(unsigned F, unsigned Index) const {
    const CodeScope &Scope = G.function(F).Scopes[Index];
    return {Scope.At, Scope.Attempts, "the retry loop in '" + G.function(F).Name + "'", std::nullopt};
  }

  Inner call(Step At) const {
    const Site &S = G.site(At);
    return {S.At, *retriesOf(G, S), "'" + calleeName(G, S) + "', which retries,", At};
  }

  /// The retries that stand in the function itself.
  std::vector<Inner> retriesIn(const RetryScope &Outer, unsigned F) const {
    std::vector<Inner> Out;
    const Function &Fn = G.function(F);
    // Its caller has the role of what this function is made of, and is reported as that.
    if (implementsRetry(F))
      return Out;
    // One loop may be both: what it runs calls the loop's own function again.
    for (unsigned I = 0; I < Fn.Scopes.size(); ++I)
      if (Fn.Scopes[I].K == CodeScope::Kind::RetryLoop)
        Out.push_back(loop(F, I));
    for (unsigned I = 0; I < Fn.Sites.size(); ++I) {
      bool Same = Outer.K == RetryScope::Kind::Callable && Outer.In == F && Outer.Index == I;
      if (!Same && retriesOf(G, Fn.Sites[I]) && !loopAround({F, I}))
        Out.push_back(call({F, I}));
    }
    return Out;
  }

  /// Whether the way to the function leads through a retry of its own: the nearer pair is reported instead.
  bool retryBetween(const RetryScope &Outer, const RetriedFunction &How) const {
    for (size_t I = How.Inside; I < How.Path.size(); ++I) {
      Step S = How.Path[I];
      std::optional<unsigned> Loop = loopAround(S);
      if ((Loop && Outer.Loop != &G.function(S.Function).Scopes[*Loop]) || retriesOf(G, G.site(S)))
        return true;
    }
    return false;
  }

  /// The callable itself retries: `with_retry(std::bind(&Store::upsert_batch, &store, rows))`.
  void handedOver(const RetryScope &Outer) {
    const Site &S = G.function(Outer.In).Sites[Outer.Index];
    for (const RunsRole &Run : G.roles(S).Runs) {
      if (Run.In != Scope::Retry || Run.Argument >= S.Arguments.size())
        continue;
      const Value &Given = S.Arguments[Run.Argument];
      const Declaration *D = Given.K == Value::Kind::Function ? G.declaration(Given.Name) : nullptr;
      if (D && D->Roles->Retries)
        report(Outer, {}, {S.At, *D->Roles->Retries, "'" + D->Name + "', which retries,", std::nullopt});
    }
  }

  void inLoop(const RetryScope &Outer) {
    const Function &Fn = G.function(Outer.In);
    std::set<unsigned> Loops;
    for (unsigned I = 0; I < Fn.Sites.size(); ++I) {
      Step Here{Outer.In, I};
      if (!Retries.isIn(Outer, Here))
        continue;
      std::optional<unsigned> Nearest = loopAround(Here);
      if (*Nearest == Outer.Index) {
        if (retriesOf(G, Fn.Sites[I]))
          report(Outer, {}, call(Here));
        continue;
      }
      // The first retry loop below the outer one.
      const std::vector<unsigned> &In = Fn.Sites[I].Scopes;
      auto At = std::find(In.begin(), In.end(), Outer.Index);
      for (++At; At != In.end(); ++At)
        if (Fn.Scopes[*At].K == CodeScope::Kind::RetryLoop)
          break;
      if (At != In.end() && Loops.insert(*At).second)
        report(Outer, {}, loop(Outer.In, *At));
    }
  }

  static std::string attempts(unsigned Outer, unsigned Inner) {
    if (Outer && Inner)
      return "up to " + std::to_string(Outer) + " x " + std::to_string(Inner) + " = " +
             std::to_string(static_cast<unsigned long long>(Outer) * Inner) + " attempts";
    return "the attempts of both, multiplied,";
  }

  void report(const RetryScope &Outer, const RetriedFunction &How, const Inner &In) {
    std::vector<Step> Path = How.Path;
    if (In.Call)
      Path.push_back(*In.Call);
    bool AtStep = How.Inside < Path.size();
    Finding Out;
    Out.Check = "poolguard-no-double-retry";
    Out.At = AtStep ? G.site(Path[How.Inside]).At : In.Where;
    if (!Reported.insert(Out.At).second)
      return;
    Out.Function = G.function(AtStep ? Path[How.Inside].Function : Path.empty() ? Outer.In : Path.back().Function).Name;
    bool Direct = Out.At == In.Where;
    Out.Message = (Direct ? In.Name + " runs" : "this call reaches " + In.Name) + " inside " + Outer.Name + ": " +
                  attempts(Outer.Attempts, In.Attempts) +
                  " reach a server that is in trouble already; let one layer own the retries, and call what doesn't "
                  "retry from inside it";
    Out.Path.push_back(retryNote(Outer));
    for (size_t I = 0; I < Path.size(); ++I) {
      if (!(AtStep && I == How.Inside))
        llvm::append_range(Out.Path, callNotes(G, Outer, Path[I], {~0u, ~0u}));
    }
    if (!Direct && !In.Call)
      Out.Path.push_back(
          {In.Where, "the inner retry loop is here" +
                         (In.Attempts ? ", with up to " + std::to_string(In.Attempts) + " attempts" : "")});
    Findings.push_back(std::move(Out));
  }
};

} // namespace

void noDoubleRetry(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats) {
  NoDoubleRetry(Graph, Findings, Stats).run();
}

} // namespace poolguard
