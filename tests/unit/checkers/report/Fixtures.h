// What the report tests share: files in memory and findings in them.
#pragma once

#include <string>

#include "llvm/ADT/IntrusiveRefCntPtr.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/VirtualFileSystem.h"

#include "report/Report.h"

namespace poolguard::test {

struct Project {
  llvm::IntrusiveRefCntPtr<llvm::vfs::InMemoryFileSystem> Files = new llvm::vfs::InMemoryFileSystem;
  ReportContext Context;

  Project() {
    Context.Root = "/work/app";
    Context.ToolVersion = "1.2.3";
    Context.Files = Files;
  }

  void add(const std::string &Path, const std::string &Text) {
    Files->addFile(Path, 0, llvm::MemoryBuffer::getMemBufferCopy(Text, Path));
  }

  std::string report(Format As, llvm::ArrayRef<Finding> Findings) const {
    std::string Out;
    llvm::raw_string_ostream Stream(Out);
    write(As, Findings, Context, Stream);
    return Out;
  }
};

inline Location at(std::string File, unsigned Line, unsigned Column, unsigned Offset = 0) {
  return {std::move(File), Line, Column, Offset, false};
}

/// A claim on the transaction lane, two calls away, with its fix.
inline Finding routing() {
  Finding F;
  F.Check = "poolguard-lock-path-routing";
  F.At = at("/work/app/src/queue.cpp", 2, 6, 20);
  F.Message = "this claim reaches the server on the transaction lane; call 'execute_direct'";
  F.Path = {{at("/work/app/src/db.cpp", 1, 1), "'claim' calls 'execute' here"}};
  F.Fixes = {{at("/work/app/src/queue.cpp", 2, 6, 20), 7, "execute_direct"}};
  F.Function = "app::Queue::claim";
  return F;
}

inline Project project() {
  Project P;
  P.add("/work/app/src/queue.cpp", "void claim() {\n\tdb->execute(sql);\n}\n");
  P.add("/work/app/src/db.cpp", "void execute();\n");
  return P;
}

} // namespace poolguard::test
