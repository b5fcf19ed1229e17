// Preloaded into the Postgres server of a chaos run: while the file $POOLGUARD_FULL_DISK exists, no file grows (ENOSPC). What a full
// disk does, without a mount, for which one would have to be root.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>

namespace {

bool is_full() {
  const char* flag = std::getenv("POOLGUARD_FULL_DISK");
  const int before = errno;
  const bool full = flag != nullptr && ::access(flag, F_OK) == 0;
  errno = before;
  return full;
}

bool refuses(int file, off_t end) {
  struct stat now {};
  if (!is_full() || ::fstat(file, &now) != 0 || !S_ISREG(now.st_mode) || end <= now.st_size) return false;
  errno = ENOSPC;
  return true;
}

off_t total(const iovec* parts, int count) {
  off_t bytes = 0;
  for (int i = 0; i < count; ++i) bytes += static_cast<off_t>(parts[i].iov_len);
  return bytes;
}

template <typename Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

ssize_t pwrite64(int file, const void* data, size_t size, off64_t at) {
  static auto* const real = next<ssize_t(int, const void*, size_t, off64_t)>("pwrite64");
  return refuses(file, at + static_cast<off_t>(size)) ? -1 : real(file, data, size, at);
}

ssize_t pwritev64(int file, const iovec* parts, int count, off64_t at) {
  static auto* const real = next<ssize_t(int, const iovec*, int, off64_t)>("pwritev64");
  return refuses(file, at + total(parts, count)) ? -1 : real(file, parts, count, at);
}

/// Returns the error, and leaves errno.
int posix_fallocate64(int file, off64_t at, off64_t size) {
  static auto* const real = next<int(int, off64_t, off64_t)>("posix_fallocate64");
  return refuses(file, at + size) ? ENOSPC : real(file, at, size);
}

ssize_t pwrite(int file, const void* data, size_t size, off_t at) { return pwrite64(file, data, size, at); }
ssize_t pwritev(int file, const iovec* parts, int count, off_t at) { return pwritev64(file, parts, count, at); }
int posix_fallocate(int file, off_t at, off_t size) { return posix_fallocate64(file, at, size); }

}  // extern "C"
