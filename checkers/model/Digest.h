//===- Digest.h - Contents by name ------------------------------*- C++ -*-===//
#pragma once

#include <string>

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/BLAKE3.h"

namespace poolguard {

/// A digest of what it is fed, in hexadecimal: BLAKE3, cut to 128 bits.
class Digest {
public:
  Digest &add(llvm::StringRef Text) {
    // The length first, so that ("ab", "c") and ("a", "bc") differ.
    uint64_t Size = Text.size();
    Hasher.update(llvm::StringRef(reinterpret_cast<const char *>(&Size), sizeof(Size)));
    Hasher.update(Text);
    return *this;
  }
  std::string hex() { return llvm::toHex(Hasher.final<16>(), /*LowerCase=*/true); }

  static std::string of(llvm::StringRef Text) { return Digest().add(Text).hex(); }

private:
  llvm::BLAKE3 Hasher;
};

} // namespace poolguard
