/* The wire: what is packed is unpacked, and nothing else is. */
#include "random_op.h"

#include <errno.h>

#include "base/list.h"
#include "ops/wire.h"

static char bytes[WIRE_BYTES];

static struct planned random_planned(enum op_kind kind, struct arena *arena, int *next_fd)
{
	struct planned planned = { .op = op_new(kind), .flags = (unsigned)rand() & 7 };

	for (const struct field *field = op_info(kind)->fields; field->name; field++)
		random_field(&planned.op, field, arena, rand() % 2 ? (*next_fd)++ : -1, true);
	return planned;
}

static void assert_round_trip(const struct planned *ops, size_t count, enum op_side side)
{
	cleanup_arena struct arena arena = { 0 };
	struct packet packet = { .bytes = bytes };
	struct planned *got;

	assert_int_equal(ops_pack(ops, count, &packet), count);
	assert_int_equal(ops_unpack(&packet, side, &arena, &got), count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(got[i].op.kind, ops[i].op.kind);
		assert_int_equal(got[i].flags, ops[i].flags);
		for (const struct field *field = op_info(ops[i].op.kind)->fields; field->name;
		     field++)
			assert_fields_equal(&ops[i].op, &got[i].op, field);
	}
}

static void test_every_kind_comes_through(void **state)
{
	(void)state;
	srand(1);
	for (enum op_kind kind = 0; kind < OP_COUNT; kind++)
		for (int round = 0; round < 300; round++) {
			cleanup_arena struct arena arena = { 0 };
			int next_fd = 10;
			struct planned one = random_planned(kind, &arena, &next_fd);
			assert_round_trip(&one, 1, op_info(kind)->side);
		}
}

static size_t kinds_of(enum op_side side, enum op_kind *ret)
{
	size_t count = 0;

	for (enum op_kind kind = 0; kind < OP_COUNT; kind++)
		if (op_info(kind)->side == side)
			ret[count++] = kind;
	return count;
}

static void test_batches_come_through_in_order(void **state)
{
	enum op_kind kinds[OP_COUNT];
	size_t kind_count = kinds_of(IN_CHILD, kinds);

	(void)state;
	srand(2);
	for (int round = 0; round < 500; round++) {
		cleanup_arena struct arena arena = { 0 };
		struct planned ops[8];
		size_t count = (size_t)rand() % 9;
		int next_fd = 10;
		for (size_t i = 0; i < count; i++)
			ops[i] = random_planned(kinds[(size_t)rand() % kind_count], &arena,
						&next_fd);
		assert_round_trip(ops, count, IN_CHILD);
	}
}

static int unpack(const char *what, size_t length, const int *fds, size_t fd_count,
		  enum op_side side)
{
	cleanup_arena struct arena arena = { 0 };
	struct packet packet = { .bytes = (char *)(uintptr_t)what, .length = length };
	struct planned *got;

	if (fd_count)
		memcpy(packet.fds, fds, fd_count * sizeof(*fds));
	packet.fd_count = fd_count;
	errno = 0;
	int n = ops_unpack(&packet, side, &arena, &got);
	assert_true(n >= 0 || errno == EBADMSG);
	return n;
}

/* A packet with one op of each kind of the child's, and its descriptors. */
static void pack_all(struct arena *arena, struct packet *packet)
{
	enum op_kind kinds[OP_COUNT];
	struct planned ops[OP_COUNT];
	size_t count = kinds_of(IN_CHILD, kinds);
	int next_fd = 10;

	for (size_t i = 0; i < count; i++)
		ops[i] = random_planned(kinds[i], arena, &next_fd);
	assert_int_equal(ops_pack(ops, count, packet), count);
}

static void test_every_truncation_is_refused(void **state)
{
	cleanup_arena struct arena arena = { 0 };
	struct packet packet = { .bytes = bytes };

	(void)state;
	srand(3);
	pack_all(&arena, &packet);
	assert_true(packet.length > 200);
	for (size_t length = 0; length < packet.length; length++) {
		/* A copy of that size, so that a sanitizer sees a read beyond it. */
		char *cut = malloc(length ? length : 1);
		memcpy(cut, packet.bytes, length);
		assert_int_equal(unpack(cut, length, packet.fds, packet.fd_count, IN_CHILD), -1);
		free(cut);
	}
}

static void test_surplus_is_refused(void **state)
{
	cleanup_arena struct arena arena = { 0 };
	struct packet packet = { .bytes = bytes };
	int fds[WIRE_FDS];

	(void)state;
	srand(4);
	pack_all(&arena, &packet);
	memcpy(fds, packet.fds, sizeof(fds));
	size_t count = packet.fd_count;
	assert_true(count > 0 && count < WIRE_FDS);
	assert_true(unpack(bytes, packet.length, fds, count, IN_CHILD) > 0);
	bytes[packet.length] = 0;
	assert_int_equal(unpack(bytes, packet.length + 1, fds, count, IN_CHILD), -1);
	fds[count] = 99;
	assert_int_equal(unpack(bytes, packet.length, fds, count + 1, IN_CHILD), -1);
	assert_int_equal(unpack(bytes, packet.length, fds, count - 1, IN_CHILD), -1);
}

static void test_the_other_side_is_refused(void **state)
{
	struct packet packet = { .bytes = bytes };

	(void)state;
	for (enum op_kind kind = 0; kind < OP_COUNT; kind++) {
		struct planned one = { .op = op_new(kind) };
		enum op_side side = op_info(kind)->side;
		assert_int_equal(ops_pack(&one, 1, &packet), 1);
		assert_int_equal(unpack(bytes, packet.length, NULL, 0, side), 1);
		assert_int_equal(unpack(bytes, packet.length, NULL, 0,
					side == IN_CHILD ? ON_HOST : IN_CHILD), -1);
	}
}

static void test_nonsense_is_refused(void **state)
{
	static const int fd = 10;

	(void)state;
	memset(bytes, 0xff, sizeof(bytes));
	for (size_t length = 0; length < 300; length++)
		assert_int_equal(unpack(bytes, length, NULL, 0, IN_CHILD), -1);
	assert_int_equal(unpack(bytes, sizeof(bytes), NULL, 0, IN_CHILD), -1);
	/* Kinds that there are not, and more ops than a packet has. */
	const struct { uint32_t count; uint16_t kind, flags; } none[] = {
		{ 1, OP_COUNT, 0 }, { 1, 0xffff, 0 }, { WIRE_OPS + 1, OP_fork, 0 },
		{ UINT32_MAX, OP_fork, 0 },
	};
	for (size_t i = 0; i < COUNT(none); i++)
		assert_int_equal(unpack((const char *)&none[i], sizeof(none[i]), &fd, 0, IN_CHILD),
				 -1);
}

/* What passes after a byte or two were changed is still well-formed: strings end, lists too. */
static void test_changed_bytes_pass_or_are_refused(void **state)
{
	cleanup_arena struct arena arena = { 0 };
	struct packet packet = { .bytes = bytes };

	(void)state;
	srand(5);
	pack_all(&arena, &packet);
	char *copy = malloc(packet.length);
	for (int round = 0; round < 50000; round++) {
		memcpy(copy, packet.bytes, packet.length);
		for (int change = rand() % 3; change >= 0; change--)
			copy[(size_t)rand() % packet.length] = (char)rand();
		unpack(copy, packet.length, packet.fds, packet.fd_count, IN_CHILD);
	}
	free(copy);
}

static void test_a_long_plan_goes_in_parts(void **state)
{
	enum { MANY = 2 * WIRE_OPS + 7 };
	static struct planned ops[MANY];
	struct packet packet = { .bytes = bytes };
	size_t done = 0, packets = 0;

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		ops[i].op = op_new(OP_chdir);
		ops[i].op.chdir.path = "/";
	}
	while (done < MANY) {
		int n = ops_pack(ops + done, MANY - done, &packet);
		assert_true(n > 0 && n <= WIRE_OPS);
		assert_int_equal(unpack(bytes, packet.length, NULL, 0, IN_CHILD), n);
		done += (size_t)n;
		packets++;
	}
	assert_int_equal(packets, 3);
}

static void test_what_never_fits_is_told(void **state)
{
	struct planned ops[2] = { { .op = op_new(OP_chdir) }, { .op = op_new(OP_chdir) } };
	struct packet packet = { .bytes = bytes };
	char *long_one = malloc(WIRE_BYTES + 1);

	(void)state;
	memset(long_one, 'x', WIRE_BYTES);
	long_one[WIRE_BYTES] = '\0';
	ops[0].op.chdir.path = "/";
	ops[1].op.chdir.path = long_one;
	/* The one before it goes alone. */
	assert_int_equal(ops_pack(ops, 2, &packet), 1);
	assert_int_equal(unpack(bytes, packet.length, NULL, 0, IN_CHILD), 1);
	assert_int_equal(ops_pack(ops + 1, 1, &packet), -1);
	assert_int_equal(errno, E2BIG);
	free(long_one);
}

static void test_descriptors_beyond_a_packet_wait_for_the_next(void **state)
{
	static struct planned ops[WIRE_FDS + 5];
	struct packet packet = { .bytes = bytes };

	(void)state;
	for (size_t i = 0; i < WIRE_FDS + 5; i++) {
		ops[i].op = op_new(OP_setns);
		ops[i].op.setns.fd.fd = 100 + (int)i;
	}
	assert_int_equal(ops_pack(ops, WIRE_FDS + 5, &packet), WIRE_FDS);
	assert_int_equal(packet.fd_count, WIRE_FDS);
	assert_int_equal(unpack(bytes, packet.length, packet.fds, WIRE_FDS, IN_CHILD), WIRE_FDS);
}

static void test_outcomes_come_through(void **state)
{
	struct op_outcome outcomes[5], got[5];
	struct packet packet = { .bytes = bytes };
	char hostname[65];

	(void)state;
	srand(6);
	for (size_t i = 0; i < 5; i++) {
		outcomes[i] = (struct op_outcome){ .code = (int)i, .value = -(int64_t)i,
						   .fds = { i == 2 ? 11 : -1, -1, i == 3 ? 12 : -1 } };
		memset(outcomes[i].detail, 'a' + (int)i, i == 4 ? 199 : i);
	}
	outcomes_pack(outcomes, 5, "a host", &packet);
	assert_int_equal(packet.fd_count, 2);
	assert_int_equal(outcomes_unpack(&packet, got, 5, hostname), 5);
	assert_string_equal(hostname, "a host");
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(got[i].code, outcomes[i].code);
		assert_int_equal(got[i].value, outcomes[i].value);
		assert_memory_equal(got[i].fds, outcomes[i].fds, sizeof(got[i].fds));
		assert_string_equal(got[i].detail, outcomes[i].detail);
	}
	assert_int_equal(outcomes_unpack(&packet, got, 4, hostname), -1);
	size_t whole = packet.length;
	for (packet.length = 0; packet.length < whole; packet.length++)
		assert_int_equal(outcomes_unpack(&packet, got, 5, hostname), -1);
	packet.length = whole + 1;
	assert_int_equal(outcomes_unpack(&packet, got, 5, hostname), -1);
}

/* The child is not trusted: its host name and its details are cut to what there is room for. */
static void test_long_outcomes_are_cut(void **state)
{
	struct op_outcome got[1];
	struct packet packet = { .bytes = bytes };
	char hostname[65], long_one[1001];
	uint32_t length = sizeof(long_one), one = 1;
	char *at = bytes;

	(void)state;
	memset(long_one, 'h', 1000);
	long_one[1000] = '\0';
	at = mempcpy(at, &length, 4);
	at = mempcpy(at, long_one, length);
	at = mempcpy(at, &one, 4);
	memset(at, 0, 4 + 2 * 8 + 3);
	at = mempcpy(at + 4 + 2 * 8 + 3, &length, 4);
	at = mempcpy(at, long_one, length);
	packet.length = (size_t)(at - bytes);
	assert_int_equal(outcomes_unpack(&packet, got, 1, hostname), 1);
	assert_int_equal(strlen(hostname), 64);
	assert_int_equal(strlen(got[0].detail), sizeof(got[0].detail) - 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_kind_comes_through),
		cmocka_unit_test(test_batches_come_through_in_order),
		cmocka_unit_test(test_every_truncation_is_refused),
		cmocka_unit_test(test_surplus_is_refused),
		cmocka_unit_test(test_the_other_side_is_refused),
		cmocka_unit_test(test_nonsense_is_refused),
		cmocka_unit_test(test_changed_bytes_pass_or_are_refused),
		cmocka_unit_test(test_a_long_plan_goes_in_parts),
		cmocka_unit_test(test_what_never_fits_is_told),
		cmocka_unit_test(test_descriptors_beyond_a_packet_wait_for_the_next),
		cmocka_unit_test(test_outcomes_come_through),
		cmocka_unit_test(test_long_outcomes_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
