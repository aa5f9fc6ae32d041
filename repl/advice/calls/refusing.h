/* The questions about a refused call that lie in a file of their own: advice/calls/refused.c and they include this. */
#pragma once

#include <sched.h>

#include "advice/calls/verdict.h"

/* What takes CAP_SYS_ADMIN to make; 0x80 is CLONE_NEWTIME. */
enum { NAMESPACES = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP | 0x80 };

/* A resource limit of the process; one that takes a count of processes, asked after the control groups. */
bool by_limit(const struct refused *at, struct verdict *ret);
bool by_processes(const struct refused *at, struct verdict *ret);

/* A file system without room; an errno that is about names alone. */
bool by_room(const struct refused *at, struct verdict *ret);
bool by_name(const struct refused *at, struct verdict *ret);

/* The file that the path leads to, or its file system; who may trace whom. */
bool by_file(const struct refused *at, struct verdict *ret);
bool lacks_fuse(const struct refused *at, struct verdict *ret); /* who would mount a FUSE file system */
bool by_tracer(const struct refused *at, struct verdict *ret);

/* A value that a control group does not take; a map of ids, or what goes with it: control.c. */
bool by_control(const struct refused *at, struct verdict *ret);
bool by_map(const struct refused *at, struct verdict *ret);

/* What the questions about a primitive know of a call that is one; where children go; how long the words of a program
 * are: alike.c. What is not there on the way to a path: absent.c. */
bool by_primitive(const struct refused *at, struct verdict *ret);
bool by_children(const struct refused *at, struct verdict *ret);
bool by_length(const struct refused *at, struct verdict *ret);
bool by_absence(const struct refused *at, struct verdict *ret);

/* What the kernel shows as files: a tree in which nobody makes a name, a setting below /proc/sys: kernel.c. */
bool by_fixed(const struct refused *at, struct verdict *ret);
bool by_setting(const struct refused *at, struct verdict *ret);

/* A request of ioctl(2) that a setting or the scope of namespaces forbids: requests.c. Whether it is one that sets up a network, or marks a
 * file as one that nobody changes. */
bool by_request(const struct refused *at, struct verdict *ret);
bool sets_network(const struct refused *at);
bool marks_file(const struct refused *at);
bool puts_input(const struct refused *at); /* into a terminal, as if it had been typed */

/* Whether the call opens the kernel's log; the memory, or its ports. */
bool opens_log(const struct refused *at);
bool opens_memory(const struct refused *at);

/* Whether what /proc has at the path is another thing for each process that looks, as below /proc/self. */
bool is_of_process(const char *path);

/* Sets of capabilities that a process may not give itself: sets.c. Whether prctl(2) changes what takes the capability setpcap. */
bool by_sets(const struct refused *at, struct verdict *ret);
bool sets_bounds(const struct refused *at);

/* Whether a request changes a loop device, or whether a device may be written to. */
bool sets_device(const struct refused *at);

/* What belongs to another process, or a signal to it: process.c. */
bool by_process(const struct refused *at, struct verdict *ret);

/* Mode and owner of the file, or of a folder on the way: modes.c. */
bool by_modes(const struct refused *at, struct verdict *ret);

/* What the owner of a file alone may do, and what nobody may: owners.c. */
bool by_owners(const struct refused *at, struct verdict *ret);

/* The verdict on who may not do what the owner may, or root: the capability that would let it, where it counts (mapped)
 * and the child has given it up; a user namespace in which none counts; or no wall, and cause. Returns true. */
bool blame_right(const struct refused *at, int capability, bool mapped, enum cause_id cause, struct verdict *ret);
