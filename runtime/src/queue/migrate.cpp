#include <fmt/format.h>

#include "poolguard/errors.hpp"
#include "poolguard/queue.hpp"
#include "queue/migrations.hpp"

namespace poolguard {

void Queue::migrate(const ExecuteOptions& options) {
  engine_.transaction(
      [&options](TransactionEngine& open) {
        // The first to come does the work; the others wait here, and then find it done.
        open.execute(sql::kMigrationLock, {}, options);
        open.execute(sql::kCreateMigrations, {}, options);
        const auto version = open.execute(sql::kSchemaVersion, {}, options).number(0, "version");
        if (version > sql::kMigrations.back().version) {
          throw SchemaError(fmt::format("the database's Poolguard schema is version {}, and this program knows {} at most. "
                                        "Upgrade the program; nothing was changed",
                                        version, sql::kMigrations.back().version));
        }
        for (const sql::Migration& migration : sql::kMigrations) {
          if (migration.version <= version) continue;
          for (const std::string_view statement : migration.statements) open.execute(statement, {}, options);
          open.execute(sql::kRecordMigration, {migration.version}, options);
        }
      },
      options);
}

}  // namespace poolguard
