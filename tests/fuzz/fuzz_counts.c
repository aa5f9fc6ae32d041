/* No text of /proc/PID/stat, /proc/stat or a file of a control group is read out of bounds, and what is said of it is
 * printable. The first byte says which; the second, of a group's files, which knob or counter reads it. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/process/process_stat.h"
#include "base/text.h"
#include "snapshot/cgroup/counters.h"
#include "snapshot/cgroup/killed.h"
#include "snapshot/cgroup/knobs.h"
#include "snapshot/cgroup/usage.h"
#include "snapshot/machine/scan.h"
#include "folder.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	folder_enter();
	return 0;
}

static void put(const char *name, const char *text)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	demand(fd >= 0 && write_fd(fd, text, strlen(text)) == 0);
}

static void drop(const char *name)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	unlink(path);
}

static void check_stat(const char *text)
{
	struct process_stat stat;
	struct usage usage;
	struct busy busy;
	enum ns_link type;
	uint64_t id;

	if (process_stat_parse(text, &stat))
		demand(memchr(stat.comm, '\0', sizeof(stat.comm)) != NULL && process_state(stat.state));
	if (usage_parse(text, &usage))
		demand(memchr(usage.comm, '\0', sizeof(usage.comm)) != NULL);
	busy_parse(text, &busy);
	scan_parse(text, &type, &id);
}

static void check_counter(const struct counter *counter, int version, const char *text)
{
	const char *file = counter_file(counter, version);
	char words[64];
	uint64_t number = 0;
	struct oom oom;

	if (!file)
		return;
	put(file, text);
	counter_read(counter, version, folder, &number);
	counter_text(counter, number, words, sizeof(words));
	oom_read(folder, &oom);
	drop(file);
}

static void check_knob(const struct knob *knob, int version, const char *text)
{
	cleanup_arena struct arena arena = { 0 };
	const char *file = knob_file(knob, version);

	if (!file)
		return;
	put(file, text);
	const char *words = knob_words(knob, version, folder, &arena);
	for (const char *p = words; p && *p; p++)
		demand((unsigned char)*p >= ' ' && *p != '\177');
	drop(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	if (length < 2)
		return 0;
	char *text = text_copyn((const char *)bytes + 2, length - 2);
	int version = 1 + bytes[0] / 4 % 2;
	switch (bytes[0] % 4) {
	case 0: case 1:
		check_stat(text);
		break;
	case 2:
		check_counter(&counters[bytes[1] % COUNTERS], version, text);
		break;
	case 3:
		check_knob(&knobs[bytes[1] % KNOBS], version, text);
		break;
	}
	free(text);
	return 0;
}
