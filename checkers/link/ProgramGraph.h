//===- ProgramGraph.h - The program, joined from its TUs --------*- C++ -*-===//
//
// Joins summaries by name, puts arguments in the place of parameters up the call graph until nothing new is known, and
// keeps for everything it learns the shortest call path that explains it. The order of the summaries doesn't matter.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"

#include "link/SharedSummaries.h"
#include "sql/Facts.h"

namespace poolguard {

/// One call on a path: a site of a function, both by index.
struct Step {
  unsigned Function = 0, Site = 0;
  friend bool operator==(const Step &, const Step &) = default;
  friend auto operator<=>(const Step &, const Step &) = default;
};

/// A path of calls, outermost first. Immutable; shared tails.
struct Chain {
  Step At;
  const Chain *Next = nullptr;
  unsigned Length = 1;

  /// The innermost call.
  Step last() const { return Next ? Next->last() : At; }
};

/// Chains are kept in `In`, and live as long as that.
const Chain *chain(std::deque<Chain> &In, Step At, const Chain *Next);
/// `Front` followed by `Back`.
const Chain *join(std::deque<Chain> &In, const Chain *Front, const Chain *Back);

/// A call edge. `Steps` ends at the site that calls `Target`; it is longer than one step where a callable was handed
/// down.
struct Edge {
  unsigned Target = 0;
  const Chain *Steps = nullptr;
  Value Object;
  std::vector<Value> Arguments;
  Step GivenAt;         // the site in whose frame the arguments were settled
  bool Creates = false; // the target is a lambda that is made here: it may run later, and in no scope of this function
  const RunsRole *Runs = nullptr; // how the call at the end of `Steps` runs the callable, where a role says so
};

/// One of a function's edges.
struct CallerEdge {
  unsigned Caller = 0, Index = 0;
};

/// A statement, as far as the program tells what it says and how it reaches the server. One that is reached with
/// several texts or lanes is there once for each.
struct StatementUse {
  const Chain *Path = nullptr;       // from the frame that settled text and lane down to the call that runs it
  Step TextAt;                       // the site in whose frame the text became known
  Value Text;                        // Text, or Concat with holes, or Unknown
  const sql::Facts *Facts = nullptr; // null when nothing is known of the text
  Lane On = Lane::Unknown;
  const Declaration *Runs = nullptr; // what runs it: has the role `executes`
  Value Connection;                  // as far as it is known in the frame that settled it
  std::optional<Step> PreparedAt;    // of a prepared statement: the call that gave it its text
};

/// A connection that is opened by something with the role `connects`.
struct ConnectUse {
  const Chain *Path = nullptr; // from the frame that settled the connection string down to the call that connects
  Value Text;                  // a text, perhaps with holes; Unknown when nothing is known of it
  Lane On = Lane::Unknown;     // what the variable, the type or a factory on the path promises
};

/// A statement's way to the server, whatever its text: the frame that settled the lane.
struct LaneUse {
  const Chain *Path = nullptr;
  Lane On = Lane::Unknown;
  const Declaration *Runs = nullptr;
  Value Connection; // as far as it is known in that frame
};

/// The shortest path of calls to every function that one reaches; its own entry is null.
struct ReachedFunctions {
  llvm::DenseMap<unsigned, const Chain *> Paths; // into `Chains`, or the graph's
  std::deque<Chain> Chains;
};

/// Immutable once it is made, so any number of threads may ask it.
class ProgramGraph {
public:
  /// `Jobs`: the number of threads that may work on it.
  explicit ProgramGraph(std::vector<TuSummary> Summaries, unsigned Jobs = 1);
  explicit ProgramGraph(SharedSummaries Summaries, unsigned Jobs = 1);
  ~ProgramGraph();
  ProgramGraph(const ProgramGraph &) = delete;
  ProgramGraph &operator=(const ProgramGraph &) = delete;

  llvm::ArrayRef<const Function *> functions() const { return Functions; }
  const Function &function(unsigned I) const { return *Functions[I]; }
  const Site &site(Step S) const { return Functions[S.Function]->Sites[S.Site]; }
  /// The function that the lambda is written in; none when it is no lambda, or its function isn't in the program. Going
  /// on from there always ends.
  std::optional<unsigned> enclosing(unsigned Lambda) const { return Enclosing[Lambda]; }
  /// What is known of a function or variable over all TUs; null for a USR that nothing refers to.
  const Declaration *declaration(llvm::StringRef Usr) const;
  /// The same of the function itself, and of what the site calls by name. By far quicker: rules ask it of all of them.
  const Declaration *declarationOf(unsigned Function) const { return Own[Function]; }
  const Declaration *callee(const Site &S) const;
  /// All of them, by USR, in an order that is always the same.
  const llvm::MapVector<llvm::StringRef, const Declaration *> &declarations() const { return Declarations; }
  /// The roles of what the site calls; empty roles for an indirect call.
  const FunctionRoles &roles(const Site &S) const;
  /// The definitions of what the USR names: more than one where two programs share a set of compile commands.
  llvm::ArrayRef<unsigned> definitions(llvm::StringRef Usr) const;
  llvm::ArrayRef<Edge> edges(unsigned Function) const { return Edges[Function]; }
  /// The edges to the function.
  llvm::ArrayRef<CallerEdge> callers(unsigned Function) const { return Callers[Function]; }
  const Edge &edge(CallerEdge E) const { return Edges[E.Caller][E.Index]; }

  llvm::ArrayRef<StatementUse> statements() const { return Statements; }
  llvm::ArrayRef<LaneUse> laneUses() const { return LaneUses; }
  llvm::ArrayRef<ConnectUse> connects() const { return Connects; }
  /// Definitions of one name in different places, as two programs in one set of compile commands have them.
  llvm::ArrayRef<std::pair<unsigned, unsigned>> ambiguous() const { return Ambiguous; }
  llvm::ArrayRef<LeaseTable> leases() const { return Leases; }
  llvm::ArrayRef<AllowEntry> allow() const { return Allow; }

  ReachedFunctions reach(unsigned From) const;

  /// Whether an allow entry of the config covers a finding of `Check` (with or without the prefix) at `At` in the
  /// function `Symbol`.
  bool allowed(llvm::StringRef Check, const Location &At, llvm::StringRef Symbol) const;
  static bool covers(const AllowEntry &Entry, llvm::StringRef Check, const Location &At, llvm::StringRef Symbol);

  /// What rules derive from the graph (`T(const ProgramGraph &)`): made when the first asks for it, and shared by all.
  template <class T> const T &derived() const {
    static char Key; // its address stands for the type
    DerivedOnce &Known = derivedUnder(&Key);
    std::call_once(Known.Once, [&] { Known.Made = std::make_shared<const T>(*this); });
    return *static_cast<const T *>(Known.Made.get());
  }

private:
  friend class Linker;
  SharedSummaries Summaries;
  std::vector<const Function *> Functions;
  llvm::DenseMap<llvm::StringRef, llvm::SmallVector<unsigned, 1>> ByUsr; // with the functions' own texts as keys
  llvm::MapVector<llvm::StringRef, const Declaration *> Declarations;    // of the summaries, or joined
  std::deque<Declaration> Joined;                                        // of what several TUs tell something
  struct Callee {
    const Declaration *Known = nullptr;
    const FunctionRoles *Roles = nullptr;
    const llvm::SmallVector<unsigned, 1> *Definitions = nullptr;
  };
  llvm::DenseMap<const void *, Callee> ByCallee; // of sites, by the storage of what they call
  std::vector<const Declaration *> Own;          // of functions
  std::vector<std::optional<unsigned>> Enclosing;
  std::vector<std::vector<Edge>> Edges;
  std::vector<std::vector<CallerEdge>> Callers;
  std::vector<StatementUse> Statements;
  std::vector<LaneUse> LaneUses;
  std::vector<ConnectUse> Connects;
  std::vector<std::pair<unsigned, unsigned>> Ambiguous;
  std::vector<LeaseTable> Leases;
  std::vector<AllowEntry> Allow;
  std::deque<std::deque<Chain>> Chains; // each made by one thread
  llvm::StringMap<std::unique_ptr<sql::Facts>> FactsByText;
  struct DerivedOnce {
    std::once_flag Once;
    std::shared_ptr<const void> Made;
  };
  mutable std::mutex DerivedGuard; // of the map, not of what is in it
  mutable std::map<const void *, DerivedOnce> Derived;

  DerivedOnce &derivedUnder(const void *Key) const;
};

} // namespace poolguard
