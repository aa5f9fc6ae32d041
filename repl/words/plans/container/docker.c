#include "words/plans/container/docker.h"

#include <string.h>

#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "ops/privilege/capability.h"
#include "words/plans/privilege/caps.h"

/* Options that docker has by another name, or the same; their values are docker's too. */
static const struct { const char *ours, *dockers; } same[] = {
	{ "--interactive", "-i" }, { "--tty", "-t" }, { "--detach", "-d" },
	{ "--read-only", "--read-only" }, { "--init", "--init" }, { "--name", "--name" },
	{ "--hostname", "--hostname" }, { "--volume", "-v" }, { "--user", "--user" },
	{ "--workdir", "--workdir" }, { "--env", "--env" }, { "--security-opt", "--security-opt" },
	{ "--entrypoint", "--entrypoint" }, { "--publish", "-p" },
	{ "--ip", "--ip" }, { "--dns", "--dns" }, { "--add-host", "--add-host" }, { "--privileged", "--privileged" },
};

/* Walls that docker leaves out by an option. */
static const struct { const char *wall, *dockers; } omitted[] = {
	{ "pid", "--pid=host" }, { "uts", "--uts=host" }, { "ipc", "--ipc=host" },
	{ "cgroup", "--cgroupns=host" },
};

static void add_option(struct text *ret, const char *name, const char *value)
{
	if (!value)
		return;
	text_addf(ret, " %s", name);
	if (!value[0])
		return;
	text_add(ret, " ");
	text_add_sh(ret, value);
}

static bool without(const struct words *words, const char *wall)
{
	const char *name;

	for (size_t i = 0; (name = words_flag_nth(words, "--without", i)); i++)
		if (strcmp(name, wall) == 0)
			return true;
	return false;
}

/* What docker would give that this container has not, and the other way. */
static void add_caps(const struct confinement *walls, struct text *ret)
{
	const struct { uint64_t set; const char *option; } sides[] = {
		{ capabilities_docker & ~walls->caps, " --cap-drop" },
		{ walls->caps & ~capabilities_docker, " --cap-add" },
	};

	if (walls->privileged)
		return;
	for (size_t i = 0; i < COUNT(sides); i++) {
		uint64_t set = sides[i].set & capabilities_known;
		bool all = i == 0 ? set == capabilities_docker : (walls->caps & capabilities_known) == capabilities_known;
		if (all)
			text_addf(ret, "%s all", sides[i].option);
		for (size_t c = 0; c < CAPABILITIES && !all; c++)
			if (set >> c & 1)
				text_addf(ret, "%s %s", sides[i].option, capabilities[c].name);
	}
}

static void add_limits(const struct docker_asked *asked, struct text *ret)
{
	add_option(ret, "--cpu-quota", asked->cpus);
	add_option(ret, "--cpu-shares", asked->weight);
	add_option(ret, "--cpuset-cpus", asked->cpuset);
	add_option(ret, "--cpuset-mems", asked->mems);
	add_option(ret, "--memory", asked->memory);
	/* docker's is for memory and swap together. */
	if (asked->memory && !words_flag(asked->words, "--swap"))
		add_option(ret, "--memory-swap", asked->memory);
	add_option(ret, "--pids-limit", asked->pids);
	if (asked->walls->limits && !asked->walls->privileged)
		text_add(ret, " --ulimit core=0 --ulimit nofile=1024:4096 --oom-score-adj 500");
	if (asked->walls->no_new_privs && !asked->walls->privileged)
		text_add(ret, " --security-opt no-new-privileges");
}

static const char *differences(struct plan *plan, const struct docker_asked *asked)
{
	const struct { bool is; const char *what; } rows[] = {
		{ words_flag(asked->words, "--userns"), N_("the user namespace, which docker has for all containers or none") },
		{ asked->storage, N_("the limit on what is written") },
		{ words_flag(asked->words, "--io"), N_("the limits on disks") },
		{ words_flag(asked->words, "--swap"), N_("the limit on swap") },
		{ without(asked->words, "root"), N_("--without root: a container of docker's has one") },
		{ without(asked->words, "keyring"), N_("--without keyring: docker makes one") },
	};
	cleanup_text struct text text = { 0 };

	for (size_t i = 0; i < COUNT(rows); i++)
		if (rows[i].is)
			text_addf(&text, "%s%s", text_joint(&text), _(rows[i].what));
	return text.len ? arena_copy(&plan->arena, text.s) : NULL;
}

/* "--net container:NAME" as docker has it, or what it is otherwise. */
static void add_shared(const struct words *words, const char *flag, const char *otherwise, struct text *ret)
{
	const char *value = words_flag(words, flag);

	bool other = !value || strncmp(value, "container:", strlen("container:")) != 0;
	if (other && (!value || strcmp(flag, "--net") != 0 || strcmp(value, "none") == 0 || strcmp(value, "host") == 0)) {
		text_add(ret, otherwise);
		return;
	}
	text_addf(ret, " %s ", strcmp(flag, "--net") == 0 ? "--network" : flag);
	/* docker's default network has the world behind it. */
	text_add_sh(ret, strcmp(value, "world") == 0 ? "bridge" : value);
}

void plan_docker_line(struct plan *plan, const struct docker_asked *asked)
{
	const struct words *words = asked->words;
	const char *image = words_flag(words, "--image");
	cleanup_text struct text text = { 0 };

	text_add(&text, asked->leaves ? "docker run" : "docker run --rm");
	add_shared(asked->words, "--net", !asked->net ? " --network host" : words_flag(words, "--publish") ? " --network bridge" :
		   " --network none", &text);
	add_shared(asked->words, "--ipc", "", &text);
	add_shared(asked->words, "--pid", "", &text);
	for (size_t i = 0; i < COUNT(same); i++)
		for (size_t n = 0; words_flag_nth(words, same[i].ours, n); n++)
			add_option(&text, same[i].dockers, words_flag_nth(words, same[i].ours, n));
	for (size_t i = 0; i < COUNT(omitted); i++)
		if (without(words, omitted[i].wall))
			text_addf(&text, " %s", omitted[i].dockers);
	if (asked->cgroups_v1 && !without(words, "cgroup"))
		text_add(&text, " --cgroupns=private");
	add_limits(asked, &text);
	add_caps(asked->walls, &text);
	text_add(&text, " ");
	text_add_sh(&text, image ? image : "busybox");
	for (size_t i = 0; i < words->count; i++) {
		text_add(&text, " ");
		text_add_sh(&text, words->args[i].s);
	}
	plan->same_as = arena_copy(&plan->arena, text_of(&text));
	plan->differs = differences(plan, asked);
	plan->man = "clone(2)";
}
