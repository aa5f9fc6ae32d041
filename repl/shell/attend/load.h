/* What the meters of the kinds of load have in common. No other file but theirs includes it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "ops/op.h"
#include "session/session.h"
#include "shell/attend/live.h"
#include "snapshot/cgroup/groups.h"
#include "snapshot/cgroup/usage.h"

/* One look at the load. Times in nanoseconds. */
struct sample {
	uint64_t at;
	struct usage load; /* pid 0 when it is gone */
	struct busy all;   /* of all CPUs; 0 where that is not known */
	struct group_usage group;
};

enum { SAMPLES_A_SECOND = 5 };

struct meter {
	struct shell *shell;
	const struct op *op;
	struct program *program;
	struct text *capture; /* NULL: printed */
	struct live live;
	struct groups groups;
	struct sample first, second, last; /* second: at the last whole second */
	struct sample recent[SAMPLES_A_SECOND + 1]; /* of the last second, oldest first */
	size_t recent_count;
	struct text heard;    /* of the report, up to an unfinished line */
	uint64_t reached;     /* workers, bytes or processes, as the load says */
	uint64_t refused;     /* what it asked for when it was refused, 0: it was not */
	int refused_code;     /* errno */
	uint64_t told;        /* reached, when a line was last printed for it */
	struct text others;   /* memory: processes beside the load, "PID COMM" a line */
	bool done;            /* the load has nothing more to do */
	bool killed;          /* it ended before it was told to */
	bool stopped;         /* by a key, a signal */
};

/* A kind of load. tick is called at each sample and says whether to go on; conclude once the load
 * has been measured, while it still runs unless it was killed. */
struct load_kind {
	const char *load;
	bool settles; /* the first moments are another measure than those that follow */
	bool (*tick)(struct meter *meter);
	void (*conclude)(struct meter *meter);
};
extern const struct load_kind load_cpu, load_memory, load_pids;

/* Print text, or draw it in place of what was drawn where there is a terminal to draw on. */
void meter_print(struct meter *meter, const struct text *text);
void meter_draw(struct meter *meter, const struct text *text);

/* Append a line: a label, and what it is about, filled to the screen. */
void meter_line(const struct meter *meter, struct text *text, const char *label,
		const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Append a bar for value of full, with a mark at mark unless that is negative or beyond. */
void meter_bar(const struct meter *meter, double value, double mark, double full,
	       struct text *ret);

/* The load's share of one CPU between two samples, in percent, as /proc/PID/stat counts it, and as
 * its group does (negative where that is not known). */
double share_of_load(const struct sample *from, const struct sample *to);
double share_of_group(const struct sample *from, const struct sample *to);
