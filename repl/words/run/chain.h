/* A container being planned: what the files of container share; no file but theirs includes it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "words/plans/cgroup/cgroup.h"
#include "words/plans/container/confine.h"
#include "words/plans/container/container.h"

struct chain {
	struct box box;
	struct root_image image;
	struct words asked;     /* as typed, with what the image says about its program */
	struct context outside; /* a process of the host's, which the container begins as */
	struct reading view;    /* of it, with the container's host name; owns nothing */
	const struct words *words, *typed; /* words: asked */
	struct plan *plan;
	struct limits_wanted limits;
	struct confinement walls;
	const char *unlimited;  /* what has no limit although it should, and why, in a sentence; or NULL */
	const char *remedy;     /* how to get one, in a sentence; or NULL */
	const char *hostname, *group;
	const char *base;       /* the tmpfs for all that is not the image's */
	const char *etc;        /* the image's folder /etc; NULL where that is none */
	uint64_t storage;       /* bytes for all that is not the image's; 0: half of the machine's memory */
	uint64_t processes;     /* where no group counts them: its user namespace does; 0: neither does */
	const char *unmapped;   /* the volumes whose ids are not mapped, printable; or NULL */
	const char *uid_map, *gid_map; /* of an ordinary user's; else NULL */
	bool subordinate;       /* these have his subordinate ids, too */
	bool copied;            /* its layers are copies with its ids */
	pid_t joins[NS_TYPES];  /* whose namespace of a type it joins; 0: it has its own, or the host's */
	const char *bridge, *address, *mac, *gateway, *alias; /* of the network that it is in; NULL: none */
	bool world;             /* the router has a way out */
	bool names;             /* those in it know each other's, and it */
	const char *line;       /* as this line of hosts(5); NULL: it has none */
	pid_t userns;           /* whose user namespace it joins therefore; 0: nobody's */
	bool below;             /* and makes one of its own there */
	bool new_user, leaves; /* leaves: a volume without a name stays */
};

static inline bool chain_has(const struct chain *chain, const char *flag)
{
	return words_flag(chain->words, flag) != NULL;
}

static inline bool chain_limited(const struct chain *chain)
{
	return chain->limits.count > 0;
}

/* Whether the words leave a wall out on purpose. */
static inline bool words_without(const struct words *words, const char *wall)
{
	const char *name;

	for (size_t n = 0; (name = words_flag_nth(words, "--without", n)); n++)
		if (strcmp(name, wall) == 0)
			return true;
	return false;
}

/* Whether it has limits that nobody asked for. */
static inline bool words_guarded(const struct words *words)
{
	return !words_without(words, "limits") && !words_flag(words, "--privileged");
}

/* ---- joins.c ---- */

/* Whose namespaces the words ask it to share: container:NAME. -1 with err. */
int chain_read_joins(struct chain *chain, struct error *err);

/* Whether they do. */
bool container_joins(const struct words *words);

/* Join them, and make again those of types that could not be made before. -1 with err. */
int chain_plan_joins(struct chain *chain, uint64_t types, struct error *err);

/* ---- lan.c ---- */

/* The line that comes before one with a network: struct command's before. */
const char *container_before(const struct context *context, const struct words *words);

/* The network that the words ask for, and an address in it. -1 with err. */
int chain_read_lan(struct chain *chain, struct error *err);

/* Where it is to be in a network: which groups may send an echo request without CAP_NET_RAW, which a container does
 * not have. All that it knows, as docker has it: icmp(7), ping_group_range. Once it has a /proc, and no part of that
 * is read-only yet. */
void chain_plan_ping(struct chain *chain);

/* lo, a wire to its bridge, the address, and a route to all else: once the container has a network namespace. */
void chain_plan_lan(struct chain *chain);

/* Ports of the host's that lead to it. -1 with err. */
int chain_plan_ports(struct chain *chain, struct error *err);

/* What its /etc/hosts and resolv.conf are to have: --add-host, --dns. -1 with err. */
int chain_read_names(struct chain *chain, struct error *err);

/* ---- asked.c ---- */

/* What the words ask for, with what the image says. -1 with err. */
int chain_read(struct chain *chain, struct error *err);

/* ---- process.c ---- */

/* The process: its groups, namespaces (clone3(2)) and ids. -1 with err. */
int chain_plan_process(struct chain *chain, struct error *err);

/* ---- filesystems.c ---- */

/* Its root and what is mounted there, and the pivot into it. -1 with err. */
int chain_plan_file_systems(struct chain *chain, struct error *err);

/* ---- meaning.c ---- */

/* What docker would be told, into the plan. */
void chain_plan_same(const struct chain *chain);

/* What it means, and more of that; in the plan's arena. */
const char *chain_meaning(const struct chain *chain);
const char *chain_details(const struct chain *chain);
