# Other programs read what we write. Each script finds its program itself, or says "skipped" and exits 77.
check_PROGRAMS += tests/interop/rewrite
tests_interop_rewrite_SOURCES = %D%/rewrite.c
tests_interop_rewrite_LDADD = libros.la
TESTS += %D%/gguf_py.sh %D%/apr_judge.sh
EXTRA_DIST += %D%/gguf_py.sh %D%/apr_judge.sh
