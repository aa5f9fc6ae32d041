/* doctor: what a container and the lessons need of this machine, tried. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/message.h"
#include "base/show/table.h"
#include "base/text.h"
#include "doctor/doctor.h"
#include "lesson/file/course.h"
#include "shell/shell.h"
#include "words/language/command.h"

static bool works(const struct diagnosis *diagnosis)
{
	return diagnosis->state == WORKS || diagnosis->state == NOT_FOR_YOU;
}

static bool all_works(struct doctor *doctor)
{
	bool ret = true;

	for (enum trial_id i = 0; i < TRIALS; i++)
		ret &= !doctor_needs(doctor, i) || works(&doctor->diagnoses[i]);
	return ret;
}

/* ---- as text ---- */

static void add_row(const struct doctor *doctor, enum trial_id i, struct table *table)
{
	const struct diagnosis *diagnosis = &doctor->diagnoses[i];
	bool needed = doctor_needs(doctor, i);

	table_add(table, "%s", trials[i].name);
	table_paint(table, PAINT_NAME);
	if (diagnosis->state == WORKS)
		table_add(table, "%s", _("works"));
	else
		table_add(table, "%s", diagnosis->state == BEHIND ? _("not tried") : _("refused"));
	table_paint(table, diagnosis->state == WORKS ? PAINT_OWN : needed ? PAINT_ERROR : PAINT_MISSING);
	if (diagnosis->state == BEHIND)
		table_add(table, _("it comes after %s"), trials[diagnosis->behind].name);
	else
		table_add(table, "%s", _(trials[i].what));
}

static bool refused_alike(const struct diagnosis *a, const struct diagnosis *b)
{
	return a->state == REFUSED && b->state == REFUSED && strcmp(a->forbidder.id, b->forbidder.id) == 0 &&
	       strcmp(a->forbidder.fix, b->forbidder.fix) == 0;
}

/* What is refused: by whom, how that is known, what to do. What follows for the same reason is told with it. */
static void add_refusal(const struct doctor *doctor, enum trial_id i, size_t columns, struct text *ret)
{
	const struct diagnosis *all = doctor->diagnoses, *its = &all[i];
	struct table table = { .columns = 2 };
	cleanup_text struct text names = { 0 };

	if (its->state != REFUSED || (i && refused_alike(its, its - 1)))
		return;
	for (enum trial_id like = i; like < TRIALS && refused_alike(its, &all[like]); like++)
		text_addf(&names, "%s%s", names.len ? ", " : "", trials[like].name);
	text_addf(ret, "\n %s\n", text_of(&names));
	if (its->outcome.call[0]) {
		table_add(&table, "%s", _("call"));
		table_add(&table, "%s: %s", vis(its->outcome.call), errno_name(its->outcome.code));
	}
	table_add(&table, "%s", _("why"));
	table_add(&table, "%s: %s", its->forbidder.id, its->forbidder.evidence);
	table_add(&table, "%s", _("fix"));
	table_add(&table, "%s", its->forbidder.fix);
	table_print(&table, false, 2, columns, ret);
}

static void print_lessons(struct shell *shell, const struct course *course, struct text *ret)
{
	cleanup_text struct text locked = { 0 }, note = { 0 };
	size_t open = 0;

	for (size_t i = 0; i < course->count; i++) {
		struct error lacks;
		if (!course->list[i])
			continue;
		if (lesson_lacks(course->list[i], NULL, &shell->session.facts, &lacks))
			text_addf(&locked, "%s%s (%s)", locked.len ? ", " : "", course->list[i]->name, lacks.what);
		else
			open++;
	}
	text_sayf(&note, "Of %zu lessons %zu run here.", course->count, open);
	if (locked.len)
		text_sayf(&note, " Not these, for what they need: %s. lessons says what to do about it.", text_of(&locked));
	text_add(ret, "\n");
	table_note(text_of(&note), 1, shell->screen.columns, ret);
}

static void print(struct shell *shell, struct doctor *doctor, const struct course *course, struct text *ret)
{
	static const char *const head[] = { N_("WHAT"), N_("TRIED"), N_("IT IS"), NULL };
	struct table table = { .columns = 3 };
	size_t columns = shell->screen.columns;

	text_sayf(ret, " This is %s, and you are %s.\n", _(place_said(site_place(&doctor->site))),
		  doctor->facts->root ? _("root") : _("an ordinary user"));
	table_head(&table, head);
	for (enum trial_id i = 0; i < TRIALS; i++)
		if (doctor->diagnoses[i].state != NOT_FOR_YOU)
			add_row(doctor, i, &table);
	table_print(&table, shell->screen.color, 1, columns, ret);
	for (enum trial_id i = 0; i < TRIALS; i++)
		add_refusal(doctor, i, columns, ret);
	if (course)
		print_lessons(shell, course, ret);
	table_note(all_works(doctor) ? N_("All that a container needs works here.") :
				       N_("Something that a container needs does not work here."), 1, columns, ret);
}

/* ---- as JSON ---- */

static json_t *trial_json(const struct doctor *doctor, enum trial_id i)
{
	static const char *const states[] = { [WORKS] = "works", [REFUSED] = "refused", [BEHIND] = "behind",
					      [NOT_FOR_YOU] = "not_for_you" };
	const struct diagnosis *diagnosis = &doctor->diagnoses[i];
	cleanup_text struct text line = { 0 };
	json_t *object = json_pack("{s:s, s:s, s:s, s:b}", "name", trials[i].name, "what", trials[i].what, "state",
				   states[diagnosis->state], "container", doctor_needs(doctor, i));

	doctor_line(doctor, i, &line);
	if (line.len)
		json_object_set_new(object, "line", json_string(text_of(&line)));
	if (diagnosis->state == BEHIND)
		json_object_set_new(object, "behind", json_string(trials[diagnosis->behind].name));
	if (diagnosis->state != REFUSED)
		return object;
	/* Without a call nothing was asked of the kernel: a program or a file is not there. */
	if (diagnosis->outcome.call[0]) {
		json_object_set_new(object, "call", json_string(vis(diagnosis->outcome.call)));
		json_object_set_new(object, "errno", json_string(errno_name(diagnosis->outcome.code)));
	}
	json_object_set_new(object, "forbidder", json_string(diagnosis->forbidder.id));
	json_object_set_new(object, "evidence", json_string(diagnosis->forbidder.evidence));
	json_object_set_new(object, "fix", json_string(diagnosis->forbidder.fix));
	return object;
}

static json_t *lessons_json(struct shell *shell, const struct course *course)
{
	json_t *list = json_array();

	for (size_t i = 0; course && i < course->count; i++) {
		struct error lacks;
		if (!course->list[i])
			continue;
		bool locked = lesson_lacks(course->list[i], NULL, &shell->session.facts, &lacks);
		json_t *object = json_pack("{s:s, s:b}", "name", course->list[i]->name, "runs", !locked);
		if (locked) {
			json_object_set_new(object, "needs", json_string(lacks.what));
			json_object_set_new(object, "why", json_string(lacks.why));
			json_object_set_new(object, "fix", json_string(lacks.fix));
		}
		json_array_append_new(list, object);
	}
	return list;
}

static void print_json(struct shell *shell, struct doctor *doctor, const struct course *course, struct text *ret)
{
	json_t *list = json_array();

	for (enum trial_id i = 0; i < TRIALS; i++)
		json_array_append_new(list, trial_json(doctor, i));
	json_t *object = json_pack("{s:s, s:s, s:b, s:o, s:o}", "place", place_name(site_place(&doctor->site)), "user",
				   doctor->facts->root ? "root" : "user", "container", all_works(doctor), "trials", list,
				   "lessons", lessons_json(shell, course));
	cleanup_free char *dump = json_dumps(object, JSON_COMPACT);

	text_add(ret, dump ? dump : "{}");
	text_add(ret, "\n");
	json_decref(object);
}

/* ---- the word ---- */

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	struct facts *facts = &shell->session.facts;
	struct doctor doctor = { .facts = facts, .site = { "" } };
	cleanup_course struct course course = { 0 };
	struct error unused;

	if (session_see(&shell->session, &result->error) < 0)
		return -1;
	facts_cgroups(facts);
	for (enum trial_id i = 0; i < TRIALS; i++)
		doctor_ask(&doctor, i);
	bool taught = course_open(course_language(), &course, &unused) == 0;
	if (words_flag(words, "--json"))
		print_json(shell, &doctor, taught ? &course : NULL, &result->output);
	else
		print(shell, &doctor, taught ? &course : NULL, &result->output);
	shell->status = all_works(&doctor) ? 0 : 1;
	return 0;
}

static const struct flag_spec flags[] = {
	{ "--json", .means = "one JSON object" },
	{ 0 }
};

const struct command command_doctor = {
	.name = "doctor", .kind = ACTS, .group = GROUP_LOOKING, .act = act, .tells = true, .late = true, .flags = flags,
	.summary = "whether this machine and user can build containers, tried",
	.explain = "Makes each thing that a container or a lesson needs once, in a process that is thrown away: "
		"namespaces, mounts, a root, filters, interfaces. Nothing of it reaches the host. What is refused is told "
		"with the call, its errno, the one who forbids it and how that is known, and what to do about it in this "
		"place: on a host, in a chroot, in a container of docker, podman or Kubernetes. Of control groups an empty "
		"one is made and removed. Then come the lessons that run here.\n\n"
		"The exit status is 0 where all that a container needs works, else 1. stave --doctor is the same "
		"from the outside.",
	.example = "doctor",
};
