#include "rosetta/cli/command.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool cli_colour(const struct cli_args *args, int fd)
{
	const char *when = args->given[OPT_COLOR] ? args->value[OPT_COLOR] : "auto";
	const char *no = getenv("NO_COLOR");

	if (!strcmp(when, "always"))
		return true;
	if (!strcmp(when, "never"))
		return false;
	return !(no && *no) && isatty(fd);
}

/* Length of the UTF-8 sequence at P (1 to 4) and its code point; 0 where it is not valid UTF-8. */
static size_t utf8(const unsigned char *p, size_t left, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = *p < 0x80 ? 1 : *p >= 0xc2 && *p < 0xe0 ? 2 : *p >= 0xe0 && *p < 0xf0 ? 3 : *p >= 0xf0 && *p < 0xf5 ? 4 : 0;

	if (!len || len > left)
		return 0;
	*code = len == 1 ? *p : *p & (0xffu >> (len + 1));
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (p[i] & 0x3f);
	}
	return *code < least[len] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000) ? 0 : len;
}

/* Control characters, C1, and what reorders or hides text: not for a terminal (CWE-150). */
static bool harmful(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xe0000 && c <= 0xe0fff);
}

void cli_put_escaped(const char *text, size_t len, bool to_stderr)
{
	FILE *out = to_stderr ? stderr : stdout;

	for (size_t i = 0; i < len;) {
		uint32_t code = 0;
		size_t n = utf8((const unsigned char *)text + i, len - i, &code);

		if (!n) {
			fprintf(out, "\\x%02x", (unsigned char)text[i]);
			n = 1;
		} else if (harmful(code)) {
			fprintf(out, "\\u{%" PRIx32 "}", code);
		} else {
			fwrite(text + i, 1, n, out);
		}
		i += n;
	}
}
