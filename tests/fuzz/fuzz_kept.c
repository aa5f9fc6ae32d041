/* No file that is kept from one session to the next is read out of bounds, nor what is made of it written: the first byte
 * says whether it is a profile of the store, a profile as docker takes it, the progress in the lessons, or a transcript. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "image/profile.h"
#include "lesson/play/log.h"
#include "lesson/play/progress.h"
#include "words/plans/privilege/profile.h"
#include "folder.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	folder_enter();
	demand(mkdir("stave", 0700) == 0 && mkdir("stave/seccomp", 0700) == 0);
	setenv("XDG_DATA_HOME", folder, 1);
	setenv("XDG_STATE_HOME", folder, 1);
	return 0;
}

static void put(const char *path, const uint8_t *bytes, size_t length)
{
	cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	demand(fd >= 0 && write_fd(fd, (const char *)bytes, length) == 0);
}

static void check_kept_profile(void)
{
	struct profile profile, again;
	struct error err = { 0 };
	size_t added;

	if (profile_find("one", &profile, &err) < 0) {
		demand(err.what[0] && err.id[0]);
		return;
	}
	demand(profile_count(&profile) <= (size_t)PROFILE_NUMBERS * PROFILE_ARCHITECTURES);
	/* Written again it is the same, with one run more. */
	demand(profile_grow("one", false, &profile, &again, &added, &err) == 0 && added == 0);
	demand(profile_find("one", &again, &err) == 0 && memcmp(&profile.of, &again.of, sizeof(profile.of)) == 0);
}

static void check_given_profile(const char *path)
{
	const struct context context = { 0 };
	struct profile profile;
	struct error err = { 0 };

	if (read_profile_file(&context, path, &profile, &err) < 0)
		demand(err.what[0] && err.id[0]);
	else
		demand(profile.of[0].architecture != 0);
}

static void check_progress(void)
{
	struct progress *progress = progress_open(true);
	struct error err = { 0 };
	size_t right;

	progress_last(progress);
	progress_language(progress);
	progress_at(progress, "01");
	demand(progress_guesses(progress, "01", &right) >= right);
	progress_set(progress, "01", "en", "b");
	progress_mark(progress, "01", "b");
	progress_guess(progress, "01", "b", true);
	progress_finish(progress, "01");
	demand(progress_has(progress, "01", "b") && progress_finished(progress, "01"));
	demand(progress_count(progress, "01") > 0 && progress_save(progress, &err) == 0);
	progress_forget(progress, "01");
	progress_close(progress);
}

static void check_transcript(const char *path)
{
	struct error err = { 0 };
	struct log *log = log_open(path, &err);

	demand(log || (err.what[0] && err.id[0]));
	log_guess(log, "that it fails");
	demand(log_close(log, &err) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	char path[200];

	if (length == 0)
		return 0;
	switch (bytes[0] % 4) {
	case 0:
		put("stave/seccomp/one.json", bytes + 1, length - 1);
		check_kept_profile();
		break;
	case 1:
		put("given.json", bytes + 1, length - 1);
		snprintf(path, sizeof(path), "%s/given.json", folder);
		check_given_profile(path);
		break;
	case 2:
		put("stave/progress", bytes + 1, length - 1);
		check_progress();
		break;
	case 3:
		put("log.json", bytes + 1, length - 1);
		check_transcript("log.json");
		break;
	}
	return 0;
}
