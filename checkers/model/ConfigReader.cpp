//===- ConfigReader.cpp - A config or preset as data ----------------------===//

#include "model/ConfigReader.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

#include "model/ConfigNode.h"
#include "model/RoleReader.h"
#include "rules/CheckNames.h"

namespace poolguard {

using llvm::StringRef;

namespace {

constexpr unsigned FormatVersion = 1;
constexpr StringRef CheckPrefix = "poolguard-";

constexpr StringRef ConfigKeys[] = {"version", "presets", "functions", "types", "leases", "allow"};
constexpr StringRef PresetKeys[] = {"version", "functions", "types"};
constexpr StringRef LeaseKeys[] = {"table", "state", "epoch", "expires"};
constexpr StringRef AllowKeys[] = {"check", "path", "symbol", "reason", "until"};

/// Whether `Text` is a day of the calendar, YYYY-MM-DD.
bool isDate(StringRef Text) {
  unsigned Year = 0, Month = 0, Day = 0;
  if (Text.size() != 10 || Text[4] != '-' || Text[7] != '-' || Text.substr(0, 4).getAsInteger(10, Year) ||
      Text.substr(5, 2).getAsInteger(10, Month) || Text.substr(8, 2).getAsInteger(10, Day))
    return false;
  if (Month < 1 || Month > 12 || Day < 1)
    return false;
  bool Leap = (Year % 4 == 0 && Year % 100 != 0) || Year % 400 == 0;
  constexpr unsigned Days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return Day <= (Month == 2 && Leap ? 29 : Days[Month - 1]);
}

class Reader {
public:
  Reader(bool Preset, std::vector<ConfigError> &Errors) : IsPreset(Preset), Problems(Errors) {}

  ParsedConfig read(const ConfigNode &Root) {
    if (!Root.isMap()) {
      Problems.add(Root, "a config is a map of version, presets, functions, types, leases and allow; it starts with "
                         "'version: 1'");
      return {};
    }
    if (IsPreset)
      Problems.onlyKeys(Root, PresetKeys);
    else
      Problems.onlyKeys(Root, ConfigKeys);
    readVersion(Root);
    readPresets(Root);
    for (const ConfigNode *Item : list(Root, "functions"))
      readRoleEntry(*Item, /*IsType=*/false);
    for (const ConfigNode *Item : list(Root, "types"))
      readRoleEntry(*Item, /*IsType=*/true);
    for (const ConfigNode *Item : list(Root, "leases"))
      readLease(*Item);
    for (const ConfigNode *Item : list(Root, "allow"))
      readAllow(*Item);
    return std::move(Config);
  }

private:
  bool IsPreset;
  ConfigProblems Problems;
  ParsedConfig Config;

  void readVersion(const ConfigNode &Root) {
    const ConfigNode *Version = Root.find("version");
    if (!Version)
      Problems.add(Root, "'version' is missing: write 'version: 1' first");
    else if (!Version->isScalar() || Version->Text != std::to_string(FormatVersion))
      Problems.add(*Version, "version " + (Version->isScalar() ? "'" + Version->Text + "'" : std::string("here")) +
                                 " can't be read: this poolguard knows version 1 alone");
  }

  void readPresets(const ConfigNode &Root) {
    if (!Root.find("presets"))
      return;
    Config.Presets.emplace();
    std::vector<std::string> Names = presetNames();
    std::vector<StringRef> Known(Names.begin(), Names.end());
    for (const ConfigNode *Item : list(Root, "presets")) {
      std::optional<std::string> Name = Problems.text(*Item, "a preset");
      if (!Name)
        continue;
      if (!llvm::is_contained(Known, StringRef(*Name)))
        Problems.unknown(*Item, "preset", Known);
      else if (llvm::is_contained(*Config.Presets, *Name))
        Problems.add(*Item, "preset '" + *Name + "' stands here twice: keep one");
      else
        Config.Presets->push_back(*Name);
    }
  }

  /// The items of the list at `Key`; none, and an error, when there is something else.
  std::vector<const ConfigNode *> list(const ConfigNode &Root, StringRef Key) {
    std::vector<const ConfigNode *> Items;
    const ConfigNode *Node = Root.find(Key);
    if (!Node)
      return Items;
    if (!Node->isList()) {
      Problems.add(*Node, "'" + Key + "' must be a list" +
                              (Node->What == ConfigNode::Kind::Null ? ": add its items or remove the key" : ""));
      return Items;
    }
    for (const ConfigNode &Item : Node->Items)
      Items.push_back(&Item);
    return Items;
  }

  bool isMap(const ConfigNode &Item, StringRef List, StringRef Example) {
    if (Item.isMap())
      return true;
    Problems.add(Item, "an item of '" + List + "' must be a map, as in " + Example);
    return false;
  }

  void readRoleEntry(const ConfigNode &Item, bool IsType) {
    StringRef What = IsType ? "types" : "functions";
    if (!isMap(Item, What, IsType ? "{name: app::Connection, lane: session}" : "{name: app::run, blocks: true}"))
      return;
    RoleEntry Entry;
    const ConfigNode *Name = Item.find("name");
    if (!Name) {
      Problems.add(Item, "an item of '" + What + "' lacks 'name': the qualified name, which may have '*'");
    } else if (std::optional<std::string> Text = Problems.text(*Name, "'name'")) {
      Entry.Where = {readPattern(*Name, "name"), Name->File, Name->Line, IsPreset, IsType};
    }
    if (IsType)
      Entry.Type = readTypeRoles(Item, Problems);
    else
      Entry.Function = readFunctionRoles(Item, Problems);
    if (Name && Item.Members.size() == 1)
      Problems.add(*Name, "this item gives '" + Name->Text + "' no role: add one or remove it");
    if (!Entry.Where.Pattern.empty())
      Config.Entries.push_back(std::move(Entry));
  }

  std::string readPattern(const ConfigNode &Name, StringRef Key) {
    StringRef Pattern = StringRef(Name.Text).trim();
    Pattern.consume_front("::");
    // Roles go by the name alone; what follows it would make the pattern match nothing, in silence.
    bool IsOperator = lastWordIsOperator(Pattern);
    if (!IsOperator && Pattern.contains('('))
      Problems.add(Name, "'" + Key + "' has parameters: it stands for every overload, so write '" +
                             Pattern.take_until([](char C) { return C == '('; }) + "'");
    else if (!IsOperator && Pattern.contains('<'))
      Problems.add(Name, "'" + Key + "' has template arguments: it stands for every specialization, so leave them out");
    else if (!IsOperator && Pattern.contains(' '))
      Problems.add(Name, "'" + Key + "' has a blank: write the qualified name alone");
    else if (Pattern.contains('.') || Pattern.contains("->"))
      if (!IsOperator)
        Problems.add(Name, "'" + Key + "' must be written with '::'");
    return Pattern.str();
  }

  static bool lastWordIsOperator(StringRef Pattern) {
    size_t At = Pattern.rfind("operator");
    if (At == StringRef::npos || (At != 0 && !Pattern.take_front(At).ends_with("::")))
      return false;
    StringRef Rest = Pattern.drop_front(At + StringRef("operator").size());
    return !Rest.empty() && !llvm::isAlnum(Rest.front()) && Rest.front() != '_';
  }

  void readLease(const ConfigNode &Item) {
    if (!isMap(Item, "leases", "{table: jobs, state: status, epoch: lock_epoch, expires: lock_until}"))
      return;
    Problems.onlyKeys(Item, LeaseKeys);
    LeaseTable Lease;
    std::string *Texts[] = {&Lease.Table, &Lease.State, &Lease.Epoch, &Lease.Expires};
    for (size_t I = 0; I != std::size(LeaseKeys); ++I) {
      StringRef Key = LeaseKeys[I];
      if (const ConfigNode *Value = Item.find(Key)) {
        if (std::optional<std::string> Text = Problems.text(*Value, "'" + Key + "'"))
          *Texts[I] = *Text;
      } else if (Key == "table") {
        Problems.add(Item, "an item of 'leases' lacks 'table'");
      } else if (Key != "state") {
        Problems.add(Item, "an item of 'leases' lacks '" + Key +
                               "': without that column's name neither a claim nor a "
                               "renewal of '" +
                               Lease.Table + "' can be told");
      }
    }
    for (const LeaseTable &Other : Config.Leases)
      if (!Lease.Table.empty() && Other.Table == Lease.Table)
        Problems.add(*Item.find("table"), "table '" + Lease.Table + "' stands under 'leases' twice: keep one");
    Config.Leases.push_back(std::move(Lease));
  }

  void readAllow(const ConfigNode &Item) {
    if (!isMap(Item, "allow", "{check: poolguard-dsn-in-log, path: tools/**, reason: local tools}"))
      return;
    Problems.onlyKeys(Item, AllowKeys);
    AllowEntry Entry;
    Entry.File = Item.File;
    Entry.Line = Item.Line;
    readAllowedCheck(Item, Entry);
    std::pair<StringRef, std::string *> Texts[] = {{"path", &Entry.Path}, {"reason", &Entry.Reason}};
    for (auto &[Key, Into] : Texts)
      if (const ConfigNode *Value = Item.find(Key))
        if (std::optional<std::string> Text = Problems.text(*Value, "'" + Key + "'"))
          *Into = *Text;
    if (const ConfigNode *Symbol = Item.find("symbol"))
      if (Problems.text(*Symbol, "'symbol'"))
        Entry.Symbol = readPattern(*Symbol, "symbol");
    if (!Item.find("reason"))
      Problems.add(Item, "an item of 'allow' lacks 'reason': say why it is right here, for who reads it next");
    if (!Item.find("path") && !Item.find("symbol"))
      Problems.add(Item,
                   "an item of 'allow' needs 'path' or 'symbol': one without would turn the check off everywhere");
    if (const ConfigNode *Until = Item.find("until"))
      if (std::optional<std::string> Day = Problems.text(*Until, "'until'")) {
        if (!isDate(*Day))
          Problems.add(*Until, "'until' must be a date, YYYY-MM-DD, not '" + *Day + "'");
        Entry.Until = *Day;
      }
    Config.Allow.push_back(std::move(Entry));
  }

  void readAllowedCheck(const ConfigNode &Item, AllowEntry &Entry) {
    const ConfigNode *Check = Item.find("check");
    if (!Check) {
      Problems.add(Item, "an item of 'allow' lacks 'check'");
      return;
    }
    std::optional<std::string> Text = Problems.text(*Check, "'check'");
    if (!Text)
      return;
    StringRef Name = *Text;
    Name.consume_front(CheckPrefix);
    std::vector<StringRef> Known = checkNames();
    if (!llvm::is_contained(Known, Name)) {
      ConfigNode Bare = *Check;
      Bare.Text = Name.str();
      Problems.unknown(Bare, "check", Known);
    }
    Entry.Check = (CheckPrefix + Name).str();
  }
};

} // namespace

ParsedConfig readConfig(StringRef Text, StringRef File, bool IsPreset, std::vector<ConfigError> &Errors) {
  std::optional<ConfigNode> Root = readYaml(Text, File, Errors);
  if (!Root)
    return {};
  return Reader(IsPreset, Errors).read(*Root);
}

} // namespace poolguard
