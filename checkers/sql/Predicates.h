//===- Predicates.h - Conditions flattened to comparisons -------*- C++ -*-===//
#pragma once

#include <string>
#include <vector>

#include "sql/Ast.h"
#include "sql/Facts.h"

namespace poolguard::sql {

/// Flattens the conditions of one query.
class PredicateReader {
public:
  /// `TargetNames`: what columns of the query's target may be qualified with.
  PredicateReader(std::vector<std::string> TargetNames, llvm::StringRef Source)
      : TargetNames(std::move(TargetNames)), Source(Source) {}

  /// Appends the comparisons of `Condition`. `MayNotHold`: all of it is as if below an OR.
  void read(ast::Node Condition, bool MayNotHold, std::vector<Predicate> &Out) const;

  /// The equality of a JOIN ... USING column.
  Predicate usingColumn(llvm::StringRef Column, bool MayNotHold) const;

private:
  struct Context {
    bool MayNotHold = false, Negated = false;
  };
  struct Side;

  void conjunct(ast::Node N, Context C, std::vector<Predicate> &Out) const;
  void boolean(const ast::Object &F, Context C, std::vector<Predicate> &Out) const;
  void expression(const ast::Object &F, Context C, std::vector<Predicate> &Out) const;
  void subLink(const ast::Object &F, Context C, std::vector<Predicate> &Out) const;
  void between(const ast::Object &F, llvm::StringRef Kind, Context C, std::vector<Predicate> &Out) const;
  void rows(ast::Node Left, llvm::StringRef Op, ast::Node Right, Context C, std::vector<Predicate> &Out) const;
  void compare(ast::Node Left, llvm::StringRef Op, ast::Node Right, Context C, std::vector<Predicate> &Out) const;
  void unary(ast::Node Arg, llvm::StringRef Op, Context C, std::vector<Predicate> &Out) const;
  void emit(Predicate P, Context C, std::vector<Predicate> &Out) const;
  bool isTarget(llvm::StringRef Qualifier) const;
  bool isOther(llvm::StringRef Qualifier) const { return !Qualifier.empty() && !isTarget(Qualifier); }

  std::vector<std::string> TargetNames;
  llvm::StringRef Source;
};

} // namespace poolguard::sql
