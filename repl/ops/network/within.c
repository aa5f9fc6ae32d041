#include "ops/network/within.h"

#include <errno.h>

#include "ops/op.h"

enum { PATIENCE = 30000 /* ms for what is one call or two */ };

int within_open(const struct op_stage *stage, struct inside *ret)
{
	*ret = (struct inside){ -1, -1 };
	if (stage->proc < 0) {
		errno = ESRCH;
		return -1;
	}
	return inside_open(stage->proc, ret);
}

int within_call(const struct op_stage *stage, int (*call)(void *arg, int out, int *status), void *arg, struct text *said)
{
	cleanup_inside struct inside inside = { -1, -1 };
	struct inside_end end;

	if (within_open(stage, &inside) < 0)
		return -1;
	return inside_call(&inside, call, arg, PATIENCE, said, &end);
}
