//===- ConfigNode.h - YAML text as a tree with places -----------*- C++ -*-===//
//
// LLVM's YAML parser hands its nodes out once, in order. The readers want to look at keys in any order and name the
// line of each, so the text becomes this small tree first. Annotations are turned into the same tree, so that one
// reader knows the roles.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"

#include "model/RoleModel.h"

namespace poolguard {

struct ConfigNode {
  enum class Kind { Null, Scalar, Map, List };
  struct Member;

  Kind What = Kind::Null;
  std::string Text;    // of a scalar
  bool Quoted = false; // a scalar in quotes: never a number or true/false
  std::vector<Member> Members;
  std::vector<ConfigNode> Items;
  std::string File;
  unsigned Line = 0, Column = 0;

  bool isScalar() const { return What == Kind::Scalar; }
  bool isMap() const { return What == Kind::Map; }
  bool isList() const { return What == Kind::List; }

  /// The value of `Key` in a map; null when it has none.
  const ConfigNode *find(llvm::StringRef Key) const;
  /// The place of `Key` in a map (the map itself when it has none), for an error about the key.
  const ConfigNode &keyOf(llvm::StringRef Key) const;
};

struct ConfigNode::Member {
  ConfigNode Key, Value;
};

/// Reads the one document in `Text`. Nothing when it isn't YAML, is empty, or is YAML that a config may not use
/// (aliases, several documents, a key twice); `Errors` then has the reason.
std::optional<ConfigNode> readYaml(llvm::StringRef Text, llvm::StringRef File, std::vector<ConfigError> &Errors);

/// The errors of one reading, with the sentences that all readers share.
class ConfigProblems {
public:
  explicit ConfigProblems(std::vector<ConfigError> &Errors) : Errors(Errors) {}

  void add(const ConfigNode &At, const llvm::Twine &Message);
  /// Reports every key of `Map` that isn't in `Known`, with the nearest known one. False when there was any.
  bool onlyKeys(const ConfigNode &Map, llvm::ArrayRef<llvm::StringRef> Known);
  /// `unknown <what> '<text>'` with the nearest known one, or all of them.
  void unknown(const ConfigNode &At, const llvm::Twine &What, llvm::ArrayRef<llvm::StringRef> Known);

  /// Each returns nothing and reports when the node isn't of the kind; `What` names it in the message (`'sql'`).
  std::optional<std::string> text(const ConfigNode &Node, const llvm::Twine &What);
  std::optional<bool> boolean(const ConfigNode &Node, const llvm::Twine &What);
  /// A whole number from 0 to `Most`.
  std::optional<unsigned> number(const ConfigNode &Node, const llvm::Twine &What, unsigned Most);
  /// One of `Words`, by its index.
  std::optional<unsigned> oneOf(const ConfigNode &Node, const llvm::Twine &What, llvm::ArrayRef<llvm::StringRef> Words);

private:
  std::vector<ConfigError> &Errors;
};

/// `a, b or c`
std::string listed(llvm::ArrayRef<llvm::StringRef> Words, llvm::StringRef LastJoin);

} // namespace poolguard
