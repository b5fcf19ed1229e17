//===- Ast.cpp --------------------------------------------------*- C++ -*-===//

#include "sql/Ast.h"

#include "llvm/ADT/StringExtras.h"

namespace poolguard::sql::ast {

Node node(const Value &V) {
  if (!V.Fields || V.Fields->members().size() != 1)
    return {};
  const Member &Only = V.Fields->members().front();
  if (Only.Key.empty() || !llvm::isUpper(Only.Key.front()))
    return {};
  return {Only.Key, Only.Held.Fields};
}

Node node(const Object &O, llvm::StringRef Field) {
  const Value *V = O.get(Field);
  return V ? node(*V) : Node();
}

std::vector<Node> nodes(const Object &O, llvm::StringRef Field) {
  std::vector<Node> Result;
  if (const Value *List = O.get(Field))
    for (const Value &V : List->Items)
      if (Node N = node(V))
        Result.push_back(N);
  return Result;
}

const Object *object(const Object &O, llvm::StringRef Field) {
  const Value *V = O.get(Field);
  return V ? V->Fields : nullptr;
}

llvm::StringRef text(const Object &O, llvm::StringRef Field) {
  const Value *V = O.get(Field);
  return V ? V->Text : llvm::StringRef();
}

bool flag(const Object &O, llvm::StringRef Field) {
  const Value *V = O.get(Field);
  return V && V->Boolean;
}

long long number(const Object &O, llvm::StringRef Field) {
  const Value *V = O.get(Field);
  return V ? V->Number : 0;
}

long long location(const Object &O) { return number(O, "location"); }

std::vector<std::string> names(const Object &O, llvm::StringRef Field) {
  std::vector<std::string> Result;
  for (Node N : nodes(O, Field)) {
    if (N.is("String"))
      Result.push_back(text(*N.Fields, "sval").str());
    else if (N.is("A_Star"))
      Result.push_back("*");
  }
  return Result;
}

std::string lastName(const Object &O, llvm::StringRef Field) {
  std::vector<std::string> All = names(O, Field);
  return All.empty() ? std::string() : All.back();
}

static llvm::StringRef fixedType(llvm::StringRef Field) {
  if (Field == "larg" || Field == "rarg")
    return "SelectStmt";
  if (Field == "funccall" || Field == "func")
    return "FuncCall";
  return Field;
}

void forEachChild(const Object &O, llvm::function_ref<void(Node)> Visit) {
  if (number(O, "colno") > 1 && has(O, "ncolumns")) // the source of `(a, b) = ...` stands under each of its columns
    return;
  auto VisitValue = [&](llvm::StringRef Field, const Value &V) {
    if (Node N = node(V))
      Visit(N);
    else if (V.Fields)
      Visit({fixedType(Field), V.Fields});
  };
  for (const Member &M : O.members()) {
    VisitValue(M.Key, M.Held);
    for (const Value &Item : M.Held.Items)
      VisitValue(M.Key, Item);
  }
}

long long firstLocation(const Object &O) {
  long long First = -1;
  auto Take = [&](long long L) {
    if (L >= 0 && (First < 0 || L < First))
      First = L;
  };
  if (has(O, "location"))
    Take(location(O));
  forEachChild(O, [&](Node N) { Take(firstLocation(*N.Fields)); });
  return First;
}

} // namespace poolguard::sql::ast
