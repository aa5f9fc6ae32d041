/* The programs that belong to this one: stave-archive, stave-probe. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The path of the one of this name: beside this program, or where make install puts it, PREFIX/libexec/stave beside
 * PREFIX/bin. false, with errno, where it may not be executed there or is not there. */
bool own_program(const char *name, char *ret, size_t size);
