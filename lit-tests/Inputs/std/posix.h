// Declarations that match POSIX's, C11's and libcurl's blocking calls, as far as preset std names them.
#pragma once

extern "C" {

typedef unsigned long size_t;
typedef long ssize_t;
typedef unsigned int socklen_t, id_t;
typedef int pid_t, idtype_t;
typedef unsigned long pthread_t;
typedef pthread_t thrd_t;
typedef __builtin_va_list va_list;
typedef struct _IO_FILE FILE;
typedef struct { int data; } pthread_cond_t, pthread_mutex_t, pthread_attr_t, sem_t, sigset_t, fd_set, siginfo_t;
struct timespec { long tv_sec, tv_nsec; };
struct timeval;
struct sockaddr;
struct msghdr;
struct pollfd;
struct epoll_event;
struct addrinfo;
struct hostent;
enum { P_ALL };

unsigned int sleep(unsigned int seconds);
int usleep(unsigned int useconds);
int nanosleep(const struct timespec *requested, struct timespec *remaining);
int clock_nanosleep(int clock, int flags, const struct timespec *requested, struct timespec *remaining);
int thrd_sleep(const struct timespec *duration, struct timespec *remaining);
int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg);
int thrd_create(thrd_t *thr, int (*func)(void *), void *arg);
int pthread_join(pthread_t thread, void **value);
int pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex);
int pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *abstime);
int sem_wait(sem_t *sem);
int sem_timedwait(sem_t *sem, const struct timespec *abstime);
int system(const char *command);
FILE *popen(const char *command, const char *type);
int pclose(FILE *stream);
pid_t wait(int *status);
pid_t waitpid(pid_t pid, int *status, int options);
int waitid(idtype_t idtype, id_t id, siginfo_t *infop, int options);
int connect(int fd, const struct sockaddr *addr, socklen_t len);
int accept(int fd, struct sockaddr *addr, socklen_t *len);
int accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags);
ssize_t recv(int fd, void *buf, size_t n, int flags);
ssize_t recvfrom(int fd, void *buf, size_t n, int flags, struct sockaddr *addr, socklen_t *len);
ssize_t recvmsg(int fd, struct msghdr *message, int flags);
ssize_t send(int fd, const void *buf, size_t n, int flags);
ssize_t sendto(int fd, const void *buf, size_t n, int flags, const struct sockaddr *addr, socklen_t len);
ssize_t sendmsg(int fd, const struct msghdr *message, int flags);
int poll(struct pollfd *fds, unsigned long nfds, int timeout);
int ppoll(struct pollfd *fds, unsigned long nfds, const struct timespec *timeout, const sigset_t *ss);
int select(int nfds, fd_set *readfds, fd_set *writefds, fd_set *exceptfds, struct timeval *timeout);
int pselect(int nfds, fd_set *readfds, fd_set *writefds, fd_set *exceptfds, const struct timespec *timeout,
            const sigset_t *sigmask);
int epoll_wait(int epfd, struct epoll_event *events, int maxevents, int timeout);
int getaddrinfo(const char *name, const char *service, const struct addrinfo *req, struct addrinfo **pai);
struct hostent *gethostbyname(const char *name);
int curl_easy_perform(void *curl);
int curl_multi_poll(void *multi, void *fds, unsigned int extra, int timeout_ms, int *ret);
int curl_multi_wait(void *multi, void *fds, unsigned int extra, int timeout_ms, int *ret);

int printf(const char *format, ...);
int fprintf(FILE *stream, const char *format, ...);
int vprintf(const char *format, va_list arg);
int vfprintf(FILE *s, const char *format, va_list arg);
int puts(const char *s);
int fputs(const char *s, FILE *stream);
void perror(const char *s);
void syslog(int pri, const char *fmt, ...);
void vsyslog(int pri, const char *fmt, va_list ap);

} // extern "C"
