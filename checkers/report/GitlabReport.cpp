//===- GitlabReport.cpp - Findings as a GitLab Code Quality report --------===//
//
// https://docs.gitlab.com/ci/testing/code_quality/: a list of {description, check_name, fingerprint, severity,
// location}. GitLab wants paths relative to the repository, so the report's root must be that.
//
//===----------------------------------------------------------------------===//

#include "llvm/Support/JSON.h"

#include "report/Fingerprint.h"
#include "rules/CheckNames.h"

namespace poolguard {

namespace {

/// A check with few false positives weighs more.
llvm::StringRef severity(const Finding &F) {
  const CheckInfo *Check = findCheck(F.Check);
  if (Check && Check->Level == 0)
    return "critical";
  return Check && Check->Level == 2 ? "minor" : "major";
}

} // namespace

void writeGitlab(llvm::ArrayRef<Finding> Findings, const ReportContext &Context, llvm::raw_ostream &Out) {
  Sources Files(Context);
  Fingerprints Names(Files);
  llvm::json::OStream Json(Out, 2);
  Json.array([&] {
    for (const Finding &F : Findings)
      Json.object([&] {
        std::string Description = F.Message;
        for (const Note &N : F.Path)
          Description += "; " + Files.name(N.At.File) + ":" + std::to_string(N.At.Line) + ": " + N.Message;
        Json.attribute("description", llvm::json::fixUTF8(Description));
        Json.attribute("check_name", llvm::json::fixUTF8(F.Check));
        Json.attribute("fingerprint", Names.next(F));
        Json.attribute("severity", severity(F));
        Json.attributeObject("location", [&] {
          Json.attribute("path", llvm::json::fixUTF8(Files.name(F.At.File)));
          Json.attributeObject("lines", [&] { Json.attribute("begin", F.At.Line ? F.At.Line : 1); });
        });
      });
  });
  Out << '\n';
}

} // namespace poolguard
