libros_la_SOURCES += \
	%D%/codec.h %D%/kernels.h %D%/blocks.h %D%/half.h %D%/reference.h %D%/k_blocks.h %D%/grids.h %D%/levels.h \
	%D%/narrow.h %D%/narrow.c %D%/nonfinite.h %D%/nonfinite.c %D%/round.h %D%/extremes.h %D%/small_floats.c \
	%D%/legacy.h %D%/legacy.c %D%/legacy_weighted.c %D%/ternary.c %D%/fp4.h %D%/fp4.c %D%/apr_native.c \
	%D%/codec.c %D%/kernels.c %D%/floats.c %D%/k_decode.c \
	%D%/grids.c %D%/iq_decode.c \
	%D%/k_search.h %D%/k_search.c %D%/k_pack.h \
	%D%/k_encode_offset.c %D%/k_encode_signed.c %D%/iq4_encode.c

# One library per instruction set, compiled with its own flags and linked into libros.la
if BUILD_AVX2
noinst_LTLIBRARIES += libros_avx2.la
libros_la_LIBADD += libros_avx2.la
libros_avx2_la_CFLAGS = $(AM_CFLAGS) $(CFLAGS_AVX2)
libros_avx2_la_SOURCES = \
	%D%/x86/avx2.h %D%/x86/avx2.c %D%/x86/avx2_put.h %D%/x86/ahead.h %D%/x86/scale.h %D%/x86/k_blocks.h \
	%D%/x86/avx2_floats.c %D%/x86/avx2_block32.h %D%/x86/avx2_legacy.c %D%/x86/avx2_offset.c \
	%D%/x86/avx2_levels.c %D%/x86/avx2_k_decode.c %D%/x86/avx2_nonfinite.c %D%/x86/avx2_run_look.c %D%/x86/avx2_stream.c \
	%D%/lanes/avx2.h %D%/lanes/transpose.h %D%/lanes/offset_search.h %D%/lanes/offset_encode.h %D%/lanes/requantize.h %D%/lanes/importance.h %D%/lanes/qp_search.h \
	%D%/lanes/pack.h %D%/lanes/signed_search.h %D%/lanes/q3_encode.h %D%/lanes/q3_put.h %D%/lanes/q3_weighted.h %D%/lanes/q6_encode.h \
	%D%/x86/avx2_k_offset.c %D%/x86/avx2_k_signed.c \
	%D%/lanes/levels.h %D%/lanes/iq4_search.h %D%/lanes/iq4_encode.h %D%/x86/avx2_iq4.c
endif

if BUILD_AVX512
noinst_LTLIBRARIES += libros_avx512.la
libros_la_LIBADD += libros_avx512.la
libros_avx512_la_CFLAGS = $(AM_CFLAGS) $(CFLAGS_AVX512)
libros_avx512_la_SOURCES = \
	%D%/x86/avx512.h %D%/x86/avx512.c %D%/x86/avx512_put.h %D%/x86/ahead.h %D%/x86/scale.h %D%/x86/k_blocks.h \
	%D%/x86/avx512_floats.c %D%/x86/avx512_legacy.c %D%/x86/avx512_k_decode.c %D%/x86/avx512_nonfinite.c %D%/x86/avx512_stream.c \
	%D%/lanes/avx512.h %D%/lanes/transpose.h %D%/lanes/offset_search.h %D%/lanes/offset_encode.h %D%/lanes/requantize.h %D%/lanes/importance.h %D%/lanes/qp_search.h \
	%D%/lanes/pack.h %D%/lanes/signed_search.h %D%/lanes/q3_encode.h %D%/lanes/q3_put.h %D%/lanes/q3_weighted.h %D%/lanes/q6_encode.h \
	%D%/x86/avx512_k_offset.c %D%/x86/avx512_k_signed.c \
	%D%/lanes/levels.h %D%/lanes/iq4_search.h %D%/lanes/iq4_encode.h %D%/x86/avx512_iq4.c
endif

if BUILD_NEON
noinst_LTLIBRARIES += libros_neon.la
libros_la_LIBADD += libros_neon.la
libros_neon_la_CFLAGS = $(AM_CFLAGS)
libros_neon_la_SOURCES = \
	%D%/arm/neon.h %D%/arm/neon.c %D%/arm/neon_floats.c %D%/arm/neon_blocks.c
endif

# Encoders of the grid types
libros_la_SOURCES += \
	%D%/lattice.h %D%/lattice.c %D%/iq_search.h %D%/iq_search.c %D%/iq_encode.h %D%/iq_encode.c \
	%D%/iq1_encode.c %D%/iq2_encode.c %D%/iq3_encode.c
if BUILD_AVX2
libros_avx2_la_SOURCES += %D%/x86/avx2_iq.c
endif

# Which type each tensor gets
libros_la_SOURCES += \
	%D%/ftype.h %D%/ftype.c %D%/tensor_order.h %D%/tensor_order.c \
	%D%/recipe.h %D%/recipe.c %D%/recipe_rules.h %D%/recipe_rules.c

# Importance matrices
libros_la_SOURCES += %D%/imatrix.h %D%/imatrix.c %D%/imatrix_read.c
# Derivation: what a block can express, and whether its codes are the nearest
libros_la_SOURCES += %D%/ladder.h %D%/ladder.c %D%/consistent.h %D%/consistent.c \
	%D%/run_look.h %D%/run_look.c %D%/scale_fit.h %D%/scale_fit.c

# The same file as llama-quantize
libros_la_SOURCES += %D%/compat.h %D%/compat.c

# Encoded blocks whose scales are no numbers
libros_la_SOURCES += %D%/block_scales.h %D%/block_scales.c

# Widening past the caches
libros_la_SOURCES += %D%/to_memory.h %D%/to_memory.c
