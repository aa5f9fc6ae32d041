#include "archive/guard/overseer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/limits.h"
#include "archive/report.h"
#include "archive/talk.h"
#include "archive/guard/confine.h"
#include "archive/guard/process.h"
#include "archive/layer/layer.h"
#include "archive/layer/settle.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/message.h"
#include "base/text.h"

enum { WORKERS = 4, KNOWN = 1 << 20 /* bytes */ };

/* A worker and what it is at. */
struct worker {
	pid_t pid; /* 0: none */
	int socket;
	unsigned layer;
};

struct oversight {
	const struct overseer *overseer;
	struct order *orders;
	struct outcome *outcomes;
	unsigned count;
	struct worker workers[WORKERS];
	int store; /* the layers below all; -1 for none */
	unsigned first; /* the lowest that is to be unpacked: those below it are in the store */
	char *known;    /* lines "BLOB CHAIN", NULL for none */
};

int overseer_unpack(int overseer, const struct order *orders, unsigned count,
		    struct outcome *outcomes)
{
	if (talk_send(overseer, &count, sizeof(count)) < 0 ||
	    talk_send(overseer, orders, count * sizeof(*orders)) < 0)
		return -1;
	return talk_receive(overseer, outcomes, count * sizeof(*outcomes));
}

/* ---- layers ---- */

static int open_list(unsigned number, int flags)
{
	char name[32];

	snprintf(name, sizeof(name), "lists/%u", number);
	return open(name, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
}

/* In the worker: read the layer, in its folder as the root. */
static int unpack(const struct oversight *all, unsigned number, int overseer, struct error *err)
{
	const struct order *order = &all->orders[number];
	char path[100], diff_id[HEX];
	struct stat st;

	snprintf(path, sizeof(path), "blobs/%s", order->blob);
	cleanup_fd int blob = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	cleanup_fd int list = open_list(number, O_WRONLY | O_CREAT | O_EXCL);
	snprintf(path, sizeof(path), "layers/%u", number);
	if (blob < 0 || list < 0 || fstat(blob, &st) < 0 || chroot(path) < 0 || chdir("/") < 0)
		return fail(err, errno, "make ready to unpack");
	cleanup_fd int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return fail(err, errno, "open the layer's folder");
	if (confine_process(WALLS_TREE, all->overseer->limit, err) < 0)
		return -1;
	struct layer layer = {
		.blob = blob, .root = root, .list = list,
		.overseer = all->overseer->privileged ? overseer : -1,
		.number = number + 1, .of = all->count, .size = (uint64_t)st.st_size,
		.limit = all->overseer->limit, .closed = !*order->diff_id,
	};
	if (layer_unpack(&layer, diff_id, err) < 0)
		return -1;
	if (*order->diff_id && strcmp(diff_id, order->diff_id) != 0) {
		fail_id(err, ERR_ARCHIVE_DIGEST, 0, "its content differs from the config");
		return fail_why(err, "expected the digest sha256:%s, found sha256:%s", order->diff_id,
				diff_id);
	}
	if (talk_tell_digest(overseer, diff_id) < 0)
		return fail(err, errno, "send the digest");
	return 0;
}

static int start_worker(struct oversight *all, struct worker *worker, unsigned number,
			struct error *err)
{
	char path[32];
	int socket;

	snprintf(path, sizeof(path), "layers/%u", number);
	if (mkdir(path, 0755) < 0)
		return fail(err, errno, "mkdir %s", path);
	pid_t pid = process_start(&socket, NULL, err);
	if (pid < 0)
		return -1;
	if (pid == 0) {
		close(STDIN_FILENO);
		int failed = unpack(all, number, socket, err);
		if (failed)
			fail_wrap(err, "layer %u of %u, " SHA256 "%s", number + 1, all->count,
				  all->orders[number].blob);
		process_end(failed, err);
	}
	*worker = (struct worker){ pid, socket, number };
	return 0;
}

static int finish_worker(struct oversight *all, struct worker *worker)
{
	char whose[160];

	close(worker->socket);
	snprintf(whose, sizeof(whose), _("the reader of layer %u of %u, sha256:%s"),
		 worker->layer + 1, all->count, all->orders[worker->layer].blob);
	int failed = process_reap(worker->pid, whose);
	worker->pid = 0;
	return failed;
}

/* Wait until one of them is done. -1 with err, 1 when it has been reported. */
static int attend(struct oversight *all, struct error *err)
{
	struct pollfd waits[WORKERS];

	for (int i = 0; i < WORKERS; i++)
		waits[i] = (struct pollfd){ all->workers[i].pid ? all->workers[i].socket : -1, POLLIN };
	if (poll(waits, WORKERS, -1) < 0)
		return errno == EINTR ? 0 : fail(err, errno, "poll");
	for (int i = 0; i < WORKERS; i++) {
		struct worker *worker = &all->workers[i];
		if (!waits[i].revents)
			continue;
		int got = talk_answer(worker->socket, all->outcomes[worker->layer].diff_id);
		if (got <= 0 && finish_worker(all, worker))
			return 1;
		if (got < 0)
			return fail(err, errno, "hear a reader of layers");
	}
	return 0;
}

static unsigned processors(void)
{
	cpu_set_t set;
	int count = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;

	return count < 1 ? 1 : count > WORKERS ? WORKERS : (unsigned)count;
}

/* Layers do not depend on each other: as many at once as there are processors. */
static int unpack_layers(struct oversight *all, struct error *err)
{
	unsigned most = processors(), next = all->first;

	for (;;) {
		bool busy = false;
		for (unsigned i = 0; i < most; i++) {
			struct worker *worker = &all->workers[i];
			if (!worker->pid && next < all->count &&
			    start_worker(all, worker, next++, err) < 0)
				return -1;
			busy = busy || worker->pid;
		}
		if (!busy)
			return 0;
		int got = attend(all, err);
		if (got)
			return got;
	}
}

/* ---- what depends on the layers below ---- */

static int settle(const struct oversight *all, int store, int overseer, struct error *err)
{
	const struct overseer *with = all->overseer;
	char below[LIMIT_LAYERS][HEX] = { "" };
	cleanup_fd int lists = open("lists", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (lists < 0 || chroot("layers") < 0 || chdir("/") < 0)
		return fail(err, errno, "chroot");
	cleanup_fd int folder = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return fail(err, errno, "open the layers");
	if (confine_process(WALLS_TREE, all->overseer->limit, err) < 0)
		return -1;
	struct settling settling = {
		.folder = folder, .lists = lists, .store = store, .below = below, .first = all->first,
		.overseer = with->privileged ? overseer : -1,
	};
	for (; store >= 0 && settling.below_count < with->below_count; settling.below_count++)
		snprintf(below[settling.below_count], HEX, "%s", with->below[settling.below_count]);
	for (unsigned i = 0; i < all->first; i++)
		memcpy(below[settling.below_count++], all->outcomes[i].chain, HEX);
	for (unsigned i = all->first; i < all->count; i++)
		if (settle_layer(&settling, i, err) < 0)
			return fail_wrap(err, "layer %u of %u, " SHA256 "%s", i + 1, all->count,
					 all->orders[i].blob);
	return 0;
}

static int settle_layers(struct oversight *all, struct error *err)
{
	char unused[HEX];
	int socket;

	int store = all->store;
	pid_t pid = process_start(&socket, &store, err);
	if (pid < 0)
		return -1;
	if (pid == 0) {
		close(STDIN_FILENO);
		process_end(settle(all, store, socket, err), err);
	}
	while (talk_answer(socket, unused) > 0)
		;
	close(socket);
	return process_reap(pid, _("what lays the layers over each other"));
}

/* The chain id of the OCI image specification: of layer i on all below it. */
static void name_chain(struct oversight *all, unsigned i)
{
	const struct overseer *with = all->overseer;
	const char *below = i ? all->outcomes[i - 1].chain :
			    with->below_count ? with->below[with->below_count - 1] : NULL;
	struct outcome *outcome = &all->outcomes[i];
	char words[2 * (HEX + sizeof(SHA256))];
	struct digest digest;

	memcpy(outcome->chain, outcome->diff_id, HEX);
	if (!below)
		return;
	digest_init(&digest);
	snprintf(words, sizeof(words), SHA256 "%s " SHA256 "%s", below, outcome->diff_id);
	digest_add(&digest, words, strlen(words));
	digest_hex(&digest, outcome->chain);
}

/* ---- what is there already ---- */

/* Before anybody is started that could write to it. */
static int read_known(struct oversight *all, struct error *err)
{
	cleanup_text struct text text = { 0 };

	if (read_file(AT_FDCWD, "known", KNOWN, &text) < 0 || unlink("known") < 0)
		return fail(err, errno, "read the layers that are known");
	all->known = steal_ptr(&text.s);
	return 0;
}

static bool is_known(const struct oversight *all, unsigned i)
{
	char line[2 * HEX + 1];
	struct stat st;

	snprintf(line, sizeof(line), "%s %s\n", all->orders[i].blob, all->outcomes[i].chain);
	return strstr(all->known, line) &&
	       fstatat(all->store, all->outcomes[i].chain, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

/* The lowest layers may be in the store: packed as the same blob, and unpacked on the same layers. What the reader
 * says of them is believed no more than of the others: the folder is that of the digest that it orders. */
static void skip_known(struct oversight *all)
{
	for (; all->known && all->first < all->count; all->first++) {
		const char *diff_id = all->orders[all->first].diff_id;
		memcpy(all->outcomes[all->first].diff_id, diff_id, HEX);
		name_chain(all, all->first);
		if (!*diff_id || !is_known(all, all->first))
			return;
	}
}

/* ---- the reader ---- */

static int check_orders(struct oversight *all, struct error *err)
{
	for (unsigned i = 0; i < all->count; i++) {
		struct order *order = &all->orders[i];
		order->blob[HEX - 1] = order->diff_id[HEX - 1] = '\0';
		if (!hex_valid(order->blob) || (*order->diff_id && !hex_valid(order->diff_id)))
			return fail_id(err, ERR_ARCHIVE_INVALID, EPROTO, "the reader's order");
	}
	return 0;
}

/* The reader may order layers once, or end without. -1 with err, 1 when it has been reported. */
static int serve(struct oversight *all, int reader, struct error *err)
{
	if (talk_receive(reader, &all->count, sizeof(all->count)) < 0)
		return 0;
	if (all->count == 0 || all->count > LIMIT_LAYERS)
		return fail_id(err, ERR_ARCHIVE_INVALID, EPROTO, "the reader's order");
	all->orders = calloc(all->count, sizeof(*all->orders));
	all->outcomes = calloc(all->count, sizeof(*all->outcomes));
	if (!all->orders || !all->outcomes)
		out_of_memory();
	if (talk_receive(reader, all->orders, all->count * sizeof(*all->orders)) < 0)
		return fail(err, errno, "hear the reader");
	if (check_orders(all, err) < 0)
		return -1;
	if (mkdir("layers", 0700) < 0 || mkdir("lists", 0700) < 0)
		return fail(err, errno, "mkdir layers");
	skip_known(all);
	int got = unpack_layers(all, err);
	if (!got && all->first < all->count)
		got = settle_layers(all, err);
	if (got)
		return got;
	for (unsigned i = all->first; i < all->count; i++)
		name_chain(all, i);
	if (talk_send(reader, all->outcomes, all->count * sizeof(*all->outcomes)) < 0)
		return fail(err, errno, "answer the reader");
	return 0;
}

/* The store is seen by who lays layers over each other, and by nobody who reads what is foreign: its
 * mount goes, and a descriptor of it stays. */
static int take_store(struct oversight *all, struct error *err)
{
	all->store = open("store", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (all->store < 0 || umount2("store", MNT_DETACH) < 0)
		return fail(err, errno, "open the layers below");
	return 0;
}

int oversee(const struct overseer *overseer)
{
	struct oversight all = { .overseer = overseer, .store = -1 };
	struct error err = { 0 };
	int socket;

	umask(0);
	if (confine_process(WALLS_OVERSEER, overseer->limit, &err) < 0 ||
	    (mkdir("blobs", 0700) < 0 && errno != EEXIST && fail(&err, errno, "mkdir blobs") < 0) ||
	    (overseer->store && take_store(&all, &err) < 0) || (overseer->known && read_known(&all, &err) < 0)) {
		report_error(&err);
		return 1;
	}
	pid_t reader = process_start(&socket, NULL, &err);
	if (reader == 0) {
		int failed = confine_process(WALLS_NOTHING, overseer->limit, &err);
		if (!failed)
			failed = overseer->reader(overseer->data, socket, &err);
		process_end(failed, &err);
	}
	int got = reader < 0 ? -1 : serve(&all, socket, &err);
	if (got < 0)
		report_error(&err);
	if (got)
		return 1;
	close(socket);
	return process_reap(reader, _("the reader of the archive"));
}
