#include "rosetta/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define MAX_JOBS 256
#define REPORT_NS 50000000   /* progress is reported this often while waiting */

enum slot_state { SLOT_EMPTY, SLOT_MAKING, SLOT_MADE };

struct slot {
	enum slot_state state;
	void *scratch;
};

struct pool {
	const struct ros_work *work;
	const struct ros_run_options *run;
	pthread_mutex_t lock;
	pthread_cond_t made, taken;
	struct slot *slots;
	size_t slot_count;
	size_t next;             /* first unit not handed out */
	size_t took;             /* first unit not taken (with take) */
	size_t finished;
	uint64_t done;           /* bytes, for progress */
	bool stop;
	size_t failed;           /* lowest unit that failed */
	struct ros_error error;
	unsigned started, running;
};

struct worker {
	struct pool *pool;
	size_t slot;             /* without take: its own scratch */
	pthread_t thread;
};

/* Processors that this process may use; sysconf would open a file each time, and count what an affinity mask or a container forbids. */
static long usable_processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof set, &set) ? sysconf(_SC_NPROCESSORS_ONLN) : CPU_COUNT(&set);
}

unsigned ros_pool_jobs(const struct ros_run_options *run)
{
	long n = run && run->jobs ? (long)run->jobs : usable_processors();

	return n < 1 ? 1 : n > MAX_JOBS ? MAX_JOBS : (unsigned)n;
}

bool ros_cancelled(const struct ros_run_options *run, struct ros_error *err)
{
	if (!run || !run->cancel || !*run->cancel)
		return false;
	ros_fail(err, ROS_EIO, ROS_NO_OFFSET, "interrupted");
	return true;
}

/* With the lock held: keeps the error of the lowest unit, and hands out no more. */
static void note_failure(struct pool *p, size_t unit, const struct ros_error *err)
{
	if (unit < p->failed) {
		p->failed = unit;
		p->error = *err;
	}
	p->stop = true;
}

/* With the lock held: the next unit to make, or count when there is none. Waits for a free slot. */
static size_t next_unit(struct pool *p)
{
	while (!p->stop && p->next < p->work->count) {
		if (!p->work->take || p->next < p->took + p->slot_count)
			return p->next++;
		pthread_cond_wait(&p->taken, &p->lock);
	}
	return p->work->count;
}

static uint64_t unit_bytes(const struct pool *p, size_t unit)
{
	return p->work->bytes ? p->work->bytes(p->work->context, unit) : 1;
}

static void *work_on(void *arg)
{
	struct worker *w = arg;
	struct pool *p = w->pool;
	const struct ros_work *work = p->work;

	pthread_mutex_lock(&p->lock);
	for (;;) {
		size_t unit = next_unit(p);
		struct slot *slot = &p->slots[work->take ? unit % p->slot_count : w->slot];
		struct ros_error err = { 0 };
		int rc;

		if (unit == work->count)
			break;
		slot->state = SLOT_MAKING;
		pthread_mutex_unlock(&p->lock);
		rc = ros_cancelled(p->run, &err) ? (int)err.code : work->make(work->context, unit, slot->scratch, &err);
		pthread_mutex_lock(&p->lock);
		slot->state = SLOT_MADE;
		p->finished++;
		if (!work->take)
			p->done += unit_bytes(p, unit);
		if (rc)
			note_failure(p, unit, &err);
		pthread_cond_signal(&p->made);
	}
	p->running--;
	pthread_cond_signal(&p->made);
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* With the lock held; gives it up while the caller's function runs. */
static void report(struct pool *p)
{
	struct ros_progress now = { p->work->phase ? p->work->phase : "work", p->done, p->work->total };

	if (!p->run || !p->run->progress)
		return;
	pthread_mutex_unlock(&p->lock);
	p->run->progress(p->run->context, &now);
	pthread_mutex_lock(&p->lock);
}

static void wait_a_little(struct pool *p)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += REPORT_NS;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	if (pthread_cond_timedwait(&p->made, &p->lock, &until))
		report(p);
}

/* With the lock held: takes units in order as they are made, until all are or one failed. */
static void take_all(struct pool *p)
{
	const struct ros_work *work = p->work;
	size_t since = 0;

	while (p->took < work->count) {
		size_t unit = p->took;
		struct slot *slot = &p->slots[unit % p->slot_count];
		struct ros_error err = { 0 };
		int rc;

		if (unit >= p->failed || (p->stop && unit >= p->next))
			break;
		if (slot->state != SLOT_MADE) {
			wait_a_little(p);
			continue;
		}
		pthread_mutex_unlock(&p->lock);
		rc = work->take(work->context, unit, slot->scratch, &err);
		pthread_mutex_lock(&p->lock);
		slot->state = SLOT_EMPTY;
		p->took++;
		p->done += unit_bytes(p, unit);
		if (rc)
			note_failure(p, unit, &err);
		pthread_cond_broadcast(&p->taken);
		if (++since % 16 == 0)
			report(p);
	}
	p->stop = true;
	pthread_cond_broadcast(&p->taken);
}

/* Scratch of all slots from one allocation, cache-line aligned. */
static int make_slots(struct pool *p, size_t count, void **storage, struct ros_error *err)
{
	size_t each = (p->work->scratch_bytes + 63) / 64 * 64;

	p->slots = calloc(count, sizeof *p->slots);
	*storage = each ? aligned_alloc(64, each * count) : NULL;
	if (!p->slots || (each && !*storage))
		return ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "%zu buffers of %zu bytes", count, each);
	for (size_t i = 0; i < count; i++)
		p->slots[i].scratch = each ? (char *)*storage + i * each : NULL;
	p->slot_count = count;
	return 0;
}

/* Starts up to JOBS threads; fewer when the system refuses, which is no error unless none starts. */
static int start(struct pool *p, struct worker *workers, unsigned jobs, struct ros_error *err)
{
	unsigned started = 0;
	int rc = 0;

	pthread_mutex_lock(&p->lock);
	while (started < jobs) {
		workers[started] = (struct worker){ .pool = p, .slot = started };
		rc = pthread_create(&workers[started].thread, NULL, work_on, &workers[started]);
		if (rc)
			break;
		started++;
	}
	p->started = p->running = started;
	if (!started)
		ros_fail_errno(err, rc, "cannot start a thread");
	pthread_mutex_unlock(&p->lock);
	return started ? 0 : err->code;
}

int ros_pool_run(const struct ros_work *work, const struct ros_run_options *run, struct ros_error *err)
{
	struct pool p = { .work = work, .run = run, .failed = SIZE_MAX };
	struct worker workers[MAX_JOBS];
	unsigned jobs = ros_pool_jobs(run);
	void *storage = NULL;

	if (!work->count)
		return 0;
	if (jobs > work->count)
		jobs = (unsigned)work->count;
	pthread_mutex_init(&p.lock, NULL);
	pthread_cond_init(&p.made, NULL);
	pthread_cond_init(&p.taken, NULL);
	if (make_slots(&p, work->take ? (work->window ? work->window : jobs + 2) : jobs, &storage, err)
	    || start(&p, workers, jobs, err))
		goto out;
	pthread_mutex_lock(&p.lock);
	if (work->take)
		take_all(&p);
	while (p.running)
		wait_a_little(&p);
	report(&p);
	pthread_mutex_unlock(&p.lock);
	for (unsigned i = 0; i < p.started; i++)
		pthread_join(workers[i].thread, NULL);
	if (p.error.code)
		*err = p.error;
out:
	pthread_cond_destroy(&p.taken);
	pthread_cond_destroy(&p.made);
	pthread_mutex_destroy(&p.lock);
	free(storage);
	free(p.slots);
	return err->code;
}
