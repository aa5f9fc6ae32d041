#include "words/topics/rows.h"

#include <ctype.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "base/causes/causes.h"
#include "base/show/fill.h"
#include "ops/op.h"
#include "snapshot/snapshot.h"
#include "walls/walls.h"
#include "words/language/command.h"
#include "words/plans/privilege/caps.h"
#include "words/topics/facts.h"
#include "words/topics/page.h"

enum { ERRNOS = 134 };

static void add_filled(const struct context *context, const char *s, struct text *ret)
{
	text_pad(ret, 2);
	fill(ret, s, 2, page_width(context));
}

/* ---- primitives and their errors ---- */

static const char *add_template_to(const char *s, bool shown, struct text *ret);

/* A slot, from behind its brace to behind the one that ends it: the field's name in capitals; of one
 * that holds text for a field that is set, that text. */
static const char *add_slot(const char *s, bool shown, struct text *ret)
{
	size_t length = strcspn(s, "?!&|}");
	char kind = s[length];

	if (kind == '?')
		return add_template_to(s + length + 1, shown, ret);
	if (kind == '!' || kind == '&')
		return add_template_to(s + length + 1, false, ret);
	for (size_t i = 0; shown && i < length; i++) {
		char letter = (char)toupper((unsigned char)s[i]);
		text_addn(ret, &letter, 1);
	}
	s += strcspn(s, "}");
	return *s ? s + 1 : s;
}

/* As far as the template's end, or behind the brace that ends the slot it stands in. */
static const char *add_template_to(const char *s, bool shown, struct text *ret)
{
	while (*s && *s != '}')
		if (*s == '{') {
			s = add_slot(s + 1, shown, ret);
		} else {
			if (shown)
				text_addn(ret, s, 1);
			s++;
		}
	return *s ? s + 1 : s;
}

/* A template without what fills it: "attach SOURCE at TARGET". */
static void add_template(const char *s, struct text *ret)
{
	while (*s)
		s = add_template_to(s, true, ret);
}

static void add_hint(const struct context *context, const char *name, const struct hint *hint,
		     struct text *ret)
{
	cleanup_text struct text means = { 0 };

	text_add(&means, _(hint->why));
	if (hint->fix)
		text_sayf(&means, ". Fix: %s", _(hint->fix));
	page_add_row(context, name, text_of(&means), ret);
}

static bool add_primitive(const struct context *context, const char *name, struct text *ret)
{
	size_t found = 0;

	for (int kind = 0; kind < OP_COUNT; kind++) {
		const struct op_info *info = op_info(kind);
		cleanup_text struct text does = { 0 };
		if (strcmp(info->name, name) != 0 && strcmp(info->man, name) != 0)
			continue;
		text_sayf(&does, "the primitive %s: to ", info->man);
		add_template(_(info->does), &does);
		text_addf(ret, "%s%s\n", found++ ? "\n" : "", info->name);
		add_filled(context, text_of(&does), ret);
		for (const struct hint *hint = info->hints; hint && hint->code; hint++)
			add_hint(context, errno_name(hint->code), hint, ret);
	}
	return found;
}

/* The number of an errno's name, 0 for none. */
static int errno_called(const char *name, size_t length)
{
	for (int code = 1; code < ERRNOS; code++)
		if (strlen(errno_name(code)) == length && strncasecmp(errno_name(code), name, length) == 0)
			return code;
	return 0;
}

static bool add_errno(const struct context *context, const char *name, struct text *ret)
{
	int code = errno_called(name, strlen(name));
	cleanup_text struct text head = { 0 };

	if (!code)
		return false;
	text_sayf(&head, "%s  errno %d, %s: what it means in", errno_name(code), code, errno_text(code));
	fill(ret, text_of(&head), 0, page_width(context));
	for (int kind = 0; kind < OP_COUNT; kind++)
		for (const struct hint *hint = op_info(kind)->hints; hint && hint->code; hint++)
			if (hint->code == code)
				add_hint(context, op_info(kind)->man, hint, ret);
	add_filled(context, _("errno(3); each call's page has its own ERRORS."), ret);
	return true;
}

/* "mount.EPERM": what the primitive's row says about the errno. */
static bool add_failure(const struct context *context, const char *id, struct text *ret)
{
	const char *dot = strrchr(id, '.');
	int code = dot ? errno_called(dot + 1, strlen(dot + 1)) : 0;
	size_t found = 0;

	for (int kind = 0; code && kind < OP_COUNT; kind++) {
		const struct op_info *info = op_info(kind);
		if (strlen(info->name) != (size_t)(dot - id) || strncmp(info->name, id, (size_t)(dot - id)) != 0)
			continue;
		if (!found++)
			text_sayf(ret, "%s\n  The primitive %s failed with %s: %s.\n", id, info->man,
				  errno_name(code), errno_text(code));
		for (const struct hint *hint = info->hints; hint && hint->code; hint++)
			if (hint->code == code)
				add_hint(context, errno_name(code), hint, ret);
	}
	return found;
}

static bool add_id(const struct context *context, const char *id, struct text *ret)
{
	const struct error_row *row = error_called(id);

	if (!row)
		return add_failure(context, id, ret);
	text_addf(ret, "%s\n", row->id);
	add_filled(context, _(row->means), ret);
	return true;
}

static bool add_cause(const struct context *context, const char *id, struct text *ret)
{
	const struct cause_row *row = cause_row(cause_called(id));

	if (!row)
		return false;
	text_sayf(ret, "%s  a cause\n", row->id);
	add_filled(context, _(row->means), ret);
	return true;
}

/* ---- what the kernel has ---- */

/* "CLONE_NEWNS" too. */
static int namespace_called(const char *name)
{
	static const char *const flags[NS_TYPES] = {
		[NS_CGROUP] = "CLONE_NEWCGROUP", [NS_IPC] = "CLONE_NEWIPC", [NS_MNT] = "CLONE_NEWNS",
		[NS_NET] = "CLONE_NEWNET", [NS_PID] = "CLONE_NEWPID", [NS_TIME] = "CLONE_NEWTIME",
		[NS_USER] = "CLONE_NEWUSER", [NS_UTS] = "CLONE_NEWUTS",
	};

	for (int link = 0; link < NS_TYPES; link++)
		if (strcmp(flags[link], name) == 0)
			return link;
	return ns_type_find(name);
}

static bool add_namespace(const struct context *context, const char *name, struct text *ret)
{
	int link = namespace_called(name);

	if (link < 0)
		return false;
	const struct wall *wall = &walls[wall_of((enum ns_link)link)];
	cleanup_text struct text what = { 0 };
	text_sayf(&what, "It isolates %s. With one of its own: %s.", _(ns_types[link].isolates),
		  _(wall->parts));
	text_sayf(ret, "%s  a type of namespace\n", ns_types[link].name);
	add_filled(context, text_of(&what), ret);
	page_add_row(context, _("words"), wall->build, ret);
	page_add_row(context, _("lesson"), wall->lesson, ret);
	text_clear(&what);
	text_addf(&what, "%s_namespaces(7), namespaces(7)",
		  link == NS_NET ? "network" : link == NS_MNT ? "mount" : ns_types[link].name);
	page_add_row(context, _("to read"), text_of(&what), ret);
	return true;
}

static bool add_capability(const struct context *context, const char *name, struct text *ret)
{
	static const char *const over[SCOPES] = {
		[OVER_FILES] = N_("files whose owner the user namespace maps"),
		[OVER_PROCESSES] = N_("processes and ids of its user namespace"),
		[OVER_NAMESPACES] = N_("what the namespaces hold that its user namespace owns"),
		[OVER_NETWORK] = N_("the network namespace, where its user namespace owns that"),
		[OVER_MACHINE] = N_("the machine, in the initial user namespace alone"),
	};
	const char *bare = strncasecmp(name, "cap_", 4) == 0 ? name + 4 : name;
	size_t i = 0;

	while (i < CAPABILITIES && strcasecmp(capabilities[i].name, bare) != 0)
		i++;
	if (i == CAPABILITIES)
		return false;
	cleanup_text struct text what = { 0 };
	text_sayf(&what, "capability %zu: %s. It applies to %s.", i, _(capabilities[i].allows),
		  _(over[capabilities[i].over]));
	text_addf(ret, "cap_%s\n", capabilities[i].name);
	add_filled(context, text_of(&what), ret);
	page_add_row(context, _("words"), "caps, container --cap-add --cap-drop", ret);
	page_add_row(context, _("to read"), "capabilities(7); explain capabilities", ret);
	return true;
}

static bool add_facts_of(const struct context *context, const struct facts_of *table, const char *name,
			 struct text *ret)
{
	bool found = false;

	for (const struct fact *fact = table->list; fact->name; fact++) {
		cleanup_text struct text what = { 0 };
		if (strcasecmp(fact->name, name) != 0)
			continue;
		text_sayf(&what, "%s.", _(fact->means));
		text_sayf(ret, "%s  a %s\n", fact->name, _(table->said));
		add_filled(context, text_of(&what), ret);
		page_add_row(context, _("to read"), table->pages, ret);
		found = true;
	}
	return found;
}

static bool add_facts(const struct context *context, const char *name, struct text *ret)
{
	bool found = false;

	for (const struct facts_of *table = facts_tables; table->said; table++)
		found = add_facts_of(context, table, name, ret) || found;
	return found;
}

bool rows_add_file(const struct context *context, const char *name, struct text *ret)
{
	for (const struct facts_of *table = facts_tables; table->said; table++)
		if (strcmp(table->pages, "proc(5)") == 0)
			return add_facts_of(context, table, name, ret);
	return false;
}

static bool add_field(const struct context *context, const char *name, struct text *ret)
{
	for (size_t i = 0; facts_mountinfo[i].name; i++) {
		cleanup_text struct text what = { 0 };
		if (strcasecmp(facts_mountinfo[i].name, name) != 0 || strcmp(name, "-") == 0)
			continue;
		text_sayf(&what, "a field of mountinfo: %s. proc(5); explain mountinfo",
			  _(facts_mountinfo[i].means));
		text_addf(ret, "%s\n", facts_mountinfo[i].name);
		add_filled(context, text_of(&what), ret);
		return true;
	}
	return false;
}

bool rows_add(const struct context *context, const char *name, struct text *ret)
{
	bool (*const tables[])(const struct context *, const char *, struct text *) = {
		add_id, add_cause, add_errno, add_namespace, add_capability, add_facts, add_field, add_primitive,
	};
	bool found = false;

	for (size_t i = 0; i < COUNT(tables); i++) {
		cleanup_text struct text one = { 0 };
		if (!tables[i](context, name, &one))
			continue;
		text_addf(ret, "%s%s", found ? "\n" : "", text_of(&one));
		found = true;
	}
	return found;
}

/* ---- a live line ---- */

/* Of several mounts the last that has an optional field: what is rare is what has to be shown. */
static const struct mount *telling_mount(const struct mounts *mounts)
{
	const struct mount *ret = mounts && mounts->count ? &mounts->list[mounts->count - 1] : NULL;

	for (size_t i = 0; mounts && i < mounts->count; i++)
		if (strcmp(mounts->list[i].propagation, "private") != 0)
			ret = &mounts->list[i];
	return ret;
}

void rows_add_mountinfo(const struct context *context, struct text *ret)
{
	const struct mount *mount = telling_mount(context->child->mounts);
	cleanup_arena struct arena arena = { 0 };

	if (!mount)
		return;
	const char *values[] = {
		arena_print(&arena, "%d", mount->id), arena_print(&arena, "%d", mount->parent),
		arena_print(&arena, "%u:%u", mount->major, mount->minor), mount->root, mount->point,
		mount->options, strcmp(mount->propagation, "private") ? mount->propagation : "", "-", mount->type, mount->source, mount->super,
	};
	page_add_heading(context, context->pid ? _("A line of the child's, now") : _("A line of this host's, now"), ret);
	add_filled(context, vis(mount->line), ret);
	text_add(ret, "\n");
	for (size_t i = 0; facts_mountinfo[i].name; i++) {
		cleanup_text struct text means = { 0 };
		text_addf(&means, "%s: %s", facts_mountinfo[i].name, _(facts_mountinfo[i].means));
		page_add_row(context, values[i][0] ? vis(values[i]) : _("(none)"), text_of(&means), ret);
	}
}
