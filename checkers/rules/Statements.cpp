#include "rules/Statements.h"

namespace poolguard {

std::optional<Edit> editText(const ProgramGraph &G, const StatementUse &Use, unsigned Offset, unsigned Length,
                             llvm::StringRef Replacement) {
  const Site &S = G.site(Use.TextAt);
  if (Use.Text.K != Value::Kind::Text || Offset + Length > Use.Text.Name.size())
    return std::nullopt;
  for (const LiteralArgument &L : S.Literals) {
    if (L.Argument >= S.Arguments.size() || !(S.Arguments[L.Argument] == Use.Text))
      continue;
    Edit E;
    E.At = L.At;
    llvm::StringRef Before = llvm::StringRef(Use.Text.Name).take_front(Offset);
    E.At.Line += Before.count('\n');
    E.At.Column = Before.contains('\n') ? Offset - Before.rfind('\n') : E.At.Column + Offset;
    E.At.Offset += Offset;
    E.Length = Length;
    E.Replacement = Replacement.str();
    return E;
  }
  return std::nullopt;
}

Transactions::Transactions(const ProgramGraph &Graph) : G(Graph) {
  for (unsigned F = 0; F < G.functions().size(); ++F) {
    for (const OpenedTransaction &T : G.function(F).Opens)
      ByEntity.try_emplace(T.Entity, Opened{F, &T});
    for (const Edge &E : G.edges(F)) {
      if (!E.Runs || E.Runs->In != Scope::Transaction)
        continue;
      Lane On = E.Runs->On;
      auto [At, New] = CallbackLane.try_emplace(E.Target, On);
      if (!New && At->second != On)
        At->second = Lane::Unknown;
    }
  }
  for (const StatementUse &Use : G.statements())
    if (Use.On == Lane::Tx)
      InCallback.insert(Use.TextAt);
}

const Transactions::Opened *Transactions::of(const Value &Connection) const {
  const Opened *Found = nullptr;
  bool Other = false;
  const Value *V = &Connection;
  while (V->K == Value::Kind::Handle)
    V = &V->Parts[0];
  llvm::ArrayRef<Value> Options = *V;
  if (V->K == Value::Kind::Choice)
    Options = V->Parts;
  for (const Value &Option : Options) {
    auto At = Option.K == Value::Kind::Transaction ? ByEntity.find(Option.Name) : ByEntity.end();
    if (At == ByEntity.end() || (Found && Found != &At->second))
      Other = true;
    else
      Found = &At->second;
  }
  return Other ? nullptr : Found;
}

bool Transactions::surelyIn(const StatementUse &Use) const {
  if (Use.On == Lane::Tx)
    return true;
  const Opened *T = of(Use.Connection);
  return T && !T->What->Autocommit;
}

Lane Transactions::laneBelow(const StatementUse &Use) const {
  if (Use.On != Lane::Tx)
    return Use.On;
  for (const Chain *C = Use.Path; C; C = C->Next)
    if (auto At = CallbackLane.find(C->At.Function); At != CallbackLane.end())
      return At->second;
  return Lane::Unknown;
}

} // namespace poolguard
