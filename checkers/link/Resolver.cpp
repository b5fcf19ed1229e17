#include "link/Resolver.h"

#include <algorithm>

#include "llvm/ADT/STLExtras.h"

namespace poolguard {

/// One value on its way to what it is.
class Resolver::Walk {
public:
  using FieldValues = llvm::DenseMap<llvm::StringRef, Value>;
  /// `Settling`: where what a field holds is kept, while not all are settled.
  Walk(const Resolver &R, FieldValues *Settling) : R(R), Settling(Settling) {}

  Value resolve(const Value &V, unsigned Depth);
  Value field(llvm::StringRef Usr, unsigned Depth);

private:
  const Resolver &R;
  FieldValues *Settling;
  llvm::SmallVector<llvm::StringRef, 8> Active; // globals and fields: one that comes again is in a circle

  static constexpr unsigned MaxDepth = 12;
  Value anyCaller(const Value &V, unsigned Depth);
};

Value Resolver::resolve(const Value &V) const { return Walk(*this, nullptr).resolve(V, 0); }

void Resolver::readNames(const SharedSummaries &Summaries) {
  const SummaryCounts Room(Summaries);
  Functions.reserve(Room.Functions);
  Fields.reserve(Room.Bindings);
  for (const auto &Shared : Summaries) {
    const TuSummary &Tu = *Shared;
    for (const auto &[Usr, V] : Tu.Globals)
      Globals.try_emplace(Usr, &V);
    for (const auto &[Usr, V] : Tu.FieldBindings) {
      auto &Known = Fields[Usr].Stored;
      if (llvm::none_of(Known, [&](const Value *K) { return *K == V; }))
        Known.push_back(&V);
    }
    for (const auto &[Usr, D] : Tu.Declarations)
      if (D.Roles->Returns)
        Returns.try_emplace(Usr, *D.Roles->Returns);
    for (const Function &F : Tu.Functions)
      Functions.try_emplace(F.Usr, &F);
  }
}

void Resolver::readCallers(const SharedSummaries &Summaries) {
  Callers.reserve(SummaryCounts(Summaries).Declarations);
  for (const auto &Tu : Summaries)
    for (const Function &F : Tu->Functions)
      for (const Site &S : F.Sites)
        if (!S.Callee.empty() && !S.Creates && !S.Reference)
          Callers[S.Callee].push_back(&S);
}

size_t Resolver::fieldStretches() const { return llvm::divideCeil(Fields.size(), Stretch); }

void Resolver::settleFields(size_t Which) {
  Walk::FieldValues Known;
  for (size_t I = Which * Stretch, End = std::min(I + Stretch, Fields.size()); I < End; ++I) {
    auto &[Usr, F] = Fields.begin()[I];
    F.Holds = Walk(*this, &Known).field(Usr, 0);
  }
}

Value Resolver::substitute(const Value &V, llvm::StringRef Function, const Value &Object,
                           const std::vector<Value> &Arguments) {
  if (V.K == Value::Kind::Parameter) {
    if (V.Name != Function)
      return V;
    if (V.Index == Value::This)
      return Object;
    return static_cast<size_t>(V.Index) < Arguments.size() ? Arguments[V.Index] : Value();
  }
  if (V.Parts.empty())
    return V;
  std::vector<Value> Parts;
  for (const Value &P : V.Parts)
    Parts.push_back(substitute(P, Function, Object, Arguments));
  switch (V.K) {
  case Value::Kind::Concat: return Value::concat(std::move(Parts));
  case Value::Kind::Choice: return Value::choice(std::move(Parts));
  case Value::Kind::Handle: return Value::handle(std::move(Parts[0]), V.On);
  case Value::Kind::Result: return Value::result(V.Name, std::move(Parts));
  default: {
    Value Out = V;
    Out.Parts = std::move(Parts);
    return Out;
  }
  }
}

/// Puts what the callers hand over in the place of parameters, whichever caller it is.
Value Resolver::Walk::anyCaller(const Value &V, unsigned Depth) {
  if (V.K == Value::Kind::Parameter) {
    std::vector<Value> Given;
    auto At = R.Callers.find(V.Name);
    if (At == R.Callers.end() || Depth > MaxDepth)
      return {};
    for (const Site *S : At->second) {
      if (V.Index == Value::This)
        Given.push_back(S->Object);
      else
        Given.push_back(static_cast<size_t>(V.Index) < S->Arguments.size() ? S->Arguments[V.Index] : Value());
    }
    Value Joined = resolve(Value::choice(std::move(Given)), Depth + 1);
    return Joined.open() ? anyCaller(Joined, Depth + 1) : Joined;
  }
  Value Out = V;
  for (Value &P : Out.Parts)
    P = anyCaller(P, Depth + 1);
  return Out;
}

Value Resolver::Walk::field(llvm::StringRef Usr, unsigned Depth) {
  auto At = R.Fields.find(Usr);
  if (At == R.Fields.end())
    return {};
  if (!Settling)
    return At->second.Holds;
  if (auto Known = Settling->find(Usr); Known != Settling->end())
    return Known->second;
  if (llvm::is_contained(Active, Usr))
    return {};
  Active.push_back(Usr);
  std::vector<Value> Stored;
  for (const Value *V : At->second.Stored) {
    Value Held = resolve(*V, Depth + 1);
    if (Held.open())
      Held = resolve(anyCaller(Held, Depth + 1), Depth + 1);
    Stored.push_back(std::move(Held));
  }
  Active.pop_back();
  Value Joined = Value::choice(Stored);
  // Which of several connections an object holds depends on the object; only callables may be taken as any of them.
  if (Joined.K == Value::Kind::Choice) {
    bool Callables = std::all_of(Joined.Parts.begin(), Joined.Parts.end(),
                                 [](const Value &P) { return P.K == Value::Kind::Function || !P.known(); });
    if (!Callables)
      Joined = Value();
  }
  return (*Settling)[At->first] = std::move(Joined);
}

Value Resolver::Walk::resolve(const Value &V, unsigned Depth) {
  if (Depth > MaxDepth)
    return {};
  switch (V.K) {
  case Value::Kind::Global: {
    auto At = R.Globals.find(V.Name);
    if (At == R.Globals.end() || llvm::is_contained(Active, At->first))
      return {};
    Active.push_back(At->first);
    Value Out = resolve(*At->second, Depth + 1);
    Active.pop_back();
    return Out;
  }
  case Value::Kind::Field: return field(V.Name, Depth);
  case Value::Kind::Result: {
    if (auto Role = R.Returns.find(V.Name); Role != R.Returns.end()) {
      if (Role->second != Lane::Connection)
        return Value::connection(Role->second);
      return V.Parts.empty() ? Value() : resolve(V.Parts[0], Depth + 1);
    }
    auto At = R.Functions.find(V.Name);
    if (At == R.Functions.end() || !At->second->Returns.known())
      return {};
    Value Object = V.Parts.empty() ? Value() : resolve(V.Parts[0], Depth + 1);
    std::vector<Value> Arguments;
    for (size_t I = 1; I < V.Parts.size(); ++I)
      Arguments.push_back(resolve(V.Parts[I], Depth + 1));
    return resolve(substitute(At->second->Returns, V.Name, Object, Arguments), Depth + 1);
  }
  default: break;
  }
  if (V.Parts.empty())
    return V;
  std::vector<Value> Parts;
  for (const Value &P : V.Parts)
    Parts.push_back(resolve(P, Depth + 1));
  switch (V.K) {
  case Value::Kind::Concat: return Value::concat(std::move(Parts));
  case Value::Kind::Choice: return Value::choice(std::move(Parts));
  case Value::Kind::Handle: return Value::handle(std::move(Parts[0]), V.On);
  default: {
    Value Out = V;
    Out.Parts = std::move(Parts);
    return Out;
  }
  }
}

} // namespace poolguard
