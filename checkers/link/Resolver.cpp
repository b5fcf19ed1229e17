#include "link/Resolver.h"

#include <algorithm>

#include "llvm/ADT/STLExtras.h"

namespace poolguard {

void Resolver::read(const SharedSummaries &Summaries) {
  for (const auto &Shared : Summaries) {
    const TuSummary &Tu = *Shared;
    for (const auto &[Usr, V] : Tu.Globals)
      Globals.try_emplace(Usr, &V);
    for (const auto &[Usr, V] : Tu.FieldBindings) {
      auto &Known = Fields[Usr];
      if (llvm::none_of(Known, [&](const Value *K) { return *K == V; }))
        Known.push_back(&V);
    }
    for (const auto &[Usr, D] : Tu.Declarations)
      if (D.Roles->Returns)
        Returns.try_emplace(Usr, *D.Roles->Returns);
    for (const Function &F : Tu.Functions) {
      Functions.try_emplace(F.Usr, &F);
      for (const Site &S : F.Sites)
        if (!S.Callee.empty() && !S.Creates && !S.Reference)
          Callers[S.Callee].push_back(&S);
    }
  }
}

Value Resolver::substitute(const Value &V, const std::string &Function, const Value &Object,
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
Value Resolver::anyCaller(const Value &V, unsigned Depth) {
  if (V.K == Value::Kind::Parameter) {
    std::vector<Value> Given;
    auto At = Callers.find(V.Name);
    if (At == Callers.end() || Depth > MaxDepth)
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

Value Resolver::field(const std::string &Usr, unsigned Depth) {
  if (auto Known = FieldMemo.find(Usr); Known != FieldMemo.end())
    return Known->second;
  auto At = Fields.find(Usr);
  if (At == Fields.end() || std::find(Active.begin(), Active.end(), Usr) != Active.end())
    return {};
  Active.push_back(Usr);
  std::vector<Value> Stored;
  for (const Value *V : At->second) {
    Value R = resolve(*V, Depth + 1);
    if (R.open())
      R = resolve(anyCaller(R, Depth + 1), Depth + 1);
    Stored.push_back(std::move(R));
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
  return FieldMemo[Usr] = std::move(Joined);
}

Value Resolver::resolve(const Value &V, unsigned Depth) {
  if (Depth > MaxDepth)
    return {};
  switch (V.K) {
  case Value::Kind::Global: {
    auto At = Globals.find(V.Name);
    if (At == Globals.end() || std::find(Active.begin(), Active.end(), V.Name) != Active.end())
      return {};
    Active.push_back(V.Name);
    Value Out = resolve(*At->second, Depth + 1);
    Active.pop_back();
    return Out;
  }
  case Value::Kind::Field: return field(V.Name, Depth);
  case Value::Kind::Result: {
    if (auto Role = Returns.find(V.Name); Role != Returns.end()) {
      if (Role->second != Lane::Connection)
        return Value::connection(Role->second);
      return V.Parts.empty() ? Value() : resolve(V.Parts[0], Depth + 1);
    }
    auto At = Functions.find(V.Name);
    if (At == Functions.end() || !At->second->Returns.known())
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
