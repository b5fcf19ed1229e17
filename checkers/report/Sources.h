//===- Sources.h - The files that findings stand in -------------*- C++ -*-===//
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "llvm/Support/MemoryBuffer.h"

#include "report/Report.h"

namespace poolguard {

/// Reads each file once for one report, and names it as the report does. A file that can't be read is no error: the
/// report then has the place alone.
class Sources {
public:
  explicit Sources(const ReportContext &Context);

  /// The whole text; nothing when the file can't be read.
  std::optional<llvm::StringRef> text(llvm::StringRef File);
  /// A line without its end, counted from 1; nothing when the file has no such line.
  std::optional<llvm::StringRef> line(llvm::StringRef File, unsigned Line);
  /// Relative to the root when it is below it, with '/' between the parts.
  std::string name(llvm::StringRef File) const;
  /// Line and column (both from 1, the column in bytes) of a byte offset; nothing past the end.
  std::optional<std::pair<unsigned, unsigned>> place(llvm::StringRef File, unsigned Offset);
  /// The text an edit replaces; nothing when it can't be read.
  std::optional<llvm::StringRef> replaced(const Edit &E);
  /// A column in bytes as one in characters (Unicode code points); unchanged when the line can't be read.
  unsigned characterColumn(llvm::StringRef File, unsigned Line, unsigned Column);

private:
  const ReportContext &Context;
  llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> Files;
  struct Source {
    std::unique_ptr<llvm::MemoryBuffer> Buffer;
    std::vector<size_t> LineStarts;
  };
  std::map<std::string, Source, std::less<>> Read;

  const Source &source(llvm::StringRef File);
};

/// One writer a format.
void writeText(llvm::ArrayRef<Finding> Findings, const ReportContext &Context, llvm::raw_ostream &Out);
void writeJson(llvm::ArrayRef<Finding> Findings, const ReportContext &Context, llvm::raw_ostream &Out);
void writeSarif(llvm::ArrayRef<Finding> Findings, const ReportContext &Context, llvm::raw_ostream &Out);
void writeGithub(llvm::ArrayRef<Finding> Findings, const ReportContext &Context, llvm::raw_ostream &Out);
void writeGitlab(llvm::ArrayRef<Finding> Findings, const ReportContext &Context, llvm::raw_ostream &Out);
void writeHtml(llvm::ArrayRef<Finding> Findings, const ReportContext &Context, llvm::raw_ostream &Out);

} // namespace poolguard
