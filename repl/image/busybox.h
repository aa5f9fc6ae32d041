/* The default root: made on the spot from the system's own static busybox. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct error;

/* The folder of a root file system made of the system's busybox, into ret: /bin/busybox with a
 * link for each applet, /etc/passwd, /etc/group, and the folders that a system has. With make it
 * is made when the store does not have it yet: beside its place and renamed, so that it is whole
 * or not there; afterwards it costs two stat(2). It is a read-only layer: nobody may write to it.
 * -1 with err: no static busybox on this machine, or no place for the store. */
int image_busybox(bool make, char *ret, size_t size, struct error *err);
