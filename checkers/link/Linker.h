//===- Linker.h - Effects up the call graph ---------------------*- C++ -*-===//
#pragma once

#include <deque>
#include <map>
#include <memory>

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/ThreadPool.h"

#include "link/ProgramGraph.h"
#include "link/Resolver.h"

namespace poolguard {

/// Fills a graph whose summaries are in place. Used once, by ProgramGraph's constructor.
class Linker {
public:
  /// `Jobs`: the number of threads that may work on it.
  Linker(ProgramGraph &Graph, unsigned Jobs);
  void run();

private:
  /// Something that a function does and that its callers may know more about: a statement whose text or lane depends on
  /// a parameter, a call of a parameter, or a statement that is prepared under a name.
  struct Effect {
    enum class Kind { Statement, Call, Connect, Prepare } K = Kind::Statement;
    const Chain *Path = nullptr;
    Step TextAt; // of a call: where its arguments were settled
    Value Text, On, Callee, Name;
    std::vector<Value> Arguments;
    const Declaration *Runs = nullptr; // of a statement: what runs it
    const RunsRole *Scope = nullptr;   // of a call: how the callable is run
    bool LaneReported = false;         // the frame that settled the lane has been noted
    bool OnlyIfTx = false; // the statement is reported already; a caller may still show that it is in a transaction
  };
  /// A statement of the program that is run by name.
  struct Prepared {
    Value Text; // Unknown where it isn't the same at every place that prepares it
    Step At;
  };
  struct RunByName {
    Effect Statement;
    Value Name;
    Lane On;
  };
  struct Naming {
    Value Name, Text;
    Step At;
  };
  /// A digest of all that makes an edge or effect another one than those before it: 128 bits, so that two never meet.
  using Key = std::pair<uint64_t, uint64_t>;
  static Key keyOf(llvm::StringRef Text);
  struct Pending {
    unsigned Function, Index;
  };

  /// What is found out at once, in the order in which it is: of some functions, by one of several threads, or of
  /// callers, from what is known of what they call.
  struct Found {
    explicit Found(ProgramGraph &G) : Chains(&G.Chains.emplace_back()) {}
    Found(Found &&) = default;

    std::deque<Chain> *Chains;     // of the graph
    std::vector<CallerEdge> Edges; // that their targets haven't been told of
    std::deque<Pending> Work;
    std::vector<StatementUse> Statements;
    llvm::StringMap<std::unique_ptr<sql::Facts>> Facts; // of their texts
    std::vector<LaneUse> LaneUses;
    std::vector<ConnectUse> Connects;
    std::vector<std::pair<Step, bool>> Settled;
    std::vector<RunByName> RunsByName;
    std::vector<Naming> Names;
  };
  /// What callers haven't been told of: effects, and edges that lead to some.
  struct Unpassed {
    std::deque<Pending> Effects;
    std::vector<CallerEdge> Edges;
  };
  /// The edges and effects of so many functions, by key. The results don't depend on how many.
  static constexpr unsigned Stretch = 2048;
  struct Known {
    llvm::DenseSet<Key> Edges, Effects;
  };

  ProgramGraph &G;
  Resolver Resolve;
  std::vector<const SharedText *> Callees; // of all sites, one of each storage
  /// Open ones, by function. They keep their places while others are added.
  std::vector<std::vector<std::unique_ptr<Effect>>> Effects;
  std::vector<Known> KnownOf;   // by stretch
  bool Passing = false;         // on the way up: all callers are known
  std::map<Step, bool> Settled; // statement sites: whether a frame has settled them
  llvm::StringMap<std::vector<std::string>> Overriders;
  llvm::StringMap<std::vector<std::string>> Instances; // of a generic lambda
  llvm::StringMap<Prepared> PreparedByName;
  std::vector<RunByName> RunsByName;

  static constexpr unsigned MaxPath = 48, MaxLambdas = 64;

  const unsigned Jobs;
  std::optional<llvm::DefaultThreadPool> Others; // beside this thread
  /// `Do` of all numbers below `N`, by all threads. They begin in this order.
  void share(size_t N, llvm::function_ref<void(size_t)> Do);
  /// `Do` of all functions, by all threads; what they find is taken in the order of the functions.
  Unpassed ofAll(void (Linker::*Do)(Found &, unsigned F));
  /// Tells the graph.
  void take(Found Out);

  void joinDeclarations();
  void joinCallees();
  void addDirectEdges(Found &Out, unsigned F);
  void addOwnEffects(Found &Out, unsigned F);
  void addConnection(Found &Out, unsigned F, const Chain *Path, const Value &Text);
  void addStatement(Found &Out, unsigned F, const Chain *Path, Step GivenAt, const Declaration &Runs,
                    const Value &Object, const std::vector<Value> &Arguments);
  void addPrepared(Found &Out, unsigned F, const Chain *Path, const Value &Name, const Value &Text);
  void joinFunctions();
  void addFunction(const Function &F, const TuSummary &Tu);
  void joinLambdas();
  using Targets = llvm::SmallVector<unsigned, 4>;
  Targets targets(const Site &S, unsigned From) const;
  Targets targets(llvm::ArrayRef<unsigned> Definitions, llvm::StringRef Usr, bool Virtual, unsigned From) const;
  void addEdge(Found &Out, unsigned F, Edge E);
  void callValue(Found &Out, unsigned F, const Chain *Path, Step GivenAt, const Value &Callee,
                 const std::vector<Value> &Arguments, const RunsRole *Runs);
  void add(Found &Out, unsigned F, Effect E);
  void passAll(Unpassed From);
  void pass(Found &Out, unsigned Caller, const Edge &E, const Effect &Below);
  void report(Found &Out, const Effect &E, const Value &Text, Lane On);
  void reportText(Found &Out, const Effect &E, const Value &Text, Lane On, std::optional<Step> PreparedAt);
  void notePrepared(const Naming &N);
  void reportPrepared(Found &Out);
  void settle(Found &Out, Effect &E);
  void reportUnsettled(Found &Out);
  void reportConnection(Found &Out, const Effect &E);
};

} // namespace poolguard
