#include "extract/LoopPaths.h"

#include <map>

using namespace clang;

namespace poolguard {

namespace {
using Constants = std::map<const VarDecl *, long long>;
} // namespace

/// Follows the ways through the loop from its start, and from each handler.
class LoopWalk {
public:
  LoopWalk(TuContext &Tu, const Stmt &Loop, const LoopCode &Code, const CFG &Graph)
      : Tu(Tu), Loop(Loop), Code(Code), Graph(Graph) {}

  bool run(LoopPaths &Out) {
    unsigned Start = node({&Graph.getEntry(), {}, false, false});
    std::vector<std::pair<const CXXCatchStmt *, unsigned>> Handlers;
    for (const CFGBlock *Block : Graph)
      if (const auto *Handler = dyn_cast_or_null<CXXCatchStmt>(Block->getLabel()); Handler && isPrimary(*Handler))
        Handlers.emplace_back(Handler, node({Block, {}, false, true}));
    for (size_t I = 0; I < Nodes.size(); ++I) {
      if (Nodes.size() > MaxNodes)
        return false;
      expand(I);
    }
    propagate();
    for (auto [Handler, At] : Handlers)
      if (Round[At])
        Out.RoundFrom.insert(Handler);
    follow(Start, Out);
    Out.RoundAfterCatch |= !Out.RoundFrom.empty();
    return true;
  }

private:
  struct State {
    const CFGBlock *Block;
    Constants Known;
    bool Looped, InBody;
    auto key() const { return std::tie(Block, Known, Looped, InBody); }
    bool operator<(const State &O) const { return key() < O.key(); }
  };
  /// What a way from the start has seen.
  struct Seen {
    bool Caught = false, Tested = false, WorkAfterTest = false;
    unsigned Works = 0; // 2: or more
    auto operator<=>(const Seen &) const = default;
  };
  static constexpr unsigned MaxNodes = 5000, NextRound = ~0u, Left = ~0u - 1;

  TuContext &Tu;
  const Stmt &Loop;
  const LoopCode &Code;
  const CFG &Graph;
  std::map<State, unsigned> Index;
  std::vector<State> Nodes;
  std::vector<llvm::SmallVector<unsigned, 2>> Next;
  std::vector<bool> Round; // whether the next round can be reached

  bool isPrimary(const CXXCatchStmt &Handler) const {
    for (const CXXTryStmt *Try : Code.Primary)
      for (unsigned I = 0; I < Try->getNumHandlers(); ++I)
        if (Try->getHandler(I) == &Handler)
          return true;
    return false;
  }

  unsigned node(State S) {
    auto [At, New] = Index.try_emplace(std::move(S), Nodes.size());
    if (New)
      Nodes.push_back(At->first);
    return At->second;
  }

  std::optional<long long> evaluate(const Expr *E, const Constants &Known) const {
    E = E->IgnoreParenImpCasts();
    if (const auto *Ref = dyn_cast<DeclRefExpr>(E)) {
      if (const auto *Var = dyn_cast<VarDecl>(Ref->getDecl()))
        if (auto At = Known.find(Var); At != Known.end())
          return At->second;
    } else if (const auto *Not = dyn_cast<UnaryOperator>(E); Not && Not->getOpcode() == UO_LNot) {
      if (auto V = evaluate(Not->getSubExpr(), Known))
        return !*V;
    } else if (const auto *Op = dyn_cast<BinaryOperator>(E)) {
      std::optional<long long> L, R;
      if (Op->isComparisonOp() || Op->isLogicalOp()) {
        L = evaluate(Op->getLHS(), Known);
        R = evaluate(Op->getRHS(), Known);
      }
      if (Op->getOpcode() == BO_LAnd && ((L && !*L) || (R && !*R)))
        return 0;
      if (Op->getOpcode() == BO_LOr && ((L && *L) || (R && *R)))
        return 1;
      if (L && R) {
        switch (Op->getOpcode()) {
        case BO_EQ: return *L == *R;
        case BO_NE: return *L != *R;
        case BO_LT: return *L < *R;
        case BO_LE: return *L <= *R;
        case BO_GT: return *L > *R;
        case BO_GE: return *L >= *R;
        case BO_LAnd: return *L && *R;
        case BO_LOr: return *L || *R;
        default: break;
        }
      }
    }
    Expr::EvalResult Result;
    if (!E->isValueDependent() && !E->getType().isNull() && E->getType()->isIntegralOrEnumerationType() &&
        E->EvaluateAsInt(Result, Tu.Ast))
      return Result.Val.getInt().tryExtValue();
    return std::nullopt;
  }

  void apply(const Stmt *S, Constants &Known) const {
    auto Store = [&](const VarDecl *Var, const Expr *V) {
      if (!Var || !Var->getType()->isIntegralOrEnumerationType())
        return;
      std::optional<long long> Constant = V ? evaluate(V, Known) : std::nullopt;
      if (Constant)
        Known[Var] = *Constant;
      else
        Known.erase(Var);
    };
    if (const auto *Decl = dyn_cast<DeclStmt>(S)) {
      for (const auto *D : Decl->decls())
        if (const auto *Var = dyn_cast<VarDecl>(D))
          Store(Var, Var->getInit());
    } else if (const auto *Op = dyn_cast<BinaryOperator>(S); Op && Op->isAssignmentOp()) {
      Store(LoopCode::variable(Op->getLHS()), Op->getOpcode() == BO_Assign ? Op->getRHS() : nullptr);
    } else if (const auto *Step = dyn_cast<UnaryOperator>(S); Step && Step->isIncrementDecrementOp()) {
      Store(LoopCode::variable(Step->getSubExpr()), nullptr);
    } else if (const auto *Call = dyn_cast<CallExpr>(S)) {
      LoopCode::Variables Filled;
      Code.filledBy(*Call, Filled);
      for (const VarDecl *Var : Filled)
        Known.erase(Var);
    }
  }

  void expand(unsigned I) {
    State S = Nodes[I];
    Next.resize(std::max<size_t>(Next.size(), I + 1));
    const CFGBlock &Block = *S.Block;
    if (&Block == &Graph.getExit()) {
      Next[I].push_back(Left);
      return;
    }
    if (Block.getLoopTarget() == &Loop) {
      S.Looped = true;
      if (isa<DoStmt>(Loop)) {
        Next[I].push_back(NextRound);
        return;
      }
    }
    for (const CFGElement &Element : Block)
      if (std::optional<CFGStmt> E = Element.getAs<CFGStmt>())
        apply(E->getStmt(), S.Known);

    const Stmt *Terminator = Block.getTerminatorStmt();
    bool IsLoop = Terminator == &Loop;
    std::optional<long long> Decided;
    if (Block.succ_size() == 2 && Terminator && !isa<SwitchStmt, CXXTryStmt>(Terminator))
      if (const auto *Cond = dyn_cast_or_null<Expr>(Block.getTerminatorCondition()))
        Decided = evaluate(Cond, S.Known);
    unsigned Branch = 0;
    for (const CFGBlock::AdjacentBlock &To : Block.succs()) {
      unsigned This = Branch++;
      if (!To || (Decided && (*Decided ? This == 1 : This == 0)))
        continue;
      if (IsLoop && This == 0 && S.Looped) {
        Next[I].push_back(NextRound);
        continue;
      }
      State Then = S;
      Then.Block = To;
      Then.InBody |= (IsLoop && This == 0) || isa<DoStmt>(Loop);
      unsigned Target = node(std::move(Then));
      Next[I].push_back(Target);
    }
  }

  void propagate() {
    Next.resize(Nodes.size());
    Round.assign(Nodes.size(), false);
    for (bool Changed = true; Changed;) {
      Changed = false;
      for (size_t I = Nodes.size(); I-- > 0;) {
        if (Round[I])
          continue;
        for (unsigned To : Next[I])
          if (To == NextRound || (To != Left && Round[To])) {
            Round[I] = Changed = true;
            break;
          }
      }
    }
  }

  /// Whether the branch asks about something that this round brought.
  bool testsResult(const CFGBlock &Block, const Seen &So) const {
    const auto *Cond = dyn_cast_or_null<Expr>(Block.getTerminatorCondition());
    if (!Cond)
      return false;
    bool Found = false;
    llvm::SmallVector<const Stmt *, 8> Todo{Cond};
    while (!Todo.empty()) {
      const Stmt *S = Todo.pop_back_val();
      if (const auto *Ref = dyn_cast<DeclRefExpr>(S)) {
        const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
        Found |= Var && Code.Own.contains(Var);
      } else if (const auto *Call = dyn_cast<CallExpr>(S)) {
        Found |= So.Works == 1 && Code.isWork(*Call);
      }
      for (const Stmt *Child : S->children())
        if (Child && !isa<LambdaExpr>(Child))
          Todo.push_back(Child);
    }
    return Found;
  }

  void follow(unsigned Start, LoopPaths &Out) {
    std::vector<std::pair<unsigned, Seen>> Todo{{Start, {}}};
    std::map<unsigned, std::vector<Seen>> Done;
    while (!Todo.empty()) {
      auto [I, So] = Todo.back();
      Todo.pop_back();
      std::vector<Seen> &Known = Done[I];
      if (llvm::is_contained(Known, So))
        continue;
      Known.push_back(So);
      const CFGBlock &Block = *Nodes[I].Block;
      if (const auto *Handler = dyn_cast_or_null<CXXCatchStmt>(Block.getLabel()); Handler && isPrimary(*Handler))
        So.Caught = true;
      for (const CFGElement &Element : Block) {
        std::optional<CFGStmt> S = Element.getAs<CFGStmt>();
        const auto *E = S ? dyn_cast<Expr>(S->getStmt()) : nullptr;
        if (!E || !Code.isWork(*E))
          continue;
        So.Works = std::min(So.Works + 1, 2u);
        So.WorkAfterTest |= So.Tested;
      }
      bool SomeLeave = false, SomeRound = false;
      for (unsigned To : Next[I]) {
        bool Goes = To == NextRound || (To != Left && Round[To]);
        SomeRound |= Goes;
        SomeLeave |= !Goes;
      }
      bool Test = SomeLeave && SomeRound && testsResult(Block, So);
      for (unsigned To : Next[I]) {
        if (To == NextRound) {
          Seen End = So;
          if (Test)
            End.Tested = true, End.WorkAfterTest = false;
          Out.RoundAfterCatch |= End.Caught;
          if (!End.Caught) {
            Out.RoundAfterTest |= End.Tested;
            Out.RoundUntested |= !End.Tested;
            Out.RoundAfterSuccess |= !End.Tested || End.WorkAfterTest;
          }
        } else if (To == Left) {
          Out.Leaves |= !So.Caught && Nodes[I].InBody;
        } else {
          Seen Then = So;
          if (Test)
            Then.Tested = true, Then.WorkAfterTest = false;
          Todo.emplace_back(To, Then);
        }
      }
    }
  }
};

std::optional<LoopPaths> LoopPaths::of(TuContext &Tu, const Stmt &Loop, const LoopCode &Code) {
  CFG::BuildOptions Options;
  Options.setAllAlwaysAdd();
  std::unique_ptr<CFG> Graph = CFG::buildCFG(nullptr, const_cast<Stmt *>(&Loop), &Tu.Ast, Options);
  if (!Graph)
    return std::nullopt;
  LoopPaths Out;
  if (!LoopWalk(Tu, Loop, Code, *Graph).run(Out))
    return std::nullopt;
  return Out;
}

} // namespace poolguard
