//===- RoleModel.cpp - Presets and .poolguard.yaml ------------------------===//

#include "model/RoleModel.h"

#include <algorithm>

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include "model/ConfigReader.h"
#include "model/Digest.h"
#include "model/NamePattern.h"
#include "model/Presets.h"

namespace poolguard {

using llvm::StringRef;

struct RoleModel::Impl {
  std::string Path, Digest;
  std::vector<Entry> Entries;
  std::vector<FunctionRoles> Functions; // parallel to Entries
  std::vector<TypeRoles> Types;         // parallel to Entries
  std::vector<LeaseTable> Leases;
  std::vector<AllowEntry> Allow;

  /// Entries by the last identifier of their pattern, where that has no '*'.
  llvm::StringMap<std::vector<unsigned>> ByIdentifier;
  /// The rest, with the text after the last '*': no name matches whose last identifier doesn't end in it.
  struct Open {
    unsigned Index;
    std::string Suffix;
  };
  std::vector<Open> OpenPatterns;

  void add(const ParsedConfig &Config) {
    for (const RoleEntry &Item : Config.Entries) {
      auto Index = static_cast<unsigned>(Entries.size());
      Entries.push_back(Item.Where);
      Functions.push_back(Item.Function);
      Types.push_back(Item.Type);
      StringRef Last = lastComponent(Entries.back().Pattern);
      size_t Star = Last.rfind('*');
      if (Star == StringRef::npos)
        ByIdentifier[Last].push_back(Index);
      else
        OpenPatterns.push_back({Index, Last.drop_front(Star + 1).str()});
    }
    Leases.insert(Leases.end(), Config.Leases.begin(), Config.Leases.end());
    Allow.insert(Allow.end(), Config.Allow.begin(), Config.Allow.end());
  }

  /// The entries of that kind whose pattern matches, in their order, so that the later wins.
  std::vector<unsigned> matching(StringRef Name, bool IsType) const {
    std::vector<unsigned> Found;
    auto Try = [&](unsigned Index) {
      if (Entries[Index].IsType == IsType && matchesPattern(Entries[Index].Pattern, Name))
        Found.push_back(Index);
    };
    if (auto Exact = ByIdentifier.find(lastComponent(Name)); Exact != ByIdentifier.end())
      for (unsigned Index : Exact->second)
        Try(Index);
    for (const Open &O : OpenPatterns)
      Try(O.Index);
    std::sort(Found.begin(), Found.end());
    return Found;
  }

  template <typename Roles>
  Roles lookUp(StringRef Name, bool IsType, const std::vector<Roles> &Of, std::vector<unsigned> *Matched) const {
    Roles Result;
    Name.consume_front("::");
    for (unsigned Index : matching(Name, IsType)) {
      Result.mergeFrom(Of[Index]);
      if (Matched)
        Matched->push_back(Index);
    }
    return Result;
  }
};

RoleModel::RoleModel() : I(std::make_unique<Impl>()) {}
RoleModel::~RoleModel() = default;

namespace {

std::string digestOf(StringRef ConfigText, llvm::ArrayRef<std::string> PresetsInForce) {
  Digest Out;
  Out.add(POOLGUARD_VERSION).add(ConfigText);
  for (const std::string &Name : PresetsInForce)
    for (const Preset &P : presets())
      if (P.Name == Name)
        Out.add(P.Name).add(P.Text);
  return Out.hex();
}

} // namespace

std::shared_ptr<const RoleModel> RoleModel::load(StringRef Path, std::vector<ConfigError> &Errors) {
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> Buffer = llvm::MemoryBuffer::getFile(Path, /*IsText=*/true);
  if (!Buffer) {
    Errors.push_back({Path.str(), 0, 0, "the config can't be read: " + Buffer.getError().message()});
    return nullptr;
  }
  return parse((*Buffer)->getBuffer(), Path, Errors);
}

std::shared_ptr<const RoleModel> RoleModel::parse(StringRef Text, StringRef Path, std::vector<ConfigError> &Errors) {
  size_t Before = Errors.size();
  ParsedConfig Config = readConfig(Text, Path, /*IsPreset=*/false, Errors);
  if (Errors.size() != Before)
    return nullptr;
  std::shared_ptr<RoleModel> Model(new RoleModel);
  std::vector<std::string> InForce = Config.Presets ? *Config.Presets : presetNames();
  for (const std::string &Name : InForce)
    Model->I->add(*parsedPreset(Name));
  Model->I->add(Config);
  Model->I->Path = Path.str();
  Model->I->Digest = digestOf(Text, InForce);
  return Model;
}

std::shared_ptr<const RoleModel> RoleModel::defaults() {
  static const std::shared_ptr<const RoleModel> Defaults = [] {
    std::shared_ptr<RoleModel> Model(new RoleModel);
    for (const std::string &Name : presetNames())
      Model->I->add(*parsedPreset(Name));
    Model->I->Digest = digestOf("", presetNames());
    return Model;
  }();
  return Defaults;
}

std::string RoleModel::findConfig(StringRef SourceFile) {
  for (StringRef Folder = llvm::sys::path::parent_path(SourceFile); !Folder.empty();
       Folder = llvm::sys::path::parent_path(Folder)) {
    llvm::SmallString<256> Candidate(Folder);
    llvm::sys::path::append(Candidate, ".poolguard.yaml");
    // A folder of that name is no config; a file that can't be read is one, and load says what is wrong with it.
    if (llvm::sys::fs::exists(Candidate) && !llvm::sys::fs::is_directory(Candidate))
      return Candidate.str().str();
  }
  return "";
}

FunctionRoles RoleModel::function(StringRef QualifiedName, std::vector<unsigned> *Matched) const {
  return I->lookUp(QualifiedName, /*IsType=*/false, I->Functions, Matched);
}

TypeRoles RoleModel::type(StringRef QualifiedName, std::vector<unsigned> *Matched) const {
  return I->lookUp(QualifiedName, /*IsType=*/true, I->Types, Matched);
}

bool RoleModel::mayMatch(StringRef Identifier) const {
  if (I->ByIdentifier.contains(Identifier))
    return true;
  return std::any_of(I->OpenPatterns.begin(), I->OpenPatterns.end(),
                     [&](const Impl::Open &O) { return Identifier.ends_with(O.Suffix); });
}

const std::vector<RoleModel::Entry> &RoleModel::entries() const { return I->Entries; }
const std::vector<LeaseTable> &RoleModel::leases() const { return I->Leases; }
const std::vector<AllowEntry> &RoleModel::allow() const { return I->Allow; }
StringRef RoleModel::path() const { return I->Path; }
std::string RoleModel::digest() const { return I->Digest; }

} // namespace poolguard
