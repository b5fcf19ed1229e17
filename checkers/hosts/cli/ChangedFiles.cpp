#include "hosts/cli/ChangedFiles.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"

using namespace llvm;

namespace poolguard::cli {

/// What git prints; its own words where it fails.
static Expected<std::string> git(StringRef Folder, std::initializer_list<StringRef> Arguments) {
  auto Failure = [](const Twine &Text) { return createStringError(inconvertibleErrorCode(), Text); };
  ErrorOr<std::string> Program = sys::findProgramByName("git");
  if (!Program)
    return Failure("--changed-since needs git, and there is none on the PATH");
  SmallString<128> OutPath, ErrPath;
  if (sys::fs::createTemporaryFile("poolguard", "out", OutPath) ||
      sys::fs::createTemporaryFile("poolguard", "err", ErrPath))
    return Failure("can't make a temporary file for what git prints");
  FileRemover RemoveOut(OutPath), RemoveErr(ErrPath);
  SmallVector<StringRef, 12> Command{*Program, "-C", Folder};
  Command.append(Arguments.begin(), Arguments.end());
  std::optional<StringRef> Redirects[] = {StringRef(""), StringRef(OutPath), StringRef(ErrPath)};
  std::string Error;
  int Status = sys::ExecuteAndWait(*Program, Command, std::nullopt, Redirects, 0, 0, &Error);
  ErrorOr<std::unique_ptr<MemoryBuffer>> Out = MemoryBuffer::getFile(OutPath), Err = MemoryBuffer::getFile(ErrPath);
  if (Status != 0 || !Out)
    return Failure("git fails: " +
                   (Err && !(*Err)->getBuffer().empty() ? (*Err)->getBuffer().trim() : StringRef(Error)));
  return (*Out)->getBuffer().str();
}

Expected<std::set<std::string>> changedSince(StringRef Revision, StringRef Folder) {
  Expected<std::string> Top = git(Folder, {"rev-parse", "--show-toplevel"});
  if (!Top)
    return Top.takeError();
  const std::string Root = StringRef(*Top).rtrim('\n').str();
  // The revision first, so that one that begins with a dash is told, not taken for an option.
  Expected<std::string> Commit = git(Root, {"rev-parse", "--verify", "--quiet", "--end-of-options", Revision});
  if (!Commit && Revision == "HEAD") {
    // Nothing is committed yet: everything is new.
    consumeError(Commit.takeError());
    Commit = git(Root, {"hash-object", "-t", "tree", "/dev/null"});
  }
  if (!Commit) {
    consumeError(Commit.takeError());
    return createStringError(inconvertibleErrorCode(), "--changed-since: git knows no revision '" + Revision +
                                                           "' in '" + Root +
                                                           "'; a shallow clone may lack it (git fetch --unshallow)");
  }
  std::set<std::string> Out;
  for (std::initializer_list<StringRef> Arguments :
       {std::initializer_list<StringRef>{"diff", "--name-only", "--no-renames", "-z", StringRef(*Commit).rtrim('\n'),
                                         "--"},
        std::initializer_list<StringRef>{"ls-files", "--others", "--exclude-standard", "-z"}}) {
    Expected<std::string> Names = git(Root, Arguments);
    if (!Names)
      return Names.takeError();
    SmallVector<StringRef, 32> Parts;
    StringRef(*Names).split(Parts, '\0', -1, /*KeepEmpty=*/false);
    for (StringRef Name : Parts)
      Out.insert(Root + "/" + Name.str());
  }
  return Out;
}

} // namespace poolguard::cli
