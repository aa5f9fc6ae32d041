/* ns --all --json: one object, in which what could not be looked at has a place of its own. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "snapshot/machine/machine.h"
#include "words/language/command.h"
#include "words/machine/machine.h"
#include "words/machine/whose.h"

/* Paths are bytes, and JSON is UTF-8. */
static json_t *path_json(const char *path)
{
	cleanup_text struct text text = { 0 };

	text_add_visible(&text, path, strlen(path));
	return json_string(text_of(&text));
}

static json_t *holders_of(const struct space *space, enum holding kind, const char *number)
{
	json_t *list = json_array();

	for (size_t i = 0; i < space->count; i++) {
		const struct holder *holder = &space->holders[i];
		if (holder->kind != kind)
			continue;
		if (kind == HELD_BY_PROCESS || kind == HELD_FOR_CHILDREN)
			json_array_append_new(list, json_integer(holder->pid));
		else if (kind == HELD_BY_MOUNT)
			json_array_append_new(list, json_pack("{s:i, s:o}", "pid", (int)holder->pid, "path",
							      path_json(holder->path)));
		else
			json_array_append_new(list, json_pack("{s:i, s:i}", "pid", (int)holder->pid, number,
							      holder->number));
	}
	return list;
}

/* A number, or null where there is none; why it is not known stands beside it. */
static void set_id(json_t *object, const char *name, const char *error, uint64_t id, int code)
{
	json_object_set_new(object, name, id ? json_integer((json_int_t)id) : json_null());
	json_object_set_new(object, error, code ? json_string(errno_name(code)) : json_null());
}

static json_t *space_json(const struct context *context, const struct space *space)
{
	static const char *const names[] = {
		[WHOSE_HOST] = "host", [WHOSE_CHILD] = "child", [WHOSE_CONTAINER] = "container",
	};
	const char *name;
	enum whose whose = space_whose(context, space, &name);
	json_t *object = json_pack("{s:s, s:I}", "type", ns_types[space->type].name, "id", (json_int_t)space->id);

	json_object_set_new(object, "whose", whose == WHOSE_OTHERS ? json_null() : json_string(names[whose]));
	json_object_set_new(object, "container", name ? json_string(vis(name)) : json_null());
	set_id(object, "owner", "owner_errno", space->owner, space->owner_code);
	if (space->type == NS_PID || space->type == NS_USER)
		set_id(object, "around", "around_errno", space->around, space->around_code);
	if (space->type == NS_USER)
		json_object_set_new(object, "uid", space->uid_code ? json_null() : json_integer(space->uid));
	json_object_set_new(object, "processes", holders_of(space, HELD_BY_PROCESS, NULL));
	json_object_set_new(object, "threads", holders_of(space, HELD_BY_THREAD, "tid"));
	json_object_set_new(object, "for_children", holders_of(space, HELD_FOR_CHILDREN, NULL));
	json_object_set_new(object, "descriptors", holders_of(space, HELD_BY_FD, "fd"));
	json_object_set_new(object, "mounts", holders_of(space, HELD_BY_MOUNT, NULL));
	return object;
}

void ns_all_json(const struct context *context, const struct census *census, struct text *ret)
{
	const struct unseen *unseen = &census->unseen;
	json_t *list = json_array();

	for (size_t i = 0; i < census->count; i++)
		json_array_append_new(list, space_json(context, &census->spaces[i]));
	json_t *object = json_pack(
		"{s:I, s:{s:I, s:I, s:I, s:b, s:b}, s:o}", "processes", (json_int_t)census->processes,
		"unseen", "processes", (json_int_t)unseen->processes, "descriptors",
		(json_int_t)unseen->descriptors, "tables", (json_int_t)unseen->tables, "hidden",
		unseen->hidden, "nested", unseen->nested, "namespaces", list);
	char *text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	if (!text)
		out_of_memory();
	text_addf(ret, "%s\n", text);
	free(text);
}
