//===- LaneDrawing.h - The lane map as a picture ----------------*- C++ -*-===//
#pragma once

#include "llvm/Support/raw_ostream.h"

#include "link/LaneMap.h"
#include "report/Report.h"

namespace poolguard {

/// More boxes than this are no picture that one can read.
constexpr size_t DefaultMaxBoxes = 40;

/// A complete SVG document, with its style.
void writeLaneSvg(const LaneMap &Map, const ReportContext &Context, size_t MaxBoxes, llvm::raw_ostream &Out);
/// The `svg` element alone, to stand in a page that has laneStyle().
void writeLaneSvgElement(const LaneMap &Map, const ReportContext &Context, size_t MaxBoxes, llvm::raw_ostream &Out);
/// The style of the element: all of its selectors begin with `.lane-map`.
llvm::StringRef laneStyle();

/// The same graph for Graphviz.
void writeLaneDot(const LaneMap &Map, const ReportContext &Context, size_t MaxBoxes, llvm::raw_ostream &Out);

} // namespace poolguard
