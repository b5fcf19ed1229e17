#include <map>

#include "llvm/Support/ThreadPool.h"
#include "llvm/Support/WithColor.h"

#include "hosts/cli/commands/Options.h"
#include "link/SummaryFile.h"

namespace poolguard::cli {

/// Several summaries of one source, as of two targets that have it, become one of what they show together.
static std::vector<TuSummary> joined(std::vector<TuSummary> In) {
  std::vector<TuSummary> Out;
  Out.reserve(In.size());
  std::map<std::string, size_t> At;
  for (TuSummary &Tu : In)
    if (auto [Known, New] = At.try_emplace(Tu.MainFile, Out.size()); New)
      Out.push_back(std::move(Tu));
    else
      Out[Known->second].mergeFrom(std::move(Tu));
  return Out;
}

/// Every summary, or what is wrong with each that can't be used.
static llvm::Expected<std::vector<TuSummary>> readAll(llvm::ArrayRef<std::string> Paths, const PathRoot &Root,
                                                      unsigned Jobs) {
  std::vector<TuSummary> Out(Paths.size());
  std::vector<std::string> Wrong(Paths.size());
  {
    llvm::DefaultThreadPool Pool(llvm::hardware_concurrency(Jobs));
    for (size_t I = 0; I < Paths.size(); ++I)
      Pool.async([&, I] {
        // Volatile: read, not mapped. Taking thousands of small maps away again makes the other threads wait.
        llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> File = llvm::MemoryBuffer::getFile(
            Paths[I], /*IsText=*/false, /*RequiresNullTerminator=*/false, /*IsVolatile=*/true);
        if (!File) {
          Wrong[I] = "can't read '" + Paths[I] + "': " + File.getError().message();
          return;
        }
        llvm::Expected<TuSummary> Read = readSummary((*File)->getMemBufferRef(), Root);
        if (Read)
          Out[I] = std::move(*Read);
        else
          Wrong[I] = llvm::toString(Read.takeError()) + "; make it again with 'poolguard summarize'";
      });
    Pool.wait();
  }
  llvm::Error Failed = llvm::Error::success();
  for (std::string &Text : Wrong)
    if (!Text.empty())
      Failed = llvm::joinErrors(std::move(Failed), llvm::createStringError(llvm::inconvertibleErrorCode(), Text));
  if (Failed)
    return std::move(Failed);
  return joined(std::move(Out));
}

static int run(FixedCommands) {
  std::optional<ReportOptions> Report = reportOptions();
  std::optional<std::vector<const Rule *>> Rules = Report ? rulesOfOptions() : std::nullopt;
  if (!Rules)
    return CouldNot;
  if (files().empty()) {
    llvm::WithColor::error() << "give the summaries (F.pgsum ...) that 'poolguard summarize' wrote\n";
    return CouldNot;
  }
  const JudgeOptions Options = judgeOptions();
  llvm::Expected<std::vector<TuSummary>> Tus = readAll(files(), PathRoot(Options.Root), Options.Jobs);
  if (!Tus) {
    llvm::handleAllErrors(
        Tus.takeError(), [](const llvm::ErrorInfoBase &Wrong) { llvm::WithColor::error() << Wrong.message() << "\n"; });
    llvm::errs() << "poolguard: nothing was judged, because of the errors above\n";
    return CouldNot;
  }
  const size_t Sources = Tus->size();
  return conclude(judge(std::move(*Tus), *Rules, Options.Jobs), {Sources, /*Whole=*/true, std::nullopt}, *Report);
}

const Command LinkCommand{&linkSubCommand(), run};

} // namespace poolguard::cli
