/* What a command costs: "WALL_SECONDS CPU_SECONDS PEAK_MB STATUS" on stdout; the command's own stdout goes to /dev/null.
 * Usage: bench/cost COMMAND [ARGUMENT ...] */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec * 1e-6;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void become(char **argv)
{
	int null = open("/dev/null", O_WRONLY);

	if (null >= 0)
		dup2(null, STDOUT_FILENO);
	execvp(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

int main(int argc, char **argv)
{
	double start = now();
	struct rusage used;
	int status;
	pid_t child;

	if (argc < 2)
		return 2;
	child = fork();
	if (!child)
		become(argv + 1);
	if (child < 0 || wait4(child, &status, 0, &used) < 0) {
		perror("cost");
		return 2;
	}
	printf("%.4f %.4f %.1f %d\n", now() - start, seconds(used.ru_utime) + seconds(used.ru_stime), (double)used.ru_maxrss / 1024,
	       WIFEXITED(status) ? WEXITSTATUS(status) : 128);
	return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}
