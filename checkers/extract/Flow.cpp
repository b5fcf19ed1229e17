#include "extract/Flow.h"

namespace poolguard {

void analyseFlow(TuContext &, const clang::FunctionDecl &, const llvm::DenseMap<const clang::Expr *, unsigned> &,
                 Function &) {}

} // namespace poolguard
