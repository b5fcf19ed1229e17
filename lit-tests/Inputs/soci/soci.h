// Declarations that match SOCI 4.1's, as far as the tests need them: own code, after its headers of the same names.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace soci {

class session;
class connection_pool;
class backend_factory;
class connection_parameters;

namespace details {

class into_type_base {};
class use_type_base {};
using into_type_ptr = std::unique_ptr<into_type_base>;
using use_type_ptr = std::unique_ptr<use_type_base>;

class ref_counted_statement;

class once_temp_type {
public:
  once_temp_type(session &s);
  once_temp_type(const once_temp_type &o);
  ~once_temp_type() noexcept(false);
  template <typename T> once_temp_type &operator<<(const T &t) {
    accumulate(&t);
    return *this;
  }
  once_temp_type &operator,(const into_type_ptr &);
  once_temp_type &operator,(const use_type_ptr &);

private:
  void accumulate(const void *);
  ref_counted_statement *rcst_;
};

class once_type {
public:
  once_type(session *s);
  template <typename T> once_temp_type operator<<(const T &t) {
    once_temp_type o(*session_);
    o << t;
    return o;
  }

private:
  session *session_;
};

class prepare_temp_type {
public:
  prepare_temp_type(session &);
  prepare_temp_type(const prepare_temp_type &);
  ~prepare_temp_type();
  template <typename T> prepare_temp_type &operator<<(const T &t) {
    accumulate(&t);
    return *this;
  }
  prepare_temp_type &operator,(const into_type_ptr &i);
  prepare_temp_type &operator,(const use_type_ptr &i);

private:
  void accumulate(const void *);
};

class prepare_type {
public:
  prepare_type(session *s);
  template <typename T> prepare_temp_type operator<<(const T &t) {
    prepare_temp_type p(*session_);
    p << t;
    return p;
  }

private:
  session *session_;
};

enum statement_type { st_one_time_query, st_repeatable_query };

} // namespace details

template <typename T> details::into_type_ptr into(T &t);
template <typename T> details::use_type_ptr use(const T &t, const std::string &name = std::string());

class ddl_type {
public:
  ddl_type(session &s);
  ~ddl_type() noexcept(false);
};

class session {
public:
  session();
  explicit session(const connection_parameters &parameters);
  session(const backend_factory &factory, const std::string &connectString);
  session(const std::string &backendName, const std::string &connectString);
  explicit session(const std::string &connectString);
  explicit session(connection_pool &pool);
  session(session &&other);
  session &operator=(session &&other);
  ~session();

  void open(const connection_parameters &parameters);
  void open(const backend_factory &factory, const std::string &connectString);
  void open(const std::string &backendName, const std::string &connectString);
  void open(const std::string &connectString);
  void close();
  void begin();
  void commit();
  void rollback();

  details::once_type once;
  details::prepare_type prepare;
  template <typename T> details::once_temp_type operator<<(const T &t) { return once << t; }

  ddl_type create_table(const std::string &tableName);
  void drop_table(const std::string &tableName);
  void truncate_table(const std::string &tableName);
};

class transaction {
public:
  explicit transaction(session &sql);
  ~transaction();
  void commit();
  void rollback();
  transaction(const transaction &) = delete;
  transaction &operator=(const transaction &) = delete;
};

class statement {
public:
  statement(session &s);
  statement(const details::prepare_temp_type &prep);
  ~statement();
  void alloc();
  void exchange(const details::into_type_ptr &i);
  void prepare(const std::string &query, details::statement_type eType = details::st_repeatable_query);
  void define_and_bind();
  bool execute(bool withDataExchange = false);
  bool fetch();
};

class procedure {
public:
  procedure(const details::prepare_temp_type &prep);
  ~procedure();
  bool execute(bool withDataExchange = false);
};

class row;
template <typename T = row> class rowset {
public:
  rowset(const details::prepare_temp_type &prep);
  ~rowset();
};

class connection_pool {
public:
  explicit connection_pool(std::size_t size);
  ~connection_pool();
  session &at(std::size_t pos);
  std::size_t lease();
  bool try_lease(std::size_t &pos, int timeout);
  void give_back(std::size_t pos);
};

} // namespace soci
