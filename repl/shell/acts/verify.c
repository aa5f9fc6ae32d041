/* verify: which walls hold. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "base/message/printed.h"
#include "base/show/paint.h"
#include "shell/shell.h"
#include "shell/acts/probe.h"
#include "shell/attend/view.h"
#include "walls/walls.h"
#include "words/language/command.h"

/* ---- the table of probe/list.h ---- */

/* In the order of the list: a wall, and the attempts that it stops. */
static const struct row {
	enum wall_id wall;          /* WALLS: that of the row above */
	const char *name, *wins; /* of an attempt */
} rows[] = {
#define WALL(id) { WALL_##id, NULL, NULL },
#define ATTEMPT(id, name, wins) { WALLS, name, wins },
#include "probe/list.h"
#undef WALL
#undef ATTEMPT
};
enum { ROWS = COUNT(rows) };

/* ---- what came of them ---- */

enum outcome { UNTRIED, STOPPED, OPEN, UNBUILT, ABSENT, BROKEN, OUTCOMES };
static const char *const outcomes[OUTCOMES] = { "untried", N_("stopped"), "open", "unbuilt", "absent",
						"broken" };

struct finding {
	enum wall_id wall;
	enum outcome outcome;
	char code[24], detail[160]; /* printable */
};

struct verify {
	struct shell *shell;
	struct finding findings[ROWS];
	bool stands[WALLS];
	size_t counts[OUTCOMES];
	size_t through; /* how many make verify fail */
	struct probe probe;
};

/* ---- reading what it said ---- */

/* Which walls stand, by what the kernel says about the child; of keys only the probe itself can ask.
 * What nothing tells is held to stand until an attempt gets through. */
static void find_walls(struct verify *verify, const char *state)
{
	const struct session *session = &verify->shell->session;
	const struct sides sides = { .child = &session->at->now, .host = &session->host };
	const char *keyring = strstr(state, "keyring=");
	long number = keyring ? strtol(keyring + strlen("keyring="), NULL, 10) : -1;

	for (enum wall_id wall = 0; wall < WALLS; wall++)
		verify->stands[wall] = wall_standing(wall, &sides) != NOT_STANDING;
	verify->stands[WALL_KEYRING] = number < 0 || number != verify->probe.keyring;
}

static void copy_visible(char *to, size_t size, const char *s)
{
	snprintf(to, size, "%s", vis(s));
}

/* What a container may do without, and is told: not everybody has a control group to make, and no
 * limit keeps a secret; root's container has the host's users, as docker's has, unless --userns. */
static bool is_left_open(enum wall_id wall)
{
	return wall == WALL_LIMITS || wall == WALL_USER;
}

/* "NAME\tRESULT\tERRNO\tDETAIL" */
static void read_line(struct verify *verify, char *line)
{
	char *result = strchr(line, '\t'), *code = result ? strchr(result + 1, '\t') : NULL;
	char *detail = code ? strchr(code + 1, '\t') : NULL;
	enum wall_id wall = WALLS;

	if (!detail)
		return;
	*result++ = *code++ = *detail++ = '\0';
	for (size_t i = 0; i < ROWS; i++) {
		wall = rows[i].wall == WALLS ? wall : rows[i].wall;
		if (!rows[i].name || strcmp(rows[i].name, line) != 0)
			continue;
		struct finding *finding = &verify->findings[i];
		finding->wall = wall;
		finding->outcome = BROKEN;
		for (enum outcome o = STOPPED; o < OUTCOMES; o++)
			if (strcmp(outcomes[o], result) == 0)
				finding->outcome = o;
		verify->stands[WALL_LIMITS] &= wall != WALL_LIMITS || finding->outcome != OPEN;
		if (finding->outcome == OPEN && !verify->stands[wall])
			finding->outcome = UNBUILT;
		copy_visible(finding->code, sizeof(finding->code), code);
		copy_visible(finding->detail, sizeof(finding->detail), detail);
		verify->counts[finding->outcome]++;
		verify->through += finding->outcome == OPEN ||
				   (finding->outcome == UNBUILT && !is_left_open(wall));
	}
}

static int read_findings(struct verify *verify, const char *output, struct error *err)
{
	cleanup_free char *copy = text_copy(output);
	char *save = NULL;

	char *line = strtok_r(copy, "\n", &save);
	if (!line || line[0] != '#')
		return fail_id(err, ERR_VERIFY_FAILED, 0, "verify: the probe sent no report");
	find_walls(verify, line);
	while ((line = strtok_r(NULL, "\n", &save)))
		read_line(verify, line);
	return 0;
}

/* ---- telling ---- */

static bool is_tried(const struct verify *verify, enum wall_id wall)
{
	for (size_t i = 0; i < ROWS; i++)
		if (verify->findings[i].outcome != UNTRIED && verify->findings[i].wall == wall)
			return true;
	return false;
}

/* In fixed columns, so that the groups stand below each other. */
static void tell_finding(const struct row *row, const struct finding *finding, bool color,
			 struct text *ret)
{
	static const char *const words[OUTCOMES] = { "", N_("stopped"), N_("OPEN"), N_("not built"),
						     N_("nothing here"), N_("not tried") };
	static const enum paint paints[OUTCOMES] = { [STOPPED] = PAINT_OWN, [OPEN] = PAINT_ERROR,
						     [UNBUILT] = PAINT_MISSING, [ABSENT] = PAINT_DIM,
						     [BROKEN] = PAINT_ERROR };
	const char *word = _(words[finding->outcome]), *code = finding->code;
	int left = 20 - (int)(text_columns(word) + strlen(code));

	text_addf(ret, "  %-17s", row->name);
	paint(ret, color, paints[finding->outcome], word);
	text_addf(ret, " %s%*s%s\n", code, left > 0 ? left : 0, "", _(row->wins));
	/* How it got through, or why not at all, where the sentence does not say. */
	if ((finding->outcome == OPEN || finding->outcome == BROKEN) && finding->detail[0]) {
		text_addf(ret, "%19s(", "");
		message_printed(finding->detail, ret);
		text_add(ret, ")\n");
	}
}

static void tell_wall(const struct verify *verify, enum wall_id wall, struct text *ret)
{
	bool color = verify->shell->screen.color;

	paint(ret, color, PAINT_BOLD, walls[wall].name);
	text_addf(ret, ": %s\n", _(walls[wall].parts));
	if (!verify->stands[wall] && walls[wall].build) {
		paint(ret, color, PAINT_MISSING, _("  this wall is not built yet: "));
		text_addf(ret, "%s\n", walls[wall].build);
	}
	for (size_t i = 0; i < ROWS; i++)
		if (verify->findings[i].outcome != UNTRIED && verify->findings[i].wall == wall)
			tell_finding(&rows[i], &verify->findings[i], color, ret);
}

static void tell_all(const struct verify *verify, struct text *ret)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].wall != WALLS && is_tried(verify, rows[i].wall))
			tell_wall(verify, rows[i].wall, ret);
	text_sayf(ret, "%zu stopped, %zu open, %zu not built, %zu with nothing here to try\n",
		  verify->counts[STOPPED], verify->counts[OPEN], verify->counts[UNBUILT],
		  verify->counts[ABSENT]);
}

static void tell_json(const struct verify *verify, struct text *ret)
{
	for (size_t i = 0; i < ROWS; i++) {
		const struct finding *finding = &verify->findings[i];
		if (finding->outcome == UNTRIED)
			continue;
		json_t *object = json_pack(
			"{s:s, s:s, s:b, s:s, s:s?, s:s, s:s, s:s?}", "attempt", rows[i].name, "wall",
			walls[finding->wall].name, "stands", verify->stands[finding->wall], "result",
			outcomes[finding->outcome], "errno", finding->code[0] ? finding->code : NULL,
			"wins", rows[i].wins, "detail", finding->detail, "build",
			walls[finding->wall].build);
		char *line = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII);
		json_decref(object);
		if (!line)
			out_of_memory();
		text_addf(ret, "%s\n", line);
		free(line);
	}
}

/* ---- the word ---- */

static int try_all(struct verify *verify, struct error *err)
{
	struct shell *shell = verify->shell;
	struct session *session = &shell->session;
	struct result unseen = { 0 };
	struct watching watching = watch(shell, &unseen);
	struct plan plan = { 0 };
	struct step *step = NULL;
	struct view view;

	cleanup_fd int socket = probe_listen(verify->probe.socket);
	cleanup_fd int port = probe_listen_port(&verify->probe.port);
	cleanup_fd int host = probe_listen_host(verify->probe.host);
	(void)socket, (void)port, (void)host; /* they listen until the probe has ended */
	if (probe_plan(&verify->probe, &plan, err) < 0) {
		plan_done(&plan);
		return -1;
	}
	view_make(&watching, false, &view);
	view.ready = NULL; /* the table is what there is to see */
	session->quiet = true;
	int ret = session_perform(session, "verify", &plan, &view, &step, err);
	session->quiet = shell->quiet && !shell->json;
	if (ret < 0 || (session->at->child && session_look(session, err) < 0))
		return -1;
	return read_findings(verify, step->output ? step->output : "", err);
}

static int judge(const struct verify *verify, struct error *err)
{
	const char *build = NULL;

	if (verify->counts[BROKEN])
		return fail_id(err, ERR_VERIFY_FAILED, 0, "verify: %zu attempts could not be made", verify->counts[BROKEN]);
	if (!verify->through)
		return 0;
	for (size_t i = 0; !build && i < ROWS; i++)
		if (verify->findings[i].outcome == UNBUILT && !is_left_open(verify->findings[i].wall))
			build = walls[verify->findings[i].wall].build;
	fail_id(err, ERR_VERIFY_OPEN, 0, "verify: %zu open, %zu not built", verify->counts[OPEN], verify->counts[UNBUILT]);
	return build ? fail_fix(err, "%s; container builds all of the walls", build) : -1;
}

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	struct text *ret = &result->output;
	struct error *err = &result->error;
	struct verify verify = { .shell = shell, .probe = { words, probe_keyring() } };

	if (shell->dry_run) {
		text_say(ret, "stave-probe would be started in the child's world\n");
		return 0;
	}
	if (session_see(&shell->session, err) < 0 || try_all(&verify, err) < 0)
		return -1;
	if (words_flag(words, "--json"))
		tell_json(&verify, ret);
	else
		tell_all(&verify, ret);
	return judge(&verify, err);
}

static const struct choice attempts[] = {
#define WALL(id)
#define ATTEMPT(id, name, wins) { name },
#include "probe/list.h"
#undef WALL
#undef ATTEMPT
	{ 0 }
};

static const struct flag_spec flags[] = {
	{ "--json", 0, NULL, .means = "a JSON object a line: attempt, wall, result, errno" },
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "NAME", WORD_CHOICE, .optional = true, .many = true, .choices = attempts,
	  .means = "only these attempts; without any, all of them" },
	{ 0 }
};

const struct command command_verify = {
	.name = "verify", .kind = ACTS, .group = GROUP_WALLS, .act = act,
	.summary = "try to break out of the child, and see which wall stops what",
	.explain = "Starts a small program of Stave's own, stave-probe, in the child's world. It tries "
		"what is known to lead out of a container: mounts, other users' processes, the "
		"kernel's interfaces, descriptors left open. Each attempt is a process of its own and "
		"is harmless: it takes back what it did, or makes the call in a way that the kernel "
		"refuses after it has checked the permission (reboot(2) with a bad number gives EINVAL "
		"to a process that may call it, EPERM to any other).\n\n"
		"The table is grouped by the wall that should stop an attempt. \"stopped\" comes with "
		"the errno. OPEN means that the attempt got through although the wall stands. \"not "
		"built\" means that the wall is missing; the line above names the command that builds "
		"it. \"nothing here\" marks what this machine or kernel does not have.\n\n"
		"The status is 0 if nothing is open or not built, else 1: for a container 0 is the "
		"promise; for a child half built by hand the table lists what is left to do. Limits "
		"are not tested: a container without limits is still a container. The number of root "
		"is not counted either: without --userns the root of root's container is the host's "
		"root, as docker's is, and the row host-root says so.",
	.example = "container\nverify\nverify mount keyring kill",
	.flags = flags, .args = args,
};
