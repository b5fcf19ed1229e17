//===- RoleModel.h - Presets and .poolguard.yaml ----------------*- C++ -*-===//
//
// Roles by qualified name, from the presets and the config file. Annotations are read from the AST (Annotations.h) and
// merged on top by the extractor.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/GlobPattern.h"

#include "model/Roles.h"

namespace poolguard {

/// Something wrong with a config: where, what, and the remedy in one sentence.
struct ConfigError {
  std::string File;
  unsigned Line = 0, Column = 0;
  std::string Message;
};

/// The roles in force for one source file. Immutable once loaded, so any number of threads may look things up.
class RoleModel {
public:
  /// Loads the config file at `Path` and the presets it names. Every error found is appended to `Errors`; the model is
  /// null when there is any, so that a mistake never turns a check off.
  static std::shared_ptr<const RoleModel> load(llvm::StringRef Path, std::vector<ConfigError> &Errors);

  /// As load, for text that stands at `Path` (the editor's unsaved file, and tests).
  static std::shared_ptr<const RoleModel> parse(llvm::StringRef Text, llvm::StringRef Path,
                                                std::vector<ConfigError> &Errors);

  /// What holds where there is no config file: every preset that ships.
  static std::shared_ptr<const RoleModel> defaults();

  /// The config file nearest above `SourceFile` (an absolute path), or an empty string.
  static std::string findConfig(llvm::StringRef SourceFile);

  /// One pattern of the config or a preset.
  struct Entry {
    std::string Pattern;
    std::string File;
    unsigned Line = 0;
    bool FromPreset = false;
    bool IsType = false;
  };

  /// The roles of a function or type by its qualified name without template arguments (`app::Db::execute`; inline
  /// namespaces are left out). The indices of the entries that matched are appended to `Matched`.
  FunctionRoles function(llvm::StringRef QualifiedName, std::vector<unsigned> *Matched = nullptr) const;
  TypeRoles type(llvm::StringRef QualifiedName, std::vector<unsigned> *Matched = nullptr) const;

  /// Whether any pattern could match a name that ends in this identifier: a cheap test before the qualified name is
  /// made.
  bool mayMatch(llvm::StringRef Identifier) const;

  const std::vector<Entry> &entries() const;
  const std::vector<LeaseTable> &leases() const;
  const std::vector<AllowEntry> &allow() const;
  /// The config file, or empty for the defaults.
  llvm::StringRef path() const;
  /// A hash of all that the model was made from, for caches.
  std::string digest() const;

  ~RoleModel();

private:
  RoleModel();
  struct Impl;
  std::unique_ptr<Impl> I;
};

/// Names of the presets that ship, in order.
std::vector<std::string> presetNames();

} // namespace poolguard
