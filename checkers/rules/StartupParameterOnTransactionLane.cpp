#include "rules/StartupParameterOnTransactionLane.h"

#include <set>

#include "llvm/ADT/STLExtras.h"

#include "rules/ConnectionString.h"
#include "rules/Paths.h"

namespace poolguard {

namespace {

/// Settings of the server that people put into connection strings. libpq's own keywords never leave the client, and
/// client_encoding, DateStyle, IntervalStyle, TimeZone, standard_conforming_strings and application_name are tracked.
const char *const Rejected[] = {
    "options",
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "idle_session_timeout",
    "transaction_timeout",
    "search_path",
    "default_transaction_isolation",
    "default_transaction_read_only",
    "default_transaction_deferrable",
    "role",
    "session_authorization",
    "replication",
    "geqo",
    "extra_float_digits",
    "work_mem",
    "maintenance_work_mem",
    "synchronous_commit",
    "bytea_output",
    "row_security",
    "session_replication_role",
    "default_table_access_method",
    "log_statement",
    "log_min_duration_statement",
    "plan_cache_mode",
    "jit",
    "enable_seqscan",
    "enable_nestloop",
    "tcp_keepalives_idle",
    "tcp_keepalives_interval",
    "tcp_keepalives_count",
};

class StartupParameterOnTransactionLane {
public:
  StartupParameterOnTransactionLane(const ProgramGraph &G, std::vector<Finding> &Findings, RuleStats &Stats)
      : G(G), Findings(Findings), Stats(Stats) {}

  void run() {
    Stats.SitesLookedAt = G.connects().size();
    for (const ConnectUse &Use : G.connects()) {
      if (Use.Text.K != Value::Kind::Text)
        continue;
      ConnectionString Dsn = ConnectionString::read(Use.Text.Name);
      Lane On = Use.On == Lane::Unknown ? laneOf(Dsn) : Use.On;
      if (On == Lane::Transaction)
        connection(Use, Dsn);
    }
    if (Stats.SitesLookedAt == 0)
      Stats.WhyVacuous = "no function with the role 'connects' is called";
  }

private:
  const ProgramGraph &G;
  std::vector<Finding> &Findings;
  RuleStats &Stats;
  std::set<std::pair<Step, std::string>> Reported;

  /// Supabase's transaction pooler listens on a port of its own.
  static Lane laneOf(const ConnectionString &Dsn) {
    const ConnectionString::Setting *Port = Dsn.find("port");
    return Port && Port->Value == "6543" ? Lane::Transaction : Lane::Unknown;
  }

  void connection(const ConnectUse &Use, const ConnectionString &Dsn) {
    for (const ConnectionString::Setting &S : Dsn.Settings) {
      if (!llvm::is_contained(Rejected, S.Key) || !Reported.insert({Use.Path->At, S.Key}).second)
        continue;
      // A replication connection can't go through a pooler at all; `replication=false` is the default.
      if (S.Key == "replication" && (S.Value == "false" || S.Value == "off" || S.Value == "0"))
        continue;
      Finding Out;
      Out.Check = "poolguard-startup-parameter-on-transaction-lane";
      Out.At = G.site(Use.Path->At).At;
      Out.Function = G.function(Use.Path->At.Function).Name;
      Out.Message =
          "the connection string of the transaction lane has the startup parameter '" + S.Key +
          "': a transaction-mode pooler rejects the connection, or drops the parameter where it is told to ignore "
          "it; set it with ALTER ROLE, with SET LOCAL in the transaction, or on the session lane";
      Out.Path = callNotes(G, Use.Path, Use.Path->At);
      Findings.push_back(std::move(Out));
    }
  }
};

} // namespace

void startupParameterOnTransactionLane(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats) {
  StartupParameterOnTransactionLane(Graph, Findings, Stats).run();
}

} // namespace poolguard
