/* The predicates of the language of checks. Only check.c and predicates*.c include this. */
#pragma once

#include <stdbool.h>

#include "snapshot/facts.h"
#include "snapshot/snapshot.h"

struct arena;
struct error;
struct layers;
struct text;
struct witness;

/* Whom a predicate is about: the child, or whoever follows "in". */
struct asked {
	const struct witness *witness;
	const struct facts *facts;
	const struct reading *host;    /* the shell's own, to compare with */
	const struct reading *reading; /* of whom it is about */
	const char *whom;              /* NULL: the child */
	bool negated;                  /* it stands under an odd number of nots */
};

/* Whether a predicate holds for words, as many as its pattern has. What was seen goes to saw,
 * foreign text in it made visible. */
typedef bool predicate_test(const struct asked *asked, const char *const *words, struct text *saw);

/* One predicate. pattern: literal words in lower case, "|" between alternatives, and arguments in upper
 * case: TYPE (of namespace), PATH, FSTYPE, SOURCE, OPTION, TEXT, N, NAME, ENTRY, OWNER, WHOM, OFFSET,
 * CONTROLLER, SHARE, SIZE, COUNT, CAP, CAPS, CALL, CMD, IMAGE, LINK, ADDRESS (10.0.0.1), ADDRESSES (10.0.0.1/24),
 * PREFIX (10.0.0.0/24, default), TARGET (10.0.0.1:80). "..." after the last: one or more. */
struct predicate {
	const char *pattern;
	predicate_test *test;
};

/* Ended by { 0 }. */
extern const struct predicate predicates[];

/* Whether word can stand for the argument called name ("TYPE"). false with err. */
bool argument_fits(const char *name, const char *word, struct error *err);

/* The tests of the rows, file by file: process, host, clocks, mounts, unions, images, proc, files, limits, rights,
 * calls, keys, network, packets, programs. */
predicate_test predicate_ns, predicate_ns_owned, predicate_ns_shared, predicate_pid, predicate_hostname,
	predicate_root, predicate_cwd, predicate_id, predicate_lo, predicate_forward;
predicate_test predicate_host;
predicate_test predicate_clock;
predicate_test predicate_mount, predicate_mount_type, predicate_mount_from,
	predicate_mount_from_host, predicate_mount_from_hosts, predicate_mount_shows,
	predicate_mount_rights, predicate_mount_alone, predicate_mount_option, predicate_propagation,
	predicate_no_hosts_mount;
predicate_test predicate_unites;
predicate_test predicate_image, predicate_image_layers, predicate_image_shares, predicate_mount_image;
predicate_test predicate_proc;
predicate_test predicate_file, predicate_file_absent, predicate_file_contains, predicate_file_is,
	predicate_file_owner, predicate_file_same, predicate_dir;
predicate_test predicate_cgroup, predicate_cpu, predicate_memory, predicate_pids;
predicate_test predicate_cap, predicate_caps_only, predicate_caps_set, predicate_nonewprivs,
	predicate_seccomp, predicate_file_caps;
predicate_test predicate_call, predicate_seccomp_docker;
predicate_test predicate_keyring;
predicate_test predicate_link, predicate_link_port, predicate_link_mtu, predicate_link_peer, predicate_addr,
	predicate_route, predicate_neighbour, predicate_rules, predicate_rule;
predicate_test predicate_answers;
predicate_test predicate_prints, predicate_status, predicate_job;

/* The process that a word means: a child's, a job's, a container's, a number. 0 for nobody. */
pid_t pid_meant(const struct asked *asked, const char *word);

/* argument_fits() for ADDRESS, ADDRESSES, PREFIX, TARGET. */
bool fits_network(const char *name, const char *word, struct error *err);

/* argument_fits() for CONTROLLER, CAP, CAPS, CALL, OFFSET, OWNER, and the limits SHARE, SIZE and
 * COUNT as the command cgroup would take them. */
bool fits_controller(const char *word, struct error *err);
bool fits_capability(const char *word, struct error *err);
bool fits_caps(const char *word, struct error *err);
bool fits_call(const char *word, struct error *err);
bool fits_offset(const char *word, struct error *err);
bool fits_owner(const char *word, struct error *err);
bool fits_limit(const char *name, const char *word, struct error *err);

/* The layers of the union that is mounted at path, as asked's process sees it: the caller's to layers_done(). false
 * where there is none or its layers are not known, which saw says. What arena holds is in use as long. */
bool union_asked(const struct asked *asked, const char *path, struct arena *arena, struct layers *ret,
		 struct text *saw);
