/* A layer's files on disk, in overlay's form, written below "/": the process that does it has been
 * moved into the layer's own folder by chroot(2), so that no name and no link leads out of it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "archive/report.h"
#include "base/text.h"

struct error;

/* What an entry says of a file besides its content. */
struct meta {
	mode_t mode; /* the permissions with setuid, setgid, sticky */
	int64_t uid, gid;
	struct timespec mtime;
};

struct tree {
	int root;        /* "/" */
	int overseer;    /* asked for trusted.overlay.opaque; -1: not wanted */
	int folder;      /* the last parent, O_PATH; -1 for none */
	struct text folder_path; /* and its path */
	struct text implied; /* paths of folders that no entry had named, NUL behind each */
	struct tree_folder { char *path; struct timespec mtime; } *folders; /* that were named */
	size_t folder_count, folder_room;
	struct notes notes;
};

/* fd is "/", O_RDONLY, and stays the caller's. */
void tree_init(struct tree *tree, int fd, int overseer);
void tree_done(struct tree *tree);

/* Each makes what is called path (clean, no ".."; "" is the layer's root), in place of what is
 * there; the folders it lies in are made when they are missing. -1 with err.
 * A file's descriptor and a folder's are returned, for its content and then, in this order:
 * tree_own(), tree_attribute(), tree_finish(). write(2) takes capabilities away, and so does
 * chown(2), with setuid. */
int tree_file(struct tree *tree, const char *path, struct error *err);
int tree_folder(struct tree *tree, const char *path, const struct meta *meta, struct error *err);
int tree_symlink(struct tree *tree, const char *path, const char *target,
		 const struct meta *meta, struct error *err);
int tree_link(struct tree *tree, const char *path, const char *target, struct error *err);
int tree_node(struct tree *tree, const char *path, mode_t type, dev_t device,
	      const struct meta *meta, struct error *err);

/* path is deleted from the layers below; what this layer has there itself stays. */
int tree_whiteout(struct tree *tree, const char *path, struct error *err);

/* The folder path hides what the layers below have in it. */
int tree_opaque(struct tree *tree, const char *path, struct error *err);

/* Of an open file or folder: whose it is; an extended attribute (what an archive has no business
 * with is left out and noted); its permissions and time. -1 with err. */
int tree_own(struct tree *tree, int fd, const struct meta *meta, struct error *err);
int tree_attribute(struct tree *tree, int fd, const char *name, const void *value, size_t size,
		   struct error *err);
int tree_finish(struct tree *tree, int fd, const struct meta *meta, struct error *err);

/* Folders get their times. The paths of folders that no entry has named are written to fd, NUL
 * behind each. */
int tree_close(struct tree *tree, int fd, struct error *err);
