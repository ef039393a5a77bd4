# contracts: what a family is, and the metadata of a model
libros_la_SOURCES += \
	%D%/findings.h %D%/findings.c %D%/json_members.h %D%/json_members.c \
	%D%/pre_tokenizers.h %D%/pre_tokenizers.c %D%/sentencepiece.h %D%/sentencepiece.c \
	%D%/tokens.h %D%/tokens.c %D%/tokens_bpe.c %D%/tokens_gguf.c %D%/tokens_special.c %D%/tokens_spm.c \
	%D%/vocab_slots.h %D%/vocab_slots.c

libros_la_SOURCES += \
	%D%/base64.h %D%/base64.c %D%/buffers.h %D%/buffers.c %D%/hub.c %D%/hub_agree.h %D%/hub_agree.c %D%/hub_apr.h %D%/hub_apr.c %D%/hub_carry.h %D%/hub_carry.c \
	%D%/hub_derive.h %D%/hub_derive.c %D%/hub_gguf.h %D%/hub_gguf.c %D%/hub_gguf_record.c \
	%D%/hub_keys.h %D%/hub_keys_read.c %D%/hub_keys_write.c %D%/hub_numbers.h %D%/hub_numbers.c \
	%D%/hub_read.c %D%/hub_write.c %D%/hub_vocabulary.h %D%/hub_vocabulary.c %D%/model_name.h %D%/model_name.c %D%/provenance.h %D%/provenance.c \
	%D%/size_label.h %D%/size_label.c %D%/spm_scores.c %D%/tokens_apr.c %D%/tokens_files.c %D%/tokens_json.c

libros_la_SOURCES += \
	%D%/activations.c %D%/activations.h %D%/binding.c %D%/binding.h %D%/contract.h %D%/derive.c %D%/expr.c %D%/expr.h %D%/family.c \
	%D%/hparams.c %D%/hparams.def %D%/hparams.h %D%/hub.h %D%/layout.c %D%/layout.h %D%/layout_expand.c %D%/layout_expand.h \
	%D%/rules.c %D%/rules.h

# The truth about families; codegen/ makes constant tables of it in the build folder.
FAMILY_YAML = \
	%D%/families/bloom.yaml %D%/families/deepseek_v2.yaml %D%/families/deepseek_v3.yaml %D%/families/falcon.yaml \
	%D%/families/gemma.yaml %D%/families/gemma2.yaml %D%/families/gpt2.yaml %D%/families/gpt_neox.yaml \
	%D%/families/internlm2.yaml %D%/families/llama.yaml %D%/families/mistral.yaml %D%/families/mixtral.yaml \
	%D%/families/phi3.yaml %D%/families/qwen2.yaml %D%/families/qwen3.yaml %D%/families/qwen3_moe.yaml
EXTRA_DIST += $(FAMILY_YAML)
CLEANFILES += %D%/gen/families.gen.c
nodist_libros_la_SOURCES += %D%/gen/families.gen.c
%D%/gen/families.gen.c: $(FAMILY_YAML) %D%/hparams.def codegen-tool$(BUILD_EXEEXT)
	$(AM_V_at)$(MKDIR_P) %D%/gen
	$(AM_V_GEN)yaml=; for f in $(FAMILY_YAML); do yaml="$$yaml $(srcdir)/$$f"; done; \
	./codegen-tool$(BUILD_EXEEXT) $(srcdir)/%D%/hparams.def $$yaml > $@.tmp && mv $@.tmp $@
