//===- Paths.h - What rules share when they word a finding ------*- C++ -*-===//
#pragma once

#include <string>
#include <vector>

#include "link/ProgramGraph.h"
#include "report/Finding.h"

namespace poolguard {

/// The qualified name of what the site calls, or `a callable` for a call through a value.
std::string calleeName(const ProgramGraph &Graph, const Site &S);

/// What the site calls, by name or through a value that is a function; null where nothing is known of it.
const Declaration *called(const ProgramGraph &Graph, const Site &S);

/// One note a call of the path, outermost first: `'app::renew' calls 'app::Db::run' here`. Leaves out the step at which
/// the finding itself stands.
std::vector<Note> callNotes(const ProgramGraph &Graph, const Chain *Path, Step FindingAt);

std::vector<Note> callNotes(const ProgramGraph &Graph, llvm::ArrayRef<Step> Path, Step FindingAt);

/// The steps of a chain, outermost first.
std::vector<Step> steps(const Chain *Path);

/// Whether the site itself calls the function, and not something outside of the program that is handed it.
bool callsNext(const ProgramGraph &Graph, const Site &S, unsigned Next);

/// `transaction`, `session`, ...
const char *laneName(Lane L);

} // namespace poolguard
