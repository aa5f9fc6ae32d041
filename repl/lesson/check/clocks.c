/* What is asked of the clocks of a time namespace. */
#include "lesson/check/predicates.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"

/* The offset of a clock in /proc/PID/timens_offsets: "NAME SECONDS NANOSECONDS" a line.
 * time_namespaces(7). false where it is not there. */
static bool offset_in(const char *text, const char *clock, int64_t *seconds, int64_t *nanoseconds)
{
	size_t length = strlen(clock);

	for (const char *s = text; *s; s += strcspn(s, "\n"), s += *s == '\n')
		if (strncmp(s, clock, length) == 0 && s[length] == ' ')
			return sscanf(s + length, "%" SCNd64 " %" SCNd64, seconds, nanoseconds) == 2;
	return false;
}

/* As against the initial time namespace. false with the reason in saw. */
static bool offset_of(pid_t pid, const char *clock, int64_t *seconds, int64_t *nanoseconds,
		      struct text *saw)
{
	cleanup_text struct text text = { 0 };
	char path[48];

	snprintf(path, sizeof(path), "/proc/%d/timens_offsets", pid);
	if (read_file(AT_FDCWD, path, 4096, &text) < 0) {
		text_sayf(saw, "%s cannot be read: %s", path, errno_name(errno));
		return false;
	}
	if (offset_in(text_of(&text), clock, seconds, nanoseconds))
		return true;
	text_sayf(saw, "%s does not mention %s", path, clock);
	return false;
}

/* The file reports the namespace that children are born into: that is not always the process's own. */
bool predicate_clock(const struct asked *asked, const char *const *words, struct text *saw)
{
	const struct reading *reading = asked->reading;
	int64_t seconds, nanoseconds, hosts, hosts_nanoseconds;

	if (reading->ns[NS_TIME].id != reading->ns[NS_TIME_FOR_CHILDREN].id) {
		text_say(saw, "its children enter another time namespace, and the kernel shows "
			 "only the offsets of that one");
		return false;
	}
	if (!offset_of(reading->pid, words[1], &seconds, &nanoseconds, saw) ||
	    !offset_of(asked->host->pid, words[1], &hosts, &hosts_nanoseconds, saw))
		return false;
	seconds -= hosts;
	nanoseconds -= hosts_nanoseconds;
	if (nanoseconds)
		text_sayf(saw, "its %s clock is %lld s and %lld ns from the host's", words[1], (long long)seconds,
			  (long long)nanoseconds);
	else
		text_sayf(saw, "its %s clock is %lld s from the host's", words[1], (long long)seconds);
	return seconds == strtoll(words[2], NULL, 10) && !nanoseconds;
}

bool fits_offset(const char *word, struct error *err)
{
	const char *digits = word + (*word == '-' || *word == '+');

	if (*digits && strlen(digits) < 18 && !digits[strspn(digits, "0123456789")])
		return true;
	fail_id(err, ERR_CHECK_SYNTAX, 0, "%s: not a number of seconds", vis(word));
	return false;
}
