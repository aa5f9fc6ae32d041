/* container: the chain. Every link of it is a part that the commands for one primitive use too. */
#include <errno.h>
#include <string.h>
#include <sys/mount.h>

#include "base/list.h"
#include "base/path.h"
#include "base/text.h"
#include "snapshot/facts.h"
#include "words/plans/container/image_program.h"
#include "words/run/chain.h"
#include "words/run/like.h"

enum { USUAL_OPS = 96 };

static const struct choice users[] = { { "auto" }, { 0 } };
static const struct choice nets[] = { { "none" }, { "bridge" }, { "world", .reach = REACH_HOST }, { "host", .reach = REACH_HOST }, { 0 } };

/* The walls that say so of themselves: .omitted in walls/walls.c. */
static const struct choice omitted[] = {
	{ "pid" }, { "uts" }, { "ipc" }, { "cgroup" }, { "root" }, { "limits" }, { "keyring" }, { 0 }
};

static const struct flag_spec flags[] = {
	{ "--image", 0, "IMAGE", WORD_HOST_PATH, .offers = OFFERS_IMAGES, .means = "busybox (the default), an image of the store, or a folder with a root file system" },
	{ "--run", 0, NULL, .means = "run the image's own Entrypoint and Cmd; so do -i, -t and -d without CMD" },
	{ "--entrypoint", 0, "PROGRAM", .means = "instead of the image's Entrypoint and Cmd; \"\" for none" },
	PROGRAM_FLAGS,
	{ "--volume", 'v', "[SRC:]DST[:ro]", .offers = OFFERS_BINDINGS, .many = true, .reach = REACH_HOST, .reaches = volume_reach, .means = "show the host's SRC, or the volume SRC, at DST; without SRC a fresh volume; docker's other options may follow ro: z and Z set no label" },
	{ "--name", 0, "NAME", .means = "the container's name, for exec and jobs" },
	{ "--hostname", 'h', "NAME", .means = "its host name; --name when left out" },
	{ "--cpu", 0, "QUOTA", .means = "CPU time: microseconds in 100000, 20%, 1.5cpus; one CPU when left out" },
	{ "--cpus", 0, "N", .means = "the same as docker says it: how many CPUs, as in 1.5; 0 or max: no limit" },
	{ "--cpu-weight", 0, "N", .means = "share of the CPU when others want it too: 1 to 10000; the default is 100" },
	{ "--cpuset", 0, "CPUS[:MEMS]", .alias = "--cpuset-cpus", .means = "the CPUs it may run on, as in 0-1,4; also --cpuset-cpus" },
	{ "--memory", 'm', "SIZE", .means = "memory: bytes, or with K, M, G; 512M when left out; 0 or max: no limit" },
	{ "--swap", 0, "SIZE", .means = "swap in addition; none when left out" },
	{ "--pids", 0, "N", .alias = "--pids-limit", .means = "processes; 256 when left out; -1, 0 or max: no limit; also --pids-limit" },
	{ "--storage", 0, "SIZE", .means = "what its writable layer, which is in memory, may hold; half of the memory when left out" },
	{ "--io", 0, "DISK,rbps=N,...", .many = true, .means = "a disk by path or MAJ:MIN and rbps, wbps, riops, wiops" },
	{ "--net", 0, "none|bridge|NETWORK|world|host|container:NAME", WORD_TEXT, .choices = nets, .alias = "--network", .means = "none (the default): only lo; bridge: the default network in the session's router; NETWORK: one of network ls; world: bridge, and net world before it; host: the host's network; container:NAME: that of another container or child; also --network" },
	{ "--publish", 'p', "[ADDRESS:]PORT:PORT[/udp]", .many = true, .reach = REACH_HOST, .means = "a port of the host that leads to one of the container, as in 8080:80; without --net it is in the network bridge" },
	{ "--ip", 0, "ADDRESS", .means = "its address in the network; the lowest that is free when left out" },
	{ "--dns", 0, "ADDRESS", .many = true, .means = "a name server, for its /etc/resolv.conf" },
	{ "--add-host", 0, "NAME:ADDRESS", .many = true, .means = "one more line of its /etc/hosts" },
	{ "--ipc", 0, "container:NAME", .means = "the ipc namespace of another container or child" },
	{ "--pid", 0, "container:NAME", .means = "the pid namespace of another container or child, whose first process reaps its orphans" },
	{ "--read-only", 0, NULL, .means = "no writable layer on the image" },
	{ "--userns", 0, NULL, WORD_CHOICE, .choices = users, .means = "a user namespace for root too, with ids that nobody on the host has; other users always get one, and with auto their ids of /etc/subuid in it" },
	CONFINEMENT_FLAGS,
	{ "--without", 0, "WALL", WORD_CHOICE, .many = true, .reach = REACH_HOST, .choices = omitted, .means = "leave one wall out, to see what it is for" },
	{ "--init", 0, NULL, .means = "CMD is not PID 1 but a child of an init that reaps orphans" },
	{ "--detach", 'd', NULL, .means = "in the background, as a job" },
	{ "--rm", 0, NULL, .means = "remove fresh volumes with it; the container itself always ends with its CMD" },
	{ "--like", 0, "PID", WORD_PID, .offers = OFFERS_JOBS, .reach = REACH_HOST, .means = "with the walls that this process has, of whatever program: the options above, read from /proc; what is typed beside it counts instead, and what cannot be rebuilt is listed" },
	{ "--step", 0, NULL, .means = "stage by stage: Enter makes the calls of one, s call by call, c all to the end, q stops there and leaves the half-built child to look at" },
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "CMD", WORD_PROGRAM, .optional = true, .many = true,
	  .means = "a program of the image and its arguments, behind its Entrypoint; without it the container becomes the shell's child" },
	{ 0 }
};

/* docker makes the working folder where the image has none. */
static void plan_workdir(struct chain *chain, const char *path)
{
	struct plan *plan = chain->plan;
	const char *clean = path_clean(&plan->arena, path);

	for (const char *p = strchr(clean + 1, '/'); p; p = strchr(p + 1, '/'))
		plan_folder(plan, arena_copyn(&plan->arena, clean, (size_t)(p - clean)), 0755);
	if (strcmp(clean, "/") != 0)
		plan_folder(plan, clean, 0755);
}

/* A device that came with an image is not a way to the host's; a user namespace has none anyway. */
static void plan_root_flags(struct chain *chain)
{
	uint64_t kept = (chain_has(chain, "--read-only") ? MS_RDONLY : 0) |
			(!chain->box.userns && !chain->walls.privileged ? MS_NODEV : 0);

	if (kept)
		plan_mount(chain->plan, NULL, NULL, "/", MS_REMOUNT | MS_BIND | kept, NULL);
}

static int plan_inside(struct chain *chain, struct error *err)
{
	const char *workdir = words_flag(chain->words, "--workdir");
	struct plan *plan = chain->plan;

	if (workdir && workdir[0] != '/') {
		fail_id(err, ERR_PATH_ABSOLUTE, 0, "container: --workdir %s is not an absolute path", vis(workdir));
		err->column = words_column(chain->words, workdir, 0);
		return fail_fix(err, "--workdir /%s", vis(workdir));
	}
	plan->stage = STAGE_PIVOT;
	if (workdir && chain->box.overlay)
		plan_workdir(chain, workdir);
	plan_root_flags(chain);
	if (chain->new_user)
		plan_no_userns(&chain->walls, plan);
	chain_plan_ping(chain);
	if (plan_hidden(&chain->walls, &chain->outside, plan, err) < 0)
		return -1;
	/* The name would be the host's. */
	if (!words_without(chain->words, "uts"))
		plan_hostname(plan, chain->hostname);
	if (chain->box.net && !chain->joins[NS_NET] && !chain->bridge)
		plan_loopback(plan);
	plan->stage = STAGE_NETWORK;
	return chain_plan_ports(chain, err);
}

static int plan_cmd(struct chain *chain, struct error *err)
{
	struct plan *plan = chain->plan;
	bool init = chain_has(chain, "--init");

	plan->child = chain->words->count ? PLAN_ASIDE : PLAN_FRESH;
	if (!chain->words->count)
		return 0;
	plan->stage = STAGE_PROGRAM;
	plan_way(chain->words, plan);
	if (chain_has(chain, "--detach"))
		plan->program = PROGRAM_BACKGROUND;
	if (plan->program == PROGRAM_TERMINAL && !init) {
		struct op *op = plan_add(plan, OP_pty);
		op->pty.rows = chain->outside.rows;
		op->pty.columns = chain->outside.columns;
	}
	if (plan_program(&chain->outside, plan, init ? OP_spawn : OP_exec, chain->words, 0, err) < 0)
		return -1;
	/* It is this user, and in this folder, by now. */
	struct op *op = &plan->ops[plan->count - 1].op;
	op->exec.uid = op->exec.gid = OP_NO_ID;
	op->exec.cwd = NULL;
	return 0;
}

/* Before the walls: a folder that the user may not search can be its working folder, as in docker. */
static void plan_cwd(struct chain *chain)
{
	const char *workdir = words_flag(chain->words, "--workdir");

	if (!workdir || !chain->words->count)
		return;
	chain->plan->stage = STAGE_PROGRAM;
	struct op *op = plan_add(chain->plan, OP_chdir);
	op->chdir.path = arena_copy(&chain->plan->arena, workdir);
	op->chdir.rooted = true;
}

/* The walls last: behind them nothing of the above could be made any more. */
static int plan_end(struct chain *chain, struct error *err)
{
	plan_cwd(chain);
	plan_confinement(&chain->walls, chain->plan);
	return plan_cmd(chain, err);
}

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	struct words all;

	if (like_words(context, words, flags, plan, &all, err) < 0)
		return -1;
	struct chain chain = { .outside = *context, .view = *context->host, .words = &all,
			       .typed = &all, .plan = plan };

	if (!words->count && !image_program_wanted(words) && context->name && strcmp(context->name, ROUTER) == 0) {
		fail_id(err, ERR_CHILD_CURRENT, 0, "container: without CMD it would take the place of the router");
		return fail_fix(err, "@main container, or child NAME first");
	}
	/* Room at once: doubled from the first on, it would be copied four times. */
	if (!plan->room)
		LIST_FIT(plan->ops, plan->room = USUAL_OPS);
	chain.outside.child = &chain.view;
	chain.outside.pid = 0;
	chain.box.context = &chain.outside;
	if (chain_read(&chain, err) < 0 || chain_plan_process(&chain, err) < 0 ||
	    chain_plan_file_systems(&chain, err) < 0 || plan_inside(&chain, err) < 0 ||
	    plan_end(&chain, err) < 0)
		return -1;
	plan->changes = true;
	plan->meaning = chain_meaning(&chain);
	plan->details = chain_details(&chain);
	chain_plan_same(&chain);
	return 0;
}

static const char *const limit_flags[] = {
	"--cpu", "--cpus", "--cpu-weight", "--cpuset", "--memory", "--swap", "--pids", "--io",
};

static unsigned needs(const struct words *words)
{
	const char *image = words_flag(words, "--image");
	bool limits = false;

	/* What its options are going to be nobody knows yet. */
	if (words_flag(words, "--like"))
		return NEEDS_BUSYBOX | NEEDS_VOLUMES | NEEDS_JOBS | NEEDS_CONTROLLERS | NEEDS_WALLS;
	for (size_t i = 0; i < COUNT(limit_flags); i++)
		limits = limits || words_flag(words, limit_flags[i]);

	/* A map asks for root's own, and for the mounts that the folder of a volume has in it; whose namespaces are joined
	 * has to have some that are not the host's. */
	bool blind = !image && !words_flag(words, "--userns") && !container_joins(words);

	/* What stays may be counted and moved in any hierarchy, and these are asked for here: the others limit by what
	 * every container is limited by. */
	bool all = !words->count || words_flag(words, "--detach") || words_flag(words, "--cpuset") || words_flag(words, "--io");

	/* An image may ask for volumes of its own. */
	bool store = volumes_need_store(words) || image;

	return (!image || root_image_is_embedded(image) ? NEEDS_BUSYBOX : 0) | (store ? NEEDS_VOLUMES : 0) |
	       (words_flag(words, "--name") || words_flag(words, "--net") || words_flag(words, "--publish") ? NEEDS_JOBS : 0) | (blind ? NEEDS_NO_SIGHT : 0) |
	       (!limits && !words_guarded(words) ? 0 : all ? NEEDS_CONTROLLERS : NEEDS_LIMITS) |
	       (words_flag(words, "--privileged") ? 0 : NEEDS_WALLS);
}

const struct command command_container = {
	.name = "container", .kind = BUILDS, .stage = STAGE_NAMESPACES, .group = GROUP_RUNNING, .host_safe = true,
	.summary = "the whole chain: a process in a container",
	.explain = "No single call makes a container. It is the sum of the primitives: clone3(2) with "
		"the namespaces mnt pid uts ipc net (and user first, unless you are root), private "
		"mounts, a union as the root file system with a layer for /etc/hosts, hostname and "
		"resolv.conf in the middle, /proc, /dev, /sys, volumes, pivot_root(2), a host name, "
		"lo. Limits are cgroups, made before. The cgroup namespace comes with clone3(2) too, "
		"or by unshare(2) after the process has joined its cgroups.\n\n"
		"Then it drops privileges it does not need: sensitive paths of /proc and /sys are "
		"masked or read-only, it may open at most 4096 files, leaves no core file, is the OOM "
		"killer's first choice, can make no user namespace, gets a session keyring of its own, "
		"keeps eleven capabilities, no_new_privs is set, and docker's seccomp filter comes "
		"last (mask, readonly, keyring, caps, nonewprivs, seccomp do the same by hand). Then "
		"execve(2).\n\n"
		"With CMD, the process becomes CMD, as PID 1. What it writes outside volumes is in "
		"memory and lost at the end. The exit status is CMD's own, 125 if Stave failed, 126 if "
		"CMD cannot be run, 127 if there is no such program, 128+N if signal N ended it. "
		"Without CMD, the container replaces the shell's child, behind the same walls: "
		"hostname or mount, which need sys_admin, then need --cap-add sys_admin.\n\n"
		"Everything below the new root belongs to the image: after root = open(...) each place "
		"in it is opened by openat2(2) as if that root were / already, and mount(2) gets the "
		"descriptor, as /proc/self/fd/N. No link in an image leads out of it.\n\n"
		"By default it may use one CPU, 512 MiB of memory without swap, and 256 processes. "
		"--cpu, --memory, --swap and --pids change that; `max` removes the cpu, memory or pids "
		"limit. If no cgroup can be made, as for an ordinary user without delegation, the "
		"defaults are skipped, with a note; a limit that you ask for is then an error. "
		"--privileged sets only the limits that flags ask for.\n\n"
		"It has no network until you ask for one. --net bridge makes a veth to a bridge of the "
		"session's router, an address and a default route, as docker does by default; network "
		"create makes further networks, in which containers find each other by --name. -p has a process of the session listen on a port of the "
		"host and connect to the container from the router: no rule of the host's changes, and "
		"an ordinary user may do it for ports from 1024 on. An ordinary user's container is in "
		"the router's user namespace then. ping of busybox opens a raw socket, which takes --cap-add net_raw.\n\n"
		"--without leaves out one wall, on purpose: verify then shows what it is for.\n\n"
		"A SRC on the host must exist; nothing is made there. There is no time namespace: it "
		"would not change the wall clock, and docker has none either.\n\n"
		"--userns for root maps 65536 ids to ids that nobody on the host has: root's of "
		"subuid(5), or free ones, which no other session of Stave uses. Idmapped mounts give "
		"the files of the image, of the store's volumes and of read-only folders the owners "
		"that they have on the host; where there are none, the layers are copied in the store. "
		"A writable folder of the host's keeps its ids: no file made there is root's on the "
		"host. Without --userns, root inside is the host's root. An ordinary user is root "
		"inside; with --userns=auto the ids of /etc/subuid follow, which newuidmap(1) maps.",
	.example = "container -- ps\ncontainer -it -- /bin/sh\ncontainer -v /home:/mnt:ro --cpu 20% -- ls /mnt\ncontainer; shell",
	.flags = flags, .args = args, .needs = needs, .runs = image_program_wanted, .before = container_before,
	.build = build,
};
