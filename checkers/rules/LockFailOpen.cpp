#include "rules/LockFailOpen.h"

#include <set>

#include "rules/LostResults.h"
#include "rules/Paths.h"

namespace poolguard {

namespace {

bool isTryLock(const FunctionRoles &R) { return R.TryLock.value_or(false); }

class LockFailOpen {
public:
  LockFailOpen(const ProgramGraph &G, std::vector<Finding> &Findings, RuleStats &Stats)
      : G(G), Findings(Findings), Stats(Stats), Results(G, isTryLock, [this](const LostResult &R) { lost(R); }) {}

  void run() {
    Stats.SitesLookedAt += Results.followCalls();
    for (unsigned F = 0; F < G.functions().size(); ++F)
      for (unsigned I = 0; I < G.function(F).Sites.size(); ++I)
        if (Step At{F, I}; isTryLock(G.roles(G.site(At)))) {
          failure({At}, "'" + calleeName(G, G.site(At)) + "'");
          key({At}, "'" + calleeName(G, G.site(At)) + "'");
        }
    for (const StatementUse &Use : G.statements())
      if (Use.Facts)
        for (const sql::Statement &S : Use.Facts->Statements)
          statement(Use, S);
    if (Stats.SitesLookedAt == 0)
      Stats.WhyVacuous =
          "no statement takes an advisory lock or locks a table, and no function with the role 'try-lock' is called";
  }

private:
  const ProgramGraph &G;
  std::vector<Finding> &Findings;
  RuleStats &Stats;
  LostResults Results;
  std::set<std::pair<Step, int>> Reported;

  void statement(const StatementUse &Use, const sql::Statement &S) {
    std::string Lock;
    bool Try = false;
    for (const std::string &Function : S.Functions) {
      llvm::StringRef Name = Function;
      bool Tries = Name.starts_with("pg_try_advisory_");
      if (Tries || (Name.starts_with("pg_advisory_") && !Name.starts_with("pg_advisory_unlock"))) {
        Lock = "'" + Function + "'";
        Try |= Tries;
      }
    }
    if (S.Kind == sql::StatementKind::LockTable)
      Lock = "'LOCK TABLE'";
    if (Lock.empty())
      return;
    ++Stats.SitesLookedAt;
    std::vector<Step> Path = steps(Use.Path);
    failure(Path, Lock);
    if (S.Kind != sql::StatementKind::LockTable)
      key(Path, Lock);
    if (!Try)
      return;
    Operation Of{Lock, Path, 0};
    for (size_t I = 0; I < Path.size(); ++I)
      if (Path[I] == Use.TextAt)
        Of.SeenAt = I;
    Results.follow(std::move(Of));
  }

  void lost(const LostResult &R) {
    report(0, R.At, R.Of.Steps,
           R.Subject + " " + R.How +
               ": it says whether the lock was taken, and this code goes on without the lock when it "
               "wasn't; go on only when it is true");
  }

  /// The lock is alone in a try whose handler only logs, and the code after it runs all the same.
  void failure(llvm::ArrayRef<Step> Path, const std::string &Lock) {
    for (size_t I = 0; I < Path.size(); ++I) {
      const Function &F = G.function(Path[I].Function);
      for (unsigned Index : G.site(Path[I]).Scopes) {
        if (Index >= F.Scopes.size() || F.Scopes[Index].K != CodeScope::Kind::Try || !F.Scopes[Index].GoesOn ||
            !F.Scopes[Index].CatchesAll || F.Scopes[Index].Rethrows)
          continue;
        if (alone(F, Index, Path[I].Site) && (worksAfter(F, F.Scopes[Index].To) || (I > 0 && voidCaller(Path[I - 1]))))
          return report(1, Path[I], Path,
                        "when " + Lock +
                            " fails, the handler here only logs, and the code after it runs without the lock; let "
                            "the exception through, or return");
      }
    }
  }

  /// Nothing else in the try block has a failure that it could be about.
  bool alone(const Function &F, unsigned Scope, unsigned Lock) const {
    for (unsigned I = 0; I < F.Sites.size(); ++I) {
      const Site &S = F.Sites[I];
      if (I == Lock || S.Reference || S.Creates || !llvm::is_contained(S.Scopes, Scope))
        continue;
      if (I > Lock && !G.roles(S).Logs.value_or(false))
        return false;
    }
    return true;
  }

  bool worksAfter(const Function &F, unsigned Offset) const {
    return llvm::any_of(F.Sites, [&](const Site &S) {
      return !S.Reference && S.At.Offset > Offset && !G.roles(S).Logs.value_or(false);
    });
  }

  /// A helper that returns nothing can't tell its caller that the lock failed.
  bool voidCaller(Step At) const {
    const Site &S = G.site(At);
    return S.Result == ResultUse::NoResult && worksAfter(G.function(At.Function), S.At.Offset);
  }

  void key(llvm::ArrayRef<Step> Path, const std::string &Lock) {
    for (Step S : Path)
      if (const std::string &From = G.site(S).UnstableKey; !From.empty())
        return report(
            2, S, Path,
            "the key of " + Lock + " is made from " + (From == "std::hash" ? "'std::hash'" : From) +
                ", which differs from one process or build to the next: two workers lock different keys and both go "
                "on; use a fixed 64-bit key, or hash the name in SQL with hashtextextended");
  }

  void report(int Kind, Step At, llvm::ArrayRef<Step> Path, std::string Message) {
    if (!Reported.emplace(At, Kind).second)
      return;
    Finding Out;
    Out.Check = "poolguard-lock-fail-open";
    Out.At = G.site(At).At;
    Out.Function = G.function(At.Function).Name;
    Out.Message = std::move(Message);
    Out.Path = callNotes(G, Path, At);
    Findings.push_back(std::move(Out));
  }
};

} // namespace

void lockFailOpen(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats) {
  LockFailOpen(Graph, Findings, Stats).run();
}

} // namespace poolguard
