# One Check program per subject: tests/unit/test_SUBJECT.c

check_PROGRAMS += tests/unit/test_digest
TESTS += tests/unit/test_digest
tests_unit_test_digest_SOURCES = %D%/test_digest.c
tests_unit_test_digest_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_digest_LDADD = libros.la $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_json
TESTS += tests/unit/test_json
tests_unit_test_json_SOURCES = %D%/test_json.c
tests_unit_test_json_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_json_LDADD = libros.la $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_starved
TESTS += tests/unit/test_starved
tests_unit_test_starved_SOURCES = %D%/test_starved.c %D%/scratch.h %D%/scratch.c
tests_unit_test_starved_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_starved_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
tests_unit_test_starved_LDADD = libros.la $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_shards
TESTS += tests/unit/test_shards
tests_unit_test_shards_SOURCES = %D%/test_shards.c %D%/scratch.h %D%/scratch.c
tests_unit_test_shards_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_shards_LDADD = libros.la $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_writer
TESTS += tests/unit/test_writer
tests_unit_test_writer_SOURCES = %D%/test_writer.c %D%/scratch.h %D%/scratch.c
tests_unit_test_writer_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_writer_LDADD = libros.la $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_temporary
TESTS += tests/unit/test_temporary
tests_unit_test_temporary_SOURCES = %D%/test_temporary.c %D%/scratch.h %D%/scratch.c
tests_unit_test_temporary_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_temporary_LDADD = libros.la $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_read_back
TESTS += tests/unit/test_read_back
tests_unit_test_read_back_SOURCES = %D%/test_read_back.c %D%/scratch.h %D%/scratch.c
tests_unit_test_read_back_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_read_back_LDADD = libros.la $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_gguf
TESTS += tests/unit/test_gguf
tests_unit_test_gguf_SOURCES = %D%/test_gguf.c %D%/blob.h
tests_unit_test_gguf_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_gguf_LDADD = libros.la $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_tokens
TESTS += tests/unit/test_tokens
tests_unit_test_tokens_SOURCES = %D%/hf_files.h %D%/test_tokens.c %D%/meta_compare.h
tests_unit_test_tokens_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_tokens_LDADD = libros.la $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_recipe
TESTS += tests/unit/test_recipe
tests_unit_test_recipe_SOURCES = %D%/test_recipe.c tests/fixtures/quantize_golden.h tests/fixtures/quantize_golden.c
tests_unit_test_recipe_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_recipe_LDADD = libros.la $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_safetensors
TESTS += tests/unit/test_safetensors
tests_unit_test_safetensors_SOURCES = %D%/test_safetensors.c %D%/scratch.h %D%/scratch.c
tests_unit_test_safetensors_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_safetensors_LDADD = libros.la $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_apr_compressed
TESTS += tests/unit/test_apr_compressed
tests_unit_test_apr_compressed_SOURCES = %D%/test_apr_compressed.c %D%/apr_file.h %D%/blob.h %D%/folder.h
tests_unit_test_apr_compressed_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_apr_compressed_LDADD = libros.la $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_apr_press
TESTS += tests/unit/test_apr_press
tests_unit_test_apr_press_SOURCES = %D%/test_apr_press.c %D%/apr_file.h %D%/blob.h %D%/folder.h
tests_unit_test_apr_press_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_apr_press_LDADD = libros.la $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_lz4_block
TESTS += tests/unit/test_lz4_block
tests_unit_test_lz4_block_SOURCES = %D%/test_lz4_block.c %D%/blob.h
tests_unit_test_lz4_block_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_lz4_block_LDADD = libros.la $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_apr
TESTS += tests/unit/test_apr
tests_unit_test_apr_SOURCES = %D%/test_apr.c %D%/apr_file.h %D%/blob.h %D%/folder.h
tests_unit_test_apr_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_apr_LDADD = libros.la $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_gguf_split
TESTS += tests/unit/test_gguf_split
tests_unit_test_gguf_split_SOURCES = %D%/test_gguf_split.c %D%/blob.h %D%/folder.h
tests_unit_test_gguf_split_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_gguf_split_LDADD = libros.la $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_cases
TESTS += tests/unit/test_cases
tests_unit_test_cases_SOURCES = %D%/test_cases.c %D%/blob.h
tests_unit_test_cases_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_cases_LDADD = libros.la $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_narrow
TESTS += tests/unit/test_narrow
tests_unit_test_narrow_SOURCES = %D%/test_narrow.c
tests_unit_test_narrow_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_narrow_LDADD = libros.la $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_imatrix
TESTS += tests/unit/test_imatrix
tests_unit_test_imatrix_SOURCES = %D%/test_imatrix.c tests/fixtures/quantize_golden.h tests/fixtures/quantize_golden.c
tests_unit_test_imatrix_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_imatrix_LDADD = libros.la $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_layout
TESTS += tests/unit/test_layout
tests_unit_test_layout_SOURCES = %D%/pair.c %D%/pair.h %D%/test_layout.c
tests_unit_test_layout_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_layout_LDADD = libros.la $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_compat
TESTS += tests/unit/test_compat
tests_unit_test_compat_SOURCES = %D%/test_compat.c tests/fixtures/quantize_golden.h tests/fixtures/quantize_golden.c
tests_unit_test_compat_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_compat_LDADD = libros.la $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_rules
TESTS += tests/unit/test_rules
tests_unit_test_rules_SOURCES = %D%/test_rules.c
tests_unit_test_rules_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_rules_LDADD = libros.la $(CHECK_LIBS)


check_PROGRAMS += tests/unit/test_hub
TESTS += tests/unit/test_hub
tests_unit_test_hub_SOURCES = %D%/test_hub.c %D%/meta_compare.h
tests_unit_test_hub_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_hub_LDADD = libros.la $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_hub_doubts
TESTS += tests/unit/test_hub_doubts
tests_unit_test_hub_doubts_SOURCES = %D%/test_hub_doubts.c
tests_unit_test_hub_doubts_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_hub_doubts_LDADD = libros.la $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_keys
TESTS += tests/unit/test_keys
tests_unit_test_keys_SOURCES = %D%/pair.c %D%/pair.h %D%/test_keys.c
tests_unit_test_keys_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_keys_LDADD = libros.la $(CHECK_LIBS)


check_PROGRAMS += tests/unit/test_tile
TESTS += tests/unit/test_tile
tests_unit_test_tile_SOURCES = %D%/test_tile.c
tests_unit_test_tile_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_tile_LDADD = libros.la $(CHECK_LIBS)


check_PROGRAMS += tests/unit/test_canonical
TESTS += tests/unit/test_canonical
tests_unit_test_canonical_SOURCES = %D%/test_canonical.c
tests_unit_test_canonical_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_canonical_LDADD = libros.la $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_compare
TESTS += tests/unit/test_compare
tests_unit_test_compare_SOURCES = %D%/test_compare.c
tests_unit_test_compare_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_compare_LDADD = libros.la $(CHECK_LIBS)


check_PROGRAMS += tests/unit/test_buffers
TESTS += tests/unit/test_buffers
tests_unit_test_buffers_SOURCES = %D%/test_buffers.c
tests_unit_test_buffers_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_buffers_LDADD = libros.la $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_pool
TESTS += tests/unit/test_pool
tests_unit_test_pool_SOURCES = %D%/test_pool.c
tests_unit_test_pool_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_pool_LDADD = libros.la $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_cursor
TESTS += tests/unit/test_cursor
tests_unit_test_cursor_SOURCES = %D%/test_cursor.c
tests_unit_test_cursor_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_cursor_LDADD = libros.la $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_block_scales
TESTS += tests/unit/test_block_scales
tests_unit_test_block_scales_SOURCES = %D%/test_block_scales.c
tests_unit_test_block_scales_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_block_scales_LDADD = libros.la $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_plan
TESTS += tests/unit/test_plan
tests_unit_test_plan_SOURCES = %D%/test_plan.c
tests_unit_test_plan_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_plan_LDADD = libros.la $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_public
TESTS += tests/unit/test_public
tests_unit_test_public_SOURCES = %D%/test_public.c
tests_unit_test_public_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_public_LDADD = libros.la $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_hash_files
TESTS += tests/unit/test_hash_files
tests_unit_test_hash_files_SOURCES = %D%/test_hash_files.c %D%/scratch.h %D%/scratch.c
tests_unit_test_hash_files_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_hash_files_LDADD = libros.la $(CHECK_LIBS)
