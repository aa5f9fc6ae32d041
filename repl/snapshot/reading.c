#include "snapshot/reading.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Numbers separated by blanks into list; returns how many there were, room at most. */
static int parse_numbers(const char *s, const char *end, int base, uint64_t *list, int room)
{
	int count = 0;

	while (count < room) {
		s += strspn(s, " \t");
		char *stop;
		if (s >= end || *s == '-')
			break;
		uint64_t number = strtoull(s, &stop, base);
		if (stop == s || stop > end)
			break;
		list[count++] = number;
		s = stop;
	}
	return count;
}

static void parse_ids(const char *s, const char *end, uint32_t ret[4])
{
	uint64_t numbers[4] = { 0 };

	parse_numbers(s, end, 10, numbers, 4);
	for (int i = 0; i < 4; i++)
		ret[i] = (uint32_t)numbers[i];
}

/* The kernel writes a newline in a name as \n and a backslash as \\. */
static void parse_name(const char *s, const char *end, struct reading *ret)
{
	size_t length = 0;

	while (s < end && length + 1 < sizeof(ret->comm)) {
		bool escaped = *s == '\\' && s + 1 < end && (s[1] == 'n' || s[1] == '\\');
		ret->comm[length++] = !escaped ? *s : s[1] == 'n' ? '\n' : '\\';
		s += escaped ? 2 : 1;
	}
	ret->comm[length] = '\0';
}

static void parse_inside(const char *s, const char *end, struct reading *ret)
{
	uint64_t numbers[NS_LEVELS];
	int levels = parse_numbers(s, end, 10, numbers, NS_LEVELS);

	if (!levels)
		return;
	pid_t *inside = arena_new(&ret->arena, (size_t)levels * sizeof(*inside));
	for (int i = 0; i < levels; i++)
		inside[i] = (pid_t)numbers[i];
	ret->inside = inside;
	ret->levels = levels;
}

static uint64_t parse_one(const char *s, const char *end, int base)
{
	uint64_t number = 0;

	parse_numbers(s, end, base, &number, 1);
	return number;
}

static void parse_capabilities(const char *key, const char *s, const char *end,
			       struct reading *ret)
{
	uint64_t set = parse_one(s, end, 16);

	if (strncmp(key, "CapInh", 6) == 0)
		ret->cap_inheritable = set;
	else if (strncmp(key, "CapPrm", 6) == 0)
		ret->cap_permitted = set;
	else if (strncmp(key, "CapEff", 6) == 0)
		ret->cap_effective = set;
	else if (strncmp(key, "CapBnd", 6) == 0)
		ret->cap_bounding = set;
	else if (strncmp(key, "CapAmb", 6) == 0)
		ret->cap_ambient = set;
}

static bool is_key(const char *line, size_t length, const char *key)
{
	return strlen(key) == length && memcmp(line, key, length) == 0;
}

static void parse_status_line(const char *key, size_t length, const char *s, const char *end,
			      struct reading *ret)
{
	if (is_key(key, length, "Name"))
		parse_name(s, end, ret);
	else if (is_key(key, length, "State") && s < end)
		ret->state = *s;
	else if (is_key(key, length, "PPid"))
		ret->parent = (pid_t)parse_one(s, end, 10);
	else if (is_key(key, length, "Uid"))
		parse_ids(s, end, ret->uid);
	else if (is_key(key, length, "Gid"))
		parse_ids(s, end, ret->gid);
	else if (is_key(key, length, "NSpid") || /* a kernel without pid namespaces has no such line */
		 (is_key(key, length, "Pid") && parse_one(s, end, 10)))
		parse_inside(s, end, ret);
	else if (length == 6 && memcmp(key, "Cap", 3) == 0)
		parse_capabilities(key, s, end, ret);
	else if (is_key(key, length, "SigBlk"))
		ret->blocked = parse_one(s, end, 16);
	else if (is_key(key, length, "SigIgn"))
		ret->ignored = parse_one(s, end, 16);
	else if (is_key(key, length, "SigCgt"))
		ret->caught = parse_one(s, end, 16);
	else if (is_key(key, length, "NoNewPrivs"))
		ret->no_new_privs = (int)parse_one(s, end, 10);
	else if (is_key(key, length, "Seccomp"))
		ret->seccomp = (int)parse_one(s, end, 10);
	else if (is_key(key, length, "Seccomp_filters"))
		ret->filters = (int)parse_one(s, end, 10);
}

void reading_parse_status(const char *text, struct reading *ret)
{
	for (const char *line = text; *line;) {
		const char *end = line + strcspn(line, "\n");
		const char *colon = memchr(line, ':', (size_t)(end - line));
		if (colon) {
			const char *s = colon + 1;
			s += s < end && *s == '\t';
			parse_status_line(line, (size_t)(colon - line), s, end, ret);
		}
		line = end + (*end == '\n');
	}
}

void reading_parse_cgroups(const char *text, struct reading *ret)
{
	size_t lines = 1;

	for (const char *p = text; (p = strchr(p, '\n')); p++)
		lines++;
	ret->cgroups = arena_new(&ret->arena, lines * sizeof(*ret->cgroups));
	ret->cgroup_count = 0;
	for (const char *line = text; *line;) {
		const char *end = line + strcspn(line, "\n");
		const char *first = memchr(line, ':', (size_t)(end - line));
		const char *second = first ? memchr(first + 1, ':', (size_t)(end - first - 1)) : NULL;
		uint64_t hierarchy;
		if (second && parse_numbers(line, first, 10, &hierarchy, 1) == 1)
			ret->cgroups[ret->cgroup_count++] = (struct membership){
				(unsigned)hierarchy,
				arena_copyn(&ret->arena, first + 1, (size_t)(second - first - 1)),
				arena_copyn(&ret->arena, second + 1, (size_t)(end - second - 1)),
			};
		line = end + (*end == '\n');
	}
}
