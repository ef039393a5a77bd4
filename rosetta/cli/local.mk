bin_PROGRAMS += %D%/rosetta
rosetta_cli_rosetta_SOURCES = \
	%D%/main.c %D%/command.h %D%/options.def %D%/options.c %D%/nearest.h %D%/nearest.c %D%/usage.c \
	%D%/terminal.c %D%/progress.c %D%/convert_options.h %D%/convert_options.c %D%/compare_options.h %D%/compare_options.c \
	%D%/cmd_help.c %D%/cmd_completion.c %D%/cmd_inspect.c %D%/cmd_tensors.c %D%/cmd_stats.c \
	%D%/cmd_convert.c %D%/cmd_chain.c %D%/cmd_quantize.c %D%/cmd_verify.c %D%/cmd_diff.c %D%/cmd_derive.c %D%/cmd_fingerprint.c \
	%D%/cmd_demo.c %D%/demo_model.h %D%/demo_model.c
DEMO_MODEL = models/adder/config.json models/adder/generation_config.json models/adder/model.safetensors \
	models/adder/tokenizer.json models/adder/tokenizer_config.json models/adder/special_tokens_map.json \
	models/adder/vocab.json models/adder/merges.txt
EXTRA_DIST += $(DEMO_MODEL) models/adder/README.md models/adder/train
rosetta_cli_rosetta_CPPFLAGS = $(AM_CPPFLAGS) -DDEMO_MODEL_DIR='"$(abs_srcdir)/models/adder"'
%D%/rosetta_cli_rosetta-demo_model.$(OBJEXT): $(DEMO_MODEL)
rosetta_cli_rosetta_LDADD = libros.la

# Completion scripts come from the option table; they are made when the command is.
if !CROSS_COMPILING
bashcompdir = $(datadir)/bash-completion/completions
zshcompdir = $(datadir)/zsh/site-functions
fishcompdir = $(datadir)/fish/vendor_completions.d
nodist_bashcomp_DATA = completions/rosetta
nodist_zshcomp_DATA = completions/_rosetta
nodist_fishcomp_DATA = completions/rosetta.fish
CLEANFILES += completions/rosetta completions/_rosetta completions/rosetta.fish
completions/rosetta: rosetta/cli/rosetta$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) completions && rosetta/cli/rosetta$(EXEEXT) completion bash > $@.tmp && mv $@.tmp $@
completions/_rosetta: rosetta/cli/rosetta$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) completions && rosetta/cli/rosetta$(EXEEXT) completion zsh > $@.tmp && mv $@.tmp $@
completions/rosetta.fish: rosetta/cli/rosetta$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) completions && rosetta/cli/rosetta$(EXEEXT) completion fish > $@.tmp && mv $@.tmp $@
endif
