//===- LaneSvg.cpp - The lane map as SVG ----------------------------------===//

#include <algorithm>

#include "report/LaneDrawing.h"
#include "report/LaneLayout.h"
#include "report/LanePicture.h"
#include "report/Sources.h"
#include "report/Visible.h"

namespace poolguard {

using llvm::StringRef;

namespace {

constexpr StringRef Style =
#include "LaneMapStyle.inc"
    ;

constexpr int Margin = 16, Padding = 10, RowHeight = 16, CharacterWidth = 15, // two characters
    LockWidth = 18, HeadingHeight = 52, LaneWidth = 158, LaneHeight = 52, HeadLength = 8;
constexpr unsigned LongestText = 40, MostLockLines = 4, MostTipLines = 30;

StringRef laneClass(Lane L) {
  switch (L) {
  case Lane::Session: return "session";
  case Lane::Transaction: return "transaction";
  case Lane::Tx: return "tx";
  case Lane::Connection:
  case Lane::Unknown: break;
  }
  return "unknown";
}

int widthOf(StringRef Text) {
  Shown S;
  S.add(Text);
  return static_cast<int>(S.Width) * CharacterWidth / 2;
}

std::string count(size_t N, StringRef Thing) { return std::to_string(N) + " " + Thing.str() + (N == 1 ? "" : "s"); }

/// The lock path on the transaction lane is what the whole picture is there to show.
bool dangerous(LaneWays Ways) { return Ways.locks(Lane::Transaction); }

struct Row {
  std::string Text;
  StringRef Class;
  bool Padlock = false, Danger = false;
};

class SvgWriter {
public:
  SvgWriter(const LaneMap &M, const ReportContext &Context, size_t Most, llvm::raw_ostream &O)
      : Map(M), Files(Context), Out(O),
        Picture(lanePicture(M, Most, [&](StringRef File) { return Files.name(File); })) {}

  void write(bool Document) {
    layOutPicture();
    int Width = std::max(L.Width, 560) + 2 * Margin;
    const int LegendTop = HeadingHeight + L.Height + 28;
    std::vector<std::string> Legend = legendTexts();
    int Height = LegendTop + static_cast<int>(Legend.size()) * 20 + Margin;
    if (Document)
      Out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    Out << "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"lane-map\" role=\"img\" "
           "aria-labelledby=\"lane-map-title lane-map-text\" width=\""
        << Width << "\" height=\"" << Height << "\" viewBox=\"0 0 " << Width << ' ' << Height << "\">\n";
    Out << "<title id=\"lane-map-title\">" << markup(heading()) << "</title>\n";
    Out << "<desc id=\"lane-map-text\">" << markup(description()) << "</desc>\n";
    if (Document)
      Out << "<style>\n" << Style << "</style>\n";
    Out << "<rect class=\"paper\" width=\"" << Width << "\" height=\"" << Height << "\"/>\n";
    text(Margin, 26, "heading", heading());
    text(Margin, 44, "quiet", subheading());
    for (bool Lock : {false, true})
      for (size_t E = 0; E < L.Edges.size(); ++E)
        edge(E, Lock);
    for (size_t B = 0; B < Picture.Boxes.size(); ++B)
      box(B);
    for (size_t I = 0; I < Picture.Lanes.size(); ++I)
      lane(I);
    for (size_t I = 0; I < Legend.size(); ++I)
      legend(I, LegendTop + static_cast<int>(I) * 20, Legend[I]);
    Out << "</svg>\n";
  }

private:
  const LaneMap &Map;
  Sources Files;
  llvm::raw_ostream &Out;
  const LanePicture Picture;
  Layout L; // nodes: the boxes, then the lanes; edges: the arrows, then the ends
  std::vector<std::vector<Row>> Rows;

  std::string heading() const {
    return Map.Functions.empty() ? "Lane map: no function of the program is known to reach the server"
                                 : "Lane map: " + count(Map.Functions.size(), "function") +
                                       (Map.Functions.size() == 1 ? " reaches" : " reach") + " the server";
  }

  std::string subheading() const {
    std::string Text = "a call goes from left to right; point at a box or an arrow for its names";
    if (Picture.Boxes.size() != Map.Functions.size())
      Text = "in " + std::to_string(Picture.Boxes.size()) + (Picture.Boxes.size() == 1 ? " box; " : " boxes; ") + Text;
    return Text;
  }

  std::string description() const {
    std::string Text;
    for (Lane On : Picture.Lanes) {
      size_t Reaching = 0, Locking = 0;
      for (const LaneMap::Function &F : Map.Functions) {
        Reaching += F.Ways.has(On);
        Locking += F.Ways.locks(On);
      }
      Text += (Text.empty() ? "" : "; ") + laneTitle(On).str() + ": " + count(Reaching, "function") + ", " +
              std::to_string(Locking) + " on the lock path";
    }
    return Text;
  }

  void layOutPicture() {
    for (const LanePicture::Box &B : Picture.Boxes) {
      Rows.push_back(rowsOf(B));
      LayoutNode N;
      for (const Row &R : Rows.back())
        N.Width = std::max(N.Width, widthOf(R.Text) + (R.Padlock ? LockWidth : 0));
      N.Width += 2 * Padding;
      N.Height = static_cast<int>(Rows.back().size()) * RowHeight + 12;
      L.Nodes.push_back(N);
    }
    std::vector<size_t> LaneNode(8);
    for (Lane On : Picture.Lanes) {
      LaneNode[static_cast<size_t>(On)] = L.Nodes.size();
      int Lines = 0;
      for (const LanePicture::End &E : Picture.Ends)
        Lines += E.On == On;
      LayoutNode N;
      N.Width = LaneWidth;
      N.Height = std::max(LaneHeight, std::min(Lines * 10 + 12, 220));
      N.Last = true;
      L.Nodes.push_back(N);
    }
    for (const LanePicture::Arrow &A : Picture.Arrows)
      L.Edges.push_back({A.From, A.To, {}, false});
    for (const LanePicture::End &E : Picture.Ends)
      L.Edges.push_back({E.From, LaneNode[static_cast<size_t>(E.On)], {}, false});
    layOut(L);
    for (LayoutNode &N : L.Nodes) {
      N.X += Margin;
      N.Y += HeadingHeight + 12;
    }
    for (LayoutEdge &E : L.Edges)
      for (LayoutPoint &P : E.Points) {
        P.X += Margin;
        P.Y += HeadingHeight + 12;
      }
  }

  std::vector<Row> rowsOf(const LanePicture::Box &B) const {
    std::vector<Row> Result;
    if (!B.group()) {
      if (!B.Scope.empty())
        Result.push_back({shortened(shown(B.Scope), LongestText), "quiet"});
      Result.push_back({shortened(shown(B.Title), LongestText), "name", !B.LockPath.empty(), dangerous(B.Ways)});
      return Result;
    }
    Result.push_back({shortened(shown(B.Title), LongestText), "name"});
    Result.push_back({count(B.Members.size(), "function"), "quiet"});
    // The group's name needn't be said again.
    auto Name = [&](size_t F) {
      StringRef Full = Map.Functions[F].Name;
      if (Full.consume_front(B.Title))
        Full.consume_front("::");
      return shortened(shown(Full), LongestText);
    };
    size_t Told = B.LockPath.size() > MostLockLines ? MostLockLines - 1 : B.LockPath.size();
    for (size_t I = 0; I < Told; ++I)
      Result.push_back({Name(B.LockPath[I]), "", true, dangerous(Map.Functions[B.LockPath[I]].Ways)});
    bool Dangerous = false;
    for (size_t I = Told; I < B.LockPath.size(); ++I)
      Dangerous |= dangerous(Map.Functions[B.LockPath[I]].Ways);
    if (Told != B.LockPath.size())
      Result.push_back({std::to_string(B.LockPath.size() - Told) + " more on the lock path", "quiet", true, Dangerous});
    return Result;
  }

  void text(int X, int Y, StringRef Class, StringRef Text, bool Middle = false) {
    Out << "<text x=\"" << X << "\" y=\"" << Y << '"';
    if (!Class.empty())
      Out << " class=\"" << Class << '"';
    if (Middle)
      Out << " text-anchor=\"middle\"";
    Out << '>' << markup(Text) << "</text>\n";
  }

  void padlock(int X, int Y, bool Danger) {
    Out << "<g class=\"padlock" << (Danger ? " alarm" : "") << "\" transform=\"translate(" << X << ' ' << Y
        << ")\"><rect x=\"0\" y=\"5\" width=\"10\" height=\"7\" rx=\"1\" stroke=\"none\"/>"
           "<path class=\"shackle\" d=\"M2 5V3a3 3 0 0 1 6 0v2\"/></g>\n";
  }

  std::string waysText(LaneWays Ways) const {
    std::string Text;
    for (Lane On : laneOrder())
      if (Ways.has(On))
        Text += (Text.empty() ? "" : ", ") + laneTitle(On).str() + (Ways.locks(On) ? " (lock path)" : "");
    return Text;
  }

  std::string functionText(size_t F) {
    const LaneMap::Function &Fn = Map.Functions[F];
    std::string Text = Fn.Name;
    if (Fn.At.valid())
      Text += " at " + Files.name(Fn.At.File) + ":" + std::to_string(Fn.At.Line);
    return Text + ": " + waysText(Fn.Ways);
  }

  void box(size_t B) {
    const LanePicture::Box &Box = Picture.Boxes[B];
    const LayoutNode &N = L.Nodes[B];
    Out << "<g class=\"" << (Box.group() ? "group" : "function") << (Box.LockPath.empty() ? "" : " lock-path")
        << (dangerous(Box.Ways) ? " danger" : "") << "\">\n<title>";
    if (Box.group())
      Out << markup(Box.Title) << '\n';
    for (size_t I = 0; I < Box.Members.size(); ++I) {
      if (I == MostTipLines && Box.Members.size() > MostTipLines + 1) {
        Out << "and " << Box.Members.size() - I << " more\n";
        break;
      }
      Out << markup(functionText(Box.Members[I])) << (I + 1 == Box.Members.size() ? "" : "\n");
    }
    Out << "</title>\n<rect class=\"box\" x=\"" << N.X << "\" y=\"" << N.Y << "\" width=\"" << N.Width << "\" height=\""
        << N.Height << "\" rx=\"4\"/>\n";
    int Y = N.Y + 6;
    for (const Row &R : Rows[B]) {
      if (R.Padlock)
        padlock(N.X + Padding, Y + 1, R.Danger);
      text(N.X + Padding + (R.Padlock ? LockWidth : 0), Y + 12, R.Class, R.Text);
      Y += RowHeight;
    }
    Out << "</g>\n";
  }

  void lane(size_t I) {
    const LayoutNode &N = L.Nodes[Picture.Boxes.size() + I];
    Lane On = Picture.Lanes[I];
    size_t Places = 0;
    for (const LanePicture::End &E : Picture.Ends)
      if (E.On == On)
        Places += E.Places;
    Out << "<g class=\"lane " << laneClass(On) << "\">\n<rect x=\"" << N.X << "\" y=\"" << N.Y << "\" width=\""
        << N.Width << "\" height=\"" << N.Height << "\" rx=\"12\"/>\n";
    text(N.X + N.Width / 2, N.Y + N.Height / 2 - 3, "name", laneTitle(On), true);
    text(N.X + N.Width / 2, N.Y + N.Height / 2 + 14, "", count(Places, "statement"), true);
    Out << "</g>\n";
  }

  void edge(size_t E, bool Lock) {
    LaneWays Ways;
    std::string From, To;
    if (E < Picture.Arrows.size()) {
      const LanePicture::Arrow &A = Picture.Arrows[E];
      Ways = A.Ways;
      From = boxName(A.From);
      To = boxName(A.To);
    } else {
      const LanePicture::End &End = Picture.Ends[E - Picture.Arrows.size()];
      Ways = {laneBit(End.On), End.LockPath ? laneBit(End.On) : 0};
      From = boxName(End.From);
      To = count(End.Places, "statement");
      for (size_t I = 0; I < End.Through.size(); ++I)
        To += (I == 0 ? " through " : ", ") + End.Through[I];
    }
    int Lines = 0, Line = 0;
    for (Lane On : laneOrder())
      Lines += Ways.has(On);
    for (Lane On : laneOrder()) {
      if (!Ways.has(On))
        continue;
      int Shift = (2 * Line++ - (Lines - 1)) * 5 / 2;
      if (Ways.locks(On) == Lock)
        line(L.Edges[E].Points, Shift, On, Lock, From + " → " + To + ": " + waysText(onlyOn(Ways, On)));
    }
  }

  static LaneWays onlyOn(LaneWays Ways, Lane On) { return {Ways.Lanes & laneBit(On), Ways.Locks & laneBit(On)}; }

  std::string boxName(size_t B) const {
    const LanePicture::Box &Box = Picture.Boxes[B];
    return Box.Scope.empty() ? Box.Title : Box.Scope + "::" + Box.Title;
  }

  void line(const std::vector<LayoutPoint> &Points, int Shift, Lane On, bool Lock, const std::string &Tip) {
    const LayoutPoint &End = Points.back();
    int Forward = Points[Points.size() - 3].X <= End.X ? 1 : -1;
    Out << "<g class=\"arrow\"><title>" << markup(Tip) << "</title><path class=\"line " << laneClass(On)
        << (Lock ? " lock" : "") << "\" d=\"M" << Points[0].X << ' ' << Points[0].Y + Shift;
    for (size_t I = 1; I < Points.size(); ++I) {
      LayoutPoint P = Points[I];
      if (I + 2 >= Points.size())
        P.X -= Forward * HeadLength;
      if (I % 2 == 1) {
        if (!(Points[I] == Points[I - 1]))
          Out << 'H' << P.X;
        continue;
      }
      int Middle = (Points[I - 1].X + P.X) / 2;
      Out << 'C' << Middle << ' ' << Points[I - 1].Y + Shift << ' ' << Middle << ' ' << P.Y + Shift << ' ' << P.X << ' '
          << P.Y + Shift;
    }
    int Half = Lock ? 6 : 4;
    Out << "\"/><path class=\"head " << laneClass(On) << "\" d=\"M" << End.X - Forward * HeadLength << ' '
        << End.Y + Shift - Half << 'L' << End.X << ' ' << End.Y + Shift << 'L' << End.X - Forward * HeadLength << ' '
        << End.Y + Shift + Half << "z\"/></g>\n";
  }

  /// One a lane, then one of the lock path, then one of the lock path on the transaction lane.
  std::vector<std::string> legendTexts() const {
    std::vector<std::string> Texts;
    for (Lane On : Picture.Lanes)
      switch (On) {
      case Lane::Session: Texts.push_back("session lane: a direct or session-mode connection"); break;
      case Lane::Transaction: Texts.push_back("transaction lane: through a transaction-mode pool"); break;
      case Lane::Tx: Texts.push_back("open transaction: its own connection, whichever lane that is"); break;
      case Lane::Connection:
      case Lane::Unknown: Texts.push_back("unknown lane: no role says how it reaches the server"); break;
      }
    bool Any = false, Danger = false;
    for (const LanePicture::Box &B : Picture.Boxes) {
      Any |= !B.LockPath.empty();
      Danger |= dangerous(B.Ways);
    }
    if (Any)
      Texts.push_back("lock path: opens or renews a lease");
    if (Danger)
      Texts.push_back("lock path on the transaction lane: under load the lease looks expired");
    return Texts;
  }

  void legend(size_t I, int Y, const std::string &Text) {
    if (I < Picture.Lanes.size()) {
      StringRef Class = laneClass(Picture.Lanes[I]);
      Out << "<path class=\"line " << Class << "\" d=\"M" << Margin << ' ' << Y << "h30\"/><path class=\"head " << Class
          << "\" d=\"M" << Margin + 30 << ' ' << Y - 4 << "l8 4l-8 4z\"/>\n";
    } else {
      bool Danger = I > Picture.Lanes.size();
      Out << "<g class=\"lock-path" << (Danger ? " danger" : "") << "\"><rect class=\"box\" x=\"" << Margin << "\" y=\""
          << Y - 8 << "\" width=\"36\" height=\"16\" rx=\"3\"/>\n";
      padlock(Margin + 13, Y - 7, Danger);
      Out << "</g>\n";
    }
    text(Margin + 50, Y + 4, "", Text);
  }
};

} // namespace

StringRef laneStyle() { return Style; }

void writeLaneSvg(const LaneMap &Map, const ReportContext &Context, size_t MaxBoxes, llvm::raw_ostream &Out) {
  SvgWriter(Map, Context, MaxBoxes, Out).write(/*Document=*/true);
}

void writeLaneSvgElement(const LaneMap &Map, const ReportContext &Context, size_t MaxBoxes, llvm::raw_ostream &Out) {
  SvgWriter(Map, Context, MaxBoxes, Out).write(/*Document=*/false);
}

} // namespace poolguard
