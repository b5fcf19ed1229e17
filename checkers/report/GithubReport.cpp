//===- GithubReport.cpp - Findings as GitHub workflow commands ------------===//
//
// `::warning file=...,line=...,col=...,title=...::message`, one line a finding; the runner turns each into an
// annotation of the pull request. The call path goes into the message, since an annotation has one place.
//
//===----------------------------------------------------------------------===//

#include "report/Sources.h"

namespace poolguard {

namespace {

/// What the runner takes apart again: `%` and line ends everywhere, `:` and `,` in properties.
std::string escape(llvm::StringRef Text, bool InProperty) {
  std::string Result;
  for (char C : Text) {
    if (C == '%')
      Result += "%25";
    else if (C == '\r')
      Result += "%0D";
    else if (C == '\n')
      Result += "%0A";
    else if (InProperty && C == ':')
      Result += "%3A";
    else if (InProperty && C == ',')
      Result += "%2C";
    else
      Result += C;
  }
  return Result;
}

} // namespace

void writeGithub(llvm::ArrayRef<Finding> Findings, const ReportContext &Context, llvm::raw_ostream &Out) {
  Sources Files(Context);
  for (const Finding &F : Findings) {
    Out << "::warning ";
    if (!F.At.File.empty())
      Out << "file=" << escape(Files.name(F.At.File), true) << ',';
    if (F.At.valid())
      Out << "line=" << F.At.Line << ",col=" << Files.characterColumn(F.At.File, F.At.Line, F.At.Column) << ',';
    Out << "title=" << escape(F.Check, true) << "::";
    std::string Message = F.Message;
    for (const Note &N : F.Path)
      Message += "\n" + Files.name(N.At.File) + ":" + std::to_string(N.At.Line) + ": " + N.Message;
    Out << escape(Message, false) << '\n';
  }
}

} // namespace poolguard
