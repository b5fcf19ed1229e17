//===- Summary.h - What one translation unit holds --------------*- C++ -*-===//
//
// The extractor's result and the linker's input: for every function of the TU the sites that the rules care about, and
// what it calls. Entities are named by USR; what has internal linkage carries its TU in the name.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <map>
#include <string>
#include <vector>

#include "link/Location.h"
#include "link/Value.h"
#include "model/Roles.h"

namespace poolguard {

/// What happens to the result of a call.
enum class ResultUse : uint8_t { Used, Dropped, NoResult };

/// One call in a function's body. A statement is a call of something with the role `executes`.
struct Site {
  Location At;
  /// Where the callee's name stands, for fix-its; not valid in a macro.
  Location NameAt;
  unsigned NameLength = 0;
  std::string Callee;          // USR; empty for a call through a pointer or an object that holds a callable
  Value Through;               // what is called when Callee is empty
  bool Virtual = false;        // overriders may run instead
  Value Object;                // the object of a member call
  std::vector<Value> Arguments;
  bool HasDirect = false;      // the role's `direct` function exists beside the callee
  ResultUse Result = ResultUse::NoResult;
  /// A lambda that is made here; it may run later and elsewhere.
  bool Creates = false;
  /// A function or variable is named without being called (its address is taken, it is passed on).
  bool Reference = false;
};

struct Function {
  std::string Usr, Name;
  Location At;
  std::vector<Site> Sites;     // in source order
  Value Returns;
  std::string Parent;          // the enclosing function of a lambda
  std::string Pattern;         // USR of the generic lambda's call operator that this is an instance of
};

/// What is known of a function that is called, or defined, in the TU.
struct Declaration {
  std::string Name;
  Location At;
  FunctionRoles Roles;
  std::vector<std::string> Overrides; // USRs of the methods it overrides directly
  bool Defined = false;               // in this TU
  bool Method = false;                // not static: called through a pointer, its first argument is the object
};

struct TuSummary {
  std::string MainFile;
  std::vector<Function> Functions;
  std::map<std::string, Declaration> Declarations;            // by USR
  std::map<std::string, Value> Globals;                       // constants, by USR
  std::vector<std::pair<std::string, Value>> FieldBindings;   // what is stored in a field
  std::vector<LeaseTable> Leases;
  std::vector<AllowEntry> Allow;
  std::vector<unsigned> MatchedEntries;                       // of the role model
};

} // namespace poolguard
