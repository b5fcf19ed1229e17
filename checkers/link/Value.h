//===- Value.h - What an expression may stand for ---------------*- C++ -*-===//
//
// The extractor turns the expressions that matter (SQL texts, connections, callables) into values; the linker closes
// them over the program by putting arguments in the place of parameters.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"

#include "link/SharedText.h"
#include "model/Roles.h"

namespace poolguard {

struct Value {
  enum class Kind : uint8_t {
    Unknown,
    Text,        // Name is a constant string
    Hole,        // a part of a text that isn't known
    Connection,  // On is its lane; Name is the USR of the variable or field that holds it, where one does
    Parameter,   // of function Name, number Index (This: the object)
    Field,       // Name is the field's USR
    Global,      // Name is the variable's USR
    Result,      // of calling Name; Parts[0] is the object, then the arguments
    Function,    // Name is a USR; Parts, when there are any, are bound arguments (std::bind)
    Concat,      // of Parts
    Choice,      // one of Parts
    Transaction, // an open transaction: Name is the USR of its object, Parts[0] the connection it was opened on
    Handle,      // Parts[0] is an object; On is the lane its declaration promises. An open transaction's handle wins.
    Prepared,    // the text of the statement that was prepared under the name Parts[0]
  };
  static constexpr int This = -1;

  Kind K = Kind::Unknown;
  Lane On = Lane::Unknown;
  int Index = 0;
  SharedText Name;
  std::vector<Value> Parts;

  static Value text(llvm::StringRef S);
  static Value hole();
  static Value connection(Lane L, llvm::StringRef Holder = {});
  static Value parameter(llvm::StringRef Function, int Index);
  static Value named(Kind K, llvm::StringRef Name);
  static Value result(llvm::StringRef Callee, std::vector<Value> ObjectAndArguments);
  static Value handle(Value Object, Lane Promised);
  static Value transaction(llvm::StringRef Entity, Value Connection);
  static Value prepared(Value Name);
  /// Joins constant neighbours; of one part it is that part.
  static Value concat(std::vector<Value> Parts);
  /// Flattens, drops repetitions (of connections of one lane, whoever holds them), and gives up (Unknown) on more than
  /// MaxChoices.
  static Value choice(std::vector<Value> Parts);
  static constexpr unsigned MaxChoices = 16, MaxDepth = 24;

  bool known() const { return K != Kind::Unknown; }
  /// Whether a parameter occurs in it: callers may know more.
  bool open() const;
  unsigned depth() const;
  void forEach(llvm::function_ref<void(const Value &)> Visit) const;
  friend bool operator==(const Value &, const Value &) = default;
};

/// Adds a text that is equal for equal values only: a part of keys.
void appendTo(std::string &Text, const Value &V);

} // namespace poolguard
