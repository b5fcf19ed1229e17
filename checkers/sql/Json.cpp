//===- Json.cpp -------------------------------------------------*- C++ -*-===//

#include "sql/Json.h"

#include <algorithm>

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"

namespace poolguard::sql::ast {

namespace {

/// The readers of the tree recurse as deep as it is nested; Parser.cpp's stack is made for this.
constexpr unsigned MaxDepth = 6000;

class Reader {
public:
  Reader(llvm::StringRef Json, llvm::BumpPtrAllocator &Memory) : Rest(Json), Memory(Memory) {}

  bool readAll(Value &Out) {
    if (!readValue(Out, 0))
      return false;
    skipSpace();
    return Rest.empty();
  }

private:
  bool readValue(Value &Out, unsigned Depth);
  bool readObject(Value &Out, unsigned Depth);
  bool readArray(Value &Out, unsigned Depth);
  bool readNumber(Value &Out);
  bool readString(llvm::StringRef &Out);
  bool appendEscape(llvm::StringRef Raw, size_t &I, std::string &Out) const;
  void skipSpace() { Rest = Rest.ltrim(" \t\r\n"); }
  bool take(char C) {
    skipSpace();
    return Rest.consume_front(llvm::StringRef(&C, 1));
  }
  template <typename T> llvm::ArrayRef<T> keep(llvm::ArrayRef<T> Items) {
    T *Copy = Memory.Allocate<T>(Items.size());
    std::uninitialized_copy(Items.begin(), Items.end(), Copy);
    return {Copy, Items.size()};
  }

  llvm::StringRef Rest;
  llvm::BumpPtrAllocator &Memory;
};

bool Reader::readValue(Value &Out, unsigned Depth) {
  skipSpace();
  if (Rest.empty() || Depth > MaxDepth)
    return false;
  switch (Rest.front()) {
  case '{': return readObject(Out, Depth);
  case '[': return readArray(Out, Depth);
  case '"': Out.Kind = Value::Kind::String; return readString(Out.Text);
  case 't':
    Out.Kind = Value::Kind::Boolean;
    Out.Boolean = true;
    return Rest.consume_front("true");
  case 'f': Out.Kind = Value::Kind::Boolean; return Rest.consume_front("false");
  case 'n': return Rest.consume_front("null");
  default: return readNumber(Out);
  }
}

bool Reader::readObject(Value &Out, unsigned Depth) {
  llvm::SmallVector<Member, 0> Members;
  Rest = Rest.drop_front();
  if (!take('}')) {
    do {
      Member M;
      skipSpace();
      if (!Rest.starts_with("\"") || !readString(M.Key) || !take(':') || !readValue(M.Held, Depth + 1))
        return false;
      Members.push_back(M);
    } while (take(','));
    if (!take('}'))
      return false;
  }
  Out.Kind = Value::Kind::Object;
  Out.Fields = new (Memory) Object(keep<Member>(Members));
  return true;
}

bool Reader::readArray(Value &Out, unsigned Depth) {
  llvm::SmallVector<Value, 0> Items;
  Rest = Rest.drop_front();
  if (!take(']')) {
    do {
      Value V;
      if (!readValue(V, Depth + 1))
        return false;
      Items.push_back(V);
    } while (take(','));
    if (!take(']'))
      return false;
  }
  Out.Kind = Value::Kind::Array;
  Out.Items = keep<Value>(Items);
  return true;
}

bool Reader::readNumber(Value &Out) {
  llvm::StringRef Written =
      Rest.take_while([](char C) { return llvm::isDigit(C) || llvm::StringRef("+-.eE").contains(C); });
  Rest = Rest.drop_front(Written.size());
  Out.Kind = Value::Kind::Number;
  return !Written.take_until([](char C) { return C == '.' || C == 'e' || C == 'E'; }).getAsInteger(10, Out.Number);
}

/// `I` is at the character behind the backslash.
bool Reader::appendEscape(llvm::StringRef Raw, size_t &I, std::string &Out) const {
  constexpr llvm::StringLiteral Letters = "bfnrt", Meanings = "\b\f\n\r\t";
  if (size_t Letter = Letters.find(Raw[I]); Letter != llvm::StringRef::npos) {
    Out += Meanings[Letter];
    return true;
  }
  if (Raw[I] != 'u') {
    Out += Raw[I];
    return true;
  }
  unsigned Code = 0;
  if (Raw.substr(I + 1, 4).getAsInteger(16, Code))
    return false;
  I += 4;
  char Buffer[UNI_MAX_UTF8_BYTES_PER_CODE_POINT];
  char *End = Buffer;
  if (llvm::ConvertCodePointToUTF8(Code, End)) // a lone surrogate says nothing
    Out.append(Buffer, End);
  return true;
}

bool Reader::readString(llvm::StringRef &Out) {
  size_t End = 1;
  while (End < Rest.size() && Rest[End] != '"')
    End += Rest[End] == '\\' ? 2 : 1;
  if (End >= Rest.size())
    return false;
  llvm::StringRef Raw = Rest.slice(1, End);
  Rest = Rest.drop_front(End + 1);
  if (!Raw.contains('\\')) {
    Out = Raw;
    return true;
  }
  std::string Text;
  for (size_t I = 0; I < Raw.size(); ++I) {
    if (Raw[I] != '\\')
      Text += Raw[I];
    else if (!appendEscape(Raw, ++I, Text))
      return false;
  }
  Out = llvm::StringRef(Text).copy(Memory);
  return true;
}

} // namespace

std::unique_ptr<Tree> Tree::read(llvm::StringRef Json) {
  auto Result = std::make_unique<Tree>();
  if (!Reader(Json, Result->Memory).readAll(Result->Root))
    return nullptr;
  return Result;
}

} // namespace poolguard::sql::ast
