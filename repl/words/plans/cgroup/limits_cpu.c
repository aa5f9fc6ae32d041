/* Parts of plans: limits on CPU time as they are typed. */
#include <string.h>

#include "base/message.h"
#include "base/text.h"
#include "words/plans/cgroup/cgroup.h"

/* "1.5" in thousandths: digits, and up to three behind the point. s up to end. */
static bool parse_thousandths(const char *s, const char *end, uint64_t *ret)
{
	uint64_t number = 0;
	int behind = -1;

	if (s == end || *s == '.' || end - s > 12)
		return false;
	for (; s < end; s++) {
		if (*s == '.' && behind < 0) {
			behind = 0;
			continue;
		}
		if (*s < '0' || *s > '9' || behind == 3)
			return false;
		number = number * 10 + (uint64_t)(*s - '0');
		behind += behind >= 0;
	}
	for (behind = behind < 0 ? 0 : behind; behind < 3; behind++)
		number *= 10;
	*ret = number;
	return true;
}

static bool ends_with(const char *s, const char *tail, const char **end)
{
	size_t length = strlen(s), n = strlen(tail);

	*end = s + length - n;
	return length > n && strcmp(*end, tail) == 0;
}

static int fail_quota(const char *quota, const char *why, struct error *err)
{
	fail_id(err, ERR_LIMIT_VALUE, 0, "%s: not a valid CPU quota", vis(quota));
	fail_why(err, "%s", why);
	return fail_fix(err, "microseconds in each period as in 20000, or 20%%, or 1.5cpus, or max");
}

/* The quota in microseconds of a period. */
static bool parse_quota(const char *s, uint64_t period, uint64_t *ret)
{
	const char *end;
	uint64_t number;

	if (ends_with(s, "%", &end)) {
		if (!parse_thousandths(s, end, &number))
			return false;
		*ret = number * period / 100000;
		return true;
	}
	if (ends_with(s, "cpus", &end) || ends_with(s, "cpu", &end)) {
		if (!parse_thousandths(s, end, &number))
			return false;
		*ret = number * period / 1000;
		return true;
	}
	return parse_number(s, ret);
}

enum { LEAST_QUOTA = 1000, MOST_PERIOD = 1000000 };
static const uint64_t most_quota = (UINT64_C(1) << 44) - 1; /* the kernel counts it in this many bits */

int parse_cpu(struct plan *plan, const char *quota, const char *period,
	      struct limits_wanted *ret, struct error *err)
{
	uint64_t each = 100000, number = 0;
	bool none = strcmp(quota, "max") == 0 || strcmp(quota, "-1") == 0;

	ret->reading = period;
	if (period && (!parse_number(period, &each) || each < LEAST_QUOTA || each > MOST_PERIOD)) {
		fail_id(err, ERR_LIMIT_VALUE, 0, "%s: not a valid CPU period", vis(period));
		return fail_why(err, "the kernel accepts 1000 to 1000000 microseconds");
	}
	ret->reading = quota;
	if (!none && !parse_quota(quota, each, &number))
		return fail_quota(quota, _("not a number, a percentage or a number of cpus"), err);
	if (!none && number < LEAST_QUOTA)
		return fail_quota(quota, _("the kernel gives at least 1000 microseconds in each period"), err);
	if (number > most_quota)
		return fail_quota(quota, _("it is more than the kernel can count"), err);
	const char *value = arena_print(&plan->arena, "%s %llu", none ? "max" : limit_number(plan, number),
					(unsigned long long)each);
	return want_limit(ret, KNOB_CPU_PERIOD, value, 0, err) < 0 ||
	       want_limit(ret, KNOB_CPU_QUOTA, value, 0, err) < 0 ? -1 : 0;
}

int parse_weight(struct plan *plan, const char *weight, struct limits_wanted *ret,
		 struct error *err)
{
	uint64_t number;

	ret->reading = weight;
	if (parse_number(weight, &number) && number >= 1 && number <= 10000)
		return want_limit(ret, KNOB_CPU_WEIGHT, limit_number(plan, number), 0, err);
	fail_id(err, ERR_LIMIT_VALUE, 0, "%s: not a valid weight", vis(weight));
	return fail_fix(err, "a number from 1 to 10000; every group starts with 100");
}

int parse_burst(struct plan *plan, const char *burst, struct limits_wanted *ret,
		struct error *err)
{
	uint64_t number;

	ret->reading = burst;
	if (parse_number(burst, &number) && number <= most_quota)
		return want_limit(ret, KNOB_CPU_BURST, limit_number(plan, number), 0, err);
	fail_id(err, ERR_LIMIT_VALUE, 0, "%s: not a valid burst", vis(burst));
	return fail_fix(err, "microseconds that may be saved up, at most the quota; 0 for none");
}

int parse_idle(struct plan *plan, const char *word, struct limits_wanted *ret, struct error *err)
{
	bool on = strcmp(word, "on") == 0;

	(void)plan;
	ret->reading = word;
	if (on || strcmp(word, "off") == 0)
		return want_limit(ret, KNOB_CPU_IDLE, on ? "1" : "0", 0, err);
	fail_id(err, ERR_LIMIT_VALUE, 0, "idle is on or off, not %s", vis(word));
	return fail_fix(err, "cgroup idle on");
}
