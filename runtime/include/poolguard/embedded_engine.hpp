#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "poolguard/engine.hpp"
#include "poolguard/events.hpp"

namespace poolguard {

struct EmbeddedOptions {
  /// Where the database lives: made if it isn't there, kept afterwards. A second process that names the folder while a first
  /// one runs the server uses that server; it ends with the first. Unset: a new database in a temporary folder that is removed.
  std::optional<std::filesystem::path> folder;
  /// For programs that make many temporary databases, as tests do: a folder to keep a copy of a fresh one in, so that initdb runs
  /// once. Empty: none.
  std::filesystem::path fresh_copy;
  std::size_t transaction_pool_size = 10;
  std::size_t session_pool_size = 3;
  std::chrono::milliseconds start_timeout{60000};
  EventSink events = stderr_sink();
};

/// A private Postgres of our own: made by initdb, reached by a unix socket in a folder that only its user can enter, without a
/// TCP port. Run by root, the server runs as `postgres` or `nobody`. It ends when the engine ends, or when this process dies,
/// however it dies. Thread-safe.
///
/// There is no pooler, so every connection is a session and both calls delegate to the same engine inside, which keeps some
/// connections for execute_direct() so that handlers can't starve a renewal.
class EmbeddedEngine final : public Engine {
 public:
  /// Throws ServerStartError: no server binaries (says which package to install), no room, no permission, no start.
  explicit EmbeddedEngine(EmbeddedOptions options = {});
  ~EmbeddedEngine() override;

  Result execute(std::string_view sql, const Params& params = {}, const ExecuteOptions& options = {}) override;

  POOLGUARD_EXECUTES("session", 0)
  Result execute_direct(std::string_view sql, const Params& params = {}, const ExecuteOptions& options = {}) override;

  void transaction(const std::function<void(TransactionEngine&)>& work, const ExecuteOptions& options = {}) override;

  void require_session_lane() override;
  [[nodiscard]] Health health(std::chrono::milliseconds timeout = std::chrono::milliseconds{2000}) override;
  [[nodiscard]] std::unique_ptr<Listener> listen(std::string_view channel, const ExecuteOptions& options = {}) override;
  [[nodiscard]] std::string describe() const override;

  /// The connection string (without a secret in it) for psql and the like, while the engine lives.
  [[nodiscard]] const std::string& url() const noexcept;

  /// Where `poolguard-jobs` keeps its database if no URL is given: $POOLGUARD_EMBEDDED_DIR; for root /var/lib/poolguard; else
  /// $XDG_STATE_HOME/poolguard or ~/.local/state/poolguard. Throws ConfigError if none can be named.
  [[nodiscard]] static std::filesystem::path default_folder();

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace poolguard
