/* A profile out of the JSON that docker takes, as seccomp export writes it: lists of calls that pass, all others fail
 * with EPERM. What has conditions cannot be a list of calls, and is refused. */
#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/message.h"
#include "base/text.h"
#include "ops/privilege/calls.h"
#include "snapshot/eyes/eyes.h"
#include "words/plans/privilege/profile.h"

enum { FILE_MOST = 1 << 20 };

static int refuse(const char *path, const char *what, struct error *err)
{
	fail_id(err, ERR_PROFILE_FORM, 0, "%s: cannot be loaded: %s", vis(path), _(what));
	fail_why(err, "a profile is a list of calls that pass, with no condition, and all others fail with EPERM");
	return fail_fix(err, "seccomp export NAME docker FILE writes such a file; seccomp=docker loads docker's default");
}

static bool is(const json_t *value, const char *s)
{
	return json_is_string(value) && strcmp(json_string_value(value), s) == 0;
}

/* "SCMP_ARCH_X86_64" */
static int take_architectures(const char *path, const json_t *list, struct profile *ret, struct error *err)
{
	size_t i;
	json_t *value;

	json_array_foreach(list, i, value) {
		const char *s = json_string_value(value);
		char name[32] = "";
		if (!s || strncmp(s, "SCMP_ARCH_", 10) != 0)
			return refuse(path, N_("an architecture has no name of libseccomp's"), err);
		for (size_t n = 0; s[10 + n] && n < sizeof(name) - 1; n++)
			name[n] = (char)tolower((unsigned char)s[10 + n]);
		uint32_t architecture = architecture_of(name);
		if (!architecture || !profile_calls(ret, architecture))
			return refuse(path, N_("it has architectures that this machine has not"), err);
	}
	return 0;
}

static int take_entry(const char *path, const json_t *entry, struct profile *ret, struct error *err)
{
	const json_t *args = json_object_get(entry, "args"), *names = json_object_get(entry, "names");
	bool conditions = json_array_size(args) || json_object_size(json_object_get(entry, "includes")) ||
			  json_object_size(json_object_get(entry, "excludes"));
	size_t i;
	json_t *value;

	if (conditions)
		return refuse(path, N_("some calls pass by their arguments or by capabilities"), err);
	if (!is(json_object_get(entry, "action"), "SCMP_ACT_ALLOW"))
		return refuse(path, N_("it has an action other than SCMP_ACT_ALLOW"), err);
	json_array_foreach(names, i, value) {
		for (size_t n = 0; json_is_string(value) && n < PROFILE_ARCHITECTURES && ret->of[n].architecture; n++) {
			int number = call_number_on(ret->of[n].architecture, json_string_value(value));
			if (number >= 0 && number < PROFILE_NUMBERS)
				ret->of[n].made[number] = true;
		}
	}
	return 0;
}

static int take(const char *path, const json_t *json, struct profile *ret, struct error *err)
{
	const json_t *code = json_object_get(json, "defaultErrnoRet"), *calls = json_object_get(json, "syscalls");
	size_t i;
	json_t *entry;

	if (!is(json_object_get(json, "defaultAction"), "SCMP_ACT_ERRNO") || (code && json_integer_value(code) != EPERM))
		return refuse(path, N_("what it does not name is not refused with EPERM"), err);
	if (take_architectures(path, json_object_get(json, "architectures"), ret, err) < 0)
		return -1;
	if (!ret->of[0].architecture || !json_array_size(calls))
		return refuse(path, N_("it names no architecture or no call"), err);
	json_array_foreach(calls, i, entry)
		if (take_entry(path, entry, ret, err) < 0)
			return -1;
	return 0;
}

int read_profile_file(const struct context *context, const char *path, struct profile *ret, struct error *err)
{
	cleanup_text struct text text = { 0 };
	struct stat st;
	json_error_t at;

	*ret = (struct profile){ .runs = 1 };
	snprintf(ret->name, sizeof(ret->name), "%.*s", PROFILE_NAME, path);
	/* A pipe would be read as an empty file. */
	if (eyes_stat(context->eyes, 0, path, false, &st) < 0 || (S_ISREG(st.st_mode) && eyes_read(context->eyes, path, FILE_MOST, &text) < 0))
		return fail_id(err, ERR_PROFILE_FORM, errno, "%s", vis(path));
	if (!S_ISREG(st.st_mode))
		return fail_id(err, ERR_PATH_KIND, 0, "%s: not a regular file", vis(path));
	json_t *json = json_loads(text_of(&text), 0, &at);
	if (!json)
		return refuse(path, N_("it is no JSON"), err);
	int taken = take(path, json, ret, err);
	json_decref(json);
	return taken;
}
