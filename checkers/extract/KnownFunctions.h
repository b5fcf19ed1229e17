//===- KnownFunctions.h - The standard library's plain meaning --*- C++ -*-===//
#pragma once

#include <optional>
#include <vector>

#include "clang/AST/Decl.h"
#include "clang/AST/Type.h"

#include "link/Value.h"

namespace poolguard {

/// Whether the declaration stands in namespace std or one inside it.
bool isInStd(const clang::Decl &D);

/// std::string, std::string_view and classes like them (pqxx::zview, QString), or a pointer to characters.
bool isStringLike(clang::QualType T);

/// Whether the member hands out what its object stands for: c_str(), data(), get(), value(), operator*, operator-> of
/// strings and of the standard owning pointers.
bool returnsItsObject(const clang::FunctionDecl &D);

/// The index of the argument that the function hands through: std::move, std::forward, std::ref, ...
std::optional<unsigned> returnsArgument(const clang::FunctionDecl &D);

/// std::invoke and kin: calls argument 0 with the others.
bool callsFirstArgument(const clang::FunctionDecl &D);

/// std::bind: a callable of argument 0 with the others bound.
bool bindsFirstArgument(const clang::FunctionDecl &D);

/// When the function makes a std::thread or std::jthread of its arguments (make_unique, a container's emplace_back):
/// that class's constructor.
const clang::FunctionDecl *constructedThread(const clang::FunctionDecl &D);

/// The text that std::format and kin make of a format string and its arguments, when `D` is one of them. A replacement
/// field becomes its argument's value when that is a text and the field has no options, else a hole.
std::optional<Value> formatted(const clang::FunctionDecl &D, const std::vector<Value> &Arguments);

} // namespace poolguard
