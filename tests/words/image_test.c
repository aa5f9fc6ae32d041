/* Words that build out of images and volumes, on a host and a store that the test makes up: a folder of its
 * own stands for the host's root. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/fd.h"
#include "host.h"
#include "image/image.h"
#include "image/volume.h"

/* What eyes see is below path, whoever looks. */
struct world {
	struct eyes eyes;
	struct store_eyes store;
	char path[64];
	int volume_code; /* what looking for a volume fails with */
	int idmap_code;
};

static const char *at(const struct world *world, const char *path)
{
	static char ring[8][300];
	static unsigned next;
	char *ret = ring[next++ % 8];

	snprintf(ret, sizeof(ring[0]), "%s%s", world->path, path);
	return ret;
}

static int stat_below(const struct eyes *eyes, pid_t pid, const char *path, bool nofollow, struct stat *ret)
{
	(void)pid;
	return (nofollow ? lstat : stat)(at((const void *)eyes, path), ret);
}

static int read_below(const struct eyes *eyes, const char *path, size_t limit, struct text *ret)
{
	return read_file(AT_FDCWD, at((const void *)eyes, path), limit, ret);
}

static int open_below(const struct eyes *eyes, pid_t pid, const char *path, int flags)
{
	(void)pid;
	return open(at((const void *)eyes, path), flags | O_CLOEXEC);
}

static int list_below(const struct eyes *eyes, pid_t pid, const char *path, struct text *ret)
{
	return names_in(open_below(eyes, pid, path, O_RDONLY | O_DIRECTORY), ret);
}

static int idmap_below(const struct eyes *eyes, const char *path)
{
	(void)path;
	return ((const struct world *)(const void *)eyes)->idmap_code;
}

static const struct world *world_of(const struct store_eyes *store)
{
	return (const void *)((const char *)store - offsetof(struct world, store));
}

static int made_up_place(const struct store_eyes *store, char *ret, size_t size, struct error *err)
{
	(void)store;
	(void)err;
	snprintf(ret, size, "/store");
	return 0;
}

/* "box": two layers, the upper one without the lower one's gone. "low": the lower one alone. */
static int made_up_image(const struct store_eyes *store, const char *name, struct image *ret, struct error *err)
{
	static struct image_layer layers[] = { { .folder = "/store/low" }, { .folder = "/store/top" } };
	static const char *const none[] = { NULL };

	(void)store;
	bool low = strcmp(name, "low") == 0;
	if (!low && strcmp(name, "box") != 0)
		return fail_id(err, ERR_IMAGE_ABSENT, ENOENT, "there is no image %s", name);
	*ret = (struct image){
		.name = "box:latest", .digest = "sha256:box", .layers = layers, .layer_count = low ? 1 : 2, .env = none, .cmd = none,
		.entrypoint = none, .volumes = none, .workdir = "", .user = "",
	};
	return 0;
}

static int made_up_volume(const struct store_eyes *store, const char *name, struct arena *arena,
			  struct volume *ret, struct error *err)
{
	(void)arena;
	(void)ret;
	return fail(err, world_of(store)->volume_code, "open the volume %s", name);
}

static int begin(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	if (!world)
		return -1;
	world->eyes = (struct eyes){ stat_below, read_below, list_below, open_below, idmap_below };
	world->store = (struct store_eyes){ .place = made_up_place, .image = made_up_image, .volume = made_up_volume };
	strcpy(world->path, "/tmp/stave-host.XXXXXX");
	if (!mkdtemp(world->path))
		return -1;
	static const char *const folders[] = { "/store", "/store/low", "/store/low/etc", "/store/top",
					       "/store/top/etc", "/mnt" };
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (mkdir(at(world, folders[i]), 0755) < 0)
			return -1;
	*state = world;
	return 0;
}

static int end(void **state)
{
	char command[100];

	snprintf(command, sizeof(command), "rm -rf %s", ((struct world *)*state)->path);
	free(*state);
	return system(command);
}

static void file(const struct world *world, const char *path, const char *text)
{
	FILE *to = fopen(at(world, path), "w");

	assert_non_null(to);
	fputs(text, to);
	assert_int_equal(fclose(to), 0);
}

static struct built built_in(const struct world *world, const char *line)
{
	struct facts facts = { .root = true, .initial_userns = true, .kernel = "6.18", .kernel_major = 6,
			       .kernel_minor = 18 };

	return build_on(&world->eyes, &world->store, line, facts);
}

static const struct op *first(const struct built *built, enum op_kind kind)
{
	for (size_t i = 0; i < built->plan.count; i++)
		if (built->plan.ops[i].op.kind == kind)
			return &built->plan.ops[i].op;
	return NULL;
}

static void test_a_user_is_looked_up_in_the_upper_layer(void **state)
{
	const struct world *world = *state;

	file(world, "/store/low/etc/passwd", "joe:x:5:6::/low:/bin/sh\n");
	file(world, "/store/top/etc/passwd", "joe:x:1000:100::/home/joe:/bin/sh\n");
	struct built built = built_in(world, "container --image box --user joe -- true");
	assert_int_equal(built.ret, 0);
	assert_non_null(first(&built, OP_setresuid));
	assert_int_equal(first(&built, OP_setresuid)->setresuid.id, 1000);
	done(&built);
	built = built_in(world, "container --image box --user jim -- true");
	assert_int_equal(built.ret, -1);
	assert_string_equal(built.err.id, error_row(ERR_PROGRAM_USER)->id);
	done(&built);
}

/* The kind: where nothing can be made in the image, mount(2) said ENOENT, or a file system was left out. */
static void test_a_read_only_image_has_what_is_mounted_on(void **state)
{
	static const char *const points[] = { "/store/low/dev", "/store/low/proc", "/store/low/sys" };
	const struct world *world = *state;
	struct facts facts = { .initial_userns = true, .kernel = "5.10", .kernel_major = 5, .kernel_minor = 10,
			       .uid = 1000 };

	for (size_t i = 0; i <= sizeof(points) / sizeof(points[0]); i++) {
		bool whole = i == sizeof(points) / sizeof(points[0]);
		struct built built = build_on(&world->eyes, &world->store, "container --image low -- true", facts);
		assert_int_equal(built.ret, whole ? 0 : -1);
		if (!whole)
			assert_string_equal(built.err.id, error_row(ERR_PATH_ABSENT)->id);
		done(&built);
		facts.kernel_minor = 11;
		built = build_on(&world->eyes, &world->store, "container --image low -- true", facts);
		assert_int_equal(built.ret, 0);
		done(&built);
		facts.kernel_minor = 10;
		if (!whole)
			assert_int_equal(mkdir(at(world, points[i]), 0755), 0);
	}
}

static void test_a_volume_that_cannot_be_looked_at_is_not_made(void **state)
{
	struct world *world = *state;

	world->volume_code = ENOENT;
	struct built built = built_in(world, "container --image box -v data:/srv -- true");
	assert_int_equal(built.ret, 0);
	assert_non_null(first(&built, OP_volume_make));
	done(&built);
	world->volume_code = EACCES;
	built = built_in(world, "container --image box -v data:/srv -- true");
	assert_int_equal(built.ret, -1);
	assert_int_equal(built.err.code, EACCES);
	done(&built);
	built = built_in(world, "volume create data");
	assert_int_equal(built.ret, -1);
	assert_int_equal(built.err.code, EACCES);
	done(&built);
}

static void test_a_folder_of_the_image_has_its_mode_in_the_layer_above(void **state)
{
	const struct world *world = *state;

	assert_int_equal(chmod(at(world, "/store/top/etc"), 0751), 0);
	assert_int_equal(chmod(at(world, "/store/top"), 0711), 0);
	struct built built = built_in(world, "container --image box -- true");
	assert_int_equal(built.ret, 0);
	bool upper = false;
	for (size_t i = 0; i < built.plan.count; i++) {
		const struct op *op = &built.plan.ops[i].op;
		upper = upper || (op->kind == OP_mkdir && op->mkdir.mode == 0711);
	}
	assert_true(upper);
	done(&built);
}

static void test_an_image_is_named_by_the_store(void **state)
{
	struct built built = built_in(*state, "container --image bax -- true");

	assert_int_equal(built.ret, -1);
	assert_string_equal(built.err.id, error_row(ERR_IMAGE_ABSENT)->id);
	done(&built);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_user_is_looked_up_in_the_upper_layer, begin, end),
		cmocka_unit_test_setup_teardown(test_a_read_only_image_has_what_is_mounted_on, begin, end),
		cmocka_unit_test_setup_teardown(test_a_volume_that_cannot_be_looked_at_is_not_made, begin, end),
		cmocka_unit_test_setup_teardown(test_a_folder_of_the_image_has_its_mode_in_the_layer_above, begin, end),
		cmocka_unit_test_setup_teardown(test_an_image_is_named_by_the_store, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
