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
