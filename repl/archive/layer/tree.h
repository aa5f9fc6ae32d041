/* A layer's files on disk, in overlay's form, written below "/": the process that does it has been
 * moved into the layer's own folder by chroot(2), so that no name and no link leads out of it. */
#pragma once

#include "archive/layer/making.h"

/* fd is "/", O_RDONLY; list is where the records for settle.h go. Both stay the caller's. */
void tree_init(struct tree *tree, int fd, int overseer, int list);
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

/* What no layer can have here is left out, and noted; a whiteout in its place hides what it would
 * have replaced. -1 with err. */
int tree_left_out(struct tree *tree, const char *path, enum note note, struct error *err);

/* path is deleted from the layers below; what this layer has there itself stays. What hides nothing
 * is taken away again when the layers below are known: settle.h. */
int tree_whiteout(struct tree *tree, const char *path, struct error *err);

/* The folder path hides what the layers below have in it. */
int tree_opaque(struct tree *tree, const char *path, struct error *err);

/* Whether path is a file that aufs kept for hard links to lead to. It is unpacked as any other, and
 * gone when the tree is closed. */
bool tree_is_pseudo_link(const char *path);

/* Folders get their times, and the list is completed. */
int tree_close(struct tree *tree, struct error *err);
