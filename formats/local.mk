libros_la_SOURCES += \
	%D%/types.h %D%/error.h %D%/error.c %D%/bytes.h %D%/size.h %D%/limits.h \
	%D%/arena.h %D%/arena.c %D%/cursor.h %D%/cursor.c %D%/mapping.h %D%/mapping.c \
	%D%/dtype.h %D%/dtype.c %D%/meta.h %D%/meta.c %D%/model.h %D%/model.c \
	%D%/format.h %D%/writer.h %D%/digest.h %D%/json.h
