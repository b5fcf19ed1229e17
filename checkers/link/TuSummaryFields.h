//===- TuSummaryFields.h - The fields of a summary --------------*- C++ -*-===//
//
// What is stored of a TU (see Packed.h), in the order in which it is stored.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "link/SummaryFields.h"

namespace poolguard {

template <> struct LastOf<Scope> {
  static constexpr Scope Last = Scope::Workers;
};
template <> struct LastOf<Value::Kind> {
  static constexpr Value::Kind Last = Value::Kind::Prepared;
};
template <> struct LastOf<ResultUse> {
  static constexpr ResultUse Last = ResultUse::NoResult;
};
template <> struct LastOf<TextSink> {
  static constexpr TextSink Last = TextSink::Exception;
};
template <> struct LastOf<CodeScope::Kind> {
  static constexpr CodeScope::Kind Last = CodeScope::Kind::Try;
};
template <> struct LastOf<FlowFact::Kind> {
  static constexpr FlowFact::Kind Last = FlowFact::Kind::CopyableGuard;
};
template <> struct LastOf<Access::Kind> {
  static constexpr Access::Kind Last = Access::Kind::Await;
};
template <> struct LastOf<Access::Sort> {
  static constexpr Access::Sort Last = Access::Sort::Container;
};
template <> struct LastOf<Place::Root> {
  static constexpr Place::Root Last = Place::Root::Outside;
};

inline bool absent(const Value &V) { return V == Value(); }

template <class Archive> void describe(Archive &A, Value &V) {
  auto &[K, On, Index, Name, Parts] = V;
  A("kind", K);
  A("lane", On);
  A("index", Index);
  A("name", Name);
  A("parts", Parts);
}

template <class Archive> void describe(Archive &A, ExecutesRole &V) {
  auto &[On, Sql, SqlOr, Prepared, Autocommit, Direct, ConnectionArgument] = V;
  A("lane", On);
  A("sql", Sql);
  A("sql-or", SqlOr);
  A("prepared", Prepared);
  A("autocommit", Autocommit);
  A("direct", Direct);
  A("connection-argument", ConnectionArgument);
}

template <class Archive> void describe(Archive &A, PreparesRole &V) {
  auto &[Name, Sql] = V;
  A("name", Name);
  A("sql", Sql);
}

template <class Archive> void describe(Archive &A, RunsRole &V) {
  auto &[Argument, In, On, Attempts, KeepsException] = V;
  A("argument", Argument);
  A("in", In);
  A("lane", On);
  A("attempts", Attempts);
  A("keeps-exception", KeepsException);
}

/// As SharedRoles, which holds none that are empty.
inline bool absent(const FunctionRoles &V) { return V.empty(); }

template <class Archive> void describe(Archive &A, FunctionRoles &V) {
  auto &[Executes, Returns, ReturnsAutocommit, Runs, Retries, LockPath, Fenced, Blocks, LegacyConnection, Logs, TryLock,
         WallClock, Rows, EndsTransaction, Releases, SessionState, Prepares, Connects, ConnectsOr] = V;
  A("executes", Executes);
  A("returns", Returns);
  A("returns-autocommit", ReturnsAutocommit);
  A("runs", Runs);
  A("retries", Retries);
  A("lock-path", LockPath);
  A("fenced", Fenced);
  A("blocks", Blocks);
  A("legacy-connection", LegacyConnection);
  A("logs", Logs);
  A("try-lock", TryLock);
  A("wall-clock", WallClock);
  A("rows", Rows);
  A("ends-transaction", EndsTransaction);
  A("releases", Releases);
  A("session-state", SessionState);
  A("prepares", Prepares);
  A("connects", Connects);
  A("connects-or", ConnectsOr);
}

template <class Archive> void describe(Archive &A, LeaseTable &V) {
  auto &[Table, State, Epoch, Expires] = V;
  A("table", Table);
  A("state", State);
  A("epoch", Epoch);
  A("expires", Expires);
}

template <class Archive> void describe(Archive &A, LiteralArgument &V) {
  auto &[Argument, At] = V;
  A("argument", Argument);
  A("at", At);
}

template <class Archive> void describe(Archive &A, OpenedTransaction &V) {
  auto &[Entity, Name, At, Autocommit, Scopes, Connection] = V;
  A("entity", Entity);
  A("name", Name);
  A("at", At);
  A("autocommit", Autocommit);
  A("scopes", Scopes);
  A("connection", Connection);
}

template <class Archive> void describe(Archive &A, CodeScope &V) {
  auto &[K, At, Attempts, UnknownOutcome, Entity, Name, Autocommit, ByText, Connection, CatchesAll, Rethrows, GoesOn,
         From, To] = V;
  A("kind", K);
  A("at", At);
  A("attempts", Attempts);
  A("unknown-outcome", UnknownOutcome);
  A("entity", Entity);
  A("name", Name);
  A("autocommit", Autocommit);
  A("by-text", ByText);
  A("connection", Connection);
  A("catches-all", CatchesAll);
  A("rethrows", Rethrows);
  A("goes-on", GoesOn);
  A.offset("from", From);
  A.offset("to", To);
}

template <class Archive> void describe(Archive &A, FlowFact &V) {
  auto &[K, At, Related, Entity, Name, Site, Argument] = V;
  A("kind", K);
  A("at", At);
  A("related", Related);
  A("entity", Entity);
  A("name", Name);
  A("site", Site);
  A("argument", Argument);
}

template <class Archive> void describe(Archive &A, SourceEdit &V) {
  auto &[At, Length, Replacement] = V;
  A("at", At);
  A("length", Length);
  A("replacement", Replacement);
}

template <class Archive> void describe(Archive &A, Place &V) {
  auto &[From, Parameter, Variable, Owner, Fields, Name, DeclaredAt] = V;
  A("from", From);
  A("parameter", Parameter);
  A("variable", Variable);
  A("owner", Owner);
  A("fields", Fields);
  A("name", Name);
  A("declared-at", DeclaredAt);
}

template <class Archive> void describe(Archive &A, Access &V) {
  auto &[K, Of, At, On, Atomic, Picks, Rechecked, From, Guard, SuspendedAt, OneStep, Scopes] = V;
  A("kind", K);
  A("of", Of);
  A("at", At);
  A("on", On);
  A("atomic", Atomic);
  A("picks", Picks);
  A("rechecked", Rechecked);
  A("from", From);
  A("guard", Guard);
  A("suspended-at", SuspendedAt);
  A("one-step", OneStep);
  A("scopes", Scopes);
}

template <class Archive> void describe(Archive &A, GivenPlace &V) {
  auto &[Argument, At, Uses] = V;
  A("argument", Argument);
  A("at", At);
  A("uses", Uses);
}

template <class Archive> void describe(Archive &A, Site &V) {
  auto &[At, NameAt, NameLength, Callee, Through, Virtual, Object, Arguments, Literals, Sink, Makes, HasDirect, Result,
         ResultIn, Measured, LoopFrom, LoopTo, BlockTo, Creates, Reference, Entity, ObjectAt, ObjectLength, Handle,
         UnstableKey, Given, Awaited, Scopes] = V;
  A("at", At);
  A("name-at", NameAt);
  A("name-length", NameLength);
  A("callee", Callee);
  A("through", Through);
  A("virtual", Virtual);
  A("object", Object);
  A("arguments", Arguments);
  A("literals", Literals);
  A("sink", Sink);
  A("makes", Makes);
  A("has-direct", HasDirect);
  A("result", Result);
  A("result-in", ResultIn);
  A("measured", Measured);
  A.offset("loop-from", LoopFrom);
  A.offset("loop-to", LoopTo);
  A.offset("block-to", BlockTo);
  A("creates", Creates);
  A("reference", Reference);
  A("entity", Entity);
  A("object-at", ObjectAt);
  A("object-length", ObjectLength);
  A("handle", Handle);
  A("unstable-key", UnstableKey);
  A("given", Given);
  A("awaited", Awaited);
  A("scopes", Scopes);
}

template <class Archive> void describe(Archive &A, Function &V) {
  auto &[Usr, Name, At, Sites, Scopes, Flow, Opens, MakesConnection, Accesses, Returns, Parent, Pattern] = V;
  A("usr", Usr);
  A("name", Name);
  A("at", At);
  A("sites", Sites);
  A("scopes", Scopes);
  A("flow", Flow);
  A("opens", Opens);
  A("makes-connection", MakesConnection);
  A("accesses", Accesses);
  A("returns", Returns);
  A("parent", Parent);
  A("pattern", Pattern);
}

template <class Archive> void describe(Archive &A, Declaration &V) {
  auto &[Name, At, Roles, Overrides, Defined, OnTransaction, Method, NoThrow, TakesTimeout, TakesStopToken] = V;
  A("name", Name);
  A("at", At);
  A("roles", Roles);
  A("overrides", Overrides);
  A("defined", Defined);
  A("on-transaction", OnTransaction);
  A("method", Method);
  A("no-throw", NoThrow);
  A("takes-timeout", TakesTimeout);
  A("takes-stop-token", TakesStopToken);
}

template <class Archive> void describe(Archive &A, TuSummary &V) {
  auto &[MainFile, Functions, Declarations, Globals, FieldBindings, Leases, Allow, Entries, Suppressions] = V;
  A.path("main-file", MainFile);
  A("functions", Functions);
  A("declarations", Declarations);
  A("globals", Globals);
  A("field-bindings", FieldBindings);
  A("leases", Leases);
  A("allow", Allow);
  A("entries", Entries);
  A("suppressions", Suppressions);
}

} // namespace poolguard
