# Benchmarks: `make bench/NAME` builds one, `make bench` runs the quick one; nothing here is timed by `make check`.
EXTRA_PROGRAMS += bench/encode
bench_encode_SOURCES = %D%/encode.c
bench_encode_LDADD = libros.la

EXTRA_PROGRAMS += bench/decode
bench_decode_SOURCES = %D%/decode.c
bench_decode_LDADD = libros.la

CLEANFILES += $(EXTRA_PROGRAMS)
# A folder has the target's name: what never exists makes it run each time
bench: bench/decode bench-always
	bench/decode
bench-always:
EXTRA_DIST += %D%/quantize_race.sh
