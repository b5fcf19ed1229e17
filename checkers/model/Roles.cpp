//===- Roles.cpp - What a declaration means to the guards -----------------===//

#include "model/Roles.h"

namespace poolguard {

namespace {

template <typename T> void take(std::optional<T> &Into, const std::optional<T> &Later) {
  if (Later)
    Into = Later;
}

} // namespace

bool FunctionRoles::empty() const {
  return !Executes && !Returns && Runs.empty() && !Retries && !LockPath && !Fenced && !Blocks && !LegacyConnection &&
         !Logs && !TryLock && !WallClock && !Rows && !EndsTransaction && !Releases && !SessionState && !Prepares &&
         !Connects;
}

const RunsRole *FunctionRoles::retriedRun() const {
  for (const RunsRole &Run : Runs)
    if (Run.In == Scope::Retry)
      return &Run;
  return nullptr;
}

std::optional<unsigned> FunctionRoles::attempts() const {
  if (Retries)
    return Retries;
  const RunsRole *Run = retriedRun();
  return Run ? std::optional(Run->Attempts) : std::nullopt;
}

void FunctionRoles::mergeFrom(const FunctionRoles &Later) {
  take(Executes, Later.Executes);
  if (Later.Returns) {
    Returns = Later.Returns;
    ReturnsAutocommit = Later.ReturnsAutocommit;
  }
  if (!Later.Runs.empty())
    Runs = Later.Runs;
  take(Retries, Later.Retries);
  take(LockPath, Later.LockPath);
  take(Fenced, Later.Fenced);
  take(Blocks, Later.Blocks);
  take(LegacyConnection, Later.LegacyConnection);
  take(Logs, Later.Logs);
  take(TryLock, Later.TryLock);
  take(WallClock, Later.WallClock);
  take(Rows, Later.Rows);
  take(EndsTransaction, Later.EndsTransaction);
  take(Releases, Later.Releases);
  take(SessionState, Later.SessionState);
  take(Prepares, Later.Prepares);
  if (Later.Connects) {
    Connects = Later.Connects;
    ConnectsOr = Later.ConnectsOr;
  }
}

bool TypeRoles::empty() const {
  return !On && !TransactionOn && !Autocommit && !CommitsAtEnd && !IsConnection && !NamesPrepared;
}

void TypeRoles::mergeFrom(const TypeRoles &Later) {
  take(On, Later.On);
  take(TransactionOn, Later.TransactionOn);
  take(Autocommit, Later.Autocommit);
  take(CommitsAtEnd, Later.CommitsAtEnd);
  take(IsConnection, Later.IsConnection);
  take(NamesPrepared, Later.NamesPrepared);
}

} // namespace poolguard
