#include "llvm/Support/Path.h"
#include "llvm/Support/WithColor.h"

#include "hosts/cli/WriteFile.h"
#include "hosts/cli/commands/Options.h"
#include "report/LaneDrawing.h"

namespace cl = llvm::cl;

namespace poolguard::cli {

static cl::opt<unsigned> Boxes("boxes",
                               cl::desc("Draw at most N boxes: beyond that, one a class, namespace, file or folder "
                                        "(default: 40)"),
                               cl::value_desc("N"), cl::init(DefaultMaxBoxes), cl::sub(mapSubCommand()),
                               cl::cat(optionCategory()));

static int run(FixedCommands Fixed) {
  llvm::StringRef Extension = llvm::sys::path::extension(output());
  const bool Dot = Extension == ".dot" || Extension == ".gv";
  if (!Dot && Extension != ".svg" && !output().empty() && output() != "-") {
    llvm::WithColor::error() << "-o: '" << output()
                             << "' ends neither in .svg nor in .dot, so what to draw isn't known\n";
    return CouldNot;
  }
  if (Boxes == 0) {
    llvm::WithColor::error() << "--boxes: give at least 1\n";
    return CouldNot;
  }
  std::optional<std::vector<const Rule *>> Rules = rulesOfOptions();
  std::optional<Program> P = Rules ? programOfOptions(std::move(Fixed)) : std::nullopt;
  if (!P)
    return CouldNot;
  const JudgeOptions Options = judgeOptions();
  std::unique_ptr<Cache> Store = cacheOfOptions();
  std::optional<JudgedProgram> Judged = judgeProgram(*P, *Rules, Options, *Store);
  if (!Judged)
    return CouldNot;
  ReportContext Context;
  Context.Root = Options.Root;
  const LaneMap &Map = Judged->J.Map;
  if (!writeFile(output().empty() ? "-" : output(), [&](llvm::raw_ostream &OS) {
        Dot ? writeLaneDot(Map, Context, Boxes, OS) : writeLaneSvg(Map, Context, Boxes, OS);
      }))
    return CouldNot;
  if (Map.Functions.empty())
    llvm::WithColor::warning() << "no function reaches the server, as far as the roles tell; 'poolguard doctor' says "
                                  "which of them match nothing\n";
  return Clean;
}

const Command MapCommand{&mapSubCommand(), run};

} // namespace poolguard::cli
