#include "image/profile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/text.h"
#include "base/file/writer.h"
#include "image/store.h"
#include "ops/privilege/calls.h"

#define FOLDER "seccomp"
#define ENDING ".json"
/* What the names of profiles consist of. */
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

enum { LARGEST = 256 * 1024 /* bytes of a file */ };

struct profile_calls *profile_calls(struct profile *profile, uint32_t architecture)
{
	for (size_t i = 0; i < PROFILE_ARCHITECTURES; i++) {
		if (!profile->of[i].architecture)
			profile->of[i].architecture = architecture;
		if (profile->of[i].architecture == architecture)
			return &profile->of[i];
	}
	return NULL;
}

size_t profile_count(const struct profile *profile)
{
	size_t ret = 0;

	for (size_t i = 0; i < PROFILE_ARCHITECTURES; i++)
		for (int number = 0; number < PROFILE_NUMBERS; number++)
			ret += profile->of[i].made[number];
	return ret;
}

const char *profile_path(const char *store, const char *name, struct arena *arena)
{
	return arena_print(arena, "%s/" FOLDER "/%s" ENDING, store, name);
}

/* ---- reading ---- */

static bool take_call(const json_t *call, struct profile_calls *ret)
{
	json_int_t number = json_is_integer(call) ? json_integer_value(call) :
			    json_is_string(call) ? call_number_on(ret->architecture, json_string_value(call)) : -1;

	/* A name that this machine's libseccomp does not know is a call that no program here makes. */
	if (number < 0 || number >= PROFILE_NUMBERS)
		return json_is_string(call);
	ret->made[number] = true;
	return true;
}

static bool take_calls(const json_t *json, struct profile *ret)
{
	const json_t *calls = json_object_get(json, "calls"), *runs = json_object_get(json, "runs");
	const char *name;
	json_t *list, *call;
	size_t i;

	if (!json_is_integer(runs) || json_integer_value(runs) < 0 || !json_is_object(calls))
		return false;
	ret->runs = (uint64_t)json_integer_value(runs);
	json_object_foreach((json_t *)calls, name, list) {
		uint32_t architecture = architecture_of(name);
		struct profile_calls *to = architecture ? profile_calls(ret, architecture) : NULL;
		if (!to || !json_is_array(list))
			return false;
		json_array_foreach(list, i, call)
			if (!take_call(call, to))
				return false;
	}
	return true;
}

/* The file of this name in a folder. 0; -1 with errno set, EPROTO where it holds something else. */
static int read_profile(int folder, const char *name, struct profile *ret)
{
	cleanup_text struct text text = { 0 };
	char file[PROFILE_NAME + sizeof(ENDING) + 1];
	struct stat st;

	*ret = (struct profile){ 0 };
	snprintf(ret->name, sizeof(ret->name), "%s", name);
	snprintf(file, sizeof(file), "%s" ENDING, ret->name);
	cleanup_fd int fd = openat(folder, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = EPROTO;
		return -1;
	}
	if (read_fd(fd, LARGEST, &text) < 0)
		return -1;
	json_t *json = json_loadb(text_of(&text), text.len, JSON_REJECT_DUPLICATES, NULL);
	bool whole = json && take_calls(json, ret);
	json_decref(json);
	if (!whole)
		errno = EPROTO;
	return whole ? 0 : -1;
}

static int fail_read(const char *name, int code, struct error *err)
{
	if (code != EPROTO)
		return fail(err, code, "read the profile %s", vis(name));
	fail_id(err, ERR_PROFILE_FORM, 0, "the profile %s is not one that Stave has written", vis(name));
	return fail_fix(err, "seccomp rm %s, and learn it again", vis(name));
}

int profile_find(const char *name, struct profile *ret, struct error *err)
{
	char path[4096];
	cleanup_fd int folder = store_open_part(FOLDER, path, sizeof(path), err);

	if (folder < 0 && err->code != ENOENT)
		return -1;
	if (folder >= 0 && strlen(name) <= PROFILE_NAME && !strchr(name, '/')) {
		if (read_profile(folder, name, ret) == 0)
			return 0;
		if (errno != ENOENT)
			return fail_read(name, errno, err);
	}
	fail_id(err, ERR_PROFILE_ABSENT, ENOENT, "there is no profile %s", vis(name));
	if (!*name || name[strspn(name, LETTERS)] || strlen(name) > PROFILE_NAME)
		return fail_fix(err, "seccomp lists them");
	return fail_fix(err, "seccomp lists them; seccomp learn %s -- CMD makes it", vis(name));
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct profile *)a)->name, ((const struct profile *)b)->name);
}

int profile_list(struct profiles *ret, struct error *err)
{
	char path[4096], name[NAME_MAX + 1];
	size_t room = 0;

	*ret = (struct profiles){ 0 };
	int fd = store_open_part(FOLDER, path, sizeof(path), err);
	if (fd < 0)
		return err->code == ENOENT ? 0 : -1;
	DIR *folder = fdopendir(fd);
	if (!folder)
		out_of_memory();
	for (struct dirent *entry; (entry = readdir(folder));) {
		size_t length = strlen(entry->d_name), end = strlen(ENDING);
		if (length <= end || length - end > PROFILE_NAME || strcmp(entry->d_name + length - end, ENDING) != 0)
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)(length - end), entry->d_name);
		LIST_ROOM(ret->list, ret->count, room);
		ret->count += read_profile(fd, name, &ret->list[ret->count]) == 0;
	}
	closedir(folder);
	if (ret->count)
		qsort(ret->list, ret->count, sizeof(*ret->list), by_name);
	return 0;
}

void profiles_done(struct profiles *profiles)
{
	free(profiles->list);
	*profiles = (struct profiles){ 0 };
}

/* ---- writing ---- */

/* By its name, where that leads back to the number: on some architectures libseccomp has names for numbers that no
 * call has. */
static json_t *call_json(uint32_t architecture, int number)
{
	char name[40];

	call_name_on(architecture, number, name);
	return name[0] && call_number_on(architecture, name) == number ? json_string(name) : json_integer(number);
}

static json_t *calls_json(const struct profile_calls *calls)
{
	json_t *ret = json_array();

	for (int number = 0; number < PROFILE_NUMBERS; number++)
		if (calls->made[number])
			json_array_append_new(ret, call_json(calls->architecture, number));
	return ret;
}

static int write_profile(int folder, const struct profile *profile, struct error *err)
{
	json_t *calls = json_object();
	char file[PROFILE_NAME + sizeof(ENDING) + 1];

	for (size_t i = 0; i < PROFILE_ARCHITECTURES; i++) {
		const char *name = profile->of[i].architecture ? architecture_name(profile->of[i].architecture) : NULL;
		if (name)
			json_object_set_new(calls, name, calls_json(&profile->of[i]));
	}
	json_t *json = json_pack("{sI so}", "runs", (json_int_t)profile->runs, "calls", calls);
	char *text = json_dumps(json, JSON_INDENT(1));
	json_decref(json);
	snprintf(file, sizeof(file), "%s" ENDING, profile->name);
	int ret = write_whole(folder, file, 0600, text, strlen(text), err);
	free(text);
	return ret;
}

/* The folder, made where it is missing; *lock is the store's. */
static int make_folder(int *lock, struct error *err)
{
	char store[4000];

	if (store_path(store, sizeof(store), err) < 0)
		return -1;
	*lock = store_lock(store, err);
	if (*lock < 0)
		return -1;
	if (mkdirat(*lock, FOLDER, 0700) < 0 && errno != EEXIST)
		return fail(err, errno, "mkdir %s/" FOLDER, vis(store));
	int folder = openat(*lock, FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return folder < 0 ? fail(err, errno, "open %s/" FOLDER, vis(store)) : folder;
}

int profile_grow(const char *name, bool fresh, const struct profile *seen, struct profile *ret, size_t *added,
		 struct error *err)
{
	cleanup_fd int lock = -1;
	cleanup_fd int folder = make_folder(&lock, err);

	if (folder < 0)
		return -1;
	if (fresh || read_profile(folder, name, ret) < 0) {
		if (!fresh && errno != ENOENT)
			return fail_read(name, errno, err);
		*ret = (struct profile){ 0 };
		snprintf(ret->name, sizeof(ret->name), "%s", name);
	}
	size_t before = profile_count(ret);
	for (size_t i = 0; i < PROFILE_ARCHITECTURES && seen->of[i].architecture; i++) {
		struct profile_calls *to = profile_calls(ret, seen->of[i].architecture);
		for (int number = 0; to && number < PROFILE_NUMBERS; number++)
			to->made[number] = to->made[number] || seen->of[i].made[number];
	}
	ret->runs++;
	*added = profile_count(ret) - before;
	return write_profile(folder, ret, err);
}
