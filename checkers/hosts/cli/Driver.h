//===- Driver.h - Every TU to its summary -----------------------*- C++ -*-===//
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hosts/cli/Cache.h"
#include "hosts/cli/Program.h"
#include "link/PathRoot.h"
#include "link/Summary.h"
#include "model/RoleModel.h"

namespace poolguard::cli {

/// The summary of one TU: in memory, or known to be in the cache.
struct TuResult {
  std::string CacheKey; // empty: it can't be cached
  std::optional<TuSummary> Summary;
  std::string Config;             // the digest of its role model
  std::vector<std::string> Asked; // if wanted: the paths that its parse asked for, and its config
};

/// What parsing the program gave.
struct Summaries {
  std::vector<TuResult> Tus;             // in the order of Program::Files
  std::vector<ConfigError> ConfigErrors; // each once
  std::vector<std::string> ParseErrors;  // a text a TU that doesn't parse: its name and the compiler's errors
  unsigned Parsed = 0;                   // the rest was in the cache
};

/// Gets the summaries of the TUs, from the cache or by parsing, on up to `Jobs` threads (0: one a core). `ConfigPath`
/// overrides the search for `.poolguard.yaml`. `WantAsked`: fill in TuResult::Asked. Progress is called with the number
/// of TUs that are done, from any thread.
Summaries summarize(const Program &P, llvm::StringRef ConfigPath, unsigned Jobs, const PathRoot &Root, Cache &Store,
                    bool WantAsked, llvm::function_ref<void(size_t)> Progress);

/// The summaries themselves: what is only in the cache is read. Fails when an entry has gone or is damaged meanwhile.
llvm::Expected<std::vector<TuSummary>> load(Summaries In, unsigned Jobs, const PathRoot &Root, const Cache &Store);

/// The role model that governs `File`; null when its config is wrong, which is then in `Errors`. `Override` is the
/// config to use instead of the nearest; empty: none.
std::shared_ptr<const RoleModel> modelOf(llvm::StringRef File, llvm::StringRef Override,
                                         std::vector<ConfigError> &Errors);

/// A digest of this program: what it writes is only good for itself.
const std::string &toolDigest();

} // namespace poolguard::cli
