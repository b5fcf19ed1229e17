// Texts as a .poolguard.yaml: a model, or an error that says where.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "model/RoleModel.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<poolguard::ConfigError> errors;
  const auto model = poolguard::RoleModel::parse(llvm::StringRef(reinterpret_cast<const char*>(data), size), "/app/.poolguard.yaml", errors);
  if ((model == nullptr) != !errors.empty()) std::abort();  // a mistake must never turn a check off
  for (const poolguard::ConfigError& error : errors) {
    if (error.Message.empty() || error.File.empty()) std::abort();
  }
  if (model) {
    for (const char* name : {"pqxx::perform", "app::Db::execute", "a::b<int>::~b", "", "::"}) {
      (void)model->function(name);
      (void)model->type(name);
    }
  }
  return 0;
}
