#include "ops/wire.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"

/* Writing: past the end write nothing and set full. */
struct writer {
	struct packet *packet;
	bool full;
};

static void put(struct writer *to, const void *bytes, size_t length)
{
	size_t room = to->packet->is_long ? WIRE_LONG : WIRE_BYTES;

	if (to->full || room - to->packet->length < length) {
		to->full = true;
		return;
	}
	if (length) /* an empty string may be NULL, which memcpy(3) must not be given */
		memcpy(to->packet->bytes + to->packet->length, bytes, length);
	to->packet->length += length;
}

static void put_u8(struct writer *to, uint8_t n) { put(to, &n, sizeof(n)); }
static void put_u16(struct writer *to, uint16_t n) { put(to, &n, sizeof(n)); }
static void put_u32(struct writer *to, uint32_t n) { put(to, &n, sizeof(n)); }
static void put_u64(struct writer *to, uint64_t n) { put(to, &n, sizeof(n)); }

static void put_string(struct writer *to, const char *s)
{
	size_t length = s ? strlen(s) + 1 : 0;

	put_u32(to, length > WIRE_LONG ? WIRE_LONG : (uint32_t)length);
	put(to, s, length);
}

static void put_list(struct writer *to, const char *const *list)
{
	uint32_t count = 0;

	while (list && list[count])
		count++;
	put_u32(to, list ? count + 1 : 0);
	for (uint32_t i = 0; i < count; i++)
		put_string(to, list[i]);
}

static void put_bytes(struct writer *to, const struct op_bytes *bytes)
{
	uint32_t length = bytes->length > WIRE_LONG ? WIRE_LONG : (uint32_t)bytes->length;

	put_u32(to, length);
	put(to, bytes->bytes, length);
}

static void put_fd(struct writer *to, int fd)
{
	put_u8(to, fd >= 0);
	if (fd < 0)
		return;
	if (to->packet->fd_count == WIRE_FDS)
		to->full = true;
	else
		to->packet->fds[to->packet->fd_count++] = fd;
}

static void put_field(struct writer *to, const struct op *op, const struct field *field)
{
	const void *at = (const char *)op + field->at;

	switch (field->kind) {
	case FIELD_STRING:
		put_string(to, *(const char *const *)at);
		break;
	case FIELD_LIST:
		put_list(to, *(const char *const *const *)at);
		break;
	case FIELD_BYTES:
		put_bytes(to, at);
		break;
	case FIELD_FD:
		put_fd(to, ((const struct op_fd *)at)->fd);
		break;
	case FIELD_BOOL:
		put_u64(to, *(const bool *)at);
		break;
	case FIELD_NUMBER:
	case FIELD_CHOICE:
	case FIELD_MODE:
	case FIELD_DEVICE:
	case FIELD_FLAGS:
	case FIELD_ID:
		put_u64(to, *(const uint64_t *)at);
		break;
	}
}

int ops_pack(const struct planned *ops, size_t count, struct packet *ret)
{
	struct writer to = { ret, false };
	uint32_t packed = 0;

	ret->length = 0;
	ret->fd_count = 0;
	put_u32(&to, 0);
	while (packed < count && packed < WIRE_OPS) {
		size_t length = ret->length, fds = ret->fd_count;
		put_u16(&to, (uint16_t)ops[packed].op.kind);
		put_u16(&to, (uint16_t)ops[packed].flags);
		for (const struct field *field = op_info(ops[packed].op.kind)->fields; field->name;
		     field++)
			put_field(&to, &ops[packed].op, field);
		if (to.full) {
			ret->length = length;
			ret->fd_count = fds;
			break;
		}
		packed++;
	}
	if (packed == 0 && count > 0) {
		errno = E2BIG;
		return -1;
	}
	memcpy(ret->bytes, &packed, sizeof(packed));
	return (int)packed;
}

/* Reading: after malformed input bad is set, and every further read gives zero. */
struct reader {
	const struct packet *packet;
	struct arena *arena;
	size_t at, fd_at;
	bool bad;
};

static void get(struct reader *from, void *to, size_t length)
{
	if (from->bad || from->packet->length - from->at < length) {
		from->bad = true;
		memset(to, 0, length);
		return;
	}
	memcpy(to, from->packet->bytes + from->at, length);
	from->at += length;
}

static uint8_t get_u8(struct reader *from) { uint8_t n; get(from, &n, sizeof(n)); return n; }
static uint16_t get_u16(struct reader *from) { uint16_t n; get(from, &n, sizeof(n)); return n; }
static uint32_t get_u32(struct reader *from) { uint32_t n; get(from, &n, sizeof(n)); return n; }
static uint64_t get_u64(struct reader *from) { uint64_t n; get(from, &n, sizeof(n)); return n; }

static const char *get_string(struct reader *from)
{
	uint32_t length = get_u32(from);

	if (from->bad || length == 0)
		return NULL;
	const char *s = from->packet->bytes + from->at;
	if (length > from->packet->length - from->at || memchr(s, '\0', length) != s + length - 1) {
		from->bad = true;
		return NULL;
	}
	from->at += length;
	return arena_copy(from->arena, s);
}

static const char *const *get_list(struct reader *from)
{
	uint32_t count = get_u32(from);

	/* Each string takes five bytes at least: a lying count cannot ask for much memory. */
	if (from->bad || count == 0 || count - 1 > (from->packet->length - from->at) / 5) {
		from->bad = from->bad || count != 0;
		return NULL;
	}
	const char **list = arena_new(from->arena, count * sizeof(*list));
	for (uint32_t i = 0; i < count - 1; i++) {
		list[i] = get_string(from);
		from->bad = from->bad || !list[i];
	}
	return list;
}

static struct op_bytes get_bytes(struct reader *from)
{
	uint32_t length = get_u32(from);

	if (from->bad || length > from->packet->length - from->at) {
		from->bad = true;
		return (struct op_bytes){ 0 };
	}
	char *bytes = arena_new(from->arena, length + 1);
	get(from, bytes, length);
	return (struct op_bytes){ bytes, length };
}

static int get_fd(struct reader *from)
{
	uint8_t present = get_u8(from);

	from->bad = from->bad || present > 1;
	if (!present || from->bad)
		return -1;
	if (from->fd_at == from->packet->fd_count) {
		from->bad = true;
		return -1;
	}
	return from->packet->fds[from->fd_at++];
}

static void get_field(struct reader *from, struct op *op, const struct field *field)
{
	void *at = (char *)op + field->at;
	uint64_t number;

	switch (field->kind) {
	case FIELD_STRING:
		*(const char **)at = get_string(from);
		break;
	case FIELD_LIST:
		*(const char *const **)at = get_list(from);
		break;
	case FIELD_BYTES:
		*(struct op_bytes *)at = get_bytes(from);
		break;
	case FIELD_FD:
		((struct op_fd *)at)->fd = get_fd(from);
		break;
	case FIELD_BOOL:
		number = get_u64(from);
		from->bad = from->bad || number > 1;
		*(bool *)at = number == 1;
		break;
	case FIELD_NUMBER:
	case FIELD_CHOICE:
	case FIELD_MODE:
	case FIELD_DEVICE:
	case FIELD_FLAGS:
	case FIELD_ID:
		*(uint64_t *)at = get_u64(from);
		break;
	}
}

int ops_unpack(const struct packet *packet, enum op_side side, struct arena *arena,
	       struct planned **ret)
{
	struct reader from = { .packet = packet, .arena = arena };
	uint32_t count = get_u32(&from);

	if (count > WIRE_OPS)
		from.bad = true;
	struct planned *ops = arena_new(arena, (from.bad ? 1 : count + 1) * sizeof(*ops));
	for (uint32_t i = 0; i < count && !from.bad; i++) {
		uint16_t kind = get_u16(&from), flags = get_u16(&from);
		if (from.bad || kind >= OP_COUNT || op_info(kind)->side != side) {
			from.bad = true;
			break;
		}
		ops[i] = (struct planned){ .op = op_new(kind), .flags = flags };
		for (const struct field *field = op_info(kind)->fields; field->name; field++)
			get_field(&from, &ops[i].op, field);
	}
	if (from.bad || from.at != packet->length || from.fd_at != packet->fd_count) {
		errno = EBADMSG;
		return -1;
	}
	*ret = ops;
	return (int)count;
}

void outcomes_pack(const struct op_outcome *outcomes, size_t count, const char *hostname,
		   struct packet *ret)
{
	struct writer to = { ret, false };

	ret->length = 0;
	ret->fd_count = 0;
	put_string(&to, hostname);
	put_u32(&to, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		put_u32(&to, (uint32_t)outcomes[i].code);
		put_u64(&to, (uint64_t)outcomes[i].value);
		put_u64(&to, (uint64_t)outcomes[i].before);
		for (size_t fd = 0; fd < OP_FDS; fd++)
			put_fd(&to, outcomes[i].fds[fd]);
		put_string(&to, outcomes[i].detail);
	}
}

static void copy_bounded(char *to, size_t size, const char *s)
{
	size_t length = s ? strnlen(s, size - 1) : 0;

	if (length)
		memcpy(to, s, length);
	to[length] = '\0';
}

int outcomes_unpack(const struct packet *packet, struct op_outcome *ret, size_t room,
		    char hostname[65])
{
	struct arena arena = { 0 };
	struct reader from = { .packet = packet, .arena = &arena };

	copy_bounded(hostname, 65, get_string(&from));
	uint32_t count = get_u32(&from);
	from.bad = from.bad || count > room;
	for (uint32_t i = 0; i < count && !from.bad; i++) {
		ret[i].code = (int)get_u32(&from);
		ret[i].value = (int64_t)get_u64(&from);
		ret[i].before = (int64_t)get_u64(&from);
		for (size_t fd = 0; fd < OP_FDS; fd++)
			ret[i].fds[fd] = get_fd(&from);
		copy_bounded(ret[i].detail, sizeof(ret[i].detail), get_string(&from));
	}
	arena_done(&arena);
	if (from.bad || from.at != packet->length || from.fd_at != packet->fd_count) {
		errno = EBADMSG;
		return -1;
	}
	return (int)count;
}
