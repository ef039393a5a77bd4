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

check_PROGRAMS += tests/fuzz/replay_json
TESTS += tests/fuzz/replay_json
tests_fuzz_replay_json_SOURCES = %D%/fuzz.h %D%/replay.c %D%/fuzz_json.c %D%/seeds_json.c
tests_fuzz_replay_json_LDADD = libros.la

if BUILD_FUZZERS
noinst_PROGRAMS += tests/fuzz/fuzz_json
tests_fuzz_fuzz_json_SOURCES = %D%/fuzz.h %D%/fuzz_json.c
tests_fuzz_fuzz_json_LDADD = libros.la
tests_fuzz_fuzz_json_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif

check_PROGRAMS += tests/fuzz/replay_index
TESTS += tests/fuzz/replay_index
tests_fuzz_replay_index_SOURCES = %D%/fuzz.h %D%/replay.c %D%/fuzz_index.c %D%/seeds_index.c
tests_fuzz_replay_index_LDADD = libros.la

if BUILD_FUZZERS
noinst_PROGRAMS += tests/fuzz/fuzz_index
tests_fuzz_fuzz_index_SOURCES = %D%/fuzz.h %D%/fuzz_index.c
tests_fuzz_fuzz_index_LDADD = libros.la
tests_fuzz_fuzz_index_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif

check_PROGRAMS += tests/fuzz/replay_safetensors
TESTS += tests/fuzz/replay_safetensors
tests_fuzz_replay_safetensors_SOURCES = %D%/fuzz.h %D%/replay.c %D%/fuzz_safetensors.c %D%/seeds_safetensors.c
tests_fuzz_replay_safetensors_LDADD = libros.la

if BUILD_FUZZERS
noinst_PROGRAMS += tests/fuzz/fuzz_safetensors
tests_fuzz_fuzz_safetensors_SOURCES = %D%/fuzz.h %D%/fuzz_safetensors.c
tests_fuzz_fuzz_safetensors_LDADD = libros.la
tests_fuzz_fuzz_safetensors_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif

EXTRA_DIST += %D%/json.dict

check_PROGRAMS += tests/fuzz/replay_gguf tests/fuzz/replay_apr
TESTS += tests/fuzz/replay_gguf tests/fuzz/replay_apr
tests_fuzz_replay_gguf_SOURCES = %D%/fuzz.h %D%/replay.c %D%/fuzz_gguf.c %D%/seeds_gguf.c
tests_fuzz_replay_gguf_LDADD = libros.la
tests_fuzz_replay_apr_SOURCES = %D%/fuzz.h %D%/replay.c %D%/fuzz_apr.c %D%/seeds_apr.c
tests_fuzz_replay_apr_LDADD = libros.la
EXTRA_DIST += %D%/gguf.dict %D%/apr.dict

if BUILD_FUZZERS
noinst_PROGRAMS += tests/fuzz/fuzz_gguf tests/fuzz/fuzz_apr
tests_fuzz_fuzz_gguf_SOURCES = %D%/fuzz.h %D%/fuzz_gguf.c
tests_fuzz_fuzz_gguf_LDADD = libros.la
tests_fuzz_fuzz_gguf_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_apr_SOURCES = %D%/fuzz.h %D%/fuzz_apr.c
tests_fuzz_fuzz_apr_LDADD = libros.la
tests_fuzz_fuzz_apr_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif

check_PROGRAMS += tests/fuzz/replay_hub tests/fuzz/replay_convert tests/fuzz/replay_manifest
TESTS += tests/fuzz/replay_hub tests/fuzz/replay_convert tests/fuzz/replay_manifest
tests_fuzz_replay_hub_SOURCES = %D%/fuzz.h %D%/replay.c %D%/fuzz_hub.c %D%/seeds_hub.c %D%/tiny_model.c %D%/tiny_model.h
tests_fuzz_replay_hub_LDADD = libros.la
tests_fuzz_replay_convert_SOURCES = %D%/fuzz.h %D%/replay.c %D%/fuzz_convert.c %D%/seeds_convert.c %D%/tiny_model.c %D%/tiny_model.h
tests_fuzz_replay_convert_LDADD = libros.la
tests_fuzz_replay_manifest_SOURCES = %D%/fuzz.h %D%/replay.c %D%/fuzz_manifest.c %D%/seeds_manifest.c
tests_fuzz_replay_manifest_LDADD = libros.la
EXTRA_DIST += %D%/hub.dict %D%/manifest.dict

if BUILD_FUZZERS
noinst_PROGRAMS += tests/fuzz/fuzz_hub tests/fuzz/fuzz_convert tests/fuzz/fuzz_manifest
tests_fuzz_fuzz_hub_SOURCES = %D%/fuzz.h %D%/fuzz_hub.c
tests_fuzz_fuzz_hub_LDADD = libros.la
tests_fuzz_fuzz_hub_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_convert_SOURCES = %D%/fuzz.h %D%/fuzz_convert.c
tests_fuzz_fuzz_convert_LDADD = libros.la
tests_fuzz_fuzz_convert_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_manifest_SOURCES = %D%/fuzz.h %D%/fuzz_manifest.c
tests_fuzz_fuzz_manifest_LDADD = libros.la
tests_fuzz_fuzz_manifest_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif
