//===- LanePicture.h - What of a lane map is drawn --------------*- C++ -*-===//
#pragma once

#include <string>
#include <vector>

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"

#include "link/LaneMap.h"

namespace poolguard {

/// A lane map in few enough boxes to be read: one a function, or, beyond a number, one a class, namespace, file or
/// folder, whichever is the finest that is few enough.
struct LanePicture {
  struct Box {
    std::string Scope, Title;     // Scope: what the title is in, empty for a group
    std::vector<size_t> Members;  // functions of the map
    std::vector<size_t> LockPath; // those on the lock path
    LaneWays Ways;
    bool group() const { return Members.size() > 1; }
  };
  struct Arrow {
    size_t From = 0, To = 0;
    LaneWays Ways;
  };
  struct End {
    size_t From = 0;
    Lane On = Lane::Unknown;
    bool LockPath = false;
    unsigned Places = 0;
    std::vector<std::string> Through;
  };

  std::vector<Box> Boxes;
  std::vector<Arrow> Arrows; // by index, none from a box to itself
  std::vector<End> Ends;     // by index and lane
  std::vector<Lane> Lanes;   // those that are reached, in the order of `laneOrder`
};

/// Session, transaction, tx, unknown.
llvm::ArrayRef<Lane> laneOrder();
/// `session lane`, ...
llvm::StringRef laneTitle(Lane L);

/// `FileName` gives the name that a file is shown with.
LanePicture lanePicture(const LaneMap &Map, size_t MaxBoxes, llvm::function_ref<std::string(llvm::StringRef)> FileName);

} // namespace poolguard
