/* The words that ps(1) shows for a process: those of its command line, which a fork inherits. */
#pragma once

/* Remember where the command line lies. To be called first thing in main(). */
void title_open(int argc, char **argv);

/* Show name instead, in /proc/PID/cmdline and comm. Cut to the room there is. */
void title_set(const char *name);
