// RUN: %check_poolguard %s poolguard-* -- -config=config.yaml

#include <std/posix.h>

namespace app {
bool renew(); // renews the lease
class Connection;
class Transaction { // begins and ends with the object
public:
  explicit Transaction(Connection &);
  ~Transaction();
};
} // namespace app

void inTransaction(app::Connection &connection, timespec time, pthread_t thread, pthread_cond_t condition,
                   pthread_mutex_t mutex, sem_t semaphore) {
  app::Transaction tx(connection);
  sleep(1);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'sleep' waits while transaction 'tx' is open
  usleep(1);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'usleep' waits while transaction 'tx' is open
  nanosleep(&time, nullptr);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'nanosleep' waits while transaction 'tx' is open
  clock_nanosleep(0, 0, &time, nullptr);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'clock_nanosleep' waits while transaction 'tx' is open
  thrd_sleep(&time, nullptr);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'thrd_sleep' waits while transaction 'tx' is open
  pthread_join(thread, nullptr);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'pthread_join' waits while transaction 'tx' is open
  pthread_cond_wait(&condition, &mutex);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'pthread_cond_wait' waits while transaction 'tx' is open
  pthread_cond_timedwait(&condition, &mutex, &time);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'pthread_cond_timedwait' waits while transaction 'tx' is open
  sem_wait(&semaphore);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'sem_wait' waits while transaction 'tx' is open
  sem_timedwait(&semaphore, &time);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'sem_timedwait' waits while transaction 'tx' is open
  system("ls");
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'system' waits while transaction 'tx' is open
  auto *pipe = popen("ls", "r");
  // CHECK-MESSAGES: :[[@LINE-1]]:16: warning: 'popen' waits while transaction 'tx' is open
  pclose(pipe);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'pclose' waits while transaction 'tx' is open
  wait(nullptr);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'wait' waits while transaction 'tx' is open
  waitpid(1, nullptr, 0);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'waitpid' waits while transaction 'tx' is open
  waitid(P_ALL, 1, nullptr, 0);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'waitid' waits while transaction 'tx' is open
  connect(1, nullptr, 0);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'connect' waits while transaction 'tx' is open
  accept(1, nullptr, nullptr);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'accept' waits while transaction 'tx' is open
  accept4(1, nullptr, nullptr, 0);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'accept4' waits while transaction 'tx' is open
  recv(1, nullptr, 0, 0);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'recv' waits while transaction 'tx' is open
  recvfrom(1, nullptr, 0, 0, nullptr, nullptr);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'recvfrom' waits while transaction 'tx' is open
  recvmsg(1, nullptr, 0);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'recvmsg' waits while transaction 'tx' is open
  send(1, nullptr, 0, 0);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'send' waits while transaction 'tx' is open
  sendto(1, nullptr, 0, 0, nullptr, 0);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'sendto' waits while transaction 'tx' is open
  sendmsg(1, nullptr, 0);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'sendmsg' waits while transaction 'tx' is open
  poll(nullptr, 0, 1);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'poll' waits while transaction 'tx' is open
  ppoll(nullptr, 0, &time, nullptr);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'ppoll' waits while transaction 'tx' is open
  select(0, nullptr, nullptr, nullptr, nullptr);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'select' waits while transaction 'tx' is open
  pselect(0, nullptr, nullptr, nullptr, &time, nullptr);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'pselect' waits while transaction 'tx' is open
  epoll_wait(1, nullptr, 1, 1);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'epoll_wait' waits while transaction 'tx' is open
  getaddrinfo("h", "p", nullptr, nullptr);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'getaddrinfo' waits while transaction 'tx' is open
  gethostbyname("h");
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'gethostbyname' waits while transaction 'tx' is open
  curl_easy_perform(nullptr);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'curl_easy_perform' waits while transaction 'tx' is open
  curl_multi_poll(nullptr, nullptr, 0, 1, nullptr);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'curl_multi_poll' waits while transaction 'tx' is open
  curl_multi_wait(nullptr, nullptr, 0, 1, nullptr);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'curl_multi_wait' waits while transaction 'tx' is open
}

void logs(FILE *file, va_list list) {
  const char *dsn = "host=db password=hunter2";
  printf("%s", dsn);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: a connection string with its password reaches a log, through 'printf'
  fprintf(file, "%s", dsn);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: a connection string with its password reaches a log, through 'fprintf'
  vprintf(dsn, list);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: a connection string with its password reaches a log, through 'vprintf'
  vfprintf(file, dsn, list);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: a connection string with its password reaches a log, through 'vfprintf'
  puts(dsn);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: a connection string with its password reaches a log, through 'puts'
  fputs(dsn, file);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: a connection string with its password reaches a log, through 'fputs'
  perror(dsn);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: a connection string with its password reaches a log, through 'perror'
  syslog(1, "%s", dsn);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: a connection string with its password reaches a log, through 'syslog'
  vsyslog(1, dsn, list);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: a connection string with its password reaches a log, through 'vsyslog'
}

void *beat(void *) {
  app::renew();
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: an exception from 'app::renew' escapes
  // CHECK-MESSAGES: :[[@LINE-2]]:8: warning: the result of 'app::renew' is dropped
  return nullptr;
}
int beat11(void *) {
  app::renew();
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: an exception from 'app::renew' escapes
  // CHECK-MESSAGES: :[[@LINE-2]]:8: warning: the result of 'app::renew' is dropped
  return 0;
}
void threads(pthread_t *thread, thrd_t *other) {
  pthread_create(thread, nullptr, beat, nullptr);
  thrd_create(other, beat11, nullptr);
}
