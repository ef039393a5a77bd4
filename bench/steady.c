/* Keeps memory that other programs free from going back to a virtual machine's host. A host takes back free pieces of 2 MB and
 * larger, and whoever writes to them next waits for it to give them again: ten times what a copy costs, at random, on either side
 * of a comparison. This holds 4 KB in each 2 MB of MEGABYTES, so that no such piece is free as a whole.
 *
 * Usage: bench/steady MEGABYTES; says "ready" on stdout, then waits to be killed, or for its parent's end. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define PAGE ((size_t)4096)
#define PIECE ((size_t)2 << 20)

int main(int argc, char **argv)
{
	size_t len = (argc > 1 ? strtoul(argv[1], NULL, 10) : 0) << 20;
	char *p = len ? mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) : MAP_FAILED;

	if (p == MAP_FAILED || madvise(p, len, MADV_NOHUGEPAGE)) {
		fputs("steady: no such memory\n", stderr);
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	for (size_t at = 0; at < len; at += PAGE)
		p[at] = 1;
	for (size_t at = 0; at + PIECE <= len; at += PIECE)
		madvise(p + at + PAGE, PIECE - PAGE, MADV_DONTNEED);
	puts("ready");
	fflush(stdout);
	pause();
	return 0;
}
