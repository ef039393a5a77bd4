# Codecs against golden vectors, and every kernel set against the reference.
check_PROGRAMS += tests/kernels/test_k_encode
TESTS += tests/kernels/test_k_encode
tests_kernels_test_k_encode_SOURCES = %D%/test_k_encode.c
tests_kernels_test_k_encode_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_kernels_test_k_encode_LDADD = libros.la $(CHECK_LIBS)
check_PROGRAMS += tests/kernels/test_golden
TESTS += tests/kernels/test_golden
tests_kernels_test_golden_SOURCES = %D%/test_golden.c
tests_kernels_test_golden_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_kernels_test_golden_LDADD = libros.la $(CHECK_LIBS) $(CJSON_LIBS)
check_PROGRAMS += tests/kernels/test_iq_encode
TESTS += tests/kernels/test_iq_encode
tests_kernels_test_iq_encode_SOURCES = %D%/test_iq_encode.c
tests_kernels_test_iq_encode_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_kernels_test_iq_encode_LDADD = libros.la $(CHECK_LIBS)
check_PROGRAMS += tests/kernels/test_kernels
TESTS += tests/kernels/test_kernels
tests_kernels_test_kernels_SOURCES = %D%/test_kernels.c %D%/agree.h %D%/agree.c %D%/digests.c
tests_kernels_test_kernels_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_kernels_test_kernels_LDADD = libros.la $(CHECK_LIBS)

# The same without a test library; `tests/kernels/agree_main -p` prints the rows of digests.c
EXTRA_PROGRAMS += tests/kernels/agree_main
tests_kernels_agree_main_SOURCES = %D%/agree_main.c %D%/agree.h %D%/agree.c %D%/digests.c
tests_kernels_agree_main_LDADD = libros.la
TESTS += tests/kernels/neon.sh
EXTRA_DIST += tests/kernels/neon.sh
check_PROGRAMS += tests/kernels/test_consistent
TESTS += tests/kernels/test_consistent
tests_kernels_test_consistent_SOURCES = %D%/test_consistent.c
tests_kernels_test_consistent_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_kernels_test_consistent_LDADD = libros.la $(CHECK_LIBS)
check_PROGRAMS += tests/kernels/test_scale_fit
TESTS += tests/kernels/test_scale_fit
tests_kernels_test_scale_fit_SOURCES = %D%/test_scale_fit.c
tests_kernels_test_scale_fit_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_kernels_test_scale_fit_LDADD = libros.la $(CHECK_LIBS)
