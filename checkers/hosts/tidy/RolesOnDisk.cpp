#include "hosts/tidy/RolesOnDisk.h"

#include <chrono>
#include <map>
#include <mutex>

#include "hosts/tidy/FileState.h"

namespace poolguard {

namespace {

/// A config as it was read.
struct Read {
  FileState State;
  std::shared_ptr<const RoleModel> Model;
  std::vector<ConfigError> Errors;
};

/// A file that was written a moment ago may be written again within one tick of the file system's clock.
bool settled(const FileState &State) {
  return std::chrono::system_clock::now() - State.Changed > std::chrono::seconds(2);
}

/// The configs that this process has read. Editors build several TUs at once.
class Configs {
public:
  std::shared_ptr<const RoleModel> get(const std::string &Path, std::vector<ConfigError> &Errors) {
    llvm::sys::fs::file_status Status;
    if (llvm::sys::fs::status(Path, Status))
      return RoleModel::load(Path, Errors); // says what is wrong with it
    const FileState Now(Status);
    std::lock_guard<std::mutex> Guard(Lock);
    auto At = ByPath.find(Path);
    if (At == ByPath.end() || !(At->second.State == Now)) {
      Read New{Now, nullptr, {}};
      New.Model = RoleModel::load(Path, New.Errors);
      if (!settled(Now)) {
        ByPath.erase(Path);
        Errors.insert(Errors.end(), New.Errors.begin(), New.Errors.end());
        return New.Model;
      }
      At = ByPath.insert_or_assign(Path, std::move(New)).first;
    }
    Errors.insert(Errors.end(), At->second.Errors.begin(), At->second.Errors.end());
    return At->second.Model;
  }

private:
  std::mutex Lock;
  std::map<std::string, Read> ByPath;
};

} // namespace

std::shared_ptr<const RoleModel> rolesOf(const std::string &Path, std::vector<ConfigError> &Errors) {
  static Configs Known;
  return Path.empty() ? RoleModel::defaults() : Known.get(Path, Errors);
}

} // namespace poolguard
