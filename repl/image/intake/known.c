#include "image/intake/known.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/text.h"
#include "image/digest.h"

enum { VERSION = 1, MOST = 4096 };

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif
#define ZFS_SUPER_MAGIC 0x2fc12fc1
#define BCACHEFS_SUPER_MAGIC 0xca451a4e

bool known_shows(int folder)
{
	static const unsigned long list[] = {
		EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, BTRFS_SUPER_MAGIC, F2FS_SUPER_MAGIC, TMPFS_MAGIC,
		OVERLAYFS_SUPER_MAGIC, ZFS_SUPER_MAGIC, BCACHEFS_SUPER_MAGIC,
	};
	struct statfs fs;

	if (fstatfs(folder, &fs) < 0)
		return false;
	for (size_t i = 0; i < COUNT(list); i++)
		if ((unsigned long)fs.f_type == list[i])
			return true;
	return false;
}

/* "DEVICE-INODE" of the folder. */
static int name_of(int folder, char ret[64])
{
	struct stat st;

	if (fstat(folder, &st) < 0)
		return -1;
	snprintf(ret, 64, "%llx-%llx", (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	return 0;
}

static void check_of(const char *name, const struct known *known, char ret[DIGEST_TEXT])
{
	char all[256];
	int length = snprintf(all, sizeof(all), "%d %s %s %s", VERSION, name, known->layer, known->looks);

	digest_of(all, (size_t)length, ret);
}

static int take_digits(const json_t *record, const char *key, char ret[65])
{
	const char *s = json_string_value(json_object_get(record, key));

	if (!digest_valid(s))
		return -1;
	memcpy(ret, s + strlen(DIGEST_PREFIX), 65);
	return 0;
}

static int parse(const json_t *record, const char *name, struct known *ret)
{
	const char *said = json_string_value(json_object_get(record, "check"));
	char check[DIGEST_TEXT];

	if (json_integer_value(json_object_get(record, "version")) != VERSION ||
	    take_digits(record, "layer", ret->layer) < 0 || take_digits(record, "looks", ret->looks) < 0)
		return -1;
	check_of(name, ret, check);
	return said && strcmp(said, check) == 0 ? 0 : -1;
}

/* folder: known, in the store. */
static int read_record(int folder, const char *name, struct known *ret)
{
	cleanup_text struct text text = { 0 };

	if (read_file(folder, name, MOST, &text) < 0)
		return -1;
	json_t *record = json_loadb(text_of(&text), text.len, 0, NULL);
	int failed = parse(record, name, ret);
	json_decref(record);
	return failed;
}

static int open_records(int store)
{
	return openat(store, "known", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int known_read(int store, int folder, struct known *ret)
{
	char name[64];

	cleanup_fd int records = open_records(store);
	return records < 0 || name_of(folder, name) < 0 ? -1 : read_record(records, name, ret);
}

void known_write(int store, int folder, const struct known *known)
{
	static const char beside[] = ".new";
	char name[64], check[DIGEST_TEXT];

	if (name_of(folder, name) < 0 || (mkdirat(store, "known", 0700) < 0 && errno != EEXIST))
		return;
	cleanup_fd int records = open_records(store);
	cleanup_fd int fd = records < 0 ? -1 : openat(records, beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW |
						      O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	cleanup_text struct text text = { 0 };
	check_of(name, known, check);
	text_addf(&text, "{\"version\": %d, \"layer\": \"" DIGEST_PREFIX "%s\", \"looks\": \"" DIGEST_PREFIX
		  "%s\", \"check\": \"%s\"}\n", VERSION, known->layer, known->looks, check);
	if (write_fd(fd, text.s, text.len) < 0 || renameat(records, beside, records, name) < 0)
		unlinkat(records, beside, 0);
}

static bool is_of_use(int store, int records, const char *name)
{
	struct known known;
	char blob[100];

	if (read_record(records, name, &known) < 0)
		return false;
	snprintf(blob, sizeof(blob), "blobs/sha256/%s", known.layer);
	return faccessat(store, blob, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

size_t known_sweep(int store)
{
	int fd = open_records(store);
	DIR *records = fd < 0 ? NULL : fdopendir(fd);
	size_t ret = 0;

	if (!records)
		return 0;
	for (struct dirent *entry; (entry = readdir(records));)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
		    !is_of_use(store, fd, entry->d_name))
			ret += unlinkat(fd, entry->d_name, 0) == 0;
	closedir(records);
	return ret;
}
