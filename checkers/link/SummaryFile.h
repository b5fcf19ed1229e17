//===- SummaryFile.h - TU summaries on disk ---------------------*- C++ -*-===//
#pragma once

#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"
#include "llvm/Support/raw_ostream.h"

#include "link/Packed.h"
#include "link/Summary.h"

namespace poolguard {

/// Writes a summary (`.pgsum`). Equal summaries give equal bytes wherever the root lies.
void writeSummary(const TuSummary &Summary, const PathRoot &Root, llvm::raw_ostream &OS);

/// The bytes that stand for it: equal for equal ones.
std::string packed(const Declaration &D);
std::string packed(const Function &F);

/// Reads one. A file of another version, or a damaged one, is an error that names the file and the field.
llvm::Expected<TuSummary> readSummary(llvm::MemoryBufferRef File, const PathRoot &Root);

} // namespace poolguard
