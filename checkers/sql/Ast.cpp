//===- Ast.cpp --------------------------------------------------*- C++ -*-===//

#include "sql/Ast.h"

#include "llvm/ADT/StringExtras.h"

namespace poolguard::sql::ast {

Node node(const llvm::json::Value &V) {
  const Object *O = V.getAsObject();
  if (!O || O->size() != 1)
    return {};
  const auto &[Key, Inner] = *O->begin();
  llvm::StringRef Type = Key;
  if (Type.empty() || !llvm::isUpper(Type.front()))
    return {};
  return {Type, Inner.getAsObject()};
}

Node node(const Object &O, llvm::StringRef Field) {
  const llvm::json::Value *V = O.get(Field);
  return V ? node(*V) : Node();
}

std::vector<Node> nodes(const Object &O, llvm::StringRef Field) {
  std::vector<Node> Result;
  if (const llvm::json::Array *A = O.getArray(Field))
    for (const llvm::json::Value &V : *A)
      if (Node N = node(V))
        Result.push_back(N);
  return Result;
}

const Object *object(const Object &O, llvm::StringRef Field) { return O.getObject(Field); }

llvm::StringRef text(const Object &O, llvm::StringRef Field) { return O.getString(Field).value_or(""); }

bool flag(const Object &O, llvm::StringRef Field) { return O.getBoolean(Field).value_or(false); }

long long number(const Object &O, llvm::StringRef Field) { return O.getInteger(Field).value_or(0); }

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
  auto VisitValue = [&](llvm::StringRef Field, const llvm::json::Value &V) {
    if (Node N = node(V))
      Visit(N);
    else if (const Object *Inner = V.getAsObject())
      Visit({fixedType(Field), Inner});
  };
  for (const auto &[Key, V] : O) {
    if (const llvm::json::Array *A = V.getAsArray()) {
      for (const llvm::json::Value &Item : *A)
        VisitValue(Key, Item);
    } else {
      VisitValue(Key, V);
    }
  }
}

long long firstLocation(const Object &O) {
  long long First = -1;
  auto Take = [&](long long L) {
    if (L >= 0 && (First < 0 || L < First))
      First = L;
  };
  if (std::optional<int64_t> Own = O.getInteger("location"))
    Take(*Own);
  forEachChild(O, [&](Node N) { Take(firstLocation(*N.Fields)); });
  return First;
}

} // namespace poolguard::sql::ast
