//===- Report.cpp - Findings to text and machine formats ------------------===//

#include "report/Report.h"

#include "llvm/ADT/StringSwitch.h"

#include "report/Sources.h"

namespace poolguard {

std::optional<Format> parseFormat(llvm::StringRef Name) {
  return llvm::StringSwitch<std::optional<Format>>(Name)
      .Case("text", Format::Text)
      .Case("json", Format::Json)
      .Case("sarif", Format::Sarif)
      .Case("github", Format::Github)
      .Case("gitlab", Format::Gitlab)
      .Case("html", Format::Html)
      .Default(std::nullopt);
}

void write(Format As, llvm::ArrayRef<Finding> Findings, const ReportContext &Context, llvm::raw_ostream &Out) {
  switch (As) {
  case Format::Text: return writeText(Findings, Context, Out);
  case Format::Json: return writeJson(Findings, Context, Out);
  case Format::Sarif: return writeSarif(Findings, Context, Out);
  case Format::Github: return writeGithub(Findings, Context, Out);
  case Format::Gitlab: return writeGitlab(Findings, Context, Out);
  case Format::Html: return writeHtml(Findings, Context, Out);
  }
}

} // namespace poolguard
