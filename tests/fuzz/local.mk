# Fuzz targets; fuzz.h tells how one is made up. A new SUBJECT: these two paragraphs.
check_PROGRAMS += tests/fuzz/replay_imatrix
TESTS += tests/fuzz/replay_imatrix
tests_fuzz_replay_imatrix_SOURCES = %D%/fuzz.h %D%/replay.c %D%/fuzz_imatrix.c %D%/seeds_imatrix.c
tests_fuzz_replay_imatrix_LDADD = libros.la

if BUILD_FUZZERS
noinst_PROGRAMS += tests/fuzz/fuzz_imatrix
tests_fuzz_fuzz_imatrix_SOURCES = %D%/fuzz.h %D%/fuzz_imatrix.c
tests_fuzz_fuzz_imatrix_LDADD = libros.la
tests_fuzz_fuzz_imatrix_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif
