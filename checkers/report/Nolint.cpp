#include "report/Nolint.h"

#include <map>
#include <memory>

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/GlobPattern.h"
#include "llvm/Support/MemoryBuffer.h"

namespace poolguard {

namespace {

/// Whether the list in `NOLINT(list)` names the check.
bool names(llvm::StringRef List, llvm::StringRef Check) {
  bool Named = false;
  llvm::SmallVector<llvm::StringRef, 4> Parts;
  List.split(Parts, ',');
  for (llvm::StringRef Part : Parts) {
    Part = Part.trim();
    bool Except = Part.consume_front("-");
    llvm::Expected<llvm::GlobPattern> Glob = llvm::GlobPattern::create(Part);
    if (!Glob) {
      llvm::consumeError(Glob.takeError()); // not a glob: then a name
      if (Part == Check)
        Named = !Except;
    } else if (Glob->match(Check)) {
      Named = !Except;
    }
  }
  return Named;
}

/// Whether the line has `Marker`, not as the start of a longer one, for the check.
bool marks(llvm::StringRef Line, llvm::StringRef Marker, llvm::StringRef Check) {
  for (size_t At = Line.find(Marker); At != llvm::StringRef::npos; At = Line.find(Marker, At + 1)) {
    llvm::StringRef Rest = Line.substr(At + Marker.size());
    if (!Rest.empty() && (llvm::isAlnum(Rest.front()) || Rest.front() == '_'))
      continue;
    if (!Rest.consume_front("("))
      return true;
    if (names(Rest.take_until([](char C) { return C == ')'; }), Check))
      return true;
  }
  return false;
}

std::vector<llvm::StringRef> linesOf(const llvm::MemoryBuffer &Buffer) {
  llvm::SmallVector<llvm::StringRef, 0> Lines;
  Buffer.getBuffer().split(Lines, '\n');
  return {Lines.begin(), Lines.end()};
}

bool suppressed(const Finding &F, const std::vector<llvm::StringRef> &Lines) {
  if (F.At.Line == 0 || F.At.Line > Lines.size())
    return false;
  size_t Line = F.At.Line - 1;
  if (marks(Lines[Line], "NOLINT", F.Check) || (Line > 0 && marks(Lines[Line - 1], "NOLINTNEXTLINE", F.Check)))
    return true;
  int Depth = 0;
  for (size_t I = 0; I <= Line; ++I) {
    if (marks(Lines[I], "NOLINTBEGIN", F.Check))
      ++Depth;
    if (Depth > 0 && marks(Lines[I], "NOLINTEND", F.Check))
      --Depth;
  }
  return Depth > 0;
}

} // namespace

void suppressNolint(std::vector<Finding> &Findings) {
  struct File {
    std::unique_ptr<llvm::MemoryBuffer> Buffer;
    std::vector<llvm::StringRef> Lines;
  };
  std::map<std::string, File> Files;
  std::erase_if(Findings, [&](const Finding &F) {
    auto [At, New] = Files.try_emplace(F.At.File);
    if (New)
      if (auto Buffer = llvm::MemoryBuffer::getFile(F.At.File)) {
        At->second.Buffer = std::move(*Buffer);
        At->second.Lines = linesOf(*At->second.Buffer);
      }
    return suppressed(F, At->second.Lines);
  });
}

} // namespace poolguard
