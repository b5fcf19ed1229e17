//===- Render.h - Facts as text, for tests ----------------------*- C++ -*-===//
//
// Every fact shows, so that a test which compares the text checks all of them. In the SQL of a test and in what is
// rendered, `{}` stands for a hole.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "sql/Facts.h"

namespace poolguard::sql::test {

/// `SQL` with each `{}` replaced by a hole.
std::string withHoles(std::string SQL);

/// A line for each statement, use of session state, query, assignment, predicate and lock.
std::string render(const Facts &F, const std::string &SQL);

/// A SQL text and what is rendered for it, both in a raw string that may start with a line break.
struct Case {
  const char *Name;
  const char *SQL;
  const char *Expected;
};

inline std::string caseName(const testing::TestParamInfo<Case> &Info) { return Info.param.Name; }

class RenderedFacts : public testing::TestWithParam<Case> {};

/// The body of a table-driven test.
void expectRendered(const Case &C);

} // namespace poolguard::sql::test
