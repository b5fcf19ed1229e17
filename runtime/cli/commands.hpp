#pragma once

#include "options.hpp"
#include "signals.hpp"

namespace poolguard::cli {

// Each runs one subcommand and returns the exit status; each throws poolguard::Error if it can't do its job.
int submit(const Options& options);
int work(const Options& options, const Signals& signals);
int list(const Options& options);
int get(const Options& options);
int cancel(const Options& options);
int retry(const Options& options);
int replay(const Options& options);
int remove(const Options& options);
int prune(const Options& options);
int pause(const Options& options);
int resume(const Options& options);
int schedule_add(const Options& options);
int schedule_list(const Options& options);
int schedule_remove(const Options& options);
int schedule_pause(const Options& options);
int schedule_resume(const Options& options);
int limits_set(const Options& options);
int limits_list(const Options& options);
int migrate(const Options& options);
/// Adds a job and runs it, through claim, renewal and end, on both lanes: does this installation work?
int smoke(const Options& options);
int stats(const Options& options);
/// Shows all queues again and again, until a signal or the end of who reads it.
int watch(const Options& options, const Signals& signals);
/// Serves the dashboard until a signal.
int ui(const Options& options, const Signals& signals);
int doctor(const Options& options);

}  // namespace poolguard::cli
