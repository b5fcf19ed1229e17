#pragma once

#include "options.hpp"
#include "signals.hpp"

namespace poolguard::cli {

// Each runs one subcommand and returns the exit status; each throws poolguard::Error if it can't do its job.
int submit(const Options& options);
int work(const Options& options, Signals& signals);
int list(const Options& options);
int stats(const Options& options);
int doctor(const Options& options);

}  // namespace poolguard::cli
