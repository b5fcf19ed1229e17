//===- SharedRoles.h - Roles that copies share ------------------*- C++ -*-===//
#pragma once

#include <memory>
#include <utility>

#include "model/Roles.h"

namespace poolguard {

/// The roles of a function, as large as two pointers: most functions have none, and copies of a declaration share them.
/// Copies may be used by several threads.
class SharedRoles {
public:
  using Inside = FunctionRoles;

  SharedRoles() = default;
  SharedRoles(FunctionRoles Roles)
      : Known(Roles.empty() ? nullptr : std::make_shared<const FunctionRoles>(std::move(Roles))) {}

  const FunctionRoles &operator*() const {
    static const FunctionRoles None;
    return Known ? *Known : None;
  }
  const FunctionRoles *operator->() const { return &**this; }

  /// As FunctionRoles::mergeFrom.
  void mergeFrom(const SharedRoles &Later) {
    if (!Later.Known || Later.Known == Known)
      return;
    FunctionRoles Merged = **this;
    Merged.mergeFrom(*Later);
    *this = std::move(Merged);
  }

private:
  std::shared_ptr<const FunctionRoles> Known;
};

} // namespace poolguard
