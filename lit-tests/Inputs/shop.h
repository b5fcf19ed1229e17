// A database layer that nobody may edit: its roles stand in shop.yaml alone.
#pragma once

#include <functional>
#include <string>

namespace shop {

struct Rows {
  int changed = 0;
};

class Session {
public:
  Rows send(int flags, const char *sql);
  void watch(const char *channel);
};

class Unit { // begins when it is made, is undone when it ends
public:
  Unit(int isolation, Session &session);
  ~Unit();
  Rows send(int flags, const char *sql);
  void keep();
  void drop();
};

class Single { // every statement by itself
public:
  Single(int isolation, Session &session);
  ~Single();
  Rows send(int flags, const char *sql);
};

class Sessions {
public:
  Session *lend();
  void take(int reason, Session *session);
};

Session &shared();                               // behind the pooler
Session &own();                                  // not behind it
Session &everybodys();                           // the one that all use
Session *dial(int timeout, const char *address); // behind the pooler too
void unit(int isolation, const std::function<void(Unit &)> &body);
void patiently(int times, const std::function<void()> &body);
void stubborn(); // four attempts
Rows beat(int job);

} // namespace shop
