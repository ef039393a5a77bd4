# Benchmarks: `make bench/NAME` builds one; nothing here is timed by `make check`.
EXTRA_PROGRAMS += bench/encode
bench_encode_SOURCES = %D%/encode.c
bench_encode_LDADD = libros.la
