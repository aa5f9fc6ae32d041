/* One trial: a thing that is made once, in a process that is thrown away. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct facts;

enum trial_id {
#define TRIAL(id) TRIAL_##id,
#include "doctor/list.h"
#undef TRIAL
	TRIALS
};

/* What came of it, filled by the process that tried; it outlives that. */
struct outcome {
	int code;          /* errno of the call that failed; 0: nothing did */
	bool late;         /* it was not over in time, and was ended */
	char call[120];    /* as C; "" where it was no call that failed */
	char about[120];   /* the file, program or type that it is about */
	char label[120];   /* of who tried, behind the failure: /proc/self/attr/current */
	char filtered[200];/* a call that the kernel would have answered otherwise: a filter did */
	uint64_t caps;     /* effective, behind the failure */
	bool chrooted;     /* who tried was in a chroot: snapshot/root.h */
	char folder[64];   /* an empty one that it has made on the host; "" when it has removed it */
};

/* Where it is tried. An ordinary user is in a user namespace of their own, as its root, everywhere but HERE. */
enum ground {
	GROUND_HERE,  /* as this user, on the host: it touches nothing there */
	GROUND_USER,  /* every namespace but that is the host's */
	GROUND_WORLD, /* a mount namespace of its own, in which nothing goes to others; in an empty tmpfs */
	GROUND_NET,   /* a network namespace of its own */
	GROUND_SEEN,  /* in this process, by a group that is made and removed; what is in the way is looked at */
};

/* Who is asked at all. */
enum whose { EVERYBODYS, USERS, ROOTS };

/* Who needs it for a container. BY_UNIONS: all but those who are in a user namespace before Linux 5.11, which has no
 * unions there: their containers' roots are read-only. */
enum demanded { BY_NOBODY, BY_USERS, BY_UNIONS, BY_ALL };

struct trial {
	const char *name; /* in --json */
	const char *what; /* a few words */
	const char *line; /* of Stave's, that does it; behind "unshare user" for an ordinary user. NULL: none does */
	enum ground ground;
	enum demanded demanded;
	enum whose whose;
	int after;        /* the trial without which it cannot be made; -1: none */
	int flag;         /* CLONE_NEW* of a namespace; else 0 */
	int cap;          /* the capability that the call takes; 0: none (nobody asks for CAP_CHOWN) */
	int number;       /* enum controller */
	const char *kernel; /* the kernel option without which it is not there; NULL: it always is */
	const char *module; /* what modprobe(8) brings it in by; NULL: nothing */
	/* Try it: 0, or -1 with errno, and call and about filled. */
	int (*run)(const struct trial *trial, struct outcome *outcome);
	/* A call that changes nothing and that the kernel would answer with another errno: tells a filter's answer
	 * from the kernel's. NULL: not asked. */
	void (*ask)(const struct trial *trial, struct outcome *outcome);
};
extern const struct trial trials[TRIALS];

/* Make the trial in a new process, and wait for its end, for some seconds at most. */
void trial_make(const struct trial *trial, bool root, struct outcome *ret);

/* Say which call it was. Returns -1, errno as it was. */
int trial_failed(struct outcome *outcome, const char *about, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

typedef int trial_run(const struct trial *trial, struct outcome *outcome);
trial_run try_user, try_namespace, try_mounts, try_pid, try_hostname, try_idmap;                     /* namespaces.c */
trial_run try_tmpfs, try_proc, try_sysfs, try_devpts, try_mqueue, try_overlay, try_devices, try_pivot,
	try_idmapped;                                                                     /* mounts.c */
trial_run try_capabilities, try_no_new_privs, try_seccomp, try_landlock, try_keyring, try_trace; /* privilege.c */
trial_run try_archive;                                                           /* archive.c */
trial_run try_lo, try_veth, try_bridge, try_netem, try_nft, try_tun, try_outlet;          /* network.c */

typedef void trial_ask(const struct trial *trial, struct outcome *outcome);
trial_ask ask_unshare, ask_mount, ask_pivot, ask_keyctl, ask_ptrace, ask_socket, ask_archive; /* asked.c */
