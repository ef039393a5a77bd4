CLI_TESTS = %D%/roundtrip.sh %D%/rewrite.sh %D%/determinism.sh %D%/defects.sh %D%/atomic.sh %D%/usage.sh %D%/odd_requests.sh %D%/metadata.sh %D%/stats.sh %D%/derive.sh %D%/provenance.sh %D%/kept.sh %D%/examples.sh
TESTS += $(CLI_TESTS)
EXTRA_DIST += %D%/common.sh $(CLI_TESTS)

# Quantized files, whole
check_PROGRAMS += tests/fixtures/write_golden
tests_fixtures_write_golden_SOURCES = tests/fixtures/write_golden.c tests/fixtures/quantize_golden.c tests/fixtures/quantize_golden.h
tests_fixtures_write_golden_LDADD = libros.la
EXTRA_DIST += %D%/quantize.sh %D%/quantize_golden.sh
TESTS += %D%/quantize.sh %D%/quantize_golden.sh

# Another model: all weights times a factor
check_PROGRAMS += tests/fixtures/scale_bf16
tests_fixtures_scale_bf16_SOURCES = tests/fixtures/scale_bf16.c

# There and back for every family
EXTRA_DIST += %D%/families.sh
TESTS += %D%/families.sh
