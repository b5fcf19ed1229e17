//===- LaneMap.h - Which functions reach the server, on which lane -*- C++ -*-===//
//
// What `poolguard map` and the HTML report draw: plain data, so that it can be stored beside the findings.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <string>
#include <vector>

#include "link/Location.h"
#include "model/Roles.h"

namespace poolguard {

class ProgramGraph;

/// Lanes as bits.
constexpr unsigned laneBit(Lane L) { return 1u << static_cast<unsigned>(L); }

/// The lanes that something leads to.
struct LaneWays {
  unsigned Lanes = 0; // laneBit of each
  unsigned Locks = 0; // those of them that the lock path takes here

  void add(LaneWays Other) {
    Lanes |= Other.Lanes;
    Locks |= Other.Locks;
  }
  bool has(Lane L) const { return (Lanes & laneBit(L)) != 0; }
  bool locks(Lane L) const { return (Locks & laneBit(L)) != 0; }
  friend bool operator==(const LaneWays &, const LaneWays &) = default;
};

/// The functions from which a statement is reached. The code of a lambda counts as its function's; what has one name
/// and place, as the instances of a template have, is one function.
struct LaneMap {
  struct Function {
    std::string Name;
    Location At;
    LaneWays Ways;
  };
  /// Calls of one function by another, by index.
  struct Call {
    unsigned From = 0, To = 0;
    LaneWays Ways;
  };
  /// The statements that a function runs itself on one lane.
  struct Statements {
    unsigned From = 0;
    Lane On = Lane::Unknown;
    bool LockPath = false;            // one of them
    unsigned Places = 0;              // calls that run one
    std::vector<std::string> Through; // the functions with the role `executes`, sorted
  };

  std::vector<Function> Functions; // by name and place
  std::vector<Call> Calls;         // by index
  std::vector<Statements> Ends;    // by index and lane
};

/// The map doesn't depend on the order of the summaries. A lane is told of the callers that really reach it: where a
/// function runs a statement on the connection it is given, each caller has the lane of the connection that it gives.
LaneMap laneMap(const ProgramGraph &G);

} // namespace poolguard
