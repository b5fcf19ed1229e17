//===- Memory.cpp - Where the driver's memory comes from -------------------===//
//
// The link of a large program makes millions of small objects that stay to its end. The C library takes their memory
// from the system in pages of 4 KiB, each of which is a fault (and, in a thread, a call of mprotect): that was half of
// a link's time. jemalloc takes huge pages, and keeps what is freed for the next object.
//
//===----------------------------------------------------------------------===//

/// Read by jemalloc, by this name, before main(): options as in its manual. `MALLOC_CONF` in the environment wins.
extern "C" const char *malloc_conf;
const char *malloc_conf = "thp:always,metadata_thp:always,dirty_decay_ms:-1,muzzy_decay_ms:-1";
