//===- Presets.cpp - The role tables that ship ----------------------------===//

#include "model/Presets.h"

#include <map>

#include "model/RoleModel.h"

namespace poolguard {

using llvm::StringRef;

namespace {

#define POOLGUARD_PRESET(Name, Text) {Name, Text},
const Preset Shipped[] = {
#include "Presets.inc"
};
#undef POOLGUARD_PRESET

std::map<StringRef, ParsedConfig> parseAll() {
  std::map<StringRef, ParsedConfig> Parsed;
  for (const Preset &P : Shipped) {
    std::vector<ConfigError> Errors;
    Parsed.emplace(P.Name, readConfig(P.Text, ("<preset " + P.Name + ">").str(), /*IsPreset=*/true, Errors));
  }
  return Parsed;
}

} // namespace

llvm::ArrayRef<Preset> presets() { return Shipped; }

const ParsedConfig *parsedPreset(StringRef Name) {
  static const std::map<StringRef, ParsedConfig> Parsed = parseAll();
  auto Found = Parsed.find(Name);
  return Found == Parsed.end() ? nullptr : &Found->second;
}

std::vector<std::string> presetNames() {
  std::vector<std::string> Names;
  for (const Preset &P : Shipped)
    Names.push_back(P.Name.str());
  return Names;
}

} // namespace poolguard
