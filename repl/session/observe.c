#include "session/observe.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/message.h"
#include "base/text.h"
#include "base/file/inroot.h"
#include "session/observe_union.h"
#include "session/session.h"
#include "snapshot/look.h"
#include "snapshot/network/lines.h"
#include "snapshot/network/network.h"

enum { MOST_NAMES = 40 };

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_entry(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* "/u: a b x": the names in a folder as the child sees it, sorted. */
static void add_names(pid_t pid, const char *path, const char *when, struct text *note)
{
	cleanup_fd int fd = look_open(pid, path, O_RDONLY | O_DIRECTORY);
	struct dirent **entries;
	char name[32];

	int count = fd < 0 ? -1 : scandir(inroot_name(fd, name), &entries, is_entry, by_name);
	if (count < 0)
		return;
	text_addf(note, "%s%s: %s:", note->len ? "\n" : "", when, vis(path));
	for (int i = 0; i < count; i++) {
		if (i < MOST_NAMES)
			text_addf(note, " %s", vis(entries[i]->d_name));
		free(entries[i]);
	}
	if (count == 0)
		text_say(note, " (empty)");
	if (count > MOST_NAMES)
		text_sayf(note, " ... %d in all", count);
	free(entries);
}

/* Whether two names lead to one inode: st_dev and st_ino say. */
static void add_twins(pid_t pid, const char *a, const char *b, struct text *note)
{
	struct stat first, second;

	if (!a || !b || look_stat(pid, a, 0, &first) < 0 || look_stat(pid, b, 0, &second) < 0)
		return;
	bool same = first.st_dev == second.st_dev && first.st_ino == second.st_ino;
	text_sayf(note, "%s%s and %s: %s (device %u:%u inode %llu", note->len ? "\n" : "", vis(a), vis(b),
		  same ? _("the same inode") : _("not the same inode"), major(first.st_dev), minor(first.st_dev),
		  (unsigned long long)first.st_ino);
	if (!same)
		text_sayf(note, ", device %u:%u inode %llu", major(second.st_dev), minor(second.st_dev),
			  (unsigned long long)second.st_ino);
	text_add(note, ")");
}

/* Mounts made in another mount namespace are not in the host's table, whatever they cover. */
static bool asks_host(const struct step *step)
{
	return step->plan.binding_count || step->plan.twins[1];
}

static void add_host(struct session *session, const struct step *step, struct text *note)
{
	struct host_look before = step->host, now = host_table_look(&session->host_table);

	if (!now.known || !before.known)
		return;
	text_sayf(note, "%sthe host's mount table: ", note->len ? "\n" : "");
	if (now.version == before.version)
		text_sayf(note, "%zu mounts, as before", now.mounts);
	else
		text_sayf(note, "%zu mounts, before %zu", now.mounts, before.mounts);
}

/* A folder of the host, and what the container has in its place. */
static void add_binding(pid_t pid, const struct binding *binding, struct text *note)
{
	struct stat host, inside;

	if (stat(binding->source, &host) < 0 || look_stat(pid, binding->target, 0, &inside) < 0)
		return;
	bool same = host.st_dev == inside.st_dev && host.st_ino == inside.st_ino;
	text_sayf(note, "%s%s in the container and the host's %s: %s (device %u:%u inode %llu)",
		  note->len ? "\n" : "", vis(binding->target), vis(binding->source),
		  same ? _("the same inode") : _("not the same inode"), major(inside.st_dev), minor(inside.st_dev),
		  (unsigned long long)inside.st_ino);
	if (binding->hidden)
		text_sayf(note, "\nwhat the image has at %s (%s) is hidden, not lost", vis(binding->target),
			  binding->hidden);
}

/* The network as lines, on the heap; NULL where it could not be read, with the reason in note. */
static char *network_now(pid_t pid, struct text *note)
{
	cleanup_network struct network network = { 0 };
	struct text lines = { 0 };
	struct error err;

	if (network_read(pid, &network, &err) < 0) {
		text_sayf(note, "%sthe network could not be read: %s", note->len ? "\n" : "", err.what);
		return NULL;
	}
	network_lines(&network, &lines);
	return lines.s;
}

static void add_network(struct step *step, struct text *note)
{
	cleanup_text struct text changes = { 0 };
	cleanup_free char *after = step->network ? network_now(step->pid, note) : NULL;

	if (after)
		lines_difference(step->network, after, &changes);
	free(steal_ptr(&step->network));
	if (!changes.len)
		return;
	text_add(note, note->len ? "\n" : "");
	text_addn(note, changes.s, changes.len - 1);
}

void observe_ready(struct session *session, struct step *step, pid_t pid)
{
	struct text note = { 0 };

	if (!step->plan.binding_count)
		return;
	if (step->note)
		text_add(&note, step->note);
	for (size_t i = 0; i < step->plan.binding_count; i++)
		add_binding(pid, &step->plan.bindings[i], &note);
	add_host(session, step, &note);
	free(step->note);
	step->note = note.s;
}

void observe_before(struct session *session, struct step *step)
{
	struct text note = { 0 };

	if (step->note)
		text_add(&note, step->note);
	step->host = asks_host(step) ? host_table_look(&session->host_table) :
				       (struct host_look){ 0 };
	if (step->plan.show)
		add_names(step->pid, step->plan.show, "before", &note);
	if (step->plan.show_origin)
		observe_origin(session, step->before, step->plan.show_origin, "before", &note);
	if (step->plan.network)
		step->network = network_now(step->pid, &note);
	free(step->note);
	step->note = note.s;
}

void observe_after(struct session *session, struct step *step)
{
	struct text note = { 0 };

	if (step->note)
		text_add(&note, step->note);
	if (step->plan.show)
		add_names(step->pid, step->plan.show, "after", &note);
	if (step->plan.show_entry)
		observe_entry(session, step->after, step->plan.show_entry, &note);
	for (const char *const *form = step->plan.forms; form && *form; form++)
		observe_form(step->after, *form, &note);
	if (step->plan.show_origin)
		observe_origin(session, step->after, step->plan.show_origin, "after", &note);
	add_network(step, &note);
	add_twins(step->pid, step->plan.twins[0], step->plan.twins[1], &note);
	if (step->plan.twins[1])
		add_host(session, step, &note);
	free(step->note);
	step->note = note.s;
	if (step->plan.program == PROGRAM_NONE)
		observe_ready(session, step, step->pid);
}
