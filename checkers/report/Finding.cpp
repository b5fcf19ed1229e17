//===- Finding.cpp - What a rule found ------------------------------------===//

#include "report/Finding.h"

#include <algorithm>

namespace poolguard {

namespace {

auto key(const Finding &F) { return std::tie(F.At.File, F.At.Line, F.At.Column, F.Check, F.Message); }

bool before(const Note &A, const Note &B) { return std::tie(A.At, A.Message) < std::tie(B.At, B.Message); }

bool before(const Edit &A, const Edit &B) {
  return std::tie(A.At.File, A.At.Offset, A.Length, A.Replacement) <
         std::tie(B.At.File, B.At.Offset, B.Length, B.Replacement);
}

template <typename T> int compare(const std::vector<T> &A, const std::vector<T> &B) {
  auto Less = [](const T &X, const T &Y) { return before(X, Y); };
  if (std::lexicographical_compare(A.begin(), A.end(), B.begin(), B.end(), Less))
    return -1;
  return std::lexicographical_compare(B.begin(), B.end(), A.begin(), A.end(), Less) ? 1 : 0;
}

/// Among findings that are the same to the reader: the one that explains itself shortest, then any fixed order, so that
/// the order in which TUs were read never shows.
bool preferred(const Finding &A, const Finding &B) {
  if (A.Path.size() != B.Path.size())
    return A.Path.size() < B.Path.size();
  if (int Order = compare(A.Path, B.Path))
    return Order < 0;
  if (A.Fixes.empty() != B.Fixes.empty())
    return !A.Fixes.empty();
  if (int Order = compare(A.Fixes, B.Fixes))
    return Order < 0;
  return A.Function < B.Function;
}

} // namespace

bool operator<(const Finding &A, const Finding &B) { return key(A) < key(B); }

void normalize(std::vector<Finding> &Findings) {
  std::sort(Findings.begin(), Findings.end(), [](const Finding &A, const Finding &B) {
    if (key(A) != key(B))
      return A < B;
    return preferred(A, B);
  });
  Findings.erase(std::unique(Findings.begin(), Findings.end(),
                             [](const Finding &A, const Finding &B) { return key(A) == key(B); }),
                 Findings.end());
}

} // namespace poolguard
