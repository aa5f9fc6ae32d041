/* The machine as its files show it: what is read for evidence, and which place this is. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text;

/* The folder below which files are looked up: "" for this machine, a folder of files written by hand in tests. */
struct site {
	const char *root;
};

/* Append a file, up to 1 MiB of it. 0, or -1 with errno. */
int site_read(const struct site *site, const char *path, struct text *ret);
bool site_has(const struct site *site, const char *path);

/* The number that a file begins with, or otherwise. */
long site_number(const struct site *site, const char *path, long otherwise);

/* The value of a line "KEY:\tVALUE" of /proc/self/status; "" for none. Returns ret. */
const char *site_status(const struct site *site, const char *key, char *ret, size_t size);

/* What has been put on top of something below path, which is a mount: the first such mount point. false where
 * nothing is. Folders that the kernel keeps empty for mounts hide nothing. */
bool site_covered(const struct site *site, const char *path, char *ret, size_t size);

/* Whether a mount point is one of those, or lies below one. */
bool site_keeps_empty(const char *point);

/* Whether "/" is no mount: chroot(2) has put it inside of one. */
bool site_in_chroot(const struct site *site);

enum place {
	HOST_BARE = 1, HOST_CHROOT = 2, HOST_STAVE = 4, HOST_DOCKER = 8, HOST_PODMAN = 16, HOST_KUBERNETES = 32,
	HOST_LXC = 64, HOST_NSPAWN = 128, HOST_WSL = 256, HOST_CI = 512, HOST_CONTAINER = 1024 /* of another kind */
};
enum place site_place(const struct site *site);

/* "docker": as --json says it, and in a sentence. */
const char *place_name(enum place place);
const char *place_said(enum place place);

/* The command that installs packages here: "apt-get install", "apk add". */
const char *site_installer(const struct site *site);
