#include "rules/RetryScopes.h"

#include <deque>

#include "rules/Paths.h"

namespace poolguard {

static std::vector<Step> stepsOf(const Chain *C) {
  std::vector<Step> Out;
  for (; C; C = C->Next)
    Out.push_back(C->At);
  return Out;
}

std::optional<unsigned> retriesOf(const ProgramGraph &G, const Site &S) {
  if (S.Reference || S.Creates)
    return std::nullopt;
  return G.roles(S).attempts();
}

bool isOnlyStored(const ProgramGraph &G, const Edge &E) {
  const Step Last = E.Steps->last();
  const Site &S = G.site(Last);
  const Declaration *D = E.Runs ? nullptr : G.callee(S);
  if (!D || !D->Method || D->Defined)
    return false;
  llvm::StringRef Target = G.function(E.Target).Usr;
  bool HandedOn = false;
  for (const Value &A : S.Arguments)
    A.forEach([&](const Value &V) { HandedOn |= V.K == Value::Kind::Function && V.Name == Target; });
  return HandedOn;
}

static bool runsInTransaction(const FunctionRoles &Roles, std::optional<unsigned> Argument = std::nullopt) {
  return llvm::any_of(Roles.Runs, [&](const RunsRole &Run) {
    return Run.In == Scope::Transaction && (!Argument || Run.Argument == *Argument);
  });
}

static bool runsHere(const ProgramGraph &G, const Edge &E) {
  bool Elsewhere = E.Runs && (E.Runs->In == Scope::Thread || E.Runs->In == Scope::Workers);
  return !E.Creates && !Elsewhere && !isOnlyStored(G, E);
}

RetryScopes::RetryScopes(const ProgramGraph &Graph) : G(Graph) {
  Through.resize(G.functions().size());
  for (unsigned F = 0; F < G.functions().size(); ++F) {
    findLoops(F);
    findRoles(F);
    const Declaration *D = G.declarationOf(F);
    if (D && runsInTransaction(*D->Roles))
      TransactionOpeners.insert(F);
    for (const Edge &E : G.edges(F)) {
      if (E.Runs && E.Runs->In == Scope::Transaction)
        TransactionCallbacks.insert(E.Target);
      for (const Chain *C = E.Steps; C; C = C->Next)
        if (std::vector<const Edge *> &Known = Through[C->At.Function]; Known.empty() || Known.back() != &E)
          Known.push_back(&E);
    }
  }
  Touching.resize(G.functions().size());
  for (unsigned I = 0; I < Scopes.size(); ++I) {
    fill(Scopes[I]);
    Touching[Scopes[I].In].push_back(I);
    for (const auto &[F, How] : Scopes[I].Runs)
      if (F != Scopes[I].In)
        Touching[F].push_back(I);
  }
}

/// The scopes that have to do with a function on the way, in their order.
std::vector<unsigned> RetryScopes::touching(llvm::ArrayRef<Step> Steps) const {
  std::vector<unsigned> Out;
  for (Step S : Steps)
    llvm::append_range(Out, Touching[S.Function]);
  llvm::sort(Out);
  Out.erase(llvm::unique(Out), Out.end());
  return Out;
}

void RetryScopes::findLoops(unsigned F) {
  const Function &Fn = G.function(F);
  for (unsigned I = 0; I < Fn.Scopes.size(); ++I) {
    if (Fn.Scopes[I].K != CodeScope::Kind::RetryLoop)
      continue;
    RetryScope R;
    R.In = F;
    R.Index = I;
    R.Loop = &Fn.Scopes[I];
    R.Where = R.Loop->At;
    R.Attempts = R.Loop->Attempts;
    R.Name = "the retry loop in '" + Fn.Name + "'";
    Scopes.push_back(std::move(R));
  }
}

void RetryScopes::findRoles(unsigned F) {
  const Function &Fn = G.function(F);
  for (unsigned I = 0; I < Fn.Sites.size(); ++I) {
    const Site &S = Fn.Sites[I];
    const RunsRole *Run = S.Reference || S.Creates ? nullptr : G.roles(S).retriedRun();
    if (!Run)
      continue;
    RetryScope R;
    R.K = RetryScope::Kind::Callable;
    R.In = F;
    R.Index = I;
    R.Where = S.At;
    R.Attempts = Run->Attempts;
    R.Name = "a retry by '" + calleeName(G, S) + "'";
    Scopes.push_back(std::move(R));
  }
  const Declaration *D = G.declarationOf(F);
  if (!D || !D->Roles->Retries)
    return;
  RetryScope R;
  R.K = RetryScope::Kind::Function;
  R.In = F;
  R.Where = Fn.At;
  R.Attempts = *D->Roles->Retries;
  R.Name = "'" + Fn.Name + "', which retries";
  Scopes.push_back(std::move(R));
}

bool RetryScopes::isIn(const RetryScope &R, Step S) const {
  if (R.K != RetryScope::Kind::Loop || S.Function != R.In)
    return false;
  const std::vector<unsigned> &In = G.site(S).Scopes;
  return std::find(In.begin(), In.end(), R.Index) != In.end();
}

void RetryScopes::fill(RetryScope &R) {
  std::deque<unsigned> Work;
  auto Enter = [&](unsigned Target, RetriedFunction How) {
    How.InTransaction |= TransactionOpeners.count(Target) != 0; // what it runs itself makes the transaction
    if (R.Runs.emplace(Target, std::move(How)).second)
      Work.push_back(Target);
  };
  auto RunsInTransaction = [](const Edge &E) { return E.Runs && E.Runs->In == Scope::Transaction; };

  if (R.K == RetryScope::Kind::Function)
    Enter(R.In, {});
  // Who calls a function with the role is in that retry; the loop that it is made of is no other.
  const Declaration *Own = G.declarationOf(R.In);
  bool Implements = R.K == RetryScope::Kind::Loop && Own && Own->Roles->retriedRun();
  for (const Edge *E : R.K == RetryScope::Kind::Function ? std::vector<const Edge *>() : Through[R.In]) {
    if (!runsHere(G, *E))
      continue;
    std::vector<Step> Steps = stepsOf(E->Steps);
    if (Implements && Steps.front().Function != R.In)
      continue;
    RetriedFunction How;
    How.InTransaction = RunsInTransaction(*E);
    if (R.K == RetryScope::Kind::Callable) {
      if (!E->Runs || E->Runs->In != Scope::Retry || !(Steps.back() == Step{R.In, R.Index}))
        continue;
      How.Inside = Steps.size();
      // A function may retry a transaction that it opens itself.
      How.InTransaction |= runsInTransaction(G.roles(G.site(Steps.back())), E->Runs->Argument);
      How.Path = std::move(Steps);
      Enter(E->Target, std::move(How));
      continue;
    }
    for (size_t I = 0; I < Steps.size(); ++I) {
      if (!isIn(R, Steps[I]))
        continue;
      // Of a callable that was handed to the loop, what is tried again is the callable itself.
      How.Inside = G.site(Steps[I]).Callee.empty() ? Steps.size() : I;
      How.Path = std::move(Steps);
      Enter(E->Target, std::move(How));
      break;
    }
  }
  while (!Work.empty()) {
    unsigned F = Work.front();
    Work.pop_front();
    for (const Edge &E : G.edges(F)) {
      if (!runsHere(G, E))
        continue;
      RetriedFunction How = R.Runs.at(F);
      std::vector<Step> More = stepsOf(E.Steps);
      How.Path.insert(How.Path.end(), More.begin(), More.end());
      How.InTransaction |= RunsInTransaction(E);
      Enter(E.Target, std::move(How));
    }
  }
}

std::vector<RetriedStatement> RetryScopes::around(const StatementUse &Use) const {
  std::vector<RetriedStatement> Out;
  std::vector<Step> Steps = stepsOf(Use.Path);
  auto OpensTransaction = [&](size_t From) {
    return std::any_of(Steps.begin() + std::min(From, Steps.size()), Steps.end(), [&](Step S) {
      return TransactionCallbacks.count(S.Function) != 0 || TransactionOpeners.count(S.Function) != 0;
    });
  };
  for (unsigned Index : touching(Steps)) {
    const RetryScope &R = Scopes[Index];
    RetriedStatement S;
    S.Retry = &R;
    if (auto At = R.Runs.find(Steps.front().Function); At != R.Runs.end()) {
      S.Path = At->second.Path;
      S.Path.insert(S.Path.end(), Steps.begin(), Steps.end());
      S.InTransaction = At->second.InTransaction || OpensTransaction(1);
      Out.push_back(std::move(S));
      continue;
    }
    // The text was settled outside of the retry; the statement is in it when its path leads through it.
    for (size_t I = 0; I < Steps.size(); ++I) {
      bool Last = I + 1 == Steps.size();
      bool RunsIt = R.K == RetryScope::Kind::Callable && Steps[I] == Step{R.In, R.Index} && !Last;
      // Where a lambda is made, or given to what holds callables, it doesn't run yet; the retry of this function runs
      // it.
      const Site &S0 = G.site(Steps[I]);
      bool Direct = Last || S0.Virtual || (!S0.Creates && S0.Callee == G.function(Steps[I + 1].Function).Usr);
      auto Made = Direct ? R.Runs.end() : R.Runs.find(Steps[I + 1].Function);
      if (Made != R.Runs.end() && !Made->second.Path.empty() &&
          Made->second.Path.front().Function == Steps[I].Function) {
        S.Path = Made->second.Path;
        S.Path.insert(S.Path.end(), Steps.begin() + I + 1, Steps.end());
        S.InTransaction = Made->second.InTransaction || OpensTransaction(I + 2);
      } else if (isIn(R, Steps[I]) || RunsIt) {
        S.Path.assign(Steps.begin() + I, Steps.end());
        S.InTransaction = OpensTransaction(RunsIt ? I + 2 : I + 1);
        if (RunsIt)
          S.InTransaction |= runsInTransaction(G.roles(S0), G.roles(S0).retriedRun()->Argument);
      } else {
        continue;
      }
      Out.push_back(std::move(S));
      break;
    }
  }
  return Out;
}

std::vector<Note> callNotes(const ProgramGraph &G, const RetryScope &R, llvm::ArrayRef<Step> Path, Step FindingAt) {
  std::vector<Step> Calls;
  llvm::copy_if(Path, std::back_inserter(Calls), [&](Step S) { return !(G.site(S).At == R.Where); });
  return callNotes(G, Calls, FindingAt);
}

Note retryNote(const RetryScope &R) {
  std::string Text = R.K == RetryScope::Kind::Loop ? "the retry loop is here" : "the retry is here";
  if (R.Attempts)
    Text += ", with up to " + std::to_string(R.Attempts) + (R.Attempts == 1 ? " attempt" : " attempts");
  return {R.Where, std::move(Text)};
}

} // namespace poolguard
