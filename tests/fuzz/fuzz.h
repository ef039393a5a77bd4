/* A fuzz target is three things: fuzz_SUBJECT.c with libFuzzer's entry, seeds_SUBJECT.c with small inputs
 * to start from, and two lines in local.mk. Built with --enable-fuzzers (clang) the target is
 * tests/fuzz/fuzz_SUBJECT; always, replay.c runs the same entry in `make check` over the seeds, each of them cut short
 * at every length and with every byte changed (large ones: at some), and over the files in corpus/SUBJECT, where past findings go.
 *
 *     tests/fuzz/replay_imatrix -w seeds && tests/fuzz/fuzz_imatrix -rss_limit_mb=1024 seeds */
#ifndef ROS_TESTS_FUZZ_H
#define ROS_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* libFuzzer's entry: must return 0 whatever the bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Calls EMIT for every seed; DATA lives as long as the call. */
typedef void fuzz_emit_fn(const char *name, const uint8_t *data, size_t size);
void fuzz_seeds(fuzz_emit_fn *emit);

#endif
