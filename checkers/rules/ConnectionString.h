//===- ConnectionString.h - What a connection string holds ------*- C++ -*-===//
#pragma once

#include <string>
#include <vector>

#include "llvm/ADT/StringRef.h"

namespace poolguard {

/// A connection string as libpq reads it, `host=... user=...` or `postgresql://user:password@host/db?key=value`; parts
/// that aren't known are sql::Hole.
struct ConnectionString {
  struct Setting {
    std::string Key, Value; // key in lower case
  };
  std::vector<Setting> Settings; // those of a URL's host part included: user, password, host, port, dbname

  const Setting *find(llvm::StringRef Key) const;
  static ConnectionString read(llvm::StringRef Text);
};

/// Whether the text holds a password of its own, known or not.
bool holdsPassword(llvm::StringRef Text);

} // namespace poolguard
