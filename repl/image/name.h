/* Names of images, and of the files that stand for them. */
#pragma once

struct arena;

/* The file's name for an image's whole name: slashes and percent signs as %2F and %25, in arena. */
const char *image_file(const char *name, struct arena *arena);
