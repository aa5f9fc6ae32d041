/* What is kept of a call that has ended: as C, and what tells why it failed, while the process that made it stands. */
#include "trace/following.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/syscalls.h"

static uint32_t keep_text(struct seen *seen, const struct text *text)
{
	uint32_t at = seen->text_used;

	if (!text->len || text->len >= SEEN_TEXT - at)
		return 0;
	memcpy(seen->text + at, text->s, text->len + 1);
	seen->text_used += (uint32_t)text->len + 1;
	return at;
}

/* To look costs as much as the rest of a call that failed. */
static struct standpoint stands(const struct following *our, struct followed *it)
{
	if (it->moved != our->moved)
		it->from = standpoint_of(it->pid);
	it->moved = our->moved;
	return it->from;
}

/* What else a call says. A path among it is relative to the same folder. */
static void keep_whole(struct seen *seen, const struct followed *it, struct traced *to)
{
	struct text others[TRACE_OTHERS] = { 0 };

	read_others(it->pid, it->number, it->args, others);
	if (it->number == SYS_pivot_root)
		resolve_path(it->pid, it->number, it->args, &others[0]);
	for (size_t i = 0; i < TRACE_OTHERS; i++) {
		to->others[i] = keep_text(seen, &others[i]);
		text_done(&others[i]);
	}
}

/* Whether it is one that nobody wants to see. One that is to be seen takes the place of such a one where all is full. */
static bool is_unshown(struct following *our, int code)
{
	struct seen *seen = our->seen;
	bool full = seen->count + seen->unshown >= TRACE_KEPT;

	if (code || !our->wish->shown || our->successes < our->wish->shown) {
		our->successes += !code;
		if (full && seen->unshown) {
			seen->unshown--;
			seen->dropped++;
		}
		return false;
	}
	*(full ? &seen->dropped : &seen->unshown) += 1;
	return true;
}

void keep_call(struct following *our, struct followed *it, int code, int64_t value)
{
	struct seen *seen = our->seen;
	struct traced *to = &seen->list[seen->count];
	struct sys_caps caps;

	if (is_unshown(our, code))
		return;
	if (seen->count == TRACE_KEPT || SEEN_TEXT - seen->text_used < 8192) {
		seen->dropped++;
		return;
	}
	if (!it->said.len)
		decode_call(it->pid, it->number, it->args, &it->said, &it->path);
	*to = (struct traced){ .pid = it->pid, .number = it->number, .code = code, .value = value, .strait.resource = -1 };
	memcpy(to->args, it->args, sizeof(to->args));
	/* Whoever asks for what is not there is told so. */
	if (code && code != ENOENT && sys_capget(it->pid, &caps) == 0)
		to->caps = caps.effective;
	if (code == EACCES || code == EPERM)
		to->known_ids = ids_of(it->pid, &to->uid, &to->gid);
	if (code) {
		resolve_path(it->pid, it->number, it->args, &it->path);
		to->strait = strait_of(it->pid, it->number, it->args, code, it->path.len ? text_of(&it->path) : NULL);
	}
	to->said = keep_text(seen, &it->said);
	to->path = keep_text(seen, &it->path);
	cleanup_text struct text line = { 0 };
	if (code && it->number == SYS_write && text_begins(text_of(&it->path), "/sys/fs/cgroup/"))
		read_line(it->pid, it->args[1], it->args[2], &line);
	to->written = keep_text(seen, &line);
	if (code && is_told_whole(it->number))
		keep_whole(seen, it, to);
	if (code == ENOENT || code == ENOTDIR || (code && is_told_whole(it->number)))
		to->from = stands(our, it);
	seen->count++;
}
