/// A statement with a parameter, which the two libpqxx have different names for.
#pragma once

#include <string>

#include <pqxx/pqxx>

inline void exec_params(pqxx::transaction_base& tx, const char* sql, const std::string& value) {
#if PQXX_VERSION_MAJOR >= 7
  tx.exec(sql, pqxx::params{value});
#else
  tx.exec_params(sql, value);
#endif
}
