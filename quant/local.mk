libros_la_SOURCES += %D%/codec.h %D%/kernels.h
