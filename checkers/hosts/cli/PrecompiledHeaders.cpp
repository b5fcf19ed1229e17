#include "hosts/cli/PrecompiledHeaders.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace clang::tooling;
using llvm::StringRef;

namespace poolguard::cli {

/// The next argument past `-Xclang`, by which CMake hands each word to the compiler proper; its index is left in `I`.
static StringRef next(const CommandLineArguments &Arguments, size_t &I) {
  ++I;
  if (I + 1 < Arguments.size() && Arguments[I] == "-Xclang")
    ++I;
  return I < Arguments.size() ? StringRef(Arguments[I]) : StringRef();
}

ArgumentsAdjuster withoutPrecompiledHeaders() {
  return [](const CommandLineArguments &Arguments, StringRef) {
    CommandLineArguments Out;
    for (size_t I = 0; I < Arguments.size(); ++I) {
      if (Arguments[I] != "-include-pch") {
        Out.push_back(Arguments[I]);
        continue;
      }
      if (!Out.empty() && Out.back() == "-Xclang")
        Out.pop_back();
      next(Arguments, I);
    }
    return Out;
  };
}

static std::string withoutSystemHeaderPragma(StringRef Text) {
  std::string Out;
  while (!Text.empty()) {
    auto [Line, Rest] = Text.split('\n');
    StringRef Words = Line.trim();
    bool IsPragma = Words == "#pragma clang system_header" || Words == "#pragma GCC system_header";
    Out += IsPragma ? StringRef() : Line;
    Out += '\n'; // the lines keep their numbers
    Text = Rest;
  }
  return Out;
}

llvm::StringMap<std::string> forcedHeaders(llvm::ArrayRef<CompileCommand> Commands, RecordingFileSystem &Files) {
  llvm::StringMap<std::string> Out;
  for (const CompileCommand &Command : Commands) {
    for (size_t I = 0; I < Command.CommandLine.size(); ++I) {
      if (Command.CommandLine[I] != "-include")
        continue;
      StringRef Given = next(Command.CommandLine, I), Name = llvm::sys::path::filename(Given);
      if (Name != "cmake_pch.hxx" && Name != "cmake_pch.h")
        continue;
      llvm::SmallString<256> Path(llvm::sys::path::is_absolute(Given) ? "" : StringRef(Command.Directory));
      llvm::sys::path::append(Path, Given);
      if (auto Text = Files.getBufferForFile(Path))
        Out[Path] = withoutSystemHeaderPragma((*Text)->getBuffer());
    }
  }
  return Out;
}

} // namespace poolguard::cli
