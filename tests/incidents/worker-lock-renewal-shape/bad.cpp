// One connection that can't be made, and the exception leaves the thread: the process is gone, with all its jobs.
#include "stage.hpp"

namespace {

std::thread start_heart(const std::string& dsn, const incident::Lease& lease, const std::atomic<bool>& done) {
  return std::thread([dsn, lease, &done] {
    while (!done) {
      if (!renew(dsn, lease)) return;  // flagged: worker-lock-renewal-shape
      std::this_thread::sleep_for(kBeat);
    }
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) return work(argv[1], argv[2], start_heart);
  return incident::expect_broken([&] { return stage(argv[0]); });
}
