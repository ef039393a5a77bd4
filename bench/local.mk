# Benchmarks: `make bench/NAME` builds one, `make bench` makes a 2 GB model in BENCH_DIR (default: a folder
# under TMPDIR; 6 GB free there) and prints every figure beside its limit; nothing here is timed by `make check`.
EXTRA_PROGRAMS += bench/encode
bench_encode_SOURCES = %D%/encode.c
bench_encode_LDADD = libros.la

EXTRA_PROGRAMS += bench/decode
bench_decode_SOURCES = %D%/decode.c %D%/bandwidth.h %D%/bandwidth.c
bench_decode_LDADD = libros.la -lpthread

EXTRA_PROGRAMS += bench/open
bench_open_SOURCES = %D%/open.c
bench_open_LDADD = libros.la

EXTRA_PROGRAMS += bench/make_model
bench_make_model_SOURCES = %D%/make_model.c

EXTRA_PROGRAMS += bench/read_pass
bench_read_pass_SOURCES = %D%/read_pass.c

EXTRA_PROGRAMS += bench/cost
bench_cost_SOURCES = %D%/cost.c

EXTRA_PROGRAMS += bench/steady
bench_steady_SOURCES = %D%/steady.c

EXTRA_DIST += %D%/limits.sh

CLEANFILES += $(EXTRA_PROGRAMS)
# A folder has the target's name: what never exists makes it run each time
bench: bench/decode bench/cost bench/open bench/make_model bench/read_pass bench/steady rosetta/cli/rosetta bench-always
	BUILD=. $(srcdir)/bench/limits.sh $(BENCH_DIR)
bench-always:
EXTRA_DIST += %D%/quantize_race.sh
