#include "link/Value.h"

#include <algorithm>

namespace poolguard {

Value Value::text(llvm::StringRef S) {
  Value V;
  V.K = Kind::Text;
  V.Name = S.str();
  return V;
}

Value Value::hole() {
  Value V;
  V.K = Kind::Hole;
  return V;
}

Value Value::connection(Lane L, llvm::StringRef Holder) {
  Value V;
  V.K = Kind::Connection;
  V.On = L;
  V.Name = Holder.str();
  return V;
}

Value Value::parameter(llvm::StringRef Function, int Index) {
  Value V;
  V.K = Kind::Parameter;
  V.Name = Function.str();
  V.Index = Index;
  return V;
}

Value Value::named(Kind K, llvm::StringRef Name) {
  Value V;
  V.K = K;
  V.Name = Name.str();
  return V;
}

Value Value::result(llvm::StringRef Callee, std::vector<Value> ObjectAndArguments) {
  Value V;
  V.K = Kind::Result;
  V.Name = Callee.str();
  V.Parts = std::move(ObjectAndArguments);
  while (!V.Parts.empty() && !V.Parts.back().known())
    V.Parts.pop_back();
  return V.depth() > MaxDepth ? Value() : V;
}

Value Value::handle(Value Object, Lane Promised) {
  if (Object.K == Kind::Connection)
    return connection(Object.On == Lane::Tx ? Lane::Tx : Promised, Object.Name);
  if (!Object.known())
    return connection(Promised);
  Value V;
  V.K = Kind::Handle;
  V.On = Promised;
  V.Parts = {std::move(Object)};
  return V;
}

Value Value::transaction(llvm::StringRef Entity, Value Connection) {
  Value V;
  V.K = Kind::Transaction;
  V.Name = Entity.str();
  V.Parts = {std::move(Connection)};
  return V;
}

Value Value::prepared(Value Name) {
  if (!Name.known())
    return {};
  Value V;
  V.K = Kind::Prepared;
  V.Parts = {std::move(Name)};
  return V;
}

Value Value::concat(std::vector<Value> Parts) {
  Value V;
  V.K = Kind::Concat;
  for (Value &P : Parts) {
    if (!P.known())
      P = hole();
    auto Take = [&V](Value Part) {
      if (Part.K == Kind::Text && !V.Parts.empty() && V.Parts.back().K == Kind::Text)
        V.Parts.back().Name = V.Parts.back().Name + Part.Name.str();
      else if (Part.K != Kind::Text || !Part.Name.empty())
        V.Parts.push_back(std::move(Part));
    };
    if (P.K == Kind::Concat)
      for (Value &Part : P.Parts)
        Take(std::move(Part));
    else
      Take(std::move(P));
  }
  if (V.Parts.empty())
    return text("");
  if (V.Parts.size() == 1)
    return V.Parts.front();
  return V.depth() > MaxDepth ? Value() : V;
}

Value Value::choice(std::vector<Value> Parts) {
  Value V;
  V.K = Kind::Choice;
  auto Take = [&V](Value &Part) {
    if (Part.K == Kind::Connection) {
      auto Same = std::find_if(V.Parts.begin(), V.Parts.end(),
                               [&](const Value &P) { return P.K == Kind::Connection && P.On == Part.On; });
      if (Same == V.Parts.end())
        V.Parts.push_back(std::move(Part));
      else if (Same->Name != Part.Name)
        Same->Name = SharedText();
      return;
    }
    if (std::find(V.Parts.begin(), V.Parts.end(), Part) == V.Parts.end())
      V.Parts.push_back(std::move(Part));
  };
  for (Value &P : Parts) {
    if (P.K == Kind::Choice)
      for (Value &Part : P.Parts)
        Take(Part);
    else
      Take(P);
    if (V.Parts.size() > MaxChoices)
      return Value();
  }
  if (V.Parts.empty())
    return Value();
  if (V.Parts.size() == 1)
    return V.Parts.front();
  return V.depth() > MaxDepth ? Value() : V;
}

bool Value::open() const {
  bool Found = false;
  forEach([&](const Value &V) { Found |= V.K == Kind::Parameter; });
  return Found;
}

unsigned Value::depth() const {
  unsigned Deepest = 0;
  for (const Value &P : Parts)
    Deepest = std::max(Deepest, P.depth());
  return Deepest + 1;
}

void Value::forEach(llvm::function_ref<void(const Value &)> Visit) const {
  Visit(*this);
  for (const Value &P : Parts)
    P.forEach(Visit);
}

void appendTo(std::string &S, const Value &V) {
  S += static_cast<char>('a' + static_cast<int>(V.K));
  S += static_cast<char>('0' + static_cast<int>(V.On));
  if (V.K == Value::Kind::Parameter)
    S += std::to_string(V.Index);
  // The length makes the form unambiguous whatever the name holds.
  if (!V.Name.empty())
    (((S += '"') += std::to_string(V.Name.size())) += ':') += V.Name;
  if (!V.Parts.empty()) {
    S += '(';
    for (const Value &P : V.Parts) {
      appendTo(S, P);
      S += ',';
    }
    S += ')';
  }
}

} // namespace poolguard
