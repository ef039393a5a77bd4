# Runs on the build machine and links nothing of ours: a cross build needs only a native compiler and a native libyaml.
codegen_c = %D%/check.c %D%/check_keys.c %D%/check_names.c %D%/check_shapes.c %D%/check_sizes.c %D%/check_switches.c %D%/emit.c %D%/emit_asserts.c %D%/family.c %D%/formula.c %D%/formula_eval.c \
	%D%/main.c %D%/node.c %D%/numbers.c %D%/schema.c %D%/size.c
codegen_h = %D%/check.h %D%/emit.h %D%/family.h %D%/formula.h %D%/node.h %D%/schema.h %D%/size.h
EXTRA_DIST += $(codegen_c) $(codegen_h)
CLEANFILES += codegen-tool$(BUILD_EXEEXT)
codegen-tool$(BUILD_EXEEXT): $(codegen_c) $(codegen_h)
	$(AM_V_GEN)sources=; for f in $(codegen_c); do sources="$$sources $(srcdir)/$$f"; done; \
	$(CC_FOR_BUILD) -std=gnu11 -D_GNU_SOURCE -I$(srcdir) $(CPPFLAGS_FOR_BUILD) $(YAML_CFLAGS) $(CFLAGS_FOR_BUILD) \
		-o $@ $$sources $(LDFLAGS_FOR_BUILD) $(YAML_LIBS) -lm
