// Contents of a summary (.pgsum) or of a stored program, under a header and a digest that are right: read, or refused with the field. What
// is read is written and read again, and is the same.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

#include "link/Packed.h"
#include "link/ProgramFile.h"
#include "link/SummaryFile.h"
#include "model/Digest.h"

namespace {

using namespace poolguard;

const PathRoot root("/app");

template <typename Read, typename Write>
void round_trip(const std::string& file, const Read& read, const Write& write) {
  auto first = read(llvm::MemoryBufferRef(file, "fuzzed"));
  if (!first) {
    if (llvm::toString(first.takeError()).find("fuzzed") == std::string::npos) std::abort();  // it names the file
    return;
  }
  std::string once, again;
  write(*first, once);
  auto second = read(llvm::MemoryBufferRef(once, "written"));
  if (!second) {
    llvm::errs() << llvm::toString(second.takeError()) << '\n';
    std::abort();
  }
  write(*second, again);
  if (once != again) std::abort();
}

/// The header of a file of this kind, as an empty one of it has.
std::string with_header(llvm::StringRef empty, llvm::StringRef content) {
  const std::size_t digest = empty.find("\ndigest ");
  return (empty.substr(0, digest) + "\ndigest " + Digest::of(content) + "\n" + content).str();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const llvm::StringRef content(reinterpret_cast<const char*>(data), size);
  const auto write_summary = [](const TuSummary& summary, std::string& out) {
    llvm::raw_string_ostream stream(out);
    writeSummary(summary, root, stream);
  };
  const auto write_program = [](const StoredProgram& program, std::string& out) {
    llvm::raw_string_ostream stream(out);
    writeProgram(program, stream);
  };
  std::string summary, program;
  write_summary({}, summary);
  write_program({}, program);
  round_trip(with_header(summary, content), [](llvm::MemoryBufferRef file) { return readSummary(file, root); }, write_summary);
  round_trip(with_header(program, content), [](llvm::MemoryBufferRef file) { return readProgram(file); }, write_program);
  return 0;
}
