libros_la_SOURCES += \
	%D%/types.h %D%/error.h %D%/error.c %D%/bytes.h %D%/size.h %D%/limits.h \
	%D%/arena.h %D%/arena.c %D%/cursor.h %D%/cursor.c %D%/mapping.h %D%/mapping.c \
	%D%/dtype.h %D%/dtype.c %D%/meta.h %D%/meta.c %D%/model.h %D%/model.c \
	%D%/utf8.h %D%/utf8.c %D%/nameset.h %D%/nameset.c \
	%D%/json.h %D%/json_scan.h %D%/json_scan.c %D%/json_tree.c %D%/json_out.c \
	%D%/json_witness.h %D%/json_witness.c \
	%D%/digest.h %D%/digest.c %D%/crc32.h %D%/crc32.c \
	%D%/writer.h %D%/writer.c %D%/temporary.h %D%/temporary.c \
	%D%/format.h %D%/format.c %D%/foreign.h %D%/foreign.c \
	%D%/gguf.h %D%/apr.h \
	%D%/safetensors.h %D%/safetensors_header.h %D%/safetensors_header.c %D%/safetensors_reader.c %D%/safetensors_writer.c %D%/safetensors_layout.c \
	%D%/shards.h %D%/shards.c %D%/shard_index.c %D%/hf_folder.h %D%/hf_folder.c

if BUILD_PCLMUL
noinst_LTLIBRARIES += formats/libpclmul.la
formats_libpclmul_la_SOURCES = %D%/x86/crc32_fold.h %D%/x86/crc32_pclmul.c
formats_libpclmul_la_CFLAGS = $(AM_CFLAGS) $(CFLAGS_PCLMUL)
libros_la_LIBADD += formats/libpclmul.la
endif

if BUILD_VPCLMUL
noinst_LTLIBRARIES += formats/libvpclmul.la
formats_libvpclmul_la_SOURCES = %D%/x86/crc32_fold.h %D%/x86/crc32_vpclmul.c
formats_libvpclmul_la_CFLAGS = $(AM_CFLAGS) $(CFLAGS_VPCLMUL)
libros_la_LIBADD += formats/libvpclmul.la
endif

libros_la_SOURCES += %D%/gguf_reader.c %D%/gguf_meta.c %D%/gguf_split.c %D%/gguf_writer.c %D%/store.h %D%/store.c
libros_la_SOURCES += %D%/apr_header.c %D%/apr_reader.c %D%/apr_index.c %D%/apr_dtype.c %D%/apr_metadata.c \
	%D%/apr_writer.c %D%/apr_inflate.c %D%/apr_compress.c \
	%D%/lz4_block.h %D%/lz4_inflate.c %D%/lz4_deflate.c
