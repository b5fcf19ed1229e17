#include "link/Linker.h"

#include <algorithm>
#include <atomic>

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/xxhash.h"

namespace poolguard {

void Linker::joinDeclarations() {
  const SummaryCounts Room(G.Summaries);
  G.Functions.reserve(Room.Functions);
  G.ByUsr.reserve(Room.Functions);
  G.Declarations.reserve(Room.Declarations);
  G.ByCallee.reserve(Room.Declarations);
  Callees.reserve(Room.Declarations);
  llvm::DenseMap<llvm::StringRef, Declaration *> Several; // the joined ones
  for (const auto &Shared : G.Summaries) {
    const TuSummary &Tu = *Shared;
    for (const auto &[Usr, D] : Tu.Declarations) {
      auto [At, New] = G.Declarations.try_emplace(Usr, &D);
      if (New)
        continue;
      Declaration *&All = Several[Usr];
      if (!All)
        At->second = All = &G.Joined.emplace_back(*At->second);
      All->mergeFrom(D);
    }
    for (const LeaseTable &Lease : Tu.Leases)
      if (llvm::none_of(G.Leases, [&](const LeaseTable &L) { return L.Table == Lease.Table; }))
        G.Leases.push_back(Lease);
    for (const AllowEntry &Entry : Tu.Allow)
      if (llvm::none_of(G.Allow, [&](const AllowEntry &A) { return A.File == Entry.File && A.Line == Entry.Line; }))
        G.Allow.push_back(Entry);
  }
  // Overriders of overriders count for the first base too.
  for (const auto &[Usr, D] : G.Declarations) {
    std::vector<std::string> Todo = D->Overrides;
    for (size_t I = 0; I < Todo.size(); ++I) {
      Overriders[Todo[I]].push_back(Usr.str());
      if (const Declaration *Base = G.declaration(Todo[I]))
        for (const std::string &Up : Base->Overrides)
          if (!llvm::is_contained(Todo, Up))
            Todo.push_back(Up);
    }
  }
}

Linker::Linker(ProgramGraph &Graph, unsigned Jobs) : G(Graph), Jobs(Jobs) {
  if (Jobs > 1)
    Others.emplace(llvm::hardware_concurrency(Jobs - 1));
}

void Linker::share(size_t N, llvm::function_ref<void(size_t)> Do) {
  std::atomic<size_t> Next = 0;
  auto Work = [&] {
    for (size_t I = Next++; I < N; I = Next++)
      Do(I);
  };
  for (unsigned I = 1; I < Jobs && I < N; ++I)
    Others->async(Work);
  Work();
  if (Others)
    Others->wait();
}

Linker::Unpassed Linker::ofAll(void (Linker::*Do)(Found &, unsigned F)) {
  std::vector<Found> Parts;
  Parts.reserve(KnownOf.size());
  for (size_t I = 0; I < KnownOf.size(); ++I)
    Parts.emplace_back(G);
  share(Parts.size(), [&](size_t I) {
    for (size_t F = I * Stretch, End = std::min(F + Stretch, G.Functions.size()); F < End; ++F)
      (this->*Do)(Parts[I], F);
  });
  Unpassed Out;
  for (Found &Part : Parts) {
    Out.Effects.insert(Out.Effects.end(), Part.Work.begin(), Part.Work.end());
    llvm::append_range(Out.Edges, Part.Edges);
    take(std::move(Part));
  }
  return Out;
}

void Linker::take(Found Out) {
  for (const CallerEdge &E : Out.Edges)
    G.Callers[G.edge(E).Target].push_back(E);
  for (auto &Parsed : Out.Facts)
    if (std::unique_ptr<sql::Facts> &Known = G.FactsByText[Parsed.first()]; !Known)
      Known = std::move(Parsed.second);
  for (StatementUse &Use : Out.Statements) {
    if (Use.Facts)
      Use.Facts = G.FactsByText.find(Use.Text.Name)->second.get(); // of several that are the same, the first
    G.Statements.push_back(std::move(Use));
  }
  llvm::append_range(G.LaneUses, Out.LaneUses);
  llvm::append_range(G.Connects, Out.Connects);
  for (auto [At, Done] : Out.Settled)
    Settled[At] |= Done;
  for (RunByName &Run : Out.RunsByName)
    RunsByName.push_back(std::move(Run));
  for (const Naming &N : Out.Names)
    notePrepared(N);
}

void Linker::run() {
  share(3, [this](size_t Task) {
    if (Task == 0)
      Resolve.readCallers(G.Summaries);
    else if (Task == 1)
      joinFunctions();
    else
      Resolve.readNames(G.Summaries);
  });
  share(Resolve.fieldStretches(), [this](size_t Stretch) { Resolve.settleFields(Stretch); });
  joinCallees();
  size_t N = G.Functions.size();
  G.Edges.resize(N);
  Effects.resize(N);
  G.Callers.resize(N);
  KnownOf.resize(llvm::divideCeil(N, Stretch));

  ofAll(&Linker::addDirectEdges);
  passAll(ofAll(&Linker::addOwnEffects));
  Found Unsettled(G), ByName(G);
  reportUnsettled(Unsettled);
  take(std::move(Unsettled));
  reportPrepared(ByName);
  take(std::move(ByName));
}

void Linker::joinFunctions() {
  joinDeclarations();
  for (const auto &Tu : G.Summaries)
    for (const Function &F : Tu->Functions)
      addFunction(F, *Tu);
  joinLambdas();
}

/// Looks what is called up by name once, for all who ask.
void Linker::joinCallees() {
  G.Own.resize(G.Functions.size());
  share(llvm::divideCeil(G.Own.size(), Stretch), [this](size_t I) {
    for (size_t F = I * Stretch, End = std::min(F + Stretch, G.Own.size()); F < End; ++F)
      G.Own[F] = G.declaration(G.function(F).Usr);
  });
  share(llvm::divideCeil(Callees.size(), Stretch), [this](size_t I) {
    for (const SharedText *Usr : llvm::ArrayRef(Callees).slice(I * Stretch).take_front(Stretch)) {
      auto Defined = G.ByUsr.find(*Usr);
      const Declaration *Known = G.declaration(*Usr);
      G.ByCallee.find(Usr->storage())->second = {Known, Known && !Known->Roles->empty() ? &*Known->Roles : nullptr,
                                                 Defined == G.ByUsr.end() ? nullptr : &Defined->second};
    }
  });
}

/// Tells the callers of each effect, and theirs, until nothing new is known. Of several ways to learn the same, the
/// first is told of: those who give a callable to what runs it come before those who only make it.
void Linker::passAll(Unpassed From) {
  Found Out(G);
  Passing = true;
  Out.Work = std::move(From.Effects);
  for (const CallerEdge &Of : From.Edges) {
    const Edge E = G.edge(Of);
    for (size_t I = 0; I < Effects[E.Target].size(); ++I)
      pass(Out, Of.Caller, E, *Effects[E.Target][I]);
  }
  while (!Out.Work.empty()) {
    auto [F, Index] = Out.Work.front();
    Out.Work.pop_front();
    // Edges may be added while callers are visited.
    for (size_t I = 0; I < G.Callers[F].size(); ++I) {
      const CallerEdge Of = G.Callers[F][I];
      const Edge E = G.edge(Of);
      pass(Out, Of.Caller, E, *Effects[F][Index]);
    }
  }
  take(std::move(Out));
}

/// A function of a header is in many summaries, and is one. Another definition of the same name is code too; in one
/// place they are what the compile commands of one file make of it.
void Linker::addFunction(const Function &F, const TuSummary &Tu) {
  llvm::SmallVector<unsigned, 1> &Definitions = G.ByUsr[F.Usr];
  bool Here = false;
  for (unsigned Known : Definitions)
    if (G.function(Known).At == F.At) {
      const Function *Other = &G.function(Known), *First = Tu.Functions.data();
      if (std::less<>()(Other, First) || !std::less<>()(Other, First + Tu.Functions.size()))
        return;
      Here = true;
    }
  if (Definitions.size() == 1 && !Here && F.Parent.empty() && F.Name != "main")
    G.Ambiguous.emplace_back(Definitions.front(), G.Functions.size());
  if (Definitions.empty() && !F.Pattern.empty())
    Instances[F.Pattern].push_back(F.Usr);
  Definitions.push_back(G.Functions.size());
  G.Functions.push_back(&F);
  for (const Site &S : F.Sites)
    if (!S.Callee.empty() && G.ByCallee.try_emplace(S.Callee.storage()).second)
      Callees.push_back(&S.Callee);
}

/// Of several definitions of the function around a lambda, it is the one in the lambda's file.
void Linker::joinLambdas() {
  G.Enclosing.resize(G.Functions.size());
  for (unsigned F = 0; F < G.Functions.size(); ++F) {
    const Function &Lambda = G.function(F);
    if (Lambda.Parent.empty())
      continue;
    llvm::ArrayRef<unsigned> All = G.definitions(Lambda.Parent);
    if (All.empty())
      continue;
    const unsigned *InFile =
        llvm::find_if(All, [&](unsigned Around) { return G.function(Around).At.File == Lambda.At.File; });
    G.Enclosing[F] = InFile == All.end() ? All.front() : *InFile;
  }
  // A chain of lambdas is short; one in a damaged summary may go in a circle.
  for (std::optional<unsigned> &Around : G.Enclosing) {
    unsigned Depth = 0;
    for (std::optional<unsigned> Up = Around; Up && Depth <= MaxLambdas; Up = G.Enclosing[*Up])
      ++Depth;
    if (Depth > MaxLambdas)
      Around.reset();
  }
}

Linker::Targets Linker::targets(const Site &S, unsigned From) const {
  const llvm::SmallVector<unsigned, 1> *Definitions = G.ByCallee.lookup(S.Callee.storage()).Definitions;
  return targets(Definitions ? *Definitions : llvm::ArrayRef<unsigned>(), S.Callee, S.Virtual, From);
}

/// `From` is the calling function: of several definitions, those in its own file are what it calls.
Linker::Targets Linker::targets(llvm::ArrayRef<unsigned> Definitions, llvm::StringRef Usr, bool Virtual,
                                unsigned From) const {
  Targets Out;
  auto Take = [&](llvm::ArrayRef<unsigned> All) {
    size_t Before = Out.size();
    if (All.size() > 1)
      for (unsigned Definition : All)
        if (G.function(Definition).At.File == G.function(From).At.File)
          Out.push_back(Definition);
    if (Out.size() == Before)
      llvm::append_range(Out, All);
  };
  Take(Definitions);
  if (!Instances.empty())
    if (auto At = Instances.find(Usr); At != Instances.end())
      for (const std::string &Name : At->second)
        Take(G.definitions(Name));
  if (Virtual)
    if (auto At = Overriders.find(Usr); At != Overriders.end())
      for (const std::string &Name : At->second)
        Take(G.definitions(Name));
  return Out;
}

Linker::Key Linker::keyOf(llvm::StringRef Text) {
  llvm::XXH128_hash_t Hash = llvm::xxh3_128bits(llvm::arrayRefFromStringRef(Text));
  return {Hash.low64, Hash.high64};
}

void Linker::addEdge(Found &Out, unsigned F, Edge E) {
  if (E.Steps->Length > MaxPath)
    return;
  std::string Text = std::to_string(F) + ">" + std::to_string(E.Target) + "@";
  for (const Chain *C = E.Steps; C; C = C->Next)
    Text += std::to_string(C->At.Function) + "." + std::to_string(C->At.Site) + ",";
  appendTo(Text, E.Object);
  Text += E.Runs ? std::to_string(static_cast<int>(E.Runs->In)) : "";
  for (const Value &A : E.Arguments)
    appendTo(Text, A);
  if (!KnownOf[F / Stretch].Edges.insert(keyOf(Text)).second)
    return;
  unsigned Index = G.Edges[F].size(), Target = E.Target;
  G.Edges[F].push_back(E);
  if (!Passing) {
    Out.Edges.push_back({F, Index}); // what the target does is passed on later
    return;
  }
  G.Callers[Target].push_back({F, Index});
  for (size_t I = 0; I < Effects[Target].size(); ++I)
    pass(Out, F, E, *Effects[Target][I]);
}

void Linker::addDirectEdges(Found &Out, unsigned F) {
  const Function &Fn = G.function(F);
  for (unsigned I = 0; I < Fn.Sites.size(); ++I) {
    const Site &S = Fn.Sites[I];
    if (S.Callee.empty() || S.Reference)
      continue;
    // What runs a statement by its role is the statement; what its body does is judged on its own.
    if (G.roles(S).Executes)
      continue;
    for (unsigned Target : targets(S, F)) {
      Edge E;
      E.Target = Target;
      E.Steps = chain(*Out.Chains, {F, I}, nullptr);
      E.GivenAt = {F, I};
      E.Creates = S.Creates;
      if (!S.Creates) {
        E.Object = Resolve.resolve(S.Object);
        for (const Value &A : S.Arguments)
          E.Arguments.push_back(Resolve.resolve(A));
      }
      addEdge(Out, F, std::move(E));
    }
  }
}

/// Whether the value, once it is resolved, may be something that can be called.
static bool mayBeCallable(const Value &V) {
  switch (V.K) {
  case Value::Kind::Parameter:
  case Value::Kind::Field:
  case Value::Kind::Global:
  case Value::Kind::Result:
  case Value::Kind::Function:
  case Value::Kind::Choice: return true;
  default: return false;
  }
}

void Linker::addOwnEffects(Found &Out, unsigned F) {
  const Function &Fn = G.function(F);
  for (unsigned I = 0; I < Fn.Sites.size(); ++I) {
    const Site &S = Fn.Sites[I];
    if (S.Reference || S.Creates)
      continue;
    const FunctionRoles &Roles = G.roles(S);
    const Chain *Here = chain(*Out.Chains, {F, I}, nullptr);
    if (Roles.Connects)
      addConnection(Out, F, Here,
                    *Roles.Connects < S.Arguments.size() ? Resolve.resolve(S.Arguments[*Roles.Connects]) : Value());
    if (Roles.Prepares && std::max(Roles.Prepares->Name, Roles.Prepares->Sql) < S.Arguments.size())
      addPrepared(Out, F, Here, Resolve.resolve(S.Arguments[Roles.Prepares->Name]),
                  Resolve.resolve(S.Arguments[Roles.Prepares->Sql]));
    if (Roles.Executes) {
      std::vector<Value> Arguments;
      for (const Value &A : S.Arguments)
        Arguments.push_back(Resolve.resolve(A));
      addStatement(Out, F, Here, {F, I}, *G.callee(S), Resolve.resolve(S.Object), Arguments);
      continue;
    }
    if (S.Callee.empty()) {
      std::vector<Value> Arguments;
      for (const Value &A : S.Arguments)
        Arguments.push_back(Resolve.resolve(A));
      callValue(Out, F, Here, {F, I}, Resolve.resolve(S.Through), Arguments, nullptr);
      continue;
    }
    // A callable handed to something whose body isn't in the program, or whose role says that it runs it.
    std::optional<bool> HasBody;
    for (unsigned A = 0; A < S.Arguments.size(); ++A) {
      if (!mayBeCallable(S.Arguments[A]))
        continue;
      llvm::SmallVector<const RunsRole *, 2> Ways; // in a retry and in a transaction, for one
      for (const RunsRole &Run : Roles.Runs)
        if (Run.Argument == A)
          Ways.push_back(&Run);
      if (Ways.empty()) {
        if (!HasBody)
          HasBody = !targets(S, F).empty();
        if (*HasBody)
          continue;
        Ways.push_back(nullptr);
      }
      Value Callable = Resolve.resolve(S.Arguments[A]);
      std::vector<Value> Given;
      if (llvm::any_of(Ways, [](const RunsRole *Run) { return Run && Run->In == Scope::Transaction; }))
        Given.push_back(Value::connection(Lane::Tx));
      else
        for (unsigned After = A + 1; After < S.Arguments.size(); ++After)
          Given.push_back(Resolve.resolve(S.Arguments[After]));
      for (const RunsRole *Runs : Ways)
        callValue(Out, F, Here, {F, I}, Callable, Given, Runs);
    }
  }
}

/// `F` runs a statement at the end of `Path`.
void Linker::addStatement(Found &Out, unsigned F, const Chain *Path, Step GivenAt, const Declaration &Runs,
                          const Value &Object, const std::vector<Value> &Arguments) {
  const ExecutesRole &Role = *Runs.Roles->Executes;
  auto Argument = [&](std::optional<unsigned> I) { return I && *I < Arguments.size() ? Arguments[*I] : Value(); };
  Effect E;
  E.Path = Path;
  E.TextAt = GivenAt;
  E.Runs = &Runs;
  E.Text = Role.Prepared ? Value::prepared(Argument(Role.Prepared)) : Argument(Role.Sql);
  if (Role.On != Lane::Connection)
    E.On = Value::handle(Object, Role.On);
  else
    E.On = Role.ConnectionArgument ? Argument(Role.ConnectionArgument) : Object;
  if (!Path->Next)
    Out.Settled.emplace_back(Path->At, false);
  add(Out, F, std::move(E));
}

/// `F` opens a connection at the end of `Path`.
void Linker::addConnection(Found &Out, unsigned F, const Chain *Path, const Value &Text) {
  Effect E;
  E.K = Effect::Kind::Connect;
  E.Path = Path;
  E.TextAt = Path->At;
  E.Text = Text;
  Out.Settled.emplace_back(Path->At, false);
  add(Out, F, std::move(E));
}

/// `F` gives the statement `Text` the name `Name` at the end of `Path`.
void Linker::addPrepared(Found &Out, unsigned F, const Chain *Path, const Value &Name, const Value &Text) {
  Effect E;
  E.K = Effect::Kind::Prepare;
  E.Path = Path;
  E.TextAt = Path->At;
  E.Text = Text;
  E.Name = Name;
  add(Out, F, std::move(E));
}

/// `F` calls `Callee` at the end of `Path`.
void Linker::callValue(Found &Out, unsigned F, const Chain *Path, Step GivenAt, const Value &Callee,
                       const std::vector<Value> &Arguments, const RunsRole *Runs) {
  switch (Callee.K) {
  case Value::Kind::Choice:
    for (const Value &One : Callee.Parts)
      callValue(Out, F, Path, GivenAt, One, Arguments, Runs);
    return;
  case Value::Kind::Parameter: {
    Effect E;
    E.K = Effect::Kind::Call;
    E.Path = Path;
    E.Callee = Callee;
    E.Arguments = Arguments;
    E.TextAt = GivenAt;
    E.Scope = Runs;
    add(Out, F, std::move(E));
    return;
  }
  case Value::Kind::Function: {
    std::vector<Value> Given = Callee.Parts.empty() ? Arguments : Callee.Parts;
    const Declaration *Called = G.declaration(Callee.Name);
    if (Called && Called->Roles->Executes) {
      Value Object;
      if (Called->Method && !Given.empty()) {
        Object = Given.front();
        Given.erase(Given.begin());
      }
      addStatement(Out, F, Path, GivenAt, *Called, Object, Given);
      return;
    }
    for (unsigned Target : targets(G.definitions(Callee.Name), Callee.Name, /*Virtual=*/true, F)) {
      Edge E;
      E.Target = Target;
      E.Steps = Path;
      E.Runs = Runs;
      E.GivenAt = GivenAt;
      E.Arguments = Given;
      const Declaration *D = G.declarationOf(Target);
      if (D && D->Method && !E.Arguments.empty()) {
        E.Object = E.Arguments.front();
        E.Arguments.erase(E.Arguments.begin());
      }
      addEdge(Out, F, std::move(E));
    }
    return;
  }
  default: return;
  }
}

/// Notes what is settled about `E` in the frame of `F`; what is open is kept for the callers.
void Linker::add(Found &Out, unsigned F, Effect E) {
  if (E.Path->Length > MaxPath)
    return;
  bool Open = E.Callee.open();
  if (E.K == Effect::Kind::Statement) {
    settle(Out, E);
    Open = E.Text.open() || E.On.open();
    if (E.OnlyIfTx)
      Open = E.On.open();
    else if (!E.Text.open() && E.On.K == Value::Kind::Handle)
      E.OnlyIfTx = true;
  }
  if (E.K == Effect::Kind::Connect) {
    Open = E.Text.open();
    if (!Open)
      reportConnection(Out, E);
  }
  if (E.K == Effect::Kind::Prepare) {
    Open = E.Name.open() || E.Text.open();
    if (!Open)
      Out.Names.push_back({E.Name, E.Text, E.TextAt});
  }
  if (!Open)
    return;
  const Chain *Origin = E.Path;
  while (Origin->Next)
    Origin = Origin->Next;
  std::string Text = std::to_string(F) + "<" + std::to_string(Origin->At.Function) + "." +
                     std::to_string(Origin->At.Site) + (E.K == Effect::Kind::Connect ? "c" : "");
  for (const Value *Part : {&E.Text, &E.On, &E.Callee, &E.Name}) {
    appendTo(Text, *Part);
    Text += '|';
  }
  Text += E.OnlyIfTx ? "t" : "";
  for (const Value &A : E.Arguments)
    appendTo(Text, A);
  if (!KnownOf[F / Stretch].Effects.insert(keyOf(Text)).second)
    return;
  Effects[F].push_back(std::make_unique<Effect>(std::move(E)));
  Out.Work.push_back({F, static_cast<unsigned>(Effects[F].size() - 1)});
}

void Linker::pass(Found &Out, unsigned Caller, const Edge &E, const Effect &Below) {
  llvm::StringRef Callee = G.function(E.Target).Usr;
  auto Give = [&](const Value &V) {
    if (!V.open() || E.Creates)
      return V;
    return Resolve.resolve(Resolver::substitute(V, Callee, E.Object, E.Arguments));
  };
  const Chain *Path = join(*Out.Chains, E.Steps, Below.Path);
  if (Below.K == Effect::Kind::Call) {
    std::vector<Value> Arguments;
    bool Open = false;
    for (const Value &A : Below.Arguments) {
      Open |= A.open();
      Arguments.push_back(Give(A));
    }
    callValue(Out, Caller, Path, Open ? E.GivenAt : Below.TextAt, Give(Below.Callee), Arguments, Below.Scope);
    return;
  }
  Effect Up = Below;
  Up.Path = Path;
  Up.Text = Give(Below.Text);
  Up.On = Give(Below.On);
  Up.Name = Give(Below.Name);
  // The text was settled by this call, or is still to be: either way this is the nearest site that has it.
  if (Below.Text.open())
    Up.TextAt = E.GivenAt;
  add(Out, Caller, std::move(Up));
}

static std::string flatten(const Value &Text) {
  switch (Text.K) {
  case Value::Kind::Text: return Text.Name;
  case Value::Kind::Concat: {
    std::string Out;
    for (const Value &P : Text.Parts)
      Out += flatten(P);
    return Out;
  }
  default: return std::string(1, sql::Hole);
  }
}

/// Concatenations with choices inside become choices of texts.
static std::vector<Value> alternatives(const Value &V) {
  if (V.K == Value::Kind::Choice)
    return V.Parts;
  if (V.K == Value::Kind::Prepared) {
    std::vector<Value> Out;
    for (Value &Name : alternatives(V.Parts[0]))
      Out.push_back(Value::prepared(std::move(Name)));
    return Out;
  }
  if (V.K == Value::Kind::Concat) {
    std::vector<std::vector<Value>> All{{}};
    for (const Value &P : V.Parts) {
      std::vector<Value> Options = alternatives(P);
      std::vector<std::vector<Value>> Next;
      for (const auto &Prefix : All)
        for (const Value &O : Options) {
          Next.push_back(Prefix);
          Next.back().push_back(O);
        }
      if (Next.size() > Value::MaxChoices)
        return {V};
      All = std::move(Next);
    }
    std::vector<Value> Out;
    for (auto &Parts : All)
      Out.push_back(Value::concat(std::move(Parts)));
    return Out;
  }
  return {V};
}

static std::vector<Lane> lanes(const Value &V) {
  switch (V.K) {
  case Value::Kind::Connection: return {V.On};
  case Value::Kind::Transaction: return lanes(V.Parts[0]);
  case Value::Kind::Handle: {
    std::vector<Lane> Inner = lanes(V.Parts[0]);
    bool Tx = llvm::all_of(Inner, [](Lane L) { return L == Lane::Tx; });
    return {Tx ? Lane::Tx : V.On};
  }
  case Value::Kind::Choice: {
    std::vector<Lane> All;
    for (const Value &P : V.Parts)
      for (Lane L : lanes(P))
        if (!llvm::is_contained(All, L))
          All.push_back(L);
    return All;
  }
  default: return {Lane::Unknown};
  }
}

/// The text that is sent, with holes; Unknown when nothing is known of it.
static Value sentText(const Value &Text) {
  return Text.K == Value::Kind::Text || Text.K == Value::Kind::Concat ? Value::text(flatten(Text)) : Value();
}

void Linker::report(Found &Out, const Effect &E, const Value &Text, Lane On) {
  // Which text it has, only the whole program tells.
  if (Text.K == Value::Kind::Prepared)
    Out.RunsByName.push_back({E, Text.Parts[0], On});
  else
    reportText(Out, E, Text, On, std::nullopt);
}

void Linker::reportText(Found &Out, const Effect &E, const Value &Text, Lane On, std::optional<Step> PreparedAt) {
  StatementUse Use;
  Use.PreparedAt = PreparedAt;
  Use.Path = E.Path;
  Use.TextAt = E.TextAt;
  Use.On = On;
  Use.Runs = E.Runs;
  Use.Connection = E.On;
  Use.Text = sentText(Text);
  if (Use.Text.known()) {
    auto [At, New] = Out.Facts.try_emplace(Use.Text.Name);
    if (New)
      At->second = std::make_unique<sql::Facts>(sql::parse(Use.Text.Name));
    Use.Facts = At->second.get();
  }
  Out.Statements.push_back(std::move(Use));
}

/// One name may be prepared on many connections; with two texts it isn't known which of them runs.
void Linker::notePrepared(const Naming &N) {
  if (N.Name.K == Value::Kind::Choice) {
    for (const Value &Name : N.Name.Parts)
      notePrepared({Name, N.Text, N.At});
    return;
  }
  // The unnamed statement is whichever was prepared last.
  if (N.Name.K != Value::Kind::Text || N.Name.Name.empty())
    return;
  auto [Known, New] = PreparedByName.try_emplace(N.Name.Name, Prepared{N.Text, N.At});
  if (New)
    return;
  if (!(Known->second.Text == N.Text))
    Known->second.Text = Value();
  if (G.site(N.At).At < G.site(Known->second.At).At)
    Known->second.At = N.At;
}

/// Statements that are run by name, now that the whole program has said what the names stand for.
void Linker::reportPrepared(Found &Out) {
  for (unsigned F = 0; F < Effects.size(); ++F)
    for (const auto &E : Effects[F])
      if (E->K == Effect::Kind::Prepare && G.Callers[F].empty())
        notePrepared({E->Name, E->Text.open() ? Value() : E->Text, E->TextAt});
  for (const RunByName &Run : RunsByName) {
    auto Known = Run.Name.K == Value::Kind::Text ? PreparedByName.find(Run.Name.Name) : PreparedByName.end();
    if (Known == PreparedByName.end()) {
      reportText(Out, Run.Statement, Value(), Run.On, std::nullopt);
      continue;
    }
    for (const Value &Text : alternatives(Known->second.Text))
      reportText(Out, Run.Statement, Text, Run.On, Known->second.At);
  }
}

/// Reports what is settled about the statement in this frame.
void Linker::settle(Found &Out, Effect &E) {
  bool Promised = E.On.K == Value::Kind::Handle;
  bool LaneOpen = E.On.open() && !Promised;
  if (!LaneOpen && !E.LaneReported) {
    for (Lane L : lanes(E.On))
      Out.LaneUses.push_back({E.Path, L, E.Runs, E.On});
    E.LaneReported = true;
  }
  if (E.OnlyIfTx) {
    if (!E.On.open() && lanes(E.On) == std::vector<Lane>{Lane::Tx})
      for (const Value &Text : alternatives(E.Text))
        report(Out, E, Text, Lane::Tx);
    return;
  }
  if (E.Text.open() || LaneOpen)
    return;
  const Chain *Origin = E.Path;
  while (Origin->Next)
    Origin = Origin->Next;
  Out.Settled.emplace_back(Origin->At, true);
  for (const Value &Text : alternatives(E.Text))
    for (Lane L : lanes(E.On))
      report(Out, E, Text, L);
}

void Linker::reportConnection(Found &Out, const Effect &E) {
  ConnectUse Use;
  Use.Path = E.Path;
  for (const Chain *C = E.Path; C; C = C->Next) {
    if (!C->Next)
      Out.Settled.emplace_back(C->At, true);
    Lane Made = G.site(C->At).Makes;
    // What connects may itself promise the lane of what it returns.
    const FunctionRoles &Called = G.roles(G.site(C->At));
    if (Made == Lane::Unknown && !C->Next && Called.Returns && *Called.Returns != Lane::Connection)
      Made = *Called.Returns;
    const Declaration *Factory = G.declarationOf(C->At.Function);
    if (Made == Lane::Unknown && Factory && Factory->Roles->Returns && *Factory->Roles->Returns != Lane::Connection)
      Made = *Factory->Roles->Returns;
    // The nearest promise holds: it is made about this very connection.
    if (Made != Lane::Unknown)
      Use.On = Made;
  }
  for (const Value &Text : alternatives(E.Text)) {
    Use.Text = sentText(Text);
    Out.Connects.push_back(Use);
  }
}

/// Statements that no caller in the program settles are taken with what is known of them.
void Linker::reportUnsettled(Found &Out) {
  auto Origin = [](const Effect &E) { return E.Path->last(); };
  // The text may be known in a frame that nobody calls though the lane isn't: that is a use beside those of other
  // callers.
  auto TextKnown = [](const Effect &E) { return E.K == Effect::Kind::Statement && !E.Text.open() && E.Text.known(); };
  auto IsUse = [](const Effect &E) { return E.K == Effect::Kind::Statement || E.K == Effect::Kind::Connect; };
  // The functions that nobody calls know most; where calls go in a circle, the statement's own.
  std::map<Step, std::vector<const Effect *>> Known;
  for (unsigned F = 0; F < Effects.size(); ++F)
    for (const auto &E : Effects[F])
      if (G.Callers[F].empty() && IsUse(*E) && !E->OnlyIfTx)
        if (TextKnown(*E) || !Settled[Origin(*E)])
          Known[Origin(*E)].push_back(E.get());
  for (const auto &[At, Done] : Settled) {
    std::vector<const Effect *> &From = Known[At];
    if (!Done && From.empty())
      for (const auto &E : Effects[At.Function])
        if (IsUse(*E) && !E->Path->Next && E->Path->At == At)
          From.push_back(E.get());
    for (const Effect *E : From) {
      if (E->K == Effect::Kind::Connect) {
        reportConnection(Out, *E);
        continue;
      }
      for (const Value &Text : alternatives(E->Text))
        for (Lane L : lanes(E->On))
          report(Out, *E, Text, L);
    }
  }
}

} // namespace poolguard
