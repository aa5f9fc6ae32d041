/* Layers: what each has of a name, and what the writable one holds, of folders made here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/error.h"
#include "base/text.h"
#include "snapshot/union/layers.h"
#include "snapshot/union/overlay.h"
#include "snapshot/union/written.h"

/* A scratch folder with the layers low, mid and top in it. */
struct world {
	char path[64];
	const char *folders[4];
};

static const char *at(const struct world *world, const char *name)
{
	static char ring[8][200];
	static unsigned next;
	char *ret = ring[next++ % 8];

	snprintf(ret, sizeof(ring[0]), "%s/%s", world->path, name);
	return ret;
}

static void folder(const struct world *world, const char *name)
{
	assert_int_equal(mkdir(at(world, name), 0755), 0);
}

static void file(const struct world *world, const char *name, const char *text)
{
	FILE *to = fopen(at(world, name), "w");

	assert_non_null(to);
	fputs(text, to);
	assert_int_equal(fclose(to), 0);
}

/* Whiteouts of overlay's kind may be made by anybody since Linux 5.8. */
static bool whiteout(const struct world *world, const char *name)
{
	return mknod(at(world, name), S_IFCHR, makedev(0, 0)) == 0;
}

static bool opaque(const struct world *world, const char *name)
{
	return setxattr(at(world, name), "user.overlay.opaque", "y", 1, 0) == 0;
}

static int begin(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	if (!world)
		return -1;
	strcpy(world->path, "/tmp/stave-layers.XXXXXX");
	if (!mkdtemp(world->path))
		return -1;
	folder(world, "low");
	folder(world, "mid");
	folder(world, "top");
	world->folders[0] = strdup(at(world, "top"));
	world->folders[1] = strdup(at(world, "mid"));
	world->folders[2] = strdup(at(world, "low"));
	*state = world;
	return 0;
}

static int end(void **state)
{
	struct world *world = *state;
	char command[100];

	snprintf(command, sizeof(command), "rm -rf %s", world->path);
	int ret = system(command);
	for (size_t i = 0; i < 3; i++)
		free((char *)world->folders[i]);
	free(world);
	return ret;
}

/* Each layer's part, the lowest first: "- gives hidden(whiteout 2)". */
static void sees(const struct world *world, const char *name, const char *expected)
{
	static const char *const by_what[] = { "", "whiteout", "opaque", "name" };
	cleanup_text struct text found = { 0 };
	struct layers layers;

	layers_of(NULL, world->folders, OVERLAY_USER, &layers);
	const struct sight *sights = layers_look(&layers, name, layers.count);
	for (size_t i = 0; i < layers.count; i++) {
		text_add(&found, i ? " " : "");
		switch (sights[i].kind) {
		case SIGHT_NOTHING:
			text_add(&found, "-");
			break;
		case SIGHT_GIVES:
			text_add(&found, sights[i].opaque ? "gives-opaque" : "gives");
			break;
		case SIGHT_HIDES:
			text_add(&found, "hides");
			break;
		case SIGHT_HIDDEN:
			text_addf(&found, "hidden(%s %zu%s)", by_what[sights[i].hidden_by], sights[i].by,
				  sights[i].above ? " above" : "");
			break;
		case SIGHT_UNREAD:
			text_addf(&found, "unread(%s)", errno_name(sights[i].code));
			break;
		}
	}
	assert_string_equal(text_of(&found), expected);
	layers_done(&layers);
}

static void test_the_topmost_has_a_name(void **state)
{
	struct world *world = *state;

	file(world, "low/a", "");
	file(world, "low/b", "");
	file(world, "mid/b", "");
	sees(world, "a", "gives - -");
	sees(world, "b", "hidden(name 1) gives -");
	sees(world, "none", "- - -");
	sees(world, "", "gives gives gives");
}

static void test_folders_are_merged_but_not_with_files(void **state)
{
	struct world *world = *state;

	folder(world, "low/d");
	folder(world, "top/d");
	file(world, "low/d/x", "");
	sees(world, "d", "gives - gives");
	sees(world, "d/x", "gives - -");
	folder(world, "low/e");
	file(world, "low/e/x", "");
	file(world, "mid/e", "");
	folder(world, "top/e");
	sees(world, "e", "hidden(name 1) hidden(name 2) gives");
	sees(world, "e/x", "hidden(name 1 above) - -");
}

static void test_a_whiteout_hides_what_is_below(void **state)
{
	struct world *world = *state;

	file(world, "low/a", "");
	folder(world, "low/d");
	file(world, "low/d/x", "");
	if (!whiteout(world, "mid/a") || !whiteout(world, "mid/d"))
		skip();
	sees(world, "a", "hidden(whiteout 1) hides -");
	sees(world, "d/x", "hidden(whiteout 1 above) - -");
	folder(world, "top/d");
	file(world, "top/d/x", "");
	sees(world, "d/x", "hidden(name 2) - gives");
}

static void test_an_opaque_folder_hides_what_is_below(void **state)
{
	struct world *world = *state;

	folder(world, "low/d");
	file(world, "low/d/x", "");
	folder(world, "mid/d");
	if (!opaque(world, "mid/d"))
		skip();
	sees(world, "d", "hidden(opaque 1) gives-opaque -");
	sees(world, "d/x", "hidden(opaque 1 above) - -");
}

static void test_links_are_not_followed(void **state)
{
	struct world *world = *state;
	struct layers layers;
	struct stat st;

	assert_int_equal(symlink("/etc", at(world, "low/link")), 0);
	sees(world, "link", "gives - -");
	sees(world, "link/passwd", "- - -");
	layers_of(NULL, world->folders, OVERLAY_USER, &layers);
	assert_int_equal(layers_stat(&layers, "link", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(layers_open(&layers, "link", O_RDONLY), -1);
	assert_int_equal(layers_open(&layers, "link/passwd", O_RDONLY), -1);
	assert_int_equal(layers_open(&layers, "../low", O_RDONLY), -1);
	layers_done(&layers);
}

static void test_what_is_told_of_a_name(void **state)
{
	struct world *world = *state;
	cleanup_text struct text told = { 0 };
	struct layers layers;

	file(world, "low/b", "");
	file(world, "mid/b", "");
	layers_of(NULL, world->folders, OVERLAY_USER, &layers);
	layers_tell(&layers, layers_look(&layers, "b", layers.count), &told);
	assert_string_equal(text_of(&told), "branch 1, over branch 0");
	text_clear(&told);
	layers_tell(&layers, layers_look(&layers, "none", layers.count), &told);
	assert_string_equal(text_of(&told), "");
	layers_done(&layers);
}

/* The table of a union as the kernel prints it, and the folders read out of it. */
static void names(const char *options, const char *expected)
{
	cleanup_text struct text line = { 0 }, found = { 0 };
	struct reading reading = { .pid = getpid() };
	struct layers layers;
	struct error err;

	text_addf(&line, "60 50 0:40 / /u rw - overlay overlay rw,%s\n", options);
	reading.mounts = mounts_parse(line.s, NULL);
	if (layers_take(NULL, &reading, &reading.mounts->list[0], NULL, &layers, &err) == 0) {
		for (size_t i = 0; i < layers.count; i++)
			text_addf(&found, "%s%s%s", i ? " " : "",
				  layers.list[i].kind == LAYER_INIT ? "init:" :
				  layers.list[i].kind == LAYER_WRITABLE ? "rw:" : "",
				  vis(layers.list[i].folder));
		layers_done(&layers);
	} else {
		text_add(&found, "none");
	}
	assert_string_equal(text_of(&found), expected);
	mounts_free(reading.mounts);
}

static void test_layers_are_named_by_the_table(void **state)
{
	(void)state;
	names("lowerdir=/a:/b,upperdir=/s/upper,workdir=/s/work", "/b /a rw:/s/upper");
	names("lowerdir=/s/init:/b,upperdir=/s/upper", "/b init:/s/init rw:/s/upper");
	names("lowerdir=/o/l1-init/diff:/b,upperdir=/o/l1/diff", "/b init:/o/l1-init/diff rw:/o/l1/diff");
	names("lowerdir+=/a\\054b,lowerdir+=/c:d,lowerdir+=/e\\134f", "/e\\\\f /c:d /a,b");
	names("lowerdir=/a\\134:b:/c", "/c /a:b");
	names("upperdir=/x", "none");
}

static void holds(const struct world *world, const char *expected)
{
	cleanup_text struct text found = { 0 };
	struct layers layers;
	struct written written;
	struct error err;

	layers_of(NULL, world->folders, OVERLAY_USER, &layers);
	layers.writable = true;
	assert_int_equal(written_take(&layers, &written, &err), 0);
	for (size_t i = 0; i < written.count; i++) {
		const struct written_entry *entry = &written.list[i];
		text_addf(&found, "%c %s%s%s%s%s%s\n", entry->kind, entry->path,
			  entry->how & WRITTEN_TYPE ? " type" : "",
			  entry->how & WRITTEN_CONTENT ? " content" : "",
			  entry->how & WRITTEN_MODE ? " mode" : "",
			  entry->how & WRITTEN_TIMES ? " times" : "",
			  entry->how & WRITTEN_OPAQUE ? " opaque" : "");
	}
	assert_string_equal(text_of(&found), expected);
	written_done(&written);
	layers_done(&layers);
}

static void same_times(const struct world *world, const char *from, const char *to)
{
	struct stat st;

	assert_int_equal(stat(at(world, from), &st), 0);
	struct timespec times[] = { st.st_atim, st.st_mtim };
	assert_int_equal(utimensat(AT_FDCWD, at(world, to), times, 0), 0);
}

static void test_an_empty_layer_holds_nothing(void **state)
{
	holds(*state, "");
}

static void test_added_changed_and_only_copied(void **state)
{
	struct world *world = *state;

	file(world, "low/same", "text");
	file(world, "low/long", "text");
	file(world, "low/byte", "text");
	file(world, "mid/mode", "text");
	folder(world, "low/d");
	file(world, "top/same", "text");
	same_times(world, "low/same", "top/same");
	file(world, "top/long", "longer");
	same_times(world, "low/long", "top/long");
	file(world, "top/byte", "tent");
	same_times(world, "low/byte", "top/byte");
	file(world, "top/mode", "text");
	same_times(world, "mid/mode", "top/mode");
	assert_int_equal(chmod(at(world, "top/mode"), 0600), 0);
	folder(world, "top/d");
	file(world, "top/d/new", "");
	folder(world, "top/fresh");
	file(world, "top/fresh/x", "");
	holds(world, "C /byte content\nC /d\nA /d/new\nA /fresh\nA /fresh/x\nC /long content\n"
		     "C /mode mode\nC /same\n");
}

static void test_deleted_and_made_anew(void **state)
{
	struct world *world = *state;

	file(world, "low/gone", "");
	folder(world, "low/d");
	file(world, "low/d/one", "");
	file(world, "mid/d", "");
	folder(world, "low/e");
	file(world, "low/e/one", "");
	file(world, "low/e/two", "");
	folder(world, "top/e");
	file(world, "top/e/two", "");
	if (!whiteout(world, "top/gone") || !opaque(world, "top/e"))
		skip();
	same_times(world, "low/e/two", "top/e/two");
	folder(world, "top/d");
	holds(world, "C /d type\nC /e opaque\nD /e/one\nC /e/two\nD /gone\n");
}

/* With too few descriptors the reading is the same, or says that something was left out, or there is none: never
 * another, for a layer that could not be opened is not an empty one. */
static void test_what_could_not_be_opened_is_not_empty(void **state)
{
	const struct world *world = *state;
	struct rlimit limit, few;
	struct layers layers;
	struct written written;
	struct error err;
	int whole = 0, told = 0;

	folder(world, "low/sub");
	folder(world, "top/sub");
	file(world, "low/sub/a", "was");
	file(world, "top/sub/a", "is");
	int highest = dup(STDIN_FILENO);
	close(highest);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	for (int more = 0; more < 12; more++) {
		few = (struct rlimit){ (rlim_t)(highest + more), limit.rlim_max };
		layers_of(NULL, world->folders, OVERLAY_USER, &layers);
		layers.writable = true;
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
		int failed = written_take(&layers, &written, &err);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
		if (failed || written.left_out) {
			told++;
		} else {
			whole++;
			assert_int_equal(written.count, 2);
			assert_int_equal(written.list[0].kind, WRITTEN_CHANGED);
			assert_int_equal(written.list[1].kind, WRITTEN_CHANGED);
			assert_true(written.list[1].how & WRITTEN_CONTENT || written.list[1].how & WRITTEN_UNREAD);
		}
		if (!failed)
			written_done(&written);
		layers_done(&layers);
	}
	assert_true(whole && told);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_the_topmost_has_a_name, begin, end),
		cmocka_unit_test_setup_teardown(test_folders_are_merged_but_not_with_files, begin, end),
		cmocka_unit_test_setup_teardown(test_a_whiteout_hides_what_is_below, begin, end),
		cmocka_unit_test_setup_teardown(test_an_opaque_folder_hides_what_is_below, begin, end),
		cmocka_unit_test_setup_teardown(test_links_are_not_followed, begin, end),
		cmocka_unit_test_setup_teardown(test_what_is_told_of_a_name, begin, end),
		cmocka_unit_test(test_layers_are_named_by_the_table),
		cmocka_unit_test_setup_teardown(test_an_empty_layer_holds_nothing, begin, end),
		cmocka_unit_test_setup_teardown(test_added_changed_and_only_copied, begin, end),
		cmocka_unit_test_setup_teardown(test_deleted_and_made_anew, begin, end),
		cmocka_unit_test_setup_teardown(test_what_could_not_be_opened_is_not_empty, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
