#include "words/machine/traits.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/text.h"
#include "ops/privilege/capability.h"
#include "snapshot/cgroup/limits.h"
#include "snapshot/facts.h"
#include "snapshot/process.h"
#include "snapshot/snapshot.h"
#include "walls/walls.h"
#include "words/language/command.h"

static struct trait *add(struct traits *traits, const char *wall, const char *name, const char *value)
{
	LIST_ROOM(traits->list, traits->count, traits->room);
	traits->list[traits->count] = (struct trait){ .wall = wall, .name = name,
		.value = arena_copy(&traits->arena, value) };
	return &traits->list[traits->count++];
}

/* ---- the walls themselves ---- */

static void add_walls(const struct context *context, const struct reading *reading, struct traits *ret)
{
	const struct sides sides = { .child = reading, .host = context->host };

	for (enum wall_id wall = 0; wall <= WALL_PATHS; wall++) {
		if (wall == WALL_LIMITS)
			continue;
		enum standing standing = wall_standing(wall, &sides);
		/* Nothing is between the shell and itself. */
		if (standing == STANDING && reading->pid == context->host->pid)
			standing = NOT_STANDING;
		/* Who else is behind it is another question. */
		standing = standing == JOINED ? STANDING : standing;
		struct trait *trait = add(ret, walls[wall].name, "", standing == NOT_SEEN ? "" :
					  standing_word(wall, standing));
		trait->code = standing == NOT_SEEN ? EACCES : 0;
	}
}

static void add_amount(struct traits *ret, const char *name, uint64_t most)
{
	char value[32] = "max";

	if (most != NO_LIMIT)
		snprintf(value, sizeof(value), "%llu", (unsigned long long)most);
	add(ret, walls[WALL_LIMITS].name, name, value);
}

static void add_limits(const struct context *context, const struct reading *reading, struct traits *ret)
{
	struct facts facts = *context->facts;
	struct limits limits;
	char value[64] = "max";

	facts_cgroups(&facts);
	limits_take(&facts, reading, context->host, &limits);
	if (limits.cpu.most != NO_LIMIT)
		snprintf(value, sizeof(value), "%llu/%llu", (unsigned long long)limits.cpu.most,
			 (unsigned long long)limits.period);
	add(ret, walls[WALL_LIMITS].name, "cpu", value);
	add_amount(ret, "memory", limits.memory.most);
	add_amount(ret, "pids", limits.pids.most);
}

/* ---- privilege ---- */

static void add_caps(const struct reading *reading, struct traits *ret)
{
	const struct { const char *name; uint64_t set; } sets[] = {
		{ "effective", reading->cap_effective }, { "permitted", reading->cap_permitted },
		{ "inheritable", reading->cap_inheritable }, { "bounding", reading->cap_bounding },
		{ "ambient", reading->cap_ambient },
	};

	for (size_t i = 0; i < COUNT(sets); i++) {
		cleanup_text struct text names = { 0 };
		capability_list(sets[i].set, "", " ", &names);
		add(ret, walls[WALL_CAPABILITIES].name, sets[i].name, text_of(&names))->list = true;
	}
}

static void add_seccomp(const struct reading *reading, struct traits *ret)
{
	static const char *const modes[] = { "off", "strict", "filter" };
	char filters[16];

	add(ret, walls[WALL_SECCOMP].name, "mode",
	    reading->seccomp >= 0 && reading->seccomp < 3 ? modes[reading->seccomp] : "?");
	snprintf(filters, sizeof(filters), "%d", reading->filters);
	add(ret, walls[WALL_SECCOMP].name, "filters", filters);
}

/* ---- ids ---- */

/* As the process itself sees them: its user namespace may give them other numbers than the host's. */
static void add_ids(struct traits *ret, const char *name, const char *map, const uint32_t *ids)
{
	cleanup_text struct text text = { 0 };

	for (int i = 0; i < 4; i++) {
		unsigned long inside;
		text_add(&text, i ? " " : "");
		if (id_inside(map, ids[i], &inside))
			text_addf(&text, "%lu", inside);
		else
			text_add(&text, "unmapped");
	}
	add(ret, walls[WALL_USER].name, name, text_of(&text));
}

static void add_map(struct traits *ret, const char *name, const char *map)
{
	cleanup_text struct text text = { 0 };
	unsigned long first, from, count;
	int length;

	for (const char *p = map; sscanf(p, "%lu %lu %lu%n", &first, &from, &count, &length) == 3; p += length)
		text_addf(&text, "%s%lu:%lu:%lu", text.len ? " " : "", first, from, count);
	add(ret, walls[WALL_USER].name, name, text_of(&text));
}

/* A line of /proc/PID/status, "" where there is none; its ids as the process sees them. */
static void add_groups(const struct reading *reading, const char *status, struct traits *ret)
{
	const char *line = strstr(status, "\nGroups:");
	cleanup_text struct text text = { 0 };

	for (const char *p = line ? line + strlen("\nGroups:") : ""; *p == ' ' || *p == '\t';) {
		char *end;
		unsigned long group = strtoul(p, &end, 10), inside;
		if (end == p)
			break;
		if (id_inside(reading->gid_map, group, &inside))
			text_addf(&text, "%s%lu", text.len ? " " : "", inside);
		else
			text_addf(&text, "%sunmapped", text.len ? " " : "");
		p = end;
	}
	add(ret, walls[WALL_USER].name, "groups", text_of(&text))->list = true;
}

static void add_user(const struct reading *reading, struct traits *ret)
{
	cleanup_text struct text status = { 0 };

	add_ids(ret, "uid", reading->uid_map, reading->uid);
	add_ids(ret, "gid", reading->gid_map, reading->gid);
	add_map(ret, "uid_map", reading->uid_map ? reading->uid_map : "");
	add_map(ret, "gid_map", reading->gid_map ? reading->gid_map : "");
	if (process_file(reading->pid, "status", &status) < 0)
		add(ret, walls[WALL_USER].name, "groups", "")->code = errno;
	else
		add_groups(reading, text_of(&status), ret);
	const char *mask = strstr(text_of(&status), "\nUmask:\t");
	if (mask)
		add(ret, "process", "umask", arena_copyn(&ret->arena, mask + 8, strcspn(mask + 8, "\n")));
}

/* ---- mounts ---- */

static void add_mounts(const struct reading *reading, struct traits *ret)
{
	const struct mounts *mounts = reading->mounts;

	if (!mounts)
		add(ret, walls[WALL_MNT].name, "mounts", "")->code = reading->mounts_code;
	for (size_t i = 0; mounts && i < mounts->count; i++) {
		const struct mount *mount = &mounts->list[i];
		cleanup_text struct text text = { 0 }, name = { 0 };
		if (mounts_at(mounts, mount->point) != mount)
			continue; /* covered by another of the same place */
		text_add_visible(&name, mount->point, strlen(mount->point));
		text_addf(&text, "%s ", vis(mount->type));
		if (strcmp(mount->root, "/") != 0)
			text_addf(&text, "%s ", vis(mount->root));
		text_addf(&text, "%s %s", vis(mount->options), mount->propagation);
		bool masks = strncmp(mount->point, "/proc/", 6) == 0 || strncmp(mount->point, "/sys/", 5) == 0;
		add(ret, walls[masks ? WALL_PATHS : WALL_MNT].name,
		    arena_copy(&ret->arena, text_of(&name)), text_of(&text));
	}
}

/* ---- files of /proc ---- */

/* "Max open files            1024                 524288               files     " */
static void add_rlimit(struct traits *ret, const char *line, size_t length)
{
	enum { NAME_AT = 4, SOFT_AT = 26 };
	char soft[24], hard[24], value[64];
	size_t end = SOFT_AT;

	if (length <= SOFT_AT || sscanf(line + SOFT_AT, "%23s %23s", soft, hard) != 2)
		return;
	while (end > NAME_AT && line[end - 1] == ' ')
		end--;
	snprintf(value, sizeof(value), "%s/%s", soft, hard);
	add(ret, "rlimits", arena_copyn(&ret->arena, line + NAME_AT, end - NAME_AT), value);
}

static void add_rlimits(const struct reading *reading, struct traits *ret)
{
	cleanup_text struct text text = { 0 };

	if (process_file(reading->pid, "limits", &text) < 0) {
		add(ret, "rlimits", "all", "")->code = errno;
		return;
	}
	for (const char *line = strchr(text_of(&text), '\n'); line && *++line; line = strchr(line, '\n'))
		add_rlimit(ret, line, strcspn(line, "\n"));
}

/* absent: what the value is where the kernel has no such file, or nothing to say in it. */
static void add_file(const struct reading *reading, struct traits *ret, const char *file, const char *name,
		     const char *absent)
{
	cleanup_text struct text text = { 0 };
	int code = process_file(reading->pid, file, &text) < 0 ? errno : 0;
	char value[256];

	if (code == ENOENT || code == EINVAL)
		add(ret, "process", name, absent);
	else if (code)
		add(ret, "process", name, "")->code = code;
	else {
		text.len = strcspn(text_of(&text), "\n");
		if (text.s)
			text.s[text.len] = '\0';
		add(ret, "process", name, visible(value, sizeof(value), text_of(&text)));
	}
}

void traits_take(const struct context *context, const struct reading *reading, struct traits *ret)
{
	*ret = (struct traits){ 0 };
	add_walls(context, reading, ret);
	add_limits(context, reading, ret);
	add_caps(reading, ret);
	add_seccomp(reading, ret);
	add_user(reading, ret);
	add_mounts(reading, ret);
	add_rlimits(reading, ret);
	add_file(reading, ret, "oom_score_adj", "oom_score_adj", "0");
	add_file(reading, ret, "attr/current", "lsm", "none");
	add(ret, "process", "cwd", reading->cwd ? vis(reading->cwd) : "")->code = reading->cwd ? 0 : EACCES;
}

void traits_done(struct traits *traits)
{
	free(traits->list);
	arena_done(&traits->arena);
	*traits = (struct traits){ 0 };
}

const struct trait *traits_find(const struct traits *traits, const char *wall, const char *name)
{
	for (size_t i = 0; i < traits->count; i++)
		if (strcmp(traits->list[i].wall, wall) == 0 && strcmp(traits->list[i].name, name) == 0)
			return &traits->list[i];
	return NULL;
}
