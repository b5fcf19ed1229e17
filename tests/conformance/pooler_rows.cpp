// What a transaction-mode PgBouncer does to each kind of session state: prints one JSON object a row.
//
// For a statement: client A runs it, and the pooler gives A's server connection to client B, who keeps it in a
// transaction while A goes on, on the other one. In effect for A afterwards? If not, it is lost. In effect for B? Then
// it leaked. For a startup parameter: whether the pooler takes a connection that has it.
//
// Run by conformance.py, which holds the guards and docs/pooler-conformance.md to it.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/pgbouncer_process.hpp"
#include "support/test_cluster.hpp"

using namespace poolguard::test;

namespace {

struct Row {
  std::string name;
  std::string statement;
  std::string probe;            ///< 't' where the state is in effect
  std::string probe_of_b = {};  ///< if B's question is another one
  bool in_transaction = false;  ///< between BEGIN and COMMIT
  std::string before = {};      ///< by another session, past the pooler
  std::string judged = {};      ///< what the guards are asked about, if not the statement
  bool by_protocol = false;     ///< prepared by the protocol, as PQprepare() does, not by SQL
};

std::string setting_is(const std::string& name, const std::string& value) {
  return fmt::format("SELECT coalesce(current_setting('{}', true) = '{}', false)", name, value);
}

/// `what` of the session: its temporary relation, channel, plan or cursor.
std::string has(const std::string& what) { return "SELECT EXISTS (SELECT FROM " + what + ")"; }

std::vector<Row> rows() {
  const std::string timeout = setting_is("statement_timeout", "5s");
  const std::string read_only = setting_is("default_transaction_read_only", "on");
  const std::string listening = has("pg_listening_channels() AS c WHERE c = 'jobs'");
  const std::string prepared = has("pg_prepared_statements WHERE name = 'p'");
  const std::string cursor = has("pg_cursors WHERE name = 'c'");
  const std::string temporary = "SELECT to_regclass('pg_temp.t') IS NOT NULL";
  const std::string unlocked = "SELECT pg_advisory_unlock(7)";
  const std::string reentered = "SELECT pg_try_advisory_xact_lock(7)";
  const std::string lock_held = has("pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()");
  const std::string role = "CREATE ROLE other; GRANT other TO poolguard";
  const std::string sequence = "CREATE SEQUENCE s";
  return {
      {.name = "SET", .statement = "SET statement_timeout = '5s'", .probe = timeout},
      {.name = "SET SESSION", .statement = "SET SESSION statement_timeout = '5s'", .probe = timeout},
      {.name = "SET in a transaction that commits", .statement = "SET statement_timeout = '5s'", .probe = timeout, .in_transaction = true},
      {.name = "SET search_path", .statement = "SET search_path = app", .probe = setting_is("search_path", "app")},
      {.name = "set_config(…, false)", .statement = "SELECT set_config('statement_timeout', '5s', false)", .probe = timeout},
      {.name = "SET SESSION CHARACTERISTICS", .statement = "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", .probe = read_only},
      {.name = "SET ROLE", .statement = "SET ROLE other", .probe = "SELECT current_user = 'other'", .before = role},
      {.name = "SET SESSION AUTHORIZATION",
       .statement = "SET SESSION AUTHORIZATION other",
       .probe = "SELECT session_user = 'other'",
       .before = role},
      {.name = "SET LOCAL", .statement = "SET LOCAL statement_timeout = '5s'", .probe = timeout, .in_transaction = true},
      {.name = "set_config(…, true)",
       .statement = "SELECT set_config('statement_timeout', '5s', true)",
       .probe = timeout,
       .in_transaction = true},
      {.name = "SET TRANSACTION",
       .statement = "SET TRANSACTION READ ONLY",
       .probe = setting_is("transaction_read_only", "on"),
       .in_transaction = true},
      {.name = "SET TimeZone", .statement = "SET TimeZone = 'Asia/Tokyo'", .probe = setting_is("TimeZone", "Asia/Tokyo")},
      {.name = "SET TIME ZONE", .statement = "SET TIME ZONE 'Asia/Tokyo'", .probe = setting_is("TimeZone", "Asia/Tokyo")},
      {.name = "SET DateStyle", .statement = "SET DateStyle = 'German'", .probe = setting_is("DateStyle", "German, DMY")},
      {.name = "SET client_encoding", .statement = "SET client_encoding = 'LATIN1'", .probe = setting_is("client_encoding", "LATIN1")},
      {.name = "SET standard_conforming_strings",
       .statement = "SET standard_conforming_strings = off",
       .probe = setting_is("standard_conforming_strings", "off")},
      {.name = "SET IntervalStyle", .statement = "SET IntervalStyle = 'iso_8601'", .probe = setting_is("IntervalStyle", "iso_8601")},
      {.name = "SET application_name", .statement = "SET application_name = 'a'", .probe = setting_is("application_name", "a")},
      {.name = "LISTEN", .statement = "LISTEN jobs", .probe = listening},
      {.name = "NOTIFY", .statement = "NOTIFY jobs", .probe = listening},
      {.name = "PREPARE", .statement = "PREPARE p AS SELECT 1", .probe = prepared},
      {.name = "a plan prepared by the protocol", .statement = "SELECT 1", .probe = prepared, .by_protocol = true},
      {.name = "DECLARE … WITH HOLD", .statement = "DECLARE c CURSOR WITH HOLD FOR SELECT 1", .probe = cursor, .in_transaction = true},
      {.name = "DECLARE", .statement = "DECLARE c CURSOR FOR SELECT 1", .probe = cursor, .in_transaction = true},
      {.name = "CREATE TEMP TABLE", .statement = "CREATE TEMP TABLE t (a int)", .probe = temporary},
      {.name = "CREATE TEMP TABLE … ON COMMIT DELETE ROWS",
       .statement = "CREATE TEMP TABLE t (a int) ON COMMIT DELETE ROWS",
       .probe = temporary},
      {.name = "CREATE TEMP TABLE … ON COMMIT DROP",
       .statement = "CREATE TEMP TABLE t (a int) ON COMMIT DROP",
       .probe = temporary,
       .in_transaction = true},
      {.name = "CREATE TEMP VIEW", .statement = "CREATE TEMP VIEW t AS SELECT 1", .probe = temporary},
      {.name = "CREATE TEMP SEQUENCE", .statement = "CREATE TEMP SEQUENCE t", .probe = temporary},
      {.name = "LOAD", .statement = "LOAD 'auto_explain'", .probe = "SELECT current_setting('auto_explain.log_analyze', true) IS NOT NULL"},
      {.name = "pg_advisory_lock", .statement = "SELECT pg_advisory_lock(7)", .probe = unlocked, .probe_of_b = reentered},
      {.name = "pg_try_advisory_lock", .statement = "SELECT pg_try_advisory_lock(7)", .probe = unlocked, .probe_of_b = reentered},
      {.name = "pg_advisory_lock_shared",
       .statement = "SELECT pg_advisory_lock_shared(7)",
       .probe = "SELECT pg_advisory_unlock_shared(7)",
       .probe_of_b = lock_held},
      {.name = "pg_advisory_xact_lock", .statement = "SELECT pg_advisory_xact_lock(7)", .probe = lock_held, .in_transaction = true},
      {.name = "nextval, then currval",
       .statement = "SELECT nextval('s')",
       .probe = "SELECT currval('s') IS NOT NULL",
       .before = sequence,
       .judged = "SELECT currval('s')"},
  };
}

/// A client of the pooler, or of the server.
class Client {
 public:
  explicit Client(const std::string& url) : connection_(PQconnectdb(url.c_str()), &PQfinish) {
    if (PQstatus(connection_.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(connection_.get()));
    PQsetNoticeProcessor(connection_.get(), [](void*, const char*) {}, nullptr);  // an unlock that fails also warns
  }

  /// The first value; empty where there is none.
  std::string must(const std::string& sql) {
    const auto [text, error] = ask(PQexec(connection_.get(), sql.c_str()));
    if (!error.empty()) throw std::runtime_error(sql + ": " + error);
    return text;
  }
  /// Whether the state is in effect. An error (there is no such cursor) says no.
  bool in_effect(const std::string& probe) { return ask(PQexec(connection_.get(), probe.c_str())).first == "t"; }
  void prepare(const std::string& sql) {
    const auto [text, error] = ask(PQprepare(connection_.get(), "p", sql.c_str(), 0, nullptr));
    if (!error.empty()) throw std::runtime_error(sql + ": " + error);
  }
  bool has_plan() { return ask(PQexecPrepared(connection_.get(), "p", 0, nullptr, nullptr, nullptr, 0)).second.empty(); }
  std::string backend() { return must("SELECT pg_backend_pid()"); }

 private:
  static std::pair<std::string, std::string> ask(PGresult* answer) {
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(answer, &PQclear);
    const auto status = PQresultStatus(result.get());
    if (status == PGRES_TUPLES_OK && PQntuples(result.get()) > 0) return {PQgetvalue(result.get(), 0, 0), ""};
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) return {};
    return {"", PQresultErrorMessage(result.get())};
  }
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

nlohmann::json run(const Row& row, const TestCluster& cluster, const PgBouncerProcess& pooler, const std::string& database) {
  Client(cluster.url()).must("CREATE DATABASE " + database);
  if (!row.before.empty()) {
    Client other(cluster.url(database));
    other.must("DROP ROLE IF EXISTS other");
    other.must(row.before);
  }
  Client a(pooler.url(database)), b(pooler.url(database));
  const std::string of_a = a.backend();
  if (row.in_transaction) a.must("BEGIN");
  if (row.by_protocol)
    a.prepare(row.statement);
  else
    a.must(row.statement);
  if (row.in_transaction) a.must("COMMIT");
  b.must("BEGIN");
  if (b.backend() != of_a) throw std::runtime_error(row.name + ": the pooler didn't give A's server connection to B");
  const bool leaked = b.in_effect(row.probe_of_b.empty() ? row.probe : row.probe_of_b);
  const bool kept = row.by_protocol ? a.has_plan() : a.in_effect(row.probe);
  if (a.backend() == of_a) throw std::runtime_error(row.name + ": A still has its server connection");
  return {{"name", row.name},
          {"statement", row.judged.empty() ? row.statement : row.judged},
          {"in_transaction", row.in_transaction},
          {"by_protocol", row.by_protocol},
          {"kept", kept},
          {"leaked", leaked}};
}

/// Whether a connection with this startup parameter is taken, by the bytes of the protocol: libpq sends only some.
bool is_taken(int port, const std::string& name, const std::string& value) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) throw std::runtime_error("the pooler isn't there");
  std::string body(4, '\0');
  const std::uint32_t version = htonl(196608);  // protocol 3.0
  std::memcpy(body.data(), &version, 4);
  for (const std::string& text :
       {std::string("user"), std::string("poolguard"), std::string("database"), std::string("postgres"), name, value}) {
    body += text + '\0';
  }
  body += '\0';
  const std::uint32_t size = htonl(static_cast<std::uint32_t>(body.size() + 4));
  std::string packet(reinterpret_cast<const char*>(&size), 4);
  packet += body;
  if (::write(fd, packet.data(), packet.size()) != static_cast<ssize_t>(packet.size())) throw std::runtime_error("the pooler hung up");
  char kind = 0;
  if (::read(fd, &kind, 1) != 1) throw std::runtime_error("the pooler hung up at " + name);
  ::close(fd);
  return kind == 'R';  // the authentication; 'E' is an error
}

}  // namespace

int main() {
  try {
    const TestCluster cluster;
    const PgBouncerProcess pooler(cluster, {.pool_size = 2, .settings = {"max_db_connections = 0"}});
    std::cout << nlohmann::json{{"pooler", find_pgbouncer().string()}} << '\n';
    int number = 0;
    for (const Row& row : rows()) std::cout << run(row, cluster, pooler, fmt::format("row{}", ++number)) << '\n';
    using Parameter = std::pair<const char*, const char*>;
    for (const auto& [name, value] : {Parameter{"client_encoding", "UTF8"},
                                      {"DateStyle", "ISO"},
                                      {"IntervalStyle", "postgres"},
                                      {"TimeZone", "UTC"},
                                      {"standard_conforming_strings", "on"},
                                      {"application_name", "a"},
                                      {"statement_timeout", "5000"},
                                      {"lock_timeout", "5000"},
                                      {"idle_in_transaction_session_timeout", "5000"},
                                      {"search_path", "app"},
                                      {"extra_float_digits", "2"},
                                      {"options", "-c statement_timeout=5000"}}) {
      std::cout << nlohmann::json{{"parameter", name}, {"value", value}, {"taken", is_taken(pooler.port(), name, value)}} << '\n';
    }
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "pooler-rows: " << error.what() << '\n';
    return 2;
  }
}
