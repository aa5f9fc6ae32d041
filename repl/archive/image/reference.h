/* Names of images as people type them and as archives have them. */
#pragma once

#include <stdbool.h>

/* Whether both are the same image to docker: "busybox" is docker.io/library/busybox:latest. */
bool reference_same(const char *a, const char *b);

/* Whether ref names this digest ("sha256:HEX", or HEX): all of it, or six digits at least. */
bool reference_digest(const char *ref, const char *digest);
