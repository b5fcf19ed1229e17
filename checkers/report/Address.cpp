#include "report/Address.h"

#include "llvm/ADT/StringExtras.h"

namespace poolguard {

using llvm::StringRef;

std::string percentEncoded(StringRef Path) {
  static constexpr char Digits[] = "0123456789ABCDEF";
  std::string Result;
  for (char C : Path) {
    if (llvm::isAlnum(C) || StringRef("-._~/!$&'()*+,;=@").contains(C) || (C == ':' && Path.starts_with("/"))) {
      Result += C;
    } else {
      auto Byte = static_cast<unsigned char>(C);
      Result += '%';
      Result += Digits[Byte >> 4];
      Result += Digits[Byte & 15];
    }
  }
  return Result;
}

std::string fileAddress(StringRef Path) { return "file://" + percentEncoded(Path); }

} // namespace poolguard
