/* codegen: contracts/families/NAME.yaml -> const tables and static assertions.
 *
 *     codegen-tool contracts/hparams.def contracts/families/a.yaml ... > families.gen.c
 *
 * Runs on the build machine and includes none of the project's own headers. Every error is
 * file:line:col: message on standard error; then nothing is written and the exit status is 1. The same
 * input gives the same output: no clock, no path, families sorted by key. */
#include <stdio.h>

#include "codegen/check.h"
#include "codegen/emit.h"

static void banner(void)
{
	size_t i;

	puts("/* Written by codegen/ from contracts/hparams.def and these files:");
	for (i = 0; i < family_count; i++)
		printf(" *     %s\n", short_name(families[i].file));
	puts(" * Do not edit: change the family's file. */\n#include \"contracts/contract.h\"\n");
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc < 3) {
		fputs("usage: codegen-tool hparams.def family.yaml ...\n", stderr);
		return 2;
	}
	if (!numbers_load(argv[1]) || !families_load(argv + 2, (size_t)argc - 2))
		return 1;
	for (i = 0; i < family_count; i++)
		check_family(&families[i]);
	check_families();
	if (failures())
		return 1;
	banner();
	for (i = 0; i < family_count; i++)
		emit_family(stdout, &families[i]);
	emit_registry(stdout);
	for (i = 0; i < family_count; i++)
		emit_asserts(stdout, &families[i]);
	return fflush(stdout) || ferror(stdout) ? 1 : 0;
}
