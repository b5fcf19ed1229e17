//===- LaneDot.cpp - The lane map for Graphviz ----------------------------===//

#include "report/LaneDrawing.h"
#include "report/LanePicture.h"
#include "report/Sources.h"
#include "report/Visible.h"

namespace poolguard {

using llvm::StringRef;

namespace {

std::string dotText(StringRef Text) {
  std::string Out = "\"";
  for (char C : shown(Text)) {
    if (C == '"' || C == '\\')
      Out += '\\';
    Out += C;
  }
  return Out + "\"";
}

StringRef colour(Lane L) {
  switch (L) {
  case Lane::Session: return "#0b62c4";
  case Lane::Transaction: return "#b35900";
  case Lane::Tx: return "#8250df";
  case Lane::Connection:
  case Lane::Unknown: break;
  }
  return "#6e7781";
}

void edge(const llvm::Twine &From, const llvm::Twine &To, Lane On, bool Lock, llvm::raw_ostream &Out) {
  Out << "  " << From << " -> " << To << " [color=\"" << colour(On) << '"';
  if (On == Lane::Tx)
    Out << ", style=dashed";
  if (On == Lane::Unknown)
    Out << ", style=dotted";
  if (Lock)
    Out << ", penwidth=3, tooltip=\"lock path\"";
  Out << "];\n";
}

} // namespace

void writeLaneDot(const LaneMap &Map, const ReportContext &Context, size_t MaxBoxes, llvm::raw_ostream &Out) {
  Sources Files(Context);
  const LanePicture Picture = lanePicture(Map, MaxBoxes, [&](StringRef File) { return Files.name(File); });
  Out << "// Which functions reach the server, on which lane. Thick: the lock path; a red box has it on the "
         "transaction "
         "lane.\n"
         "digraph lanes {\n"
         "  rankdir=LR;\n"
         "  node [shape=box, fontname=\"monospace\", fontsize=11];\n";
  for (size_t I = 0; I < Picture.Boxes.size(); ++I) {
    const LanePicture::Box &B = Picture.Boxes[I];
    std::string Label = B.Scope.empty() ? B.Title : B.Scope + "::" + B.Title;
    if (B.group())
      Label += " (" + std::to_string(B.Members.size()) + " functions)";
    Out << "  f" << I << " [label=" << dotText(Label);
    if (!B.LockPath.empty())
      Out << ", penwidth=3";
    if (B.Ways.locks(Lane::Transaction))
      Out << ", color=\"#cf222e\"";
    Out << "];\n";
  }
  Out << "  { rank=sink;\n";
  for (Lane On : Picture.Lanes)
    Out << "    lane" << static_cast<unsigned>(On) << " [label=" << dotText(laneTitle(On))
        << ", shape=box, style=\"rounded,filled\", fontcolor=white, fillcolor=\"" << colour(On) << "\"];\n";
  Out << "  }\n";
  for (const LanePicture::Arrow &A : Picture.Arrows)
    for (Lane On : laneOrder())
      if (A.Ways.has(On))
        edge("f" + llvm::Twine(A.From), "f" + llvm::Twine(A.To), On, A.Ways.locks(On), Out);
  for (const LanePicture::End &E : Picture.Ends)
    edge("f" + llvm::Twine(E.From), "lane" + llvm::Twine(static_cast<unsigned>(E.On)), E.On, E.LockPath, Out);
  Out << "}\n";
}

} // namespace poolguard
