//===- ConfigNode.cpp - YAML text as a tree with places -------------------===//

#include "model/ConfigNode.h"

#include <tuple>

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/YAMLParser.h"

namespace poolguard {

using llvm::StringRef;
using llvm::Twine;

const ConfigNode *ConfigNode::find(StringRef Key) const {
  for (const Member &M : Members)
    if (M.Key.Text == Key)
      return &M.Value;
  return nullptr;
}

const ConfigNode &ConfigNode::keyOf(StringRef Key) const {
  for (const Member &M : Members)
    if (M.Key.Text == Key)
      return M.Key;
  return *this;
}

namespace {

// Deeper than any config can mean; keeps hostile input from exhausting the stack.
constexpr unsigned MaxDepth = 16;

class TreeBuilder {
public:
  TreeBuilder(StringRef Source, StringRef Path, std::vector<ConfigError> &Into)
      : Text(Source), File(Path), Errors(Into), Before(Into.size()) {}

  std::optional<ConfigNode> build() {
    llvm::SourceMgr Sources;
    Sources.setDiagHandler(&TreeBuilder::parserSays, this);
    llvm::yaml::Stream Stream(Text, Sources, /*ShowColors=*/false);
    auto Document = Stream.begin();
    llvm::yaml::Node *Root = Document == Stream.end() ? nullptr : Document->getRoot();
    if (!Root || llvm::isa<llvm::yaml::NullNode>(Root)) {
      if (Stream.failed() || failed())
        return giveUp();
      return fail(1, 1, "the config is empty: write at least 'version: 1'");
    }
    ConfigNode Tree = convert(*Root, 0);
    if (Stream.failed() || failed())
      return giveUp();
    // Anything after the first document would be ignored in silence.
    ++Document;
    if (Stream.failed())
      return giveUp();
    if (Document != Stream.end()) {
      llvm::yaml::Node *Second = Document->getRoot();
      if (Second && !llvm::isa<llvm::yaml::NullNode>(Second)) {
        ConfigNode At = nodeAt(Second->getSourceRange().Start);
        return fail(At.Line, At.Column,
                    "a second YAML document: a config is one document, so remove the '---' before it");
      }
    }
    if (failed())
      return giveUp();
    return Tree;
  }

private:
  StringRef Text, File;
  std::vector<ConfigError> &Errors;
  size_t Before;

  bool failed() const { return Errors.size() != Before; }

  std::optional<ConfigNode> giveUp() {
    if (!failed())
      fail(1, 1, "not YAML");
    return std::nullopt;
  }

  std::optional<ConfigNode> fail(unsigned Line, unsigned Column, const Twine &Message) {
    Errors.push_back({File.str(), Line, Column, Message.str()});
    return std::nullopt;
  }

  static void parserSays(const llvm::SMDiagnostic &Diagnostic, void *Self) {
    auto &Builder = *static_cast<TreeBuilder *>(Self);
    // The parser's later complaints follow from its first.
    if (Builder.failed())
      return;
    std::string Message = "not YAML: " + Diagnostic.getMessage().str();
    if (Diagnostic.getLineContents().contains('*'))
      Message += "; a name that starts with '*' must stand in quotes";
    Builder.fail(Diagnostic.getLineNo() > 0 ? static_cast<unsigned>(Diagnostic.getLineNo()) : 1,
                 Diagnostic.getColumnNo() >= 0 ? static_cast<unsigned>(Diagnostic.getColumnNo()) + 1 : 1, Message);
  }

  ConfigNode nodeAt(llvm::SMLoc Place) const {
    ConfigNode Node;
    Node.File = File.str();
    const char *Pointer = Place.getPointer();
    if (!Pointer || Pointer < Text.begin() || Pointer > Text.end())
      return Node;
    StringRef Upto = Text.take_front(static_cast<size_t>(Pointer - Text.begin()));
    Node.Line = static_cast<unsigned>(Upto.count('\n')) + 1;
    Node.Column = static_cast<unsigned>(Upto.size() - (Upto.rfind('\n') + 1)) + 1;
    return Node;
  }

  /// The parser places a map or list in brackets behind its opening bracket.
  void moveToBracket(ConfigNode &Node, llvm::SMLoc Place) const {
    ConfigNode Found = nodeAt(Place);
    if (Found.Line == 0)
      return;
    StringRef Upto = Text.take_front(static_cast<size_t>(Place.getPointer() - Text.begin())).rtrim();
    if (Upto.ends_with("{") || Upto.ends_with("["))
      Found = nodeAt(llvm::SMLoc::getFromPointer(Upto.end() - 1));
    Node.Line = Found.Line;
    Node.Column = Found.Column;
  }

  ConfigNode convert(llvm::yaml::Node &From, unsigned Depth) {
    ConfigNode Node = nodeAt(From.getSourceRange().Start);
    if (llvm::isa<llvm::yaml::MappingNode>(From) || llvm::isa<llvm::yaml::SequenceNode>(From))
      moveToBracket(Node, From.getSourceRange().Start);
    if (Depth > MaxDepth) {
      fail(Node.Line, Node.Column, "nested too deep: no part of a config has more than four levels");
      return Node;
    }
    if (auto *Scalar = llvm::dyn_cast<llvm::yaml::ScalarNode>(&From)) {
      llvm::SmallString<64> Storage;
      StringRef Raw = Scalar->getRawValue();
      Node.Text = Scalar->getValue(Storage).str();
      Node.Quoted = Raw.starts_with("'") || Raw.starts_with("\"");
      Node.What =
          !Node.Quoted && (Node.Text == "~" || Node.Text == "null") ? ConfigNode::Kind::Null : ConfigNode::Kind::Scalar;
    } else if (auto *Block = llvm::dyn_cast<llvm::yaml::BlockScalarNode>(&From)) {
      Node.What = ConfigNode::Kind::Scalar;
      Node.Text = Block->getValue().str();
      Node.Quoted = true;
    } else if (auto *Map = llvm::dyn_cast<llvm::yaml::MappingNode>(&From)) {
      Node.What = ConfigNode::Kind::Map;
      convertMap(*Map, Node, Depth);
    } else if (auto *List = llvm::dyn_cast<llvm::yaml::SequenceNode>(&From)) {
      Node.What = ConfigNode::Kind::List;
      for (llvm::yaml::Node &Item : *List) {
        Node.Items.push_back(convert(Item, Depth + 1));
        if (failed())
          break;
      }
    } else if (auto *Alias = llvm::dyn_cast<llvm::yaml::AliasNode>(&From)) {
      // The parser has moved on; the name it gives is still the one in the text.
      Node = nodeAt(llvm::SMLoc::getFromPointer(Alias->getName().begin() - 1));
      fail(Node.Line, Node.Column,
           "YAML reads '*" + Alias->getName() +
               "' as an alias, which a config can't use: put a name that starts with "
               "'*' in quotes");
    }
    return Node;
  }

  void convertMap(llvm::yaml::MappingNode &From, ConfigNode &Into, unsigned Depth) {
    for (llvm::yaml::KeyValueNode &Pair : From) {
      llvm::yaml::Node *Key = Pair.getKey();
      if (!Key || failed())
        return;
      ConfigNode::Member Member;
      Member.Key = convert(*Key, Depth + 1);
      if (failed())
        return;
      if (!Member.Key.isScalar()) {
        fail(Member.Key.Line, Member.Key.Column, "a key must be a word");
        return;
      }
      llvm::yaml::Node *Value = Pair.getValue();
      if (!Value || failed())
        return;
      Member.Value = convert(*Value, Depth + 1);
      if (failed())
        return;
      if (Member.Value.What == ConfigNode::Kind::Null || Member.Value.Line == 0) {
        Member.Value.Line = Member.Key.Line;
        Member.Value.Column = Member.Key.Column;
      }
      if (Into.find(Member.Key.Text)) {
        fail(Member.Key.Line, Member.Key.Column,
             "key '" + Member.Key.Text + "' stands here twice (first on line " +
                 Twine(Into.keyOf(Member.Key.Text).Line) + "): keep one");
        return;
      }
      Into.Members.push_back(std::move(Member));
    }
  }
};

/// The word of `Known` that the user most likely meant, or an empty string.
StringRef nearest(StringRef Text, llvm::ArrayRef<StringRef> Known) {
  StringRef Best;
  unsigned Least = static_cast<unsigned>(std::max<size_t>(2, Text.size() / 3)) + 1;
  for (StringRef Word : Known) {
    unsigned Distance = Text.edit_distance_insensitive(Word, /*AllowReplacements=*/true, Least);
    if (Distance < Least && Distance < Word.size()) {
      Least = Distance;
      Best = Word;
    }
  }
  return Best;
}

} // namespace

std::optional<ConfigNode> readYaml(StringRef Text, StringRef File, std::vector<ConfigError> &Errors) {
  return TreeBuilder(Text, File, Errors).build();
}

std::string listed(llvm::ArrayRef<StringRef> Words, StringRef LastJoin) {
  std::string Result;
  for (size_t I = 0; I != Words.size(); ++I) {
    if (I)
      Result += I + 1 == Words.size() ? LastJoin.str() : ", ";
    Result += Words[I];
  }
  return Result;
}

void ConfigProblems::add(const ConfigNode &At, const Twine &Message) {
  // An annotation is read once for every declaration that has it.
  ConfigError Error{At.File, At.Line, At.Column, Message.str()};
  for (const ConfigError &Known : Errors)
    if (std::tie(Known.Line, Known.Column, Known.File, Known.Message) ==
        std::tie(Error.Line, Error.Column, Error.File, Error.Message))
      return;
  Errors.push_back(std::move(Error));
}

void ConfigProblems::unknown(const ConfigNode &At, const Twine &What, llvm::ArrayRef<StringRef> Known) {
  StringRef Meant = nearest(At.Text, Known);
  if (!Meant.empty())
    add(At, "unknown " + What + " '" + At.Text + "': did you mean '" + Meant + "'?");
  else
    add(At, "unknown " + What + " '" + At.Text + "': known are " + listed(Known, " and "));
}

bool ConfigProblems::onlyKeys(const ConfigNode &Map, llvm::ArrayRef<StringRef> Known) {
  bool Fine = true;
  for (const ConfigNode::Member &M : Map.Members) {
    if (llvm::is_contained(Known, StringRef(M.Key.Text)))
      continue;
    unknown(M.Key, "key", Known);
    Fine = false;
  }
  return Fine;
}

std::optional<std::string> ConfigProblems::text(const ConfigNode &Node, const Twine &What) {
  if (Node.isScalar() && !StringRef(Node.Text).trim().empty())
    return Node.Text;
  if (Node.isScalar() || Node.What == ConfigNode::Kind::Null)
    add(Node, What + " is empty: write its text or remove the key");
  else
    add(Node, What + " must be a text, not a " + (Node.isMap() ? "map" : "list"));
  return std::nullopt;
}

std::optional<bool> ConfigProblems::boolean(const ConfigNode &Node, const Twine &What) {
  if (Node.isScalar() && !Node.Quoted) {
    if (Node.Text == "true")
      return true;
    if (Node.Text == "false")
      return false;
  }
  add(Node, What + " must be true or false" + (Node.isScalar() ? ", not '" + Node.Text + "'" : ""));
  return std::nullopt;
}

std::optional<unsigned> ConfigProblems::number(const ConfigNode &Node, const Twine &What, unsigned Most) {
  StringRef Text = Node.Text;
  if (!Node.isScalar() || Node.Quoted) {
    add(Node, What + " must be a whole number from 0 to " + Twine(Most));
    return std::nullopt;
  }
  if (Text.starts_with("-") && llvm::all_of(Text.drop_front(), llvm::isDigit) && Text.size() > 1) {
    add(Node, What + " is negative (" + Text + "): it must be a whole number from 0 to " + Twine(Most));
    return std::nullopt;
  }
  if (Text.empty() || !llvm::all_of(Text, llvm::isDigit)) {
    add(Node, What + " must be a whole number from 0 to " + Twine(Most) + ", not '" + Text + "'");
    return std::nullopt;
  }
  unsigned Value = 0;
  if (Text.getAsInteger(10, Value) || Value > Most) {
    add(Node, What + " is too large (" + Text + "): it must be a whole number from 0 to " + Twine(Most));
    return std::nullopt;
  }
  return Value;
}

std::optional<unsigned> ConfigProblems::oneOf(const ConfigNode &Node, const Twine &What,
                                              llvm::ArrayRef<StringRef> Words) {
  if (Node.isScalar())
    for (unsigned I = 0; I != Words.size(); ++I)
      if (Node.Text == Words[I])
        return I;
  if (!Node.isScalar())
    add(Node, What + " must be " + listed(Words, " or "));
  else if (StringRef Meant = nearest(Node.Text, Words); !Meant.empty())
    add(Node, What + " can't be '" + Node.Text + "': did you mean '" + Meant + "'?");
  else
    add(Node, What + " can't be '" + Node.Text + "': it is one of " + listed(Words, " or "));
  return std::nullopt;
}

} // namespace poolguard
