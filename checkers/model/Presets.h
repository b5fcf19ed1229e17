//===- Presets.h - The role tables that ship --------------------*- C++ -*-===//
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include "model/ConfigReader.h"

namespace poolguard {

struct Preset {
  llvm::StringRef Name, Text;
};

/// The texts of checkers/presets/*.yaml, compiled in.
llvm::ArrayRef<Preset> presets();

/// A preset's entries, read once in the life of the process; null when there is no preset of that name. A mistake in a
/// preset that ships is a bug of ours: its entries with an error are left out, and the unit tests fail on any.
const ParsedConfig *parsedPreset(llvm::StringRef Name);

} // namespace poolguard
