//===- Linker.h - Effects up the call graph ---------------------*- C++ -*-===//
#pragma once

#include <deque>
#include <functional>
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
  /// A digest of all that makes an edge or effect another one than those before it: 128 bits, so that two never meet.
  using Key = std::pair<uint64_t, uint64_t>;
  static Key keyOf(llvm::StringRef Text);
  struct Pending {
    unsigned Function, Index;
  };

  ProgramGraph &G;
  Resolver Resolve;
  /// Open ones, by function. They keep their places while others are added.
  std::vector<std::vector<std::unique_ptr<Effect>>> Effects;
  llvm::DenseSet<Key> Seen; // of effects
  std::deque<Pending> Work;
  std::map<Step, bool> Settled; // statement sites: whether a frame has settled them
  llvm::StringMap<std::vector<std::string>> Overriders;
  llvm::StringMap<std::vector<std::string>> Instances; // of a generic lambda
  llvm::DenseSet<Key> EdgeKeys;
  llvm::StringMap<Prepared> PreparedByName;
  std::vector<RunByName> RunsByName;

  static constexpr unsigned MaxPath = 48, MaxLambdas = 64;

  /// What the others do meanwhile, or nobody but this thread at once.
  std::optional<llvm::DefaultThreadPool> Others;
  void aside(std::function<void()> Task);
  void wait();

  void joinDeclarations();
  void addDirectEdges(unsigned F);
  void addOwnEffects(unsigned F);
  void addConnection(unsigned F, const Chain *Path, const Value &Text);
  void addStatement(unsigned F, const Chain *Path, Step GivenAt, const Declaration &Runs, const Value &Object,
                    const std::vector<Value> &Arguments);
  void addPrepared(unsigned F, const Chain *Path, const Value &Name, const Value &Text);
  void addFunction(const Function &F, const TuSummary &Tu);
  void joinLambdas();
  std::vector<unsigned> targets(const std::string &Usr, bool Virtual, unsigned From) const;
  void addEdge(unsigned F, Edge E);
  void callValue(unsigned F, const Chain *Path, Step GivenAt, const Value &Callee, const std::vector<Value> &Arguments,
                 const RunsRole *Runs);
  void add(unsigned F, Effect E);
  void pass(unsigned Caller, const Edge &E, const Effect &Below);
  void report(const Effect &E, const Value &Text, Lane On);
  void reportText(const Effect &E, const Value &Text, Lane On, std::optional<Step> PreparedAt);
  void notePrepared(const Effect &E);
  void reportPrepared();
  void settle(Effect &E);
  void reportUnsettled();
  void reportConnection(const Effect &E);
  const sql::Facts *facts(const Value &Text, std::string &Flat);
};

} // namespace poolguard
