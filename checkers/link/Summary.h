//===- Summary.h - What one translation unit holds --------------*- C++ -*-===//
//
// The extractor's result and the linker's input: for every function of the TU the sites that the rules care about, and
// what it calls. Entities are named by USR; what has internal linkage carries its TU in the name.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <map>
#include <string>
#include <vector>

#include "link/Location.h"
#include "link/Value.h"
#include "model/SharedRoles.h"

namespace poolguard {

/// What happens to the result of a call.
enum class ResultUse : uint8_t {
  Used,     // somebody looks at it, or it is stored where that can't be told
  Dropped,  // nobody does: discarded, cast to void, or given only to what tells nothing of it (role `rows: ignored`)
  Unread,   // stored in a variable that nobody looks at
  Returned, // the function returns it: its callers know
  NoResult,
};

/// Where a call puts the text of its arguments, beside what a role `logs` says.
enum class TextSink : uint8_t { None, Stream, Exception };

/// An argument that is one string literal in the source, without escapes: its text stands there byte for byte.
struct LiteralArgument {
  unsigned Argument = 0;
  Location At; // of the text's first byte
};

/// A transaction object that is made in a function.
struct OpenedTransaction {
  SharedText Entity, Name; // USR, and as written
  Location At;
  bool Autocommit = false;      // every statement commits on its own
  std::vector<unsigned> Scopes; // as of a site: the loops and try blocks it is made in
  Value Connection;             // what it was opened on
};

/// A stretch of a function's code with a property. The sites in it name it by index.
struct CodeScope {
  enum class Kind : uint8_t {
    RetryLoop,   // a loop that tries again what failed
    Transaction, // a transaction object is open
    Lock,        // a mutex is held
    Try,         // the block of a try statement
  };
  Kind K = Kind::Try;
  Location At;
  unsigned Attempts = 0; // RetryLoop; 0: not known
  /// RetryLoop: the handler that tries again although the server may have done the work: `pqxx::in_doubt_error`, a base
  /// of it, or `...`. Empty when there is none.
  SharedText UnknownOutcome;
  SharedText Entity;         // USR of the transaction object, or of the mutex
  SharedText Name;           // the same as written, for messages
  bool Autocommit = false;   // Transaction: every statement commits on its own
  bool ByText = false;       // Transaction: BEGIN and its end are statements; `Name` is the connection's
  Value Connection;          // Transaction: what it was opened on
  bool CatchesAll = false;   // Try: a handler takes std::exception or everything
  bool Rethrows = false;     // Try: that handler may throw again
  bool GoesOn = false;       // Try: block and a handler do nothing but call, and the code after it runs
  unsigned From = 0, To = 0; // Try: offsets of the whole statement in its file
};

/// What only the control flow of the function tells. The rules give it words.
struct FlowFact {
  enum class Kind : uint8_t {
    StatementAfterEnd,       // At: a call given a transaction that is committed or aborted; Related: the end
    EndsUncommitted,         // At: a transaction that is destroyed without commit on every normal path
    ReleasedWithTransaction, // At: a call given a connection while Related, a transaction on it, is open; or, with the
                             // argument `Dies`, the connection's handle, which is destroyed before the transaction
    LeakedOnReturn,          // At: the acquisition; Related: the return that misses the release
    LeakedOnException,       // At: the acquisition; Related: the call that may throw past the release
    ReleasedTwice,           // At: the second release; Related: the first
    ReturnsOpen,             // At: a BEGIN that some paths end; Related: the return of one that doesn't
    CopyableGuard,           // At: a class whose destructor releases and that can be copied; Related: the release
  };
  /// Which operand of the site the entity is, where it isn't an argument.
  static constexpr int Object = -1, Dies = -2;
  Kind K = Kind::StatementAfterEnd;
  Location At, Related;
  SharedText Entity, Name; // the transaction or connection: USR, and as written
  unsigned Site = ~0u;     // the site at `At`, where there is one
  int Argument = Object;   // which operand of that site the entity is
};

/// An edit of the source: replaces `Length` bytes at `At.Offset`.
struct SourceEdit {
  Location At;
  unsigned Length = 0;
  std::string Replacement;
};

/// A variable or field that threads may share, as the function at hand names it: `queue_`, `pool->next`, `connection`.
struct Place {
  enum class Root : uint8_t {
    Own,       // a local of the function itself
    Parameter, // a reference or pointer that it was given
    This,      // the object of the method, also in its lambdas
    Outside,   // a global, or a variable that the lambda captured
  };
  Root From = Root::Own;
  unsigned Parameter = 0; // Root::Parameter: which
  SharedText Variable;    // USR of the root; empty for This
  SharedText Owner;       // Outside: USR of the function whose local that is; empty for a global
  SharedText Fields;      // `.` and a USR for each field on the way from the root
  SharedText Name;        // of the variable, or of the last field
  Location DeclaredAt;    // the root; invalid for This
  friend bool operator==(const Place &A, const Place &B) { return A.Variable == B.Variable && A.Fields == B.Fields; }
};

/// A read or write of a variable that other threads may reach.
struct Access {
  enum class Kind : uint8_t {
    Read,
    Write,
    ReadModifyWrite, // in one expression: ++, +=, fetch_add, exchange, compare_exchange
    Await,           // not an access: a suspension point between accesses
  };
  /// What the variable is to those who share work by it.
  enum class Sort : uint8_t { Other, Counter, Flag, Container };
  static constexpr unsigned None = ~0u;

  Kind K = Kind::Read;
  Sort Of = Sort::Other;
  Location At;
  Place On;
  bool Atomic = false;    // a std::atomic
  bool Picks = false;     // read: chooses what is worked on (an index, a key)
  bool Rechecked = false; // read-modify-write: its result is compared, or not used at all
  /// Write: the read, by its index in Function::Accesses, whose value it is computed from.
  unsigned From = None;
  /// A read of the same variable in a condition under which this runs. A write has one only when it is the first thing
  /// that the branch does.
  unsigned Guard = None;
  Location SuspendedAt;            // write: a place where the coroutine may suspend between `From` and it
  std::vector<SourceEdit> OneStep; // the edits that make one step of the read and this; none without one right answer
  std::vector<unsigned> Scopes;    // as of a site: locks held
};

/// A variable that a call is given a reference or pointer to, is made on, or (a construction) initialises.
struct GivenPlace {
  static constexpr int Object = -1;
  int Argument = Object;
  Place At;
  /// It is a connection or an open transaction, and the call runs a statement on it, or begins or ends a transaction.
  bool Uses = false;
};

/// One call in a function's body. A statement is a call of something with the role `executes`.
struct Site {
  Location At;
  /// Where the callee's name stands, for fix-its; not valid in a macro.
  Location NameAt;
  unsigned NameLength = 0;
  SharedText Callee;    // USR; empty for a call through a pointer or an object that holds a callable
  Value Through;        // what is called when Callee is empty
  bool Virtual = false; // overriders may run instead
  Value Object;         // the object of a member call
  std::vector<Value> Arguments;
  std::vector<LiteralArgument> Literals; // in the order of arguments
  TextSink Sink = TextSink::None;
  Lane Makes = Lane::Unknown; // a construction: the lane that the variable or type promises
  bool HasDirect = false;     // the role's `direct` function exists beside the callee
  ResultUse Result = ResultUse::NoResult;
  SharedText ResultIn;   // Unread: the variable's name
  bool Measured = false; // the result enters a comparison or a sum
  /// The innermost loop around it, as offsets in its file; 0, 0: in none.
  unsigned LoopFrom = 0, LoopTo = 0;
  unsigned BlockTo = 0; // the end of the innermost block around it
  /// A lambda that is made here; it may run later and elsewhere.
  bool Creates = false;
  /// A function or variable is named without being called (its address is taken, it is passed on).
  bool Reference = false;
  /// The variable or field that the object is (or, where there is none, the first argument): its USR.
  SharedText Entity;
  /// Where the object is written, and what could stand there instead: the handle of the open transaction that the
  /// enclosing callable was given, when that is of the object's type. Length 0: there is none.
  Location ObjectAt;
  unsigned ObjectLength = 0;
  SharedText Handle;
  /// Of a statement: what one of its arguments is made from that differs from process to process (`std::hash`).
  SharedText UnstableKey;
  std::vector<GivenPlace> Given;
  bool Awaited = false; // the operand of a co_await
  /// The scopes it sits in, outermost first: indices into Function::Scopes.
  std::vector<unsigned> Scopes;
};

struct Function {
  SharedText Usr, Name;
  Location At;
  std::vector<Site> Sites; // in source order
  std::vector<CodeScope> Scopes;
  std::vector<FlowFact> Flow;
  std::vector<OpenedTransaction> Opens; // in source order
  bool MakesConnection = false;         // returns a connection, or is the constructor of one
  std::vector<Access> Accesses;         // in source order
  Value Returns;
  SharedText Parent;  // the enclosing function of a lambda
  SharedText Pattern; // USR of the generic lambda's call operator that this is an instance of
};

/// What is known of a function that is called, or defined, in the TU.
struct Declaration {
  std::string Name;
  Location At; // where it is declared; only of a legacy connection
  SharedRoles Roles;
  std::vector<std::string> Overrides; // USRs of the methods it overrides directly
  bool Defined = false;               // in this TU
  bool OnTransaction = false;         // a method of a transaction object
  bool Method = false;                // not static: called through a pointer, its first argument is the object
  bool NoThrow = false;               // noexcept, or a C function
  bool TakesTimeout = false;          // a parameter is a time limit
  bool TakesStopToken = false;        // the first parameter is a std::stop_token: std::jthread gives it its own

  /// Takes what another TU, or another parse of this one, knows of it.
  void mergeFrom(const Declaration &Other);
};

/// A pattern of the config file that governs the TU.
struct ConfigEntry {
  std::string Pattern, File;
  unsigned Line = 0;
  bool IsType = false;
  bool Matched = false; // something in the TU
};

struct TuSummary {
  std::string MainFile;
  std::vector<Function> Functions;
  std::map<SharedText, Declaration> Declarations;           // by USR
  std::map<std::string, Value> Globals;                     // constants, by USR
  std::vector<std::pair<std::string, Value>> FieldBindings; // what is stored in a field
  std::vector<LeaseTable> Leases;
  std::vector<AllowEntry> Allow;
  std::vector<ConfigEntry> Entries;   // of the config file, none of the presets
  std::vector<Location> Suppressions; // `NOLINT` and kin in comments that name one of our checks

  /// Takes what another of the file's compile commands shows of it. A function that has other code there is in
  /// `Functions` once for each.
  void mergeFrom(TuSummary Other);
};

} // namespace poolguard
