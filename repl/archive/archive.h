/* archive: reads and writes the archives of images; a program of its own, confined.
 * May include: base.
 * Never: trusts what it reads, or is linked into the shell.
 * Begin at: program/main.c, then image/intake/import.h. */
#pragma once
