# Other programs read what we write. tests/all.sh runs each script, once: it finds its program itself, or says
# "skipped" and exits 77.
check_PROGRAMS += tests/interop/rewrite
tests_interop_rewrite_SOURCES = %D%/rewrite.c
tests_interop_rewrite_LDADD = libros.la
EXTRA_DIST += %D%/gguf_py.sh %D%/apr_judge.sh %D%/ggml.sh %D%/ggml.py

check_PROGRAMS += tests/interop/hub_files
tests_interop_hub_files_SOURCES = %D%/hub_files.c
tests_interop_hub_files_LDADD = libros.la
EXTRA_DIST += %D%/tokenizer_hf.sh %D%/tokenizer_hf.py

EXTRA_DIST += %D%/llama_quantize.sh

EXTRA_DIST += %D%/canonical.sh %D%/canonical.py
# The judges of the whole: every way between the formats, and what llama.cpp says.
EXTRA_DIST += %D%/families.sh %D%/families.py %D%/llama_cpp.sh %D%/llama_cpp.py %D%/models.py

EXTRA_DIST += %D%/safetensors.sh %D%/safetensors_py.py

EXTRA_DIST += %D%/still_adds.sh
