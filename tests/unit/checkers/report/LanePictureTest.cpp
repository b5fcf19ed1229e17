// Which boxes a lane map is drawn in, and where they go.
#include <gtest/gtest.h>

#include "Fixtures.h"
#include "report/LaneDrawing.h"
#include "report/LaneLayout.h"
#include "report/LanePicture.h"
#include "report/Visible.h"

using namespace poolguard;
using namespace poolguard::test;

namespace {

constexpr LaneWays Session{laneBit(Lane::Session), 0}, Locked{laneBit(Lane::Transaction), laneBit(Lane::Transaction)};

LanePicture picture(const LaneMap &Map, size_t MaxBoxes) {
  return lanePicture(Map, MaxBoxes, [](llvm::StringRef File) { return File.str(); });
}

std::vector<std::string> titles(const LanePicture &P) {
  std::vector<std::string> Out;
  for (const LanePicture::Box &B : P.Boxes)
    Out.push_back(B.Scope.empty() ? B.Title : B.Scope + "|" + B.Title);
  return Out;
}

LaneMap fourFunctions() {
  LaneMap Map;
  Map.Functions = {{"a::B<c::D>::f", at("src/a.cpp", 1, 1), Session},
                   {"a::B<c::D>::g", at("src/a.cpp", 2, 1), Locked},
                   {"a::h(c::D)", at("src/a.cpp", 3, 1), Session},
                   {"main", at("main.cpp", 1, 1), Session}};
  Map.Calls = {{0, 1, Locked}, {3, 0, Session}, {3, 2, Session}};
  Map.Ends = {
      {0, Lane::Session, false, 2, {"x"}}, {1, Lane::Transaction, true, 1, {"y"}}, {2, Lane::Session, false, 1, {"z"}}};
  return Map;
}

TEST(LanePicture, OneBoxAFunctionWhereThereAreFew) {
  LanePicture P = picture(fourFunctions(), 4);
  EXPECT_EQ(titles(P), (std::vector<std::string>{"a::B<c::D>|f", "a::B<c::D>|g", "a|h(c::D)", "main"}));
  EXPECT_EQ(P.Arrows.size(), 3u);
  EXPECT_EQ(P.Lanes, (std::vector<Lane>{Lane::Session, Lane::Transaction}));
  EXPECT_TRUE(P.Boxes[0].LockPath.empty());
  EXPECT_EQ(P.Boxes[1].LockPath, std::vector<size_t>{1});
}

TEST(LanePicture, TheFinestGroupsThatAreFewEnough) {
  LanePicture P = picture(fourFunctions(), 3);
  // A group of one function is that function.
  EXPECT_EQ(titles(P), (std::vector<std::string>{"a|h(c::D)", "a::B<c::D>", "main"}));
  EXPECT_EQ(P.Boxes[1].Members, (std::vector<size_t>{0, 1}));
  EXPECT_EQ(P.Boxes[1].LockPath, std::vector<size_t>{1});
  EXPECT_TRUE(P.Boxes[1].Ways.locks(Lane::Transaction));
  ASSERT_EQ(P.Arrows.size(), 2u) << "a call within the group is no arrow";
  ASSERT_EQ(P.Ends.size(), 3u);
  EXPECT_EQ(P.Ends[1].From, 1u);
  EXPECT_EQ(P.Ends[1].On, Lane::Transaction);
}

TEST(LanePicture, FilesAndFoldersWhereScopesAreTooMany) {
  EXPECT_EQ(titles(picture(fourFunctions(), 2)), (std::vector<std::string>{"a", "main"}));
  LaneMap Flat;
  for (int I = 0; I < 30; ++I)
    Flat.Functions.push_back({"f" + std::to_string(I),
                              at("src/d" + std::to_string(I % 3) + "/" + std::to_string(I) + ".cpp", 1, 1), Session});
  EXPECT_EQ(titles(picture(Flat, 10)), (std::vector<std::string>{"src/d0/", "src/d1/", "src/d2/"}));
  EXPECT_EQ(titles(picture(Flat, 2)), std::vector<std::string>{"src/"});
  Flat.Functions.push_back({"g", at("/elsewhere/g.cpp", 1, 1), Session});
  EXPECT_EQ(titles(picture(Flat, 1)), std::vector<std::string>{"the whole program"});
}

Layout layout(size_t Boxes, std::vector<std::pair<size_t, size_t>> Edges) {
  Layout L;
  for (size_t I = 0; I <= Boxes; ++I)
    L.Nodes.push_back({100, 40, I == Boxes, 0, 0});
  for (auto [From, To] : Edges)
    L.Edges.push_back({From, To, {}, false});
  layOut(L);
  return L;
}

TEST(LaneLayout, CallersStandLeftOfWhatTheyCall) {
  Layout L = layout(4, {{0, 1}, {1, 2}, {0, 2}, {2, 4}, {3, 4}});
  for (const LayoutEdge &E : L.Edges) {
    EXPECT_LT(L.Nodes[E.From].X + L.Nodes[E.From].Width, L.Nodes[E.To].X);
    EXPECT_FALSE(E.Back);
    EXPECT_EQ(E.Points.front().X, L.Nodes[E.From].X + L.Nodes[E.From].Width);
    EXPECT_EQ(E.Points.back().X, L.Nodes[E.To].X);
    EXPECT_EQ(E.Points.size() % 2, 0u);
  }
}

TEST(LaneLayout, BoxesDoNotOverlapAndStayInside) {
  std::vector<std::pair<size_t, size_t>> Edges;
  for (size_t I = 0; I < 40; ++I) {
    Edges.emplace_back(I, 40);
    for (size_t To = I + 1; To < 40; To += 7)
      Edges.emplace_back(I, To);
  }
  Layout L = layout(40, Edges);
  for (size_t A = 0; A < L.Nodes.size(); ++A) {
    const LayoutNode &N = L.Nodes[A];
    EXPECT_TRUE(N.X >= 0 && N.Y >= 0 && N.X + N.Width <= L.Width && N.Y + N.Height <= L.Height) << A;
    for (size_t B = 0; B < A; ++B) {
      const LayoutNode &M = L.Nodes[B];
      EXPECT_TRUE(N.X + N.Width <= M.X || M.X + M.Width <= N.X || N.Y + N.Height <= M.Y || M.Y + M.Height <= N.Y)
          << A << " " << B;
    }
  }
}

TEST(LaneLayout, CirclesAndLoneBoxes) {
  Layout L = layout(3, {{0, 1}, {1, 2}, {2, 0}, {2, 3}});
  EXPECT_EQ(std::count_if(L.Edges.begin(), L.Edges.end(), [](const LayoutEdge &E) { return E.Back; }), 1);
  for (const LayoutEdge &E : L.Edges)
    EXPECT_EQ(L.Nodes[E.From].X < L.Nodes[E.To].X, !E.Back);
  EXPECT_GT(layout(1, {}).Height, 0);
  Layout Empty;
  layOut(Empty);
  EXPECT_EQ(Empty.Width, 0);
}

TEST(LaneDrawing, SvgHasTitleLegendAndTips) {
  LaneMap Map = fourFunctions();
  std::string Svg;
  llvm::raw_string_ostream Out(Svg);
  writeLaneSvg(Map, project().Context, 40, Out);
  for (const char *Text :
       {"<title id=\"lane-map-title\">Lane map: 4 functions reach the server</title>",
        "<desc id=\"lane-map-text\">session lane: 3 functions, 0 on the lock path; transaction lane: 1 function, 1 on "
        "the lock path</desc>",
        "@media (prefers-color-scheme: dark)", "a::B&lt;c::D&gt;::g at src/a.cpp:2: transaction lane (lock path)",
        "<g class=\"function lock-path danger\">", "lock path on the transaction lane", ">3 statements</text>",
        "a::B&lt;c::D&gt;::g → 1 statement through y: transaction lane (lock path)"})
    EXPECT_NE(Svg.find(Text), std::string::npos) << Text << "\n" << Svg;
}

TEST(LaneDrawing, OfNothing) {
  std::string Svg, Dot;
  llvm::raw_string_ostream A(Svg), B(Dot);
  writeLaneSvg({}, project().Context, 40, A);
  writeLaneDot({}, project().Context, 40, B);
  EXPECT_NE(Svg.find("no function of the program is known to reach the server"), std::string::npos);
  EXPECT_NE(Dot.find("digraph lanes {"), std::string::npos);
}

TEST(Visible, ShortenedKeepsTheEnd) {
  EXPECT_EQ(shortened("abcdef", 6), "abcdef");
  EXPECT_EQ(shortened("abcdefg", 6), "…cdefg");
  EXPECT_EQ(shortened("äöüäöü", 4), "…äöü");
}

} // namespace
