//===- JsonReport.cpp - Findings as our own JSON --------------------------===//
//
// A list of {check, file, line, column, message, path: [{file, line, column, message}], fixes: [{file, line, column,
// offset, length, replacement}]}. Keys are only ever added.
//
//===----------------------------------------------------------------------===//

#include "llvm/Support/JSON.h"

#include "report/Sources.h"

namespace poolguard {

namespace {

class JsonWriter {
public:
  JsonWriter(const ReportContext &Context, llvm::raw_ostream &Stream) : Files(Context), Out(Stream, 2) {}

  void write(llvm::ArrayRef<Finding> Findings) {
    Out.array([&] {
      for (const Finding &F : Findings)
        Out.object([&] { finding(F); });
    });
  }

private:
  Sources Files;
  llvm::json::OStream Out;

  void text(llvm::StringRef Key, llvm::StringRef Value) { Out.attribute(Key, llvm::json::fixUTF8(Value)); }

  void place(const Location &At) {
    text("file", Files.name(At.File));
    Out.attribute("line", At.Line);
    Out.attribute("column", At.Column);
  }

  void finding(const Finding &F) {
    text("check", F.Check);
    place(F.At);
    text("message", F.Message);
    Out.attributeArray("path", [&] {
      for (const Note &N : F.Path)
        Out.object([&] {
          place(N.At);
          text("message", N.Message);
        });
    });
    Out.attributeArray("fixes", [&] {
      for (const Edit &E : F.Fixes)
        Out.object([&] {
          place(E.At);
          Out.attribute("offset", E.At.Offset);
          Out.attribute("length", E.Length);
          text("replacement", E.Replacement);
        });
    });
  }
};

} // namespace

void writeJson(llvm::ArrayRef<Finding> Findings, const ReportContext &Context, llvm::raw_ostream &Out) {
  JsonWriter(Context, Out).write(Findings);
  Out << '\n';
}

} // namespace poolguard
