dist_man_MANS += \
	%D%/rosetta.1 %D%/rosetta-convert.1 %D%/rosetta-chain.1 %D%/rosetta-quantize.1 %D%/rosetta-verify.1 %D%/rosetta-fingerprint.1 \
	%D%/rosetta-diff.1 %D%/rosetta-derive.1 %D%/rosetta-inspect.1 %D%/rosetta-tensors.1 %D%/rosetta-stats.1 %D%/rosetta-demo.1 \
	%D%/rosetta-completion.1 %D%/rosetta-help.1
if HAVE_MANDOC
check-local:
	for page in $(dist_man_MANS); do $(MANDOC) -T lint -W warning $(srcdir)/$$page || exit 1; done
endif
