//===- LaneLayout.h - Where boxes and arrows go -----------------*- C++ -*-===//
//
// A layered layout: the lanes in the last column, every box left of all that it calls, the order in a column such that
// few arrows cross, and boxes about level with what they are connected to. Whole numbers only, so that the same graph
// has the same picture on every machine.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <cstddef>
#include <vector>

namespace poolguard {

struct LayoutNode {
  int Width = 0, Height = 0;
  bool Last = false; // stands in the last column, which keeps the order of the nodes
  int X = 0, Y = 0;  // of the top left corner: what layOut finds
};

struct LayoutPoint {
  int X = 0, Y = 0;
  friend bool operator==(const LayoutPoint &, const LayoutPoint &) = default;
};

struct LayoutEdge {
  std::size_t From = 0, To = 0;
  /// What layOut finds: from the border of From to that of To, in pairs that a straight piece connects; between the
  /// pairs the line bends.
  std::vector<LayoutPoint> Points;
  /// It closes a circle, and runs against the direction of the others.
  bool Back = false;
};

struct Layout {
  std::vector<LayoutNode> Nodes;
  std::vector<LayoutEdge> Edges;
  int Width = 0, Height = 0;
};

/// Fills in the places.
void layOut(Layout &L);

} // namespace poolguard
