//===- ProgramFile.h - A whole program on disk ------------------*- C++ -*-===//
//
// What `poolguard check` leaves in the build folder for hosts that see one file at a time: the summaries of all TUs,
// what is in several of them once. It is of one machine, so its paths are absolute.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <string>
#include <vector>

#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"
#include "llvm/Support/raw_ostream.h"

#include "link/Summary.h"

namespace poolguard {

struct StoredProgram {
  std::string Key;  // of all that it was made from; empty: not known
  std::string Root; // what names of internal linkage are relative to
  std::vector<TuSummary> Tus;
  std::vector<std::string> Configs; // by TU: the digest of its role model
};

/// Where it lies in a build folder.
constexpr const char *ProgramFileName = ".poolguard/program";

/// Leaves one of each thing that equal TUs have in common, and drops what only reports need. The graph of what stays is
/// the same.
void dropRepeated(StoredProgram &Program);

void writeProgram(const StoredProgram &Program, llvm::raw_ostream &OS);

/// Reads one. A file of another version, or a damaged one, is an error that names the file and the field.
llvm::Expected<StoredProgram> readProgram(llvm::MemoryBufferRef File);
/// Its key alone; empty when the file can't be used.
std::string programKey(llvm::MemoryBufferRef File);

} // namespace poolguard
