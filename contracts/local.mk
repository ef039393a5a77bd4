# contracts
libros_la_SOURCES += \
	%D%/findings.h %D%/findings.c %D%/json_members.h %D%/json_members.c \
	%D%/pre_tokenizers.h %D%/pre_tokenizers.c %D%/sentencepiece.h %D%/sentencepiece.c \
	%D%/tokens.h %D%/tokens.c %D%/tokens_bpe.c %D%/tokens_gguf.c %D%/tokens_special.c %D%/tokens_spm.c \
	%D%/vocab_slots.h %D%/vocab_slots.c
