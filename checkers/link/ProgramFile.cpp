#include "link/ProgramFile.h"

#include <set>

#include "llvm/ADT/StringMap.h"

#include "link/SummaryFile.h"

namespace poolguard {

void dropRepeated(StoredProgram &Program) {
  llvm::StringMap<std::set<Location>> Definitions; // by USR: one of a header is in every TU that reads it
  llvm::StringMap<std::string> Latest;             // the joined one depends on the order of those that differ
  std::set<std::string> Globals;
  for (TuSummary &Tu : Program.Tus) {
    std::erase_if(Tu.Functions, [&](const Function &F) { return !Definitions[F.Usr].insert(F.At).second; });
    for (auto At = Tu.Declarations.begin(); At != Tu.Declarations.end();) {
      std::string Now = packed(At->second);
      std::string &Known = Latest[At->first];
      const bool Repeated = Known == Now;
      Known = std::move(Now);
      At = Repeated ? Tu.Declarations.erase(At) : std::next(At);
    }
    std::erase_if(Tu.Globals, [&](const auto &Global) { return !Globals.insert(Global.first).second; });
    Tu.Entries.clear();
    Tu.Suppressions.clear();
  }
}

} // namespace poolguard
