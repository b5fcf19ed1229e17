//===- Report.h - Findings to text and machine formats ----------*- C++ -*-===//
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/IntrusiveRefCntPtr.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/VirtualFileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include "report/Finding.h"

namespace poolguard {

struct LaneMap;

enum class Format { Text, Json, Sarif, Github, Gitlab, Html };

/// The format of that name in lower case (`text`, `json`, `sarif`, `github`, `gitlab`, `html`).
std::optional<Format> parseFormat(llvm::StringRef Name);

/// A check that was run.
struct ReportedCheck {
  std::string Name;       // without the prefix
  unsigned Places = 0;    // that it looked at
  std::string WhyVacuous; // when it looked at none
};

struct ReportContext {
  /// Files below this folder are named relative to it. Empty: as the findings name them.
  std::string Root;
  /// ANSI colours; the text format only.
  bool Colour = false;
  std::string ToolVersion;
  /// The address of docs/, with a slash at its end, as `https://example.org/poolguard/docs/`. Empty: reports have no
  /// links.
  std::string DocsBase;
  /// What the HTML report says beside the findings: the checks that were run, and the lane map; null: none.
  std::vector<ReportedCheck> Checks;
  const LaneMap *Map = nullptr;
  /// Where source lines are read from; null: the real file system. A host with unsaved files gives an overlay.
  llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> Files;
};

/// Writes `Findings`, in the order given, as one complete report. The same findings and files give the same bytes.
void write(Format As, llvm::ArrayRef<Finding> Findings, const ReportContext &Context, llvm::raw_ostream &Out);

} // namespace poolguard
