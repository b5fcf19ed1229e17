#pragma once

#include <filesystem>

namespace poolguard::detail {

/// The folder with initdb and postgres: $POOLGUARD_PG_BINDIR, else the highest version in /usr/lib/postgresql/*/bin, else what
/// pg_config names, else one on $PATH. Throws ServerStartError with the remedy.
[[nodiscard]] std::filesystem::path find_server_binaries();

}  // namespace poolguard::detail
