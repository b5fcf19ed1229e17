//===- Facts.h - What a SQL text does ---------------------------*- C++ -*-===//
//
// The rules' only view of SQL. The text is read by PostgreSQL's own parser (libpg_query); nothing here looks at SQL
// with patterns. A text with holes (a value the extractor could not know) is parsed with each hole as a parameter and,
// where the grammar wants something else there, as a name, as nothing, and so on; `Partial` then says that the facts
// may lack something. A name with a hole keeps the hole: `jobs_` + x is the table "jobs_\x01". The placeholders `?` and
// `:name` of other drivers are read as parameters where PostgreSQL's own reading of them is an error.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "llvm/ADT/StringRef.h"

namespace poolguard::sql {

/// The character that stands for a hole in a SQL template (never legal in SQL text that PostgreSQL accepts from C++).
inline constexpr char Hole = '\x01';

enum class StatementKind {
  Select,
  Insert,
  Update,
  Delete,
  Merge,
  Copy,
  Truncate,
  Begin,
  Commit,
  Rollback,
  Savepoint, // also RELEASE and ROLLBACK TO
  Set,       // SET and RESET of a setting
  Show,
  Listen,
  Unlisten,
  Notify,
  Prepare,
  Execute,
  Deallocate,
  Discard,
  Load,
  DeclareCursor,
  Fetch,
  CloseCursor,
  LockTable,
  Vacuum,
  CreateTable, // also CREATE TABLE AS and SELECT INTO
  CreateIndex,
  OtherDdl,
  Do,
  Call,
  Other,
};

/// The kind's name in lower case, as in `create-table`.
llvm::StringRef name(StatementKind K);

/// A table as written; `Schema` is empty when it is not qualified.
struct Table {
  std::string Schema, Name;
  friend bool operator==(const Table &, const Table &) = default;
};

/// What stands on the right of an assignment or a comparison.
enum class OperandKind { Null, Constant, Parameter, Column, Now, Expression };

/// `Text` is a constant's value, a parameter's number, a column's name (alias left out), or empty; casts are left out.
/// A list (`IN (1, 2)`) whose members are all of one kind has that kind and their texts joined by ", ". `Now` covers
/// now(), current_timestamp, clock_timestamp() and their kin, with or without an interval added or taken. `Columns` are
/// all columns that occur in the operand, those of subqueries left out.
struct Operand {
  OperandKind Kind = OperandKind::Expression;
  std::string Text;
  std::vector<std::string> Columns;
};

/// One conjunct `Column Op operand` of a WHERE or JOIN condition (AND is flattened, `IN`/`= ANY` have Op "in",
/// IS NULL / IS NOT NULL have Op "is null" / "is not null"; a comparison written the other way round is turned, so that
/// the target's column is on the left; rows are compared column by column; a NOT is carried into the comparisons).
/// A comparison without a column is left out.
struct Predicate {
  std::string Column, Op;
  Operand Right;
  bool UnderOr = false;      // below an OR, a NOT that can't be carried in, or an outer join's ON: need not hold
  bool OtherTable = false;   // the column is qualified by a table that is not the query's target
  bool InExpression = false; // the column is part of a larger expression, as in `coalesce(lock_until, $1) < now()`
};

/// One column that a query writes. A MERGE has those of all its WHEN clauses.
struct Assignment {
  std::string Column;
  Operand Value;
  bool OnConflict = false; // from ON CONFLICT DO UPDATE or MERGE's WHEN MATCHED: it changes a row that exists
};

/// FOR UPDATE and its weaker forms.
struct RowLock {
  enum class Wait { Block, SkipLocked, Nowait } Policy = Wait::Block;
  bool ForUpdate = false; // or FOR NO KEY UPDATE; false: FOR SHARE / FOR KEY SHARE
  std::vector<Table> Of;  // the tables of the FROM clause it locks
};

/// One INSERT, UPDATE, DELETE, MERGE or row-reading SELECT, wherever it stands in the statement (top level, CTE,
/// subquery). A statement has them in source order, outermost last.
struct Query {
  StatementKind Kind = StatementKind::Select;
  Table Target;                 // what is written; for SELECT the first table of FROM
  std::vector<Table> Reads;     // FROM, USING and JOIN tables; the names of CTEs left out
  std::vector<Assignment> Set;  // UPDATE SET, INSERT columns with their values, ON CONFLICT DO UPDATE SET
  std::vector<Predicate> Where; // for an INSERT, that of ON CONFLICT DO UPDATE
  bool HasWhere = false, HasLimit = false, HasOrderBy = false, HasReturning = false;
  bool OnConflict = false; // INSERT ... ON CONFLICT
  bool InCte = false;
  std::vector<RowLock> Locks;
};

/// What about the statement needs the same session later (docs/checks/session-state-on-transaction-lane.md). `Detail`
/// is the setting's, channel's, function's or relation's name.
enum class SessionState {
  Set,          // SET / SET SESSION / RESET / set_config(..., false); not SET LOCAL, not SET TRANSACTION
  SetRole,      // SET ROLE, SET SESSION AUTHORIZATION
  Listen,       // LISTEN, UNLISTEN
  Prepare,      // PREPARE, EXECUTE, DEALLOCATE
  HoldCursor,   // DECLARE ... WITH HOLD, CLOSE ALL
  TempRelation, // temporary table that is not ON COMMIT DROP, temp view, temp sequence
  Load,
  AdvisoryLock,  // pg_advisory_lock and kin at session level, and their unlocks
  SequenceState, // currval, lastval
  Discard,
};

/// A part of the text, in bytes.
struct Extent {
  unsigned Offset = 0, Length = 0;
};

struct SessionUse {
  SessionState State;
  std::string Detail;
  bool Try = false; // pg_try_advisory_lock: the result says whether it was taken
  /// The construct's keyword or name, which a fix-it can replace: `SET` or `SET SESSION` (by SET LOCAL), the whole
  /// `SET SESSION CHARACTERISTICS AS TRANSACTION` (by SET TRANSACTION), a function's or relation's name, `LISTEN`, ...
  unsigned Offset = 0;
  unsigned Length = 0;
  /// set_config: the constant that is its third argument; DECLARE: the words WITH HOLD.
  std::optional<Extent> Argument;
};

struct Statement {
  StatementKind Kind = StatementKind::Other;
  std::vector<Query> Queries;
  std::vector<SessionUse> Session;
  std::vector<std::string> Functions; // every function that is called, lower case, schema left out
  std::string CreatesType;            // the type, enumeration or domain that it creates, schema left out
  std::vector<std::string> CastsTo;   // the types of its casts, schema left out
  bool Local = false;                 // SET LOCAL, set_config(..., true)
  bool Concurrently = false;          // CREATE/DROP INDEX CONCURRENTLY, REINDEX CONCURRENTLY, REFRESH ... CONCURRENTLY
  bool NotInTransactionBlock = false; // VACUUM, CREATE DATABASE, ALTER SYSTEM, ... CONCURRENTLY and kin
  bool Writes = false;                // changes rows or schema (DO and CALL may, and count as if they did)
};

/// The facts of one SQL text. `Error` is the parser's message when the text can't be parsed even with holes filled;
/// `Statements` is then empty.
struct Facts {
  std::vector<Statement> Statements;
  bool Partial = false;
  std::optional<std::string> Error;
  unsigned ErrorOffset = 0;
};

/// Parses `Text`, up to the first NUL if it has one. Thread-safe; holds no state; never throws, whatever the text.
Facts parse(llvm::StringRef Text);

} // namespace poolguard::sql
