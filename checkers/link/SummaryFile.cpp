#include "link/SummaryFile.h"

#include "link/ProgramFile.h"
#include "link/TuSummaryFields.h"

namespace poolguard {

// Raise it with every change of a field below, or of what one means.
static constexpr unsigned Format = 4;
static constexpr PackedKind Kind{"poolguard summary", Format}, ProgramKind{"poolguard program", Format};

static const PathRoot AsTheyAre("");

void writeSummary(const TuSummary &Summary, const PathRoot &Root, llvm::raw_ostream &OS) {
  PackWriter Writer(Root);
  // One description serves both directions; the writer only looks.
  describe(Writer, const_cast<TuSummary &>(Summary));
  Writer.write(Kind, OS);
}

template <class T> static std::string packedAlone(const T &V) {
  PackWriter Writer(AsTheyAre);
  describe(Writer, const_cast<T &>(V));
  std::string Out;
  llvm::raw_string_ostream OS(Out);
  Writer.write(Kind, OS);
  return Out;
}

std::string packed(const Declaration &D) { return packedAlone(D); }

std::string packed(const Function &F) { return packedAlone(F); }

llvm::Expected<TuSummary> readSummary(llvm::MemoryBufferRef File, const PathRoot &Root) {
  PackReader Reader(File, Kind, Root);
  TuSummary Summary;
  describe(Reader, Summary);
  if (llvm::Error Wrong = Reader.finish())
    return std::move(Wrong);
  return Summary;
}

template <class Archive> void describe(Archive &A, StoredProgram &V) {
  auto &[Key, Root, Tus, Configs] = V;
  A("key", Key);
  A("root", Root);
  A("tus", Tus);
  A("configs", Configs);
}

void writeProgram(const StoredProgram &Program, llvm::raw_ostream &OS) {
  PackWriter Writer(AsTheyAre);
  describe(Writer, const_cast<StoredProgram &>(Program));
  Writer.write(ProgramKind, OS);
}

llvm::Expected<StoredProgram> readProgram(llvm::MemoryBufferRef File) {
  PackReader Reader(File, ProgramKind, AsTheyAre);
  StoredProgram Program;
  describe(Reader, Program);
  if (llvm::Error Wrong = Reader.finish())
    return std::move(Wrong);
  if (Program.Configs.size() != Program.Tus.size())
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   "'" + File.getBufferIdentifier() +
                                       "' can't be used: it is damaged: field 'configs': not one a TU");
  return Program;
}

std::string programKey(llvm::MemoryBufferRef File) {
  // Each check asks, and the program is large: its first field is enough.
  PackReader Reader(File, ProgramKind, AsTheyAre);
  std::string Key;
  Reader("key", Key);
  return Reader.good() ? Key : std::string();
}

} // namespace poolguard
