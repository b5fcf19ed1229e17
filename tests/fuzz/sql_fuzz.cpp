// SQL texts, with holes (\x01) and without: the facts are the same each time, and nothing is read beyond the text.
#include <cstdint>
#include <cstdlib>

#include "sql/BlockControl.h"
#include "sql/Facts.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Not NUL-terminated, so that AddressSanitizer sees what reads on.
  const llvm::StringRef text(reinterpret_cast<const char*>(data), size);
  const poolguard::sql::Facts once = poolguard::sql::parse(text);
  const poolguard::sql::Facts again = poolguard::sql::parse(text);
  if (once.Error != again.Error || once.Statements.size() != again.Statements.size()) std::abort();
  if (poolguard::sql::blockControl(text) != poolguard::sql::blockControl(text)) std::abort();
  return 0;
}
