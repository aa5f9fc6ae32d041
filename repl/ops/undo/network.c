/* Undo kind: a change of the host's network, taken back by the op that undoes it. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "ops/line.h"
#include "ops/undo/undo.h"

/* Only what changes a network: a journal is no program. */
static bool is_of_network(enum op_kind kind)
{
	return kind == OP_addr || kind == OP_route || kind == OP_link_set || kind == OP_link_del ||
	       kind == OP_sysctl || kind == OP_nft || kind == OP_qdisc;
}

/* What the errors of these ops say where it is gone already. */
static bool is_gone(int code)
{
	return code == ENODEV || code == ESRCH || code == EADDRNOTAVAIL || code == ENOENT || code == EEXIST;
}

static int take_network(const struct undo *undo, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	cleanup_fd int proc = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const struct op_stage stage = { .proc = proc };
	struct op_outcome outcome;
	struct stat own;
	struct op op;

	if (stat("/proc/self/ns/net", &own) < 0)
		return fail(err, errno, "stat /proc/self/ns/net");
	/* A start in that one can. */
	if (own.st_dev != undo->device || own.st_ino != undo->inode) {
		fail_id(err, ERR_LEFT_ALONE, EAGAIN, "%s is left alone", vis(undo->path));
		fail_why(err, "it is of another network namespace than this process's");
		return -1;
	}
	if (!undo->value || !op_read(undo->value, &arena, &op) || !is_of_network(op.kind))
		return undo_leave(err, undo, "the journal does not say how to take it back");
	if (op_run(&op, &stage, &outcome) == 0 || is_gone(outcome.code))
		return 0;
	return fail(err, outcome.code, "%s", vis(undo->path));
}

bool undo_of_network(const struct op *op, const char *line, struct undo *ret)
{
	cleanup_text struct text does = { 0 };
	struct stat own;

	if (stat("/proc/self/ns/net", &own) < 0)
		return false;
	op_does(op, &does);
	*ret = (struct undo){ .kind = UNDO_NETWORK, .parent = -1, .path = text_copy(text_of(&does)),
			      .value = text_copy(line), .device = own.st_dev, .inode = own.st_ino };
	return true;
}

const struct undo_info undo_network = {
	.take = take_network,
};
