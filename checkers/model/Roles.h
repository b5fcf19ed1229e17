//===- Roles.h - What a declaration means to the guards ---------*- C++ -*-===//
//
// Roles are the guards' whole knowledge of a library. They come from presets, from `.poolguard.yaml`, and from
// annotations in the code; the later wins, key by key. docs/roles.md is the reference.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace poolguard {

/// How a statement reaches the server (docs/terms.md).
enum class Lane {
  Unknown,
  Transaction, // through a transaction-mode pool
  Session,     // a direct or session-mode connection
  Tx,          // the connection of the transaction that is open
  Connection, // in a role only: the lane of the object the function is called on, or of the connection it was made with
};

enum class Scope { Transaction, Retry, Thread, Workers };

struct ExecutesRole {
  Lane On = Lane::Unknown;
  std::optional<unsigned>
      Sql; // the argument with the SQL text; absent when there is none (a prepared statement's name)
  std::vector<unsigned> SqlOr;      // where it is in overloads that have no text in argument `Sql`: the first that fits
  std::optional<unsigned> Prepared; // the argument with the name of the prepared statement that it runs
  bool Autocommit = false;          // every statement commits on its own, and the next may run on another connection
  std::string Direct; // the member or function that runs the same on the session lane; empty if there is none
  /// The argument that holds the connection when `On` is Lane::Connection; absent: the object itself.
  std::optional<unsigned> ConnectionArgument;
};

/// What gives a statement a name, by which it is run later.
struct PreparesRole {
  unsigned Name = 0, Sql = 1; // arguments
};

struct RunsRole {
  unsigned Argument = 0;
  Scope In = Scope::Retry;
  Lane On = Lane::Unknown; // with Scope::Transaction
  unsigned Attempts = 0;   // with Scope::Retry; 0: not known
  /// With Scope::Thread and Scope::Workers: what the callable throws ends the callable and no more; the task keeps it
  /// for whoever asks for its result.
  bool KeepsException = false;
};

/// All that is known of one function. Absent members are not known, as opposed to known to be false.
struct FunctionRoles {
  std::optional<ExecutesRole> Executes;
  std::optional<Lane> Returns;
  /// With Returns: what it returns is of a transaction's type, but commits every statement on its own.
  std::optional<bool> ReturnsAutocommit;
  std::vector<RunsRole> Runs;
  std::optional<unsigned> Retries; // attempts; 0: retries, but how often isn't known
  std::optional<bool> LockPath, Fenced, Blocks, LegacyConnection, Logs;
  /// Its result says whether a lock was taken.
  std::optional<bool> TryLock;
  /// Returns the time of a clock that somebody may set.
  std::optional<bool> WallClock;
  /// What it does about the number of rows of a statement: "checked": throws unless it is the expected one; "ignored":
  /// takes the statement's result and tells nothing of the rows (PQclear).
  std::optional<std::string> Rows;
  /// Ends the transaction it is called on: "commit" or "abort".
  std::optional<std::string> EndsTransaction;
  /// Hands the connection in this argument, or (ItsObject) the handle it is called on, back to its pool.
  std::optional<int> Releases;
  static constexpr int ItsObject = -1; // as Value::This
  /// Does something that needs the session to stay the same (listen, prepare, ...): the name of the session state, as
  /// in the SQL facts ("set", "listen", "prepare", "hold-cursor").
  std::optional<std::string> SessionState;
  std::optional<PreparesRole> Prepares;
  /// The argument with a connection string: opens a connection with those startup parameters.
  std::optional<unsigned> Connects;
  std::vector<unsigned> ConnectsOr; // as ExecutesRole::SqlOr

  bool empty() const;
  /// How it retries what it runs; null where it doesn't.
  const RunsRole *retriedRun() const;
  /// How often it tries what it does, or what it runs; 0: not known. Nothing where it doesn't retry.
  std::optional<unsigned> attempts() const;
  /// Takes every member that `Later` has, keeping the rest.
  void mergeFrom(const FunctionRoles &Later);
};

struct TypeRoles {
  std::optional<Lane> On;
  /// The type is an open transaction from construction to its end; the argument of its constructor with the connection.
  std::optional<unsigned> TransactionOn;
  /// With TransactionOn: every statement commits on its own (pqxx::nontransaction).
  std::optional<bool> Autocommit;
  /// With TransactionOn: it commits when it is destroyed (drogon), where others roll back.
  std::optional<bool> CommitsAtEnd;
  /// The type is a connection to the server.
  std::optional<bool> IsConnection;
  /// An object is the name of a prepared statement, where a function may also take a SQL text (pqxx::prepped).
  std::optional<bool> NamesPrepared;

  bool empty() const;
  void mergeFrom(const TypeRoles &Later);
};

/// A table that holds leases, by the names of its columns.
struct LeaseTable {
  std::string Table, State, Epoch, Expires;
};

struct AllowEntry {
  std::string Check, Path, Symbol, Reason,
      Until;        // Until: YYYY-MM-DD or empty; Path: glob relative to the config's folder
  std::string File; // where the entry stands
  unsigned Line = 0;
};

} // namespace poolguard
