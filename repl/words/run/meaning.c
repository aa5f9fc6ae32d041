/* container: what it is called elsewhere, and what it means. */
#include "base/message.h"
#include "base/text.h"
#include "snapshot/facts.h"
#include "words/plans/container/docker.h"
#include "words/run/chain.h"

/* A limit as docker takes it, which is v1's way; NULL for none. */
static const char *docker_limit(const struct chain *chain, enum knob_id knob)
{
	const char *value = limit_wanted(&chain->limits, knob);
	const char *text = value ? knob_text(&knobs[knob], 1, value, &chain->plan->arena) : NULL;

	return text && strcmp(text, "-1") != 0 && strcmp(text, "max") != 0 ? text : NULL;
}

void chain_plan_same(const struct chain *chain)
{
	const struct facts *facts = chain->outside.facts;
	const struct docker_asked asked = {
		.words = chain->typed, .walls = &chain->walls, .net = chain->box.net, .leaves = chain->leaves,
		.cgroups_v1 = facts->layout == CGROUP_V1 || facts->layout == CGROUP_HYBRID,
		.storage = words_flag(chain->typed, "--storage") ? chain->storage : 0,
		.cpus = docker_limit(chain, KNOB_CPU_QUOTA), .memory = docker_limit(chain, KNOB_MEMORY_MAX),
		.pids = docker_limit(chain, KNOB_PIDS_MAX), .weight = docker_limit(chain, KNOB_CPU_WEIGHT),
		.cpuset = docker_limit(chain, KNOB_CPUSET_CPUS),
		.mems = words_flag(chain->typed, "--cpuset") && strchr(words_flag(chain->typed, "--cpuset"), ':') ?
			docker_limit(chain, KNOB_CPUSET_MEMS) : NULL,
	};

	plan_docker_line(chain->plan, &asked);
}

/* Where the group of the first limit lies. */
static const char *group_parent(const struct chain *chain)
{
	const struct knob *knob = &knobs[chain->limits.list[0].knob];

	return chain->outside.facts->cgroup[knob->controller].parent;
}

static const char *layers_told(const struct root_image *image, struct arena *arena)
{
	size_t count = 0;

	while (image->folders[count])
		count++;
	if (!image->stored)
		return arena_copy(arena, vis(image->folders[0]));
	return arena_print(arena, message_of(count, "the %zu layer of %s", "the %zu layers of %s"), count,
			   vis(image->name));
}

static const char *storage_told(const struct chain *chain)
{
	unsigned long long bytes = chain->storage;
	bool whole = bytes % (1 << 20) == 0;

	if (!bytes)
		return _("half of the machine's memory at most");
	return arena_print(&chain->plan->arena, whole ? _("%lluM at most") : _("%llu bytes at most"),
			   whole ? bytes >> 20 : bytes);
}

static const char hosts_root[] = N_("Its root is the host's root: a setuid file that it makes on a volume is root's "
				 "on the host; --userns gives it other ids.");

static bool is_hosts_root(const struct chain *chain)
{
	return !chain->new_user && chain->outside.facts->root;
}

/* What is out of the ordinary is told also where the calls are folded. */
const char *chain_meaning(const struct chain *chain)
{
	cleanup_text struct text text = { 0 };

	text_sayf(&text, "An ordinary process, started in new namespaces%s.",
		  chain->new_user ? _(", the user namespace first, which makes it root inside") : "");
	if (chain->joins[NS_NET] || chain->joins[NS_IPC] || chain->joins[NS_PID])
		text_sayf(&text, " It shares these with others, as the containers of a pod do:%s%s%s.",
			  chain->joins[NS_NET] ? " net" : "", chain->joins[NS_IPC] ? " ipc" : "",
			  chain->joins[NS_PID] ? " pid" : "");
	if (chain->bridge)
		text_sayf(&text, " Its eth0 leads to the bridge %s in the router, and has the address %s.",
			  vis(chain->bridge), chain->address);
	if (!chain->box.overlay)
		text_sayf(&text, " Its / is %s itself, read-only: before Linux 5.11 user namespaces have no "
			  "unions.", vis(chain->image.folders[0]));
	if (chain->unmapped)
		text_sayf(&text, " These keep the host's ids: %s. Inside, their files belong to "
			  "nobody, root may do with them what anybody may, and what it makes there "
			  "belongs to nobody on the host.", chain->unmapped);
	if (!chain->etc)
		text_say(&text, " Its /etc is not a folder, so it has no hosts, hostname or resolv.conf of "
				"its own.");
	if (chain->unlimited)
		text_add(&text, chain->unlimited);
	if (chain->walls.keys_denied)
		text_say(&text, " It gets no keyring of its own: Stave itself may not call keyctl(2), and neither "
				"may the programs that it starts.");
	if (is_hosts_root(chain) && words_flag(chain->typed, "--volume"))
		text_addf(&text, " %s", _(hosts_root));
	if (chain->leaves)
		text_say(&text, " The volumes without a name stay, as without docker's --rm: volume ls lists "
				"them, volume prune removes them.");
	return arena_copy(&chain->plan->arena, text_of(&text));
}

const char *chain_details(const struct chain *chain)
{
	cleanup_text struct text text = { 0 };

	if (chain->box.overlay)
		text_sayf(&text, "Its / is a union: a fresh writable layer in memory, which holds %s, over %s, "
			  "which does not change. ", storage_told(chain),
			  layers_told(&chain->image, &chain->plan->arena));
	if (chain->box.mapped)
		text_sayf(&text, "Its root is nobody on the host: %d ids from 0 on are mapped to ids "
			  "that nobody there has. ", MAPPED_IDS);
	if (chain->copied)
		text_say(&text, "Its layers are copies in the store whose files belong to these, "
				"because the store's file system, or this kernel, has no idmapped "
				"mounts for unions; image rm removes them with their image. ");
	if (chain->subordinate)
		text_say(&text, "Its root is you on the host, its other users are your ids of /etc/subuid. ");
	if (chain->subordinate && chain->image.stored)
		text_say(&text, "Its layers are copies in the store whose files have the owners that the image records, as "
				"far as these ids reach; image rm removes them with their image. ");
	if (is_hosts_root(chain) && !words_flag(chain->typed, "--volume"))
		text_addf(&text, "%s ", _(hosts_root));
	if (chain_limited(chain))
		text_sayf(&text, "Its limits are those of the group %s below %s. ", chain->group,
			  vis(group_parent(chain)));
	if (chain->remedy)
		text_addf(&text, "%s ", chain->remedy);
	if (chain->processes)
		text_sayf(&text, "RLIMIT_NPROC limits %s to %llu processes. ",
			  chain->subordinate ? _("each user of its user namespace") : _("its user namespace"),
			  (unsigned long long)chain->processes);
	tell_confinement(&chain->walls, &text);
	text_say(&text, chain->words->count ?
		 " When CMD ends, all of it is gone: a namespace lives only as long as a process "
		 "is in it, or a descriptor or mount refers to it." :
		 " It is the shell's child now: go on with shell, run, ps, mountinfo.");
	return arena_copy(&chain->plan->arena, text_of(&text));
}
