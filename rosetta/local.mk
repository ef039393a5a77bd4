include_HEADERS += %D%/rosetta.h
libros_la_SOURCES += \
	%D%/rosetta.h %D%/text.h %D%/text.c %D%/verdict.h %D%/verdict.c %D%/report.h %D%/report.c %D%/pool.h %D%/pool.c \
	%D%/placement.h %D%/placement.c %D%/plan.h %D%/plan.c %D%/step.c %D%/fetch.h %D%/fetch.c %D%/gather.h %D%/gather.c \
	%D%/tile.h %D%/tile.c %D%/options.h %D%/source.h %D%/source.c %D%/meta_text.h %D%/meta_text.c %D%/inspect.c %D%/forget.h %D%/forget.c %D%/look.h %D%/look.c %D%/checksum.h %D%/checksum.c %D%/write.h %D%/write.c \
	%D%/convert.h %D%/convert.c %D%/convert_buffers.c %D%/convert_plan.c %D%/convert_restore.c %D%/convert_report.c %D%/preserve.h %D%/preserve.c %D%/target.c %D%/hash_files.h %D%/hash_files.c %D%/chain.c %D%/compress.h %D%/compress.c %D%/origin.h %D%/origin.c %D%/read_back.h %D%/read_back.c %D%/override.h %D%/override.c \
	%D%/compare.h %D%/compare.c %D%/compare_sums.h %D%/compare_sums.c %D%/locate.h %D%/locate.c %D%/comparison.h %D%/comparison.c %D%/compare_metadata.c %D%/compare_numbers.c %D%/compare_files.c %D%/compare_keys.h %D%/compare_keys.c %D%/reading.h %D%/reading.c %D%/verify.c %D%/diff.c \
	%D%/canonical.h %D%/canonical.c %D%/model_digest.h %D%/model_digest.c %D%/fingerprint.h %D%/fingerprint.c %D%/manifest.c %D%/stats.c

# Derivation
libros_la_SOURCES += \
	%D%/derive.h %D%/derive.c %D%/derive_scales.h %D%/derive_scales.c %D%/derive_verb.h %D%/derive_verb.c %D%/derive_metadata.c %D%/derive_report.c

# Quantization
libros_la_SOURCES += \
	%D%/quantize.h %D%/quantize.c %D%/quantize_compat.c %D%/quantize_report.c
