#include "rosetta/cli/command.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* The names that NAME gives, in lower case and with blanks between, in LIST; those that do not fit are left out. */
static const char *names(const char *(*name)(size_t index), char *list, size_t size)
{
	size_t used = 0;

	*list = '\0';
	for (size_t i = 0; name(i) && used + strlen(name(i)) + 2 < size; i++) {
		if (i)
			list[used++] = ' ';
		for (const char *c = name(i); *c; c++)
			list[used++] = (char)tolower((unsigned char)*c);
		list[used] = '\0';
	}
	return list;
}

/* Words offered for each kind of value; NULL: file names; "": nothing. */
static const char *words(enum cli_value value)
{
	static char types[1024], recipes[1024];

	switch (value) {
	case CLI_FORMAT: return "gguf apr safetensors";
	case CLI_FLOAT_DTYPE: return "f32 f16 bf16";
	case CLI_DTYPE: return names(ros_tensor_type_name, types, sizeof types);
	case CLI_QUANT: return names(ros_quantize_name, recipes, sizeof recipes);
	case CLI_DIGEST: return "sha256 xxh3";
	case CLI_WHEN: return "auto always never";
	case CLI_COMPRESS: return "none lz4 zstd";
	case CLI_ROWS: return "hf gguf";
	case CLI_SHELL: return "bash zsh fish";
	case CLI_FILE: case CLI_COMMAND: return NULL;
	case CLI_NONE: case CLI_TEXT: break;
	}
	return "";
}

static void command_names(const char *between)
{
	for (const struct command *const *c = cli_commands; *c; c++)
		printf("%s%s", c == cli_commands ? "" : between, (*c)->name);
}

static void bash_command(const struct command *command)
{
	printf("\t%s) opts=\"--help", command->name);
	for (const enum cli_opt *o = command->options; *o != OPT_COUNT; o++)
		printf(" --%s", cli_options[*o].name);
	printf("\" ;;\n");
}

/* What a command that takes no files takes in their place. */
static void operand_words(const struct command *command)
{
	if (command->operand_value == CLI_COMMAND)
		command_names(" ");
	else
		printf("%s", words(command->operand_value));
}

static void bash_operands(const struct command *command)
{
	if (command->operand_value == CLI_FILE && command->also) {
		printf("\t%s) also=\"%s\" ;;\n", command->name, words(command->also));
	} else if (command->operand_value != CLI_FILE) {
		printf("\t%s) words=\"", command->name);
		operand_words(command);
		printf("\" ;;\n");
	}
}

static void bash(void)
{
	printf("# bash completion for rosetta; made by 'rosetta completion bash'\n_rosetta()\n{\n"
	       "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} opts= words=none also=\n"
	       "\tif [ \"$COMP_CWORD\" -eq 1 ]; then COMPREPLY=($(compgen -W \"");
	command_names(" ");
	printf(" --help --version\" -- \"$cur\")); return; fi\n"
	       "\t[ \"$cur\" != = ] || cur=\n\t[ \"$prev\" != = ] || prev=${COMP_WORDS[COMP_CWORD-2]}\n\tcase $prev in\n");
	for (int o = 0; o < OPT_COUNT; o++) {
		const char *list = words(cli_options[o].value);

		if (!cli_options[o].metavar || !list || !*list)
			continue;
		printf("\t--%s", cli_options[o].name);
		if (cli_options[o].letter)
			printf("|-%c", cli_options[o].letter);
		printf(") COMPREPLY=($(compgen -W \"%s\" -- \"$cur\")); return ;;\n", list);
	}
	printf("\tesac\n\tcase ${COMP_WORDS[1]} in\n");
	for (const struct command *const *c = cli_commands; *c; c++)
		bash_command(*c);
	printf("\tesac\n\tcase ${COMP_WORDS[1]} in\n");
	for (const struct command *const *c = cli_commands; *c; c++)
		bash_operands(*c);
	printf("\tesac\n\tcase $cur in\n\t-*) COMPREPLY=($(compgen -W \"$opts\" -- \"$cur\")) ;;\n"
	       "\t*) if [ \"$words\" = none ]; then COMPREPLY=($(compgen -f -W \"$also\" -- \"$cur\")); else COMPREPLY=($(compgen -W \"$words\" -- \"$cur\")); fi ;;\n"
	       "\tesac\n}\ncomplete -o filenames -F _rosetta rosetta\n");
}

/* TEXT inside single quotes of zsh or fish, with what would end or split a zsh spec left out. */
static void put_plain(const char *text)
{
	for (; *text; text++)
		if (!strchr("'[]:", *text))
			putchar(*text);
}

/* One spec of _arguments: SPELLING with its dashes and what ties a value to it. */
static void zsh_spec(const struct cli_option *row, const char *spelling)
{
	const char *list = words(row->value);

	printf(" \\\n\t\t\t'%s[", spelling);
	put_plain(row->help);
	printf("]");
	if (row->metavar && list && *list)
		printf(":%s:(%s)", row->metavar, list);
	else if (row->metavar && !list)
		printf(":%s:_files", row->metavar);
	else if (row->metavar)
		printf(":value:");
	printf("'");
}

static void zsh_option(enum cli_opt opt)
{
	const struct cli_option *row = &cli_options[opt];
	char spelling[64];

	snprintf(spelling, sizeof spelling, "--%s%s", row->name, row->metavar ? "=" : "");
	zsh_spec(row, spelling);
	if (!row->letter)
		return;
	snprintf(spelling, sizeof spelling, "-%c%s", row->letter, row->metavar ? "+" : "");
	zsh_spec(row, spelling);
}

static void zsh(void)
{
	printf("#compdef rosetta\n# zsh completion for rosetta; made by 'rosetta completion zsh'\n_rosetta() {\n"
	       "\tif (( CURRENT == 2 )); then\n\t\tlocal -a commands=(\n");
	for (const struct command *const *c = cli_commands; *c; c++) {
		printf("\t\t\t'%s:", (*c)->name);
		put_plain((*c)->summary);
		printf("'\n");
	}
	printf("\t\t)\n\t\t_describe command commands\n\t\treturn\n\tfi\n\tlocal verb=$words[2]\n\tshift words\n\t(( CURRENT-- ))\n\tcase $verb in\n");
	for (const struct command *const *c = cli_commands; *c; c++) {
		printf("\t%s) _arguments", (*c)->name);
		for (const enum cli_opt *o = (*c)->options; *o != OPT_COUNT; o++)
			zsh_option(*o);
		zsh_option(OPT_HELP);
		if ((*c)->operand_value == CLI_FILE && (*c)->also)
			printf(" '*:file or word:{_alternative \"files:file:_files\" \"words:word:(%s)\"}'", words((*c)->also));
		else if ((*c)->operand_value == CLI_FILE)
			printf(" '*:file:_files'");
		else if ((*c)->operand_value != CLI_NONE) {
			printf(" '*:word:(");
			operand_words(*c);
			printf(")'");
		}
		printf(" ;;\n");
	}
	printf("\tesac\n}\n_rosetta \"$@\"\n");
}

static void fish_option(const struct command *command, enum cli_opt opt)
{
	const struct cli_option *row = &cli_options[opt];
	const char *list = words(row->value);

	printf("complete -c rosetta -n '__fish_seen_subcommand_from %s' -l %s%s", command->name, row->name, row->metavar ? " -r" : "");
	if (row->letter)
		printf(" -s %c", row->letter);
	if (row->metavar && list && *list)
		printf(" -f -a '%s'", list);
	printf(" -d '");
	put_plain(row->help);
	printf("'\n");
}

static void fish_operands(const struct command *command)
{
	if (command->operand_value == CLI_FILE && !command->also)
		return;
	printf("complete -c rosetta -n '__fish_seen_subcommand_from %s'%s -a '", command->name, command->also ? "" : " -f");
	if (command->also)
		printf("%s", words(command->also));
	else
		operand_words(command);
	printf("'\n");
}

static void fish(void)
{
	printf("# fish completion for rosetta; made by 'rosetta completion fish'\n");
	for (const struct command *const *c = cli_commands; *c; c++) {
		printf("complete -c rosetta -n __fish_use_subcommand -f -a %s -d '", (*c)->name);
		put_plain((*c)->summary);
		printf("'\n");
		fish_operands(*c);
		for (const enum cli_opt *o = (*c)->options; *o != OPT_COUNT; o++)
			fish_option(*c, *o);
		fish_option(*c, OPT_HELP);
	}
}

static const struct { const char *name; void (*print)(void); } shells[] = {
	{ "bash", bash }, { "zsh", zsh }, { "fish", fish },
};

static int run(const struct cli_args *args)
{
	for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
		if (!strcmp(args->operand[0], shells[i].name)) {
			shells[i].print();
			return 0;
		}
	return cli_usage_error(args, "bash, zsh or fish wanted, found '%s'", args->operand[0]);
}

const struct command ros_cmd_completion = {
	.name = "completion",
	.synopsis = "bash|zsh|fish",
	.summary = "Print a completion script for a shell",
	.description = "Installed packages bring these scripts along; use this for a copy in your home.",
	.options = (const enum cli_opt[]){ OPT_COUNT },
	.examples = (const struct cli_example[]){
		{ "rosetta completion bash > ~/.local/share/bash-completion/completions/rosetta", "complete in bash" },
		{ NULL, NULL } },
	.operands_min = 1,
	.operands_max = 1,
	.operand_value = CLI_SHELL,
	.run = run,
};
