#include "rules/WorkerLockRenewalShape.h"

#include <map>
#include <optional>
#include <set>

#include "rules/LostResults.h"
#include "rules/Paths.h"
#include "rules/Threads.h"
#include "sql/LeaseFacts.h"

namespace poolguard {

namespace {

/// An operation on the lock path, seen from a frame.
struct LockCall {
  std::vector<Step> Steps; // from the frame down to the call
  std::string What;        // `the renewal of a lease of 'jobs'`, `'app::Queue::renew'`
  bool Renews = false;     // else it may be a claim
  bool NoThrow = false;
  bool IsStatement = false;
};

class WorkerLockRenewalShape {
public:
  WorkerLockRenewalShape(const ProgramGraph &G, std::vector<Finding> &Findings, RuleStats &Stats)
      : G(G), Findings(Findings), Stats(Stats) {}

  void run() {
    collectStatements();
    collectCalls();
    losses();
    std::vector<ThreadStart> Starts = threadStarts(G);
    std::set<unsigned> Seen;
    for (const ThreadStart &Start : Starts) {
      overlaps(Start, Starts);
      if (Seen.insert(Start.Callable).second)
        callback(Start);
    }
    if (Stats.SitesLookedAt == 0)
      Stats.WhyVacuous =
          Starts.empty() ? "no callable runs in a thread (role 'runs: {in: thread}')"
                         : "no thread or timer callback reaches a renewal: a statement that sets the expiry of a lease "
                           "('leases:' in .poolguard.yaml), or a function with the role 'lock-path'";
  }

  /// Where the fence of a renewal is ignored.
  std::set<Location> dropped() const {
    std::set<Location> Out;
    for (const auto &[At, Kind] : Reported)
      if (Kind == Fence)
        Out.insert(G.site(At).At);
    return Out;
  }

private:
  const ProgramGraph &G;
  std::vector<Finding> &Findings;
  RuleStats &Stats;
  std::map<unsigned, std::vector<LockCall>> Calls; // by the function of their first step
  std::map<Step, std::vector<LostResult>> Lost;    // fenced results, by the step of the operation
  std::map<unsigned, std::vector<Reached>> Memo;
  std::set<std::pair<Step, int>> Reported;

  enum Shape { Escape, Fence, Timeout, Overlap, Sleep, Retry, Clock };

  /// The way to the statement from where its text is known. The lane may have been settled further out, by whoever
  /// started the thread, and that isn't in the thread.
  static std::vector<Step> stepsWithText(const StatementUse &Use) {
    std::vector<Step> Path = steps(Use.Path);
    auto At = llvm::find(Path, Use.TextAt);
    return At == Path.end() ? Path : std::vector<Step>(At, Path.end());
  }

  void collectStatements() {
    for (const StatementUse &Use : G.statements()) {
      if (!Use.Facts)
        continue;
      for (const sql::Statement &S : Use.Facts->Statements)
        for (const sql::LeaseUse &Lease : sql::leaseUses(S, G.leases()))
          if (Lease.Renews) {
            LockCall Call{stepsWithText(Use), "the renewal of a lease of '" + Lease.Lease->Table + "'", true,
                          Use.Runs->NoThrow, true};
            Calls[Call.Steps.front().Function].push_back(std::move(Call));
          }
    }
  }

  void collectCalls() {
    for (unsigned F = 0; F < G.functions().size(); ++F) {
      const Function &Fn = G.function(F);
      for (unsigned I = 0; I < Fn.Sites.size(); ++I) {
        const Site &S = Fn.Sites[I];
        const Declaration *D = S.Creates || S.Reference ? nullptr : called(G, S);
        // With a body, what is in it counts.
        if (!D || !D->Roles->LockPath.value_or(false) || (D->Defined && reachesLockCall(S)))
          continue;
        Calls[F].push_back({{{F, I}}, "'" + D->Name + "'", D->Roles->Fenced.value_or(false), D->NoThrow, false});
      }
    }
  }

  bool reachesLockCall(const Site &S) {
    for (unsigned F : G.definitions(S.Callee))
      for (const Reached &R : reached(F))
        if (Calls.count(R.Function))
          return true;
    return false;
  }

  void losses() {
    auto Note = [this](const LostResult &R) { Lost[R.Of.Steps.back()].push_back(R); };
    LostResults Results(G, [](const FunctionRoles &R) { return R.Fenced.value_or(false); }, Note);
    for (const auto &[F, List] : Calls)
      for (const LockCall &Call : List)
        if (Call.Renews)
          Results.follow({Call.What, Call.Steps, 0});
  }

  const std::vector<Reached> &reached(unsigned F) {
    auto At = Memo.find(F);
    return At != Memo.end() ? At->second : Memo.emplace(F, onThread(G, F)).first->second;
  }

  void callback(const ThreadStart &Start) {
    bool Looped = false, Any = false, EscapeTold = false;
    std::set<unsigned> OnTheWay;
    const std::vector<Reached> &All = reached(Start.Callable);
    for (const Reached &R : All) {
      auto At = Calls.find(R.Function);
      if (At == Calls.end())
        continue;
      for (const LockCall &Call : At->second) {
        ++Stats.SitesLookedAt;
        std::vector<Step> Path = pathTo(All, &R - All.data());
        Path.insert(Path.end(), Call.Steps.begin(), Call.Steps.end());
        bool InLoop = llvm::any_of(Path, [&](Step S) { return inLoop(G.site(S)); });
        if (!EscapeTold)
          EscapeTold = escapes(Start, R, Call, Path, InLoop);
        if (!Call.Renews)
          continue;
        Any = true;
        Looped |= InLoop;
        for (Step S : Path)
          OnTheWay.insert(S.Function);
        fence(Start, Path);
        retriesInline(Start, Call, Path);
        timeLimit(Start, Call, Path);
      }
    }
    if (!Any)
      return;
    if (!Start.once() && !Looped)
      sleeps(Start);
    wallClock(Start, OnTheWay);
  }

  bool escapes(const ThreadStart &Start, const Reached &R, const LockCall &Call, const std::vector<Step> &Path,
               bool InLoop) {
    Catcher By = R.By;
    for (size_t I = 0; I < Call.Steps.size(); ++I) {
      const Declaration *Below = I + 1 < Call.Steps.size() ? G.declarationOf(Call.Steps[I + 1].Function) : nullptr;
      By = through(G, By, Call.Steps[I], Below);
    }
    if (By == Catcher::Somebody || Call.NoThrow)
      return false;
    if (By == Catcher::Nobody && Start.keepsException() && (!InLoop || Start.In == Scope::Workers))
      return false; // one call, whose outcome the task tells; or one of many rounds
    std::string Then;
    if (By == Catcher::Boundary)
      Then = "runs into a noexcept function: std::terminate ends the process and every job it holds";
    else if (Start.keepsException())
      Then = "ends the task of '" + Start.Starter +
             "', and is lost unless somebody waits for that: the renewals stop without a word, the lease runs out, and "
             "another worker takes the job";
    else if (Start.once())
      Then = "escapes the thread: std::terminate ends the process and every job it holds";
    else
      Then = "escapes the callback that '" + Start.Starter +
             "' runs: it ends the process or the timer, and with it every renewal";
    std::string Advice = Call.Renews ? "; catch everything in each round, and go on until the fence is lost"
                                     : "; catch everything in each round";
    report(Escape, Path.front(), Start, Path, "an exception from " + Call.What + " " + Then + Advice);
    return true;
  }

  void fence(const ThreadStart &Start, const std::vector<Step> &Path) {
    auto At = Lost.find(Path.back());
    if (At == Lost.end())
      return;
    for (const LostResult &R : At->second) {
      // The loss must be one of this callback's own, not of another caller.
      bool Own = llvm::is_contained(Path, R.At);
      if (Own)
        report(Fence, R.At, Start, Path,
               R.Subject + " " + R.How +
                   ": a lease that is lost looks renewed, and two workers run the job; stop the job "
                   "when the result says that the fence did not hold");
    }
  }

  void retriesInline(const ThreadStart &Start, const LockCall &Call, const std::vector<Step> &Path) {
    for (Step S : Path) {
      if (!retries(G, S))
        continue;
      const Site &At = G.site(S);
      report(Retry, S, Start, Path,
             (G.roles(At).attempts() ? "this call of '" + calleeName(G, At) + "'" : std::string("this loop")) +
                 " retries " + Call.What +
                 " inside the callback: the next round waits while the lease runs out; let the next round try again");
      return;
    }
  }

  void sleeps(const ThreadStart &Start) {
    const std::vector<Reached> &All = reached(Start.Callable);
    for (const Reached &R : All) {
      const Function &F = G.function(R.Function);
      for (unsigned I = 0; I < F.Sites.size(); ++I) {
        if (F.Sites[I].Reference || !isSleep(G, F.Sites[I]))
          continue;
        std::vector<Step> Path = pathTo(All, &R - All.data());
        Path.push_back({R.Function, I});
        report(Sleep, Path.back(), Start, Path,
               "'" + calleeName(G, F.Sites[I]) +
                   "' sleeps inside the callback that renews the lease: the timer's other "
                   "callbacks and the next renewal wait for it; return, and let the next round try again");
        return;
      }
    }
  }

  void wallClock(const ThreadStart &Start, const std::set<unsigned> &OnTheWay) {
    const std::vector<Reached> &All = reached(Start.Callable);
    for (const Reached &R : All) {
      if (!OnTheWay.count(R.Function))
        continue;
      const Function &F = G.function(R.Function);
      for (unsigned I = 0; I < F.Sites.size(); ++I) {
        if (!F.Sites[I].Measured || !G.roles(F.Sites[I]).WallClock.value_or(false))
          continue;
        std::vector<Step> Path = pathTo(All, &R - All.data());
        Path.push_back({R.Function, I});
        report(
            Clock, Path.back(), Start, Path,
            "the renewal's deadline is measured with '" + calleeName(G, F.Sites[I]) +
                "', a clock that somebody may set: "
                "a step of the clock makes a lost lease look held, or a held one lost; use std::chrono::steady_clock");
      }
    }
  }

  bool renewsOnThread(unsigned Callable) {
    for (const Reached &R : reached(Callable))
      if (auto At = Calls.find(R.Function); At != Calls.end())
        for (const LockCall &Call : At->second)
          if (Call.Renews)
            return true;
    return false;
  }

  /// A round that is started while the one before may still run.
  void overlaps(const ThreadStart &Start, const std::vector<ThreadStart> &All) {
    if (Start.In != Scope::Thread || !Start.once() || Start.keepsException() || !renewsOnThread(Start.Callable))
      return;
    const Function &F = G.function(Start.At.Function);
    const Site &At = G.site(Start.At);
    bool Paced = false;
    for (const Site &S : F.Sites) {
      if (isJoin(G, S))
        return;
      Paced |= isSleep(G, S) && S.LoopTo != 0 && S.LoopFrom == At.LoopFrom;
    }
    bool Loop = At.LoopTo != 0 && Paced;
    const ThreadStart *Timer = nullptr;
    for (const ThreadStart &Outer : All)
      if (!Timer && !Outer.once() && Outer.In == Scope::Thread)
        for (const Reached &R : reached(Outer.Callable))
          if (R.Function == Start.At.Function)
            Timer = &Outer;
    if (!Loop && !Timer)
      return;
    report(
        Overlap, Start.At, Start, {Start.At},
        "each round starts a thread of its own that renews the lease, and none waits for the one before: renewals that "
        "hang pile up and overlap; renew in one thread, round after round" +
            (Timer && !Loop ? " (the rounds are those of '" + Timer->Starter + "')" : std::string()));
  }

  /// Only where everything that could limit the statement's time is in sight.
  void timeLimit(const ThreadStart &Start, const LockCall &Call, const std::vector<Step> &Path) {
    if (!Call.IsStatement || !noTimeLimitAnywhere())
      return;
    for (const Reached &R : reached(Start.Callable))
      for (const Site &S : G.function(R.Function).Sites) {
        const Declaration *D = G.callee(S);
        if (D && D->TakesTimeout && !isSleep(G, S) && D->Name.find("condition_variable") == std::string::npos)
          return;
      }
    report(Timeout, Path.front(), Start, Path,
           Call.What +
               " has no time limit: no connection of the program sets statement_timeout or tcp_user_timeout, so the "
               "call hangs for as long as the network does, and the lease runs out meanwhile; set both on the "
               "connection that "
               "renews");
  }

  std::optional<bool> NoLimit;
  bool noTimeLimitAnywhere() {
    if (NoLimit)
      return *NoLimit;
    bool Connects = false, Limit = false;
    auto Look = [&](const Value &V) {
      V.forEach([&](const Value &Part) {
        llvm::StringRef Name = Part.Name;
        Limit |= Name.contains("statement_timeout") || Name.contains("tcp_user_timeout");
      });
    };
    for (const Function *F : G.functions())
      for (const Site &S : F->Sites) {
        for (const Value &A : S.Arguments)
          Look(A);
        std::optional<unsigned> Text = S.Reference ? std::nullopt : G.roles(S).Connects;
        if (!Text)
          continue;
        Connects = true;
        if (*Text >= S.Arguments.size() || S.Arguments[*Text].K != Value::Kind::Text)
          Limit = true; // who knows
      }
    for (const StatementUse &Use : G.statements())
      Look(Use.Text);
    NoLimit = Connects && !Limit;
    return *NoLimit;
  }

  void report(Shape Kind, Step At, const ThreadStart &Start, const std::vector<Step> &Path, std::string Message) {
    if (!Reported.emplace(At, Kind).second)
      return;
    Finding Out;
    Out.Check = "poolguard-worker-lock-renewal-shape";
    Out.At = G.site(At).At;
    Out.Function = G.function(At.Function).Name;
    Out.Message = std::move(Message);
    if (!(Start.At == At))
      Out.Path.push_back({G.site(Start.At).At, "'" + Start.Starter + "' runs the callback from here"});
    for (Step S : Path)
      if (!(S == Start.At))
        llvm::append_range(Out.Path, callNotes(G, S, At));
    Findings.push_back(std::move(Out));
  }
};

} // namespace

RenewalsOnThreads::RenewalsOnThreads(const ProgramGraph &Graph) {
  WorkerLockRenewalShape Rule(Graph, Findings, Stats);
  Rule.run();
  Dropped = Rule.dropped();
}

void workerLockRenewalShape(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats) {
  const auto &Known = Graph.derived<RenewalsOnThreads>();
  llvm::append_range(Findings, Known.Findings);
  Stats = Known.Stats;
}

} // namespace poolguard
