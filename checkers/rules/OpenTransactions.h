//===- OpenTransactions.h - What runs in an open transaction ----*- C++ -*-===//
//
// Shared by the rules about transactions: every site that runs while a transaction is open, in the function that has it
// open and in all that it calls, and whether a statement there runs on that transaction.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "link/ProgramGraph.h"
#include "report/Finding.h"

namespace poolguard {

struct OpenTransaction {
  unsigned Function = 0;            // the one that has it open, or the callable that is run in it
  const CodeScope *Scope = nullptr; // of a transaction object
  const Edge *RunBy = nullptr;      // else: the call that runs the callable
  unsigned Caller = 0;              // the function of that call
  Value Opener;                     // the connection or engine that it was opened on, as far as it is known
};

struct SiteInTransaction {
  const OpenTransaction *In = nullptr;
  const Chain *Path = nullptr; // the calls from In->Function down to the site's function; null: it is that function
  Step At;
  /// Apart: it is another object than the transaction, and only its role says where its statements run.
  enum class Runs { Unknown, OnIt, Elsewhere, Apart };
  Runs Statement = Runs::Unknown; // where `At` is a statement; never Apart

  /// The place in In->Function that leads to the site.
  Step first() const { return Path ? Path->At : At; }
};

/// Every site that runs in an open transaction. A site may come several times, by different paths.
class OpenTransactions {
public:
  explicit OpenTransactions(const ProgramGraph &Graph);
  llvm::ArrayRef<SiteInTransaction> sites() const { return Sites; }
  /// Whether the program has a transaction at all.
  bool any() const { return !Open.empty(); }

private:
  using Runs = SiteInTransaction::Runs;
  /// What a called function was given: whether the object and the arguments are the transaction.
  struct Frame {
    unsigned Function = 0;
    Runs This = Runs::Unknown;
    std::vector<Runs> Arguments;
    const Frame *Caller = nullptr;
    const Chain *Path = nullptr;
  };

  const ProgramGraph &G;
  std::deque<OpenTransaction> Open;
  std::deque<Frame> Frames;
  std::deque<Chain> Chains;
  std::vector<SiteInTransaction> Sites;

  void readScopes(unsigned F);
  void readRuns(unsigned F);
  void walk(const OpenTransaction &T, std::deque<const Frame *> Work);
  void visit(const OpenTransaction &T, const Frame &In, unsigned Site);
  void enter(const OpenTransaction &T, const Frame &From, const Edge &E, std::deque<const Frame *> &Work);
  Runs classify(const Value &V, const OpenTransaction &T, const Frame &In) const;
  /// What a call gives to what it calls; `Argument`: Value::This for the object.
  Runs given(const OpenTransaction &T, const Frame &From, const Edge &E, int Argument) const;
  Runs parameter(const Value &V, const OpenTransaction &T, const Frame &In) const;
  unsigned lastSite(unsigned F, const CodeScope &Scope) const;
  const Chain *join(const Chain *Front, const Chain *Back);
};

/// The connection that the statement at `S` runs on, in its own function's terms.
Value statementConnection(const Site &S, const ExecutesRole &Role);

/// Whether `A` explains a finding better than `B`: by fewer calls, or by naming the transaction.
bool nearer(const SiteInTransaction &A, const SiteInTransaction &B);

/// `transaction 'tx'`, or `the transaction` of a callable.
std::string transactionName(const OpenTransaction &T);

/// Where the transaction was opened, and the calls from the finding's place down to the site.
std::vector<Note> transactionNotes(const ProgramGraph &G, const SiteInTransaction &S);

} // namespace poolguard
