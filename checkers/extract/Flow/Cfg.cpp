#include "extract/Flow/Cfg.h"

#include <map>
#include <utility>

#include "clang/AST/Attr.h"
#include "clang/AST/DeclCXX.h"

using namespace clang;

namespace poolguard {

/// A generated function with thousands of branches isn't what the checks are about.
static constexpr unsigned MaxBlocks = 4000;

std::unique_ptr<FlowGraph> FlowGraph::build(const FunctionDecl &D) {
  Stmt *Body = D.getBody();
  if (!Body || D.isInvalidDecl() || D.isDependentContext())
    return nullptr;
  CFG::BuildOptions Options;
  Options.PruneTriviallyFalseEdges = true;
  Options.AddEHEdges = false; // they miss constructors and what unwinding destroys; solve() adds its own
  Options.AddInitializers = true;
  Options.AddImplicitDtors = true;
  Options.AddTemporaryDtors = true;
  Options.AddLifetime = true;
  Options.AddCXXDefaultInitExprInCtors = true;
  Options.setAllAlwaysAdd();
  auto Graph = std::make_unique<FlowGraph>();
  Graph->Context = &D.getASTContext();
  Graph->Cfg = CFG::buildCFG(&D, Body, &D.getASTContext(), Options);
  if (!Graph->Cfg || Graph->Cfg->getNumBlockIDs() > MaxBlocks)
    return nullptr;
  for (auto I = Graph->Cfg->try_blocks_begin(); I != Graph->Cfg->try_blocks_end(); ++I)
    if (const auto *Try = dyn_cast_or_null<CXXTryStmt>((*I)->getTerminatorStmt()))
      Graph->DispatchOf[Try] = *I;
  if (!Graph->DispatchOf.empty())
    Graph->read(Body, nullptr);
  return Graph;
}

void FlowGraph::read(const Stmt *S, const CXXTryStmt *Try) {
  if (!S)
    return;
  if (Try) {
    TryAround[S] = Try;
    if (const auto *Declares = dyn_cast<DeclStmt>(S))
      for (const Decl *D : Declares->decls())
        if (const auto *Var = dyn_cast<VarDecl>(D))
          TryOf[Var] = Try;
  }
  if (const auto *Inner = dyn_cast<CXXTryStmt>(S)) {
    Outer[Inner] = Try;
    read(Inner->getTryBlock(), Inner);
    for (unsigned I = 0; I < Inner->getNumHandlers(); ++I)
      read(Inner->getHandler(I), Try);
    return;
  }
  if (const auto *Lambda = dyn_cast<LambdaExpr>(S)) {
    for (const Expr *Init : Lambda->capture_inits())
      read(Init, Try);
    return;
  }
  for (const Stmt *Child : S->children())
    read(Child, Try);
}

const CFGBlock *FlowGraph::handlerOf(const Stmt *S) const {
  const CXXTryStmt *Try = TryAround.lookup(S);
  return Try ? DispatchOf.lookup(Try) : nullptr;
}

bool FlowGraph::diesOnWayTo(const VarDecl *Var, const CFGBlock *Dispatch) const {
  const auto *Target = cast<CXXTryStmt>(Dispatch->getTerminatorStmt());
  for (const CXXTryStmt *Try = TryOf.lookup(Var); Try; Try = Outer.lookup(Try))
    if (Try == Target)
      return true;
  return false;
}

bool FlowGraph::leavesByException(const CFGBlock &Block) const {
  if (isa_and_nonnull<CXXTryStmt>(Block.getTerminatorStmt()))
    return true; // no handler takes it
  if (Block.empty())
    return false;
  std::optional<CFGStmt> Last = Block.back().getAs<CFGStmt>();
  return Last && isa<CXXThrowExpr>(Last->getStmt());
}

bool mayThrow(const Expr &E, const LangOptions &Language) {
  if (!Language.CXXExceptions)
    return false;
  const FunctionDecl *Callee = nullptr;
  QualType Called;
  if (const auto *Call = dyn_cast<CallExpr>(&E)) {
    Callee = Call->getDirectCallee();
    Called = Call->getCallee()->getType();
  } else if (const auto *Made = dyn_cast<CXXConstructExpr>(&E)) {
    Callee = Made->getConstructor();
  } else {
    return false;
  }
  if (Callee) {
    // C functions don't say that they don't throw.
    if (Callee->getBuiltinID() != 0 || Callee->hasAttr<NoThrowAttr>() || Callee->isTrivial() || Callee->isExternC())
      return false;
    Called = Callee->getType();
  }
  if (Called->isPointerType())
    Called = Called->getPointeeType();
  const auto *Prototype = Called.isNull() ? nullptr : Called->getAs<FunctionProtoType>();
  if (!Prototype)
    return true;
  switch (Prototype->getExceptionSpecType()) {
  case EST_DynamicNone:
  case EST_NoThrow:
  case EST_BasicNoexcept:
  case EST_NoexceptTrue: return false;
  default: return true; // one that is not evaluated yet is that of a function nobody has to believe
  }
}

namespace {

class Solver {
public:
  Solver(const FlowGraph &Graph, const LangOptions &Language, FlowProblem &P)
      : Graph(Graph), Language(Language), P(P) {}

  void run() {
    const CFG &Cfg = Graph.cfg();
    join(Cfg.getEntry(), P.entry());
    while (!Work.empty()) {
      const CFGBlock *Block = Work.begin()->second;
      Work.erase(Work.begin());
      visit(*Block);
    }
    Report = true;
    for (const CFGBlock *Block : llvm::reverse(Cfg))
      if (In.count(Block))
        visit(*Block);
  }

private:
  const FlowGraph &Graph;
  const LangOptions &Language;
  FlowProblem &P;
  llvm::DenseMap<const CFGBlock *, FlowState> In;
  std::map<unsigned, const CFGBlock *, std::greater<>> Work; // blocks nearer to the entry have higher numbers
  bool Report = false;

  void join(const CFGBlock &Block, const FlowState &State) {
    if (Report)
      return;
    auto [At, New] = In.try_emplace(&Block, State);
    bool Changed = New;
    for (size_t I = 0; !New && I < State.size(); ++I) {
      uint16_t Joined = At->second[I] | State[I];
      Changed |= Joined != At->second[I];
      At->second[I] = Joined;
    }
    if (Changed)
      Work[Block.getBlockID()] = &Block;
  }

  /// An exception that `From` lets out in `State`.
  void raise(const Expr *From, const CFGBlock *Dispatch, FlowState State) {
    for (const VarDecl *Var : llvm::reverse(P.variables()))
      if (!Dispatch || Graph.diesOnWayTo(Var, Dispatch))
        P.destroyed(*Var, State, /*Unwinding=*/true, Report);
    if (Dispatch)
      join(*Dispatch, State);
    else if (Report)
      P.escaped(From, State);
  }

  void evaluate(const Expr &E, FlowState &State) {
    if (mayThrow(E, Language)) {
      FlowState Thrown = State;
      P.thrown(E, Thrown);
      raise(&E, Graph.handlerOf(&E), std::move(Thrown));
    }
    P.evaluated(E, State, Report);
  }

  void visit(const CFGBlock &Block) {
    FlowState State = In[&Block];
    const ReturnStmt *Return = nullptr;
    for (const CFGElement &Element : Block) {
      if (std::optional<CFGStmt> Statement = Element.getAs<CFGStmt>()) {
        const Stmt *S = Statement->getStmt();
        if (const auto *E = dyn_cast<Expr>(S))
          evaluate(*E, State);
        else if (const auto *Declares = dyn_cast<DeclStmt>(S))
          for (const Decl *D : Declares->decls()) {
            if (const auto *Var = dyn_cast<VarDecl>(D))
              P.declared(*Var, State, Report);
          }
        else if (const auto *R = dyn_cast<ReturnStmt>(S))
          Return = R;
      } else if (std::optional<CFGAutomaticObjDtor> Destructor = Element.getAs<CFGAutomaticObjDtor>()) {
        P.destroyed(*Destructor->getVarDecl(), State, /*Unwinding=*/false, Report);
      } else if (std::optional<CFGLifetimeEnds> End = Element.getAs<CFGLifetimeEnds>()) {
        // What has a destructor was told already.
        if (!End->getVarDecl()->needsDestruction(Graph.context()))
          P.destroyed(*End->getVarDecl(), State, /*Unwinding=*/false, Report);
      }
    }
    if (Block.hasNoReturnElement())
      return;
    bool Exceptional = Graph.leavesByException(Block);
    const CFGBlock &Exit = Graph.cfg().getExit();
    const auto *Condition = Block.succ_size() == 2 ? dyn_cast_or_null<Expr>(Block.getTerminatorCondition()) : nullptr;
    const FlowState After = State;
    bool First = true;
    for (const CFGBlock *Next : Block.succs()) {
      bool Taken = std::exchange(First, false);
      if (!Next)
        continue;
      State = After;
      if (Condition)
        P.branched(*Condition, Taken, State);
      bool Handled = isa_and_nonnull<CXXTryStmt>(Next->getTerminatorStmt());
      if (Exceptional && (Next == &Exit || Handled))
        raise(nullptr, Handled ? Next : nullptr, State);
      else if (Next != &Exit)
        join(*Next, State);
      else if (Report)
        P.returned(Return, State);
    }
  }
};

} // namespace

void solve(const FlowGraph &Graph, const LangOptions &Language, FlowProblem &Problem) {
  Solver(Graph, Language, Problem).run();
}

} // namespace poolguard
