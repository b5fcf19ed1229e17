//===- Fingerprint.cpp - A finding's name for other tools -----------------===//

#include "report/Fingerprint.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/BLAKE3.h"

namespace poolguard {

std::string Fingerprints::next(const Finding &F) {
  std::string Line = Files.line(F.At.File, F.At.Line).value_or("").str();
  llvm::erase_if(Line, [](char C) { return llvm::isSpace(C); });
  std::string Key = F.Check + '\0' + Files.name(F.At.File) + '\0' + F.Function + '\0' + Line;
  Key += '\0' + std::to_string(Seen[Key]++);
  llvm::BLAKE3 Hash;
  Hash.update(Key);
  return llvm::toHex(Hash.final<16>(), /*LowerCase=*/true);
}

} // namespace poolguard
