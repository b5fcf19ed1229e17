//===- CheckNames.cpp - The manifest of checks, compiled in ---------------===//

#include "rules/CheckNames.h"

namespace poolguard {

using llvm::StringRef;

namespace {

#define POOLGUARD_CHECK_ROLES(Index, ...) constexpr StringRef Roles##Index[] = {__VA_ARGS__};
#define POOLGUARD_CHECK_NO_ROLES(Index) constexpr llvm::ArrayRef<StringRef> Roles##Index;
#define POOLGUARD_CHECK(Index, Name, Level, Summary, Fix, Cost)
#include "CheckNames.inc"
#undef POOLGUARD_CHECK_ROLES
#undef POOLGUARD_CHECK_NO_ROLES
#undef POOLGUARD_CHECK

#define POOLGUARD_CHECK_ROLES(Index, ...)
#define POOLGUARD_CHECK_NO_ROLES(Index)
#define POOLGUARD_CHECK(Index, Name, Level, Summary, Fix, Cost) {Name, Level, Summary, Roles##Index, Fix, Cost},
const CheckInfo Checks[] = {
#include "CheckNames.inc"
};
#undef POOLGUARD_CHECK_ROLES
#undef POOLGUARD_CHECK_NO_ROLES
#undef POOLGUARD_CHECK

} // namespace

llvm::ArrayRef<CheckInfo> checkInfos() { return Checks; }

const CheckInfo *findCheck(StringRef Name) {
  Name.consume_front("poolguard-");
  for (const CheckInfo &Check : Checks)
    if (Check.Name == Name)
      return &Check;
  return nullptr;
}

std::vector<StringRef> checkNames() {
  std::vector<StringRef> Names;
  for (const CheckInfo &Check : Checks)
    Names.push_back(Check.Name);
  return Names;
}

} // namespace poolguard
