//===- Address.h - Paths as addresses (RFC 3986) ----------------*- C++ -*-===//
#pragma once

#include <string>

#include "llvm/ADT/StringRef.h"

namespace poolguard {

/// A path as (the relative) address: what may not stand there as it is has become %XX.
std::string percentEncoded(llvm::StringRef Path);

/// The address of an absolute path.
std::string fileAddress(llvm::StringRef Path);

} // namespace poolguard
