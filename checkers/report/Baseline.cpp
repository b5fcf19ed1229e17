#include "report/Baseline.h"

#include <algorithm>
#include <tuple>

#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

#include "model/ConfigNode.h"
#include "report/ToolRules.h"

namespace poolguard {

namespace {

std::string withoutBlanks(llvm::StringRef Line) {
  std::string Out;
  for (char C : Line)
    if (C != ' ' && C != '\t' && C != '\r')
      Out += C;
  return llvm::json::fixUTF8(Out);
}

auto key(const BaselineEntry &E) { return std::tie(E.Check, E.Function, E.Code); }

BaselineEntry entryOf(const Finding &F, Sources &Files) {
  return {F.Check, F.Function, withoutBlanks(Files.line(F.At.File, F.At.Line).value_or(""))};
}

} // namespace

std::optional<Baseline> Baseline::read(llvm::StringRef Path, std::vector<ConfigError> &Errors) {
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> Buffer = llvm::MemoryBuffer::getFile(Path);
  if (!Buffer) {
    Errors.push_back(
        {Path.str(), 0, 0,
         "can't read the baseline: " + Buffer.getError().message() + "; write one with 'poolguard baseline'"});
    return std::nullopt;
  }
  const size_t Before = Errors.size();
  std::optional<ConfigNode> Root = readYaml((*Buffer)->getBuffer(), Path, Errors);
  if (!Root)
    return std::nullopt;
  ConfigProblems Problems(Errors);
  Baseline Out;
  Out.Path = Path.str();
  const ConfigNode *Findings = Root->isMap() ? Root->find("findings") : nullptr;
  const ConfigNode *Version = Root->isMap() ? Root->find("version") : nullptr;
  if (!Findings || !Findings->isList() || !Version) {
    Problems.add(*Root,
                 "a baseline is a map with 'version: 1' and the list 'findings'; write it with 'poolguard baseline'");
    return std::nullopt;
  }
  Problems.onlyKeys(*Root, {"version", "findings"});
  if (!Version->isScalar() || Version->Text != "1")
    Problems.add(*Version, "this poolguard reads version 1 of a baseline alone");
  for (const ConfigNode &Item : Findings->Items) {
    if (!Item.isMap()) {
      Problems.add(Item, "an item of 'findings' is a map of check, function and code");
      continue;
    }
    Problems.onlyKeys(Item, {"check", "function", "code"});
    BaselineEntry Entry;
    Entry.Line = Item.Line;
    for (auto [Name, Member] : {std::pair{"check", &BaselineEntry::Check},
                                {"function", &BaselineEntry::Function},
                                {"code", &BaselineEntry::Code}}) {
      const ConfigNode *Value = Item.find(Name);
      if (!Value)
        Problems.add(Item, llvm::Twine("'") + Name + "' is missing");
      else if (std::optional<std::string> Text = Problems.text(*Value, llvm::Twine("'") + Name + "'"))
        Entry.*Member = *Text;
    }
    Out.Entries.push_back(std::move(Entry));
  }
  if (Errors.size() != Before)
    return std::nullopt;
  return Out;
}

Baseline Baseline::of(llvm::ArrayRef<Finding> Findings, Sources &Files) {
  Baseline Out;
  for (const Finding &F : Findings)
    if (F.Check != ConfigRule)
      Out.Entries.push_back(entryOf(F, Files));
  std::sort(Out.Entries.begin(), Out.Entries.end(),
            [](const BaselineEntry &A, const BaselineEntry &B) { return key(A) < key(B); });
  Out.Entries.erase(std::unique(Out.Entries.begin(), Out.Entries.end(),
                                [](const BaselineEntry &A, const BaselineEntry &B) { return key(A) == key(B); }),
                    Out.Entries.end());
  return Out;
}

bool Baseline::covers(const Finding &F, Sources &Files) {
  const BaselineEntry Wanted = entryOf(F, Files);
  bool Any = false;
  for (BaselineEntry &E : Entries)
    if (key(E) == key(Wanted))
      Any = E.Used = true;
  return Any;
}

std::vector<Finding> Baseline::unused() const {
  std::vector<Finding> Out;
  for (const BaselineEntry &E : Entries) {
    if (E.Used)
      continue;
    Finding F;
    F.Check = BaselineRule.str();
    F.At.File = Path;
    F.At.Line = E.Line;
    F.At.Column = 1;
    F.Message = "this entry of the baseline matches no finding of '" + E.Check +
                "' any more, and would hide a new one; take it out with 'poolguard baseline'";
    Out.push_back(std::move(F));
  }
  return Out;
}

size_t Baseline::shrink() {
  return std::erase_if(Entries, [](const BaselineEntry &E) { return !E.Used; });
}

void Baseline::write(llvm::raw_ostream &OS) const {
  OS << "# Findings that were there before the guards. Only 'poolguard baseline' edits this file, and only to take "
        "out\n"
        "# what was mended.\n"
        "version: 1\n"
        "findings:"
     << (Entries.empty() ? " []\n" : "\n");
  // A JSON text is a YAML text in double quotes.
  for (const BaselineEntry &E : Entries)
    OS << "  - {check: " << E.Check << ", function: " << llvm::json::Value(E.Function)
       << ", code: " << llvm::json::Value(E.Code) << "}\n";
}

} // namespace poolguard
