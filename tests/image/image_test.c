/* Images as the store has them: names, records, what is broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/text.h"
#include "base/file/remove.h"
#include "base/file/scratch.h"
#include "image/digest.h"
#include "image/entries.h"
#include "image/image.h"
#include "image/name.h"
#include "image/store.h"
#include "image/intake/intake.h"
#include "image/intake/publish.h"
#include "image/intake/there.h"

#define HEX63 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"
#define LAYER "sha256:" HEX63 "3"
#define DIFF "sha256:" HEX63 "4"

static char home[] = "/tmp/stave-image.XXXXXX";
static char manifest[DIGEST_TEXT], config[DIGEST_TEXT];

static void put(const char *path, const char *text)
{
	char whole[600], *slash;

	snprintf(whole, sizeof(whole), "%s/stave/%s", home, path);
	for (slash = strchr(whole + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(whole, 0700);
		*slash = '/';
	}
	cleanup_fd int fd = open(whole, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write_fd(fd, text, strlen(text)), 0);
}

/* A blob by its digest. */
static void put_blob(const char *text, char digest[DIGEST_TEXT])
{
	char path[100];

	digest_of(text, strlen(text), digest);
	snprintf(path, sizeof(path), "blobs/sha256/%s", digest + strlen(DIGEST_PREFIX));
	put(path, text);
}

static void put_image(const char *file, const char *name)
{
	char record[600];

	put_blob("{\"schemaVersion\":2,\"layers\":[{\"digest\":\"" LAYER
	    "\",\"size\":99,\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\"}]}", manifest);
	put_blob("{\"os\":\"linux\",\"config\":{\"Env\":[\"A=b\",\"C=d\"],\"Cmd\":[\"sh\"],\"Entrypoint\":null,"
	    "\"Volumes\":{\"/data\":{}},\"User\":\"www\"},\"rootfs\":{\"type\":\"layers\","
	    "\"diff_ids\":[\"" DIFF "\"]},\"history\":[{\"created_by\":\"x\"},"
	    "{\"created_by\":\"y\",\"empty_layer\":true}]}", config);
	snprintf(record, sizeof(record),
		 "{\"name\":\"%s\",\"manifest\":\"%s\",\"config\":\"%s\",\"folders\":[\"" HEX63 "4\"]}",
		 name, manifest, config);
	put(file, record);
}

static int open_store(void **state)
{
	(void)state;
	if (!mkdtemp(home))
		return -1;
	unsetenv("SUDO_UID");
	return setenv("XDG_DATA_HOME", home, 1);
}

static int close_store(void **state)
{
	(void)state;
	return remove_tree(AT_FDCWD, home);
}

static void test_names(void **state)
{
	static const struct { const char *typed, *full; } cases[] = {
		{ "alpine", "alpine:latest" },
		{ "alpine:3.19", "alpine:3.19" },
		{ "a/b_c/d-e.f:V1", "a/b_c/d-e.f:V1" },
		{ "localhost:5000/x", "localhost:5000/x:latest" },
		{ "localhost:5000/x:y", "localhost:5000/x:y" },
		{ "", NULL }, { ":x", NULL }, { "x:", NULL }, { "X", NULL }, { "/x", NULL },
		{ "x/", NULL }, { "a//b", NULL }, { "../x", NULL }, { "x/../y", NULL }, { ".", NULL },
		{ "x:-t", NULL }, { "x:.", NULL }, { "x y", NULL }, { "x\n", NULL }, { "x:5/y:z:w", NULL },
		{ "x\x1b[2J", NULL }, { "a:b/c:d/e", NULL },
	};
	struct arena arena = { 0 };
	struct error err = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *full = image_name(cases[i].typed, &arena, &err);
		if (!cases[i].full)
			assert_null(full);
		else
			assert_string_equal(full, cases[i].full);
	}
	assert_string_equal(image_file("a/b%:c", &arena), "a%2Fb%25:c");
	/* A name that is one is one with its tag, too, and fits the name of a file. */
	char name[300];
	for (int length = 1; length < 299; length++) {
		for (int i = 0; i < length; i++)
			name[i] = i % 2 && i + 1 < length ? '/' : 'a';
		name[length] = '\0';
		const char *full = image_name(name, &arena, &err);
		if (full) {
			assert_non_null(image_name(full, &arena, &err));
			assert_true(strlen(image_file(full, &arena)) < 250);
		}
		memset(name, 'a', (size_t)length);
		full = image_name(name, &arena, &err);
		assert_true(!full || image_name(full, &arena, &err));
		assert_true(!full == (length > 193));
	}
	arena_done(&arena);
}

static void test_find(void **state)
{
	struct image image = { 0 };
	struct error err = { 0 };
	char folder[600];

	(void)state;
	assert_int_equal(image_find("mine", &image, &err), -1);
	assert_int_equal(err.code, ENOENT);
	put_image("images/mine:latest", "mine:latest");
	assert_int_equal(image_find("mine", &image, &err), 0);
	assert_string_equal(image.name, "mine:latest");
	assert_int_equal(image.layer_count, 1);
	assert_string_equal(image.layers[0].diff_id, DIFF);
	assert_string_equal(image.layers[0].digest, LAYER);
	snprintf(folder, sizeof(folder), "%s/stave/layers/sha256/" HEX63 "4", home);
	assert_string_equal(image.layers[0].folder, folder);
	assert_int_equal(image.size, 99);
	assert_string_equal(image.env[1], "C=d");
	assert_null(image.env[2]);
	assert_string_equal(image.cmd[0], "sh");
	assert_null(image.entrypoint[0]);
	assert_string_equal(image.volumes[0], "/data");
	assert_string_equal(image.user, "www");
	assert_string_equal(image.workdir, "");
	assert_int_equal(image.history_count, 2);
	assert_false(image.history[0].empty);
	assert_true(image.history[1].empty);
	int held = image_hold(&image, &err);
	assert_true(held >= 0);
	close(held);
	image_done(&image);
	/* The id's first digits name it as well. */
	char digits[7] = { 0 };
	memcpy(digits, config + strlen(DIGEST_PREFIX), 6);
	assert_int_equal(image_find(digits, &image, &err), 0);
	assert_string_equal(image.id, config);
	image_done(&image);
	digits[5] = digits[5] == 'f' ? 'e' : (char)(digits[5] == '9' ? '0' : 'f');
	assert_int_equal(image_find(digits, &image, &err), -1);
	assert_int_equal(err.code, ENOENT);
}

static void test_list(void **state)
{
	struct error err = { 0 };
	struct image *list;
	size_t count, broken;

	(void)state;
	put_image("images/b:1", "b:1");
	put_image("images/a%2Fc:1", "a/c:1");
	put("images/bad:1", "{\"name\":\"bad:1\",\"folders\":[]");
	put("images/.half", "{");
	assert_int_equal(image_list(&list, &count, &broken, &err), 0);
	assert_int_equal(count, 3);
	assert_string_equal(list[0].name, "a/c:1");
	assert_string_equal(list[1].name, "b:1");
	assert_int_equal(broken, 1);
	assert_non_null(strstr(err.what, "bad:1"));
	for (size_t i = 0; i < count; i++)
		image_done(&list[i]);
	free(list);
}

/* The examples of FIPS 180-4, and the lengths around those at which the padding takes a block more. */
static void test_digest(void **state)
{
	static const struct { const char *text, *hex; } cases[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	};
	static const struct { size_t length; const char *begins; } lengths[] = {
		{ 55, "9f4390f8" }, { 56, "b35439a4" }, { 63, "7d3e74a0" }, { 64, "ffe054fe" }, { 65, "635361c4" },
		{ 1000, "41edece4" },
	};
	char found[DIGEST_TEXT], text[1000];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		digest_of(cases[i].text, strlen(cases[i].text), found);
		assert_string_equal(found + strlen(DIGEST_PREFIX), cases[i].hex);
	}
	memset(text, 'a', sizeof(text));
	for (size_t i = 0; i < COUNT(lengths); i++) {
		digest_of(text, lengths[i].length, found);
		assert_memory_equal(found + strlen(DIGEST_PREFIX), lengths[i].begins, 8);
	}
}

/* What is not what its digest says is never read, nor what another image's record says. */
static void test_damaged(void **state)
{
	static const char *const blobs[] = { manifest, config };
	struct image image = { 0 };
	struct error err = { 0 };
	char path[100];

	(void)state;
	for (size_t i = 0; i < COUNT(blobs); i++) {
		put_image("images/d:1", "d:1");
		assert_int_equal(image_find("d:1", &image, &err), 0);
		image_done(&image);
		snprintf(path, sizeof(path), "blobs/sha256/%s", blobs[i] + strlen(DIGEST_PREFIX));
		put(path, "{}");
		assert_int_equal(image_find("d:1", &image, &err), -1);
		assert_string_equal(err.id, "store.damaged");
		char whole[600];
		snprintf(whole, sizeof(whole), "%s/stave/%s", home, path);
		unlink(whole);
		assert_int_equal(image_find("d:1", &image, &err), -1);
		assert_string_equal(err.id, "store.damaged");
	}
	put_image("images/d:1", "e:1");
	assert_int_equal(image_find("d:1", &image, &err), -1);
	assert_string_equal(err.id, "store.damaged");
	put_image("images/d:1", "d:1");
}

/* What does not fit together is refused, and never a path out of the store. */
static void test_broken(void **state)
{
	static const char *const folders[] = {
		"[]", "[\"a\",\"b\"]", "[\"../x\"]", "[\"..\"]", "[\"\"]", "[\"a/b\"]", "[7]", "7", "null",
	};
	struct image image = { 0 };
	struct error err = { 0 };
	char record[600];

	(void)state;
	for (size_t i = 0; i < COUNT(folders); i++) {
		snprintf(record, sizeof(record), "{\"name\":\"o:1\",\"manifest\":\"%s\",\"config\":\"%s\",\"folders\":%s}",
			 manifest, config, folders[i]);
		put("images/o:1", record);
		assert_int_equal(image_find("o:1", &image, &err), -1);
	}
	put("images/o:1", "{\"name\":\"o:1\",\"manifest\":\"sha256:../../../../etc/passwd\"}");
	assert_int_equal(image_find("o:1", &image, &err), -1);
	assert_non_null(strstr(err.what, "not a digest"));
}

static void test_scratch(void **state)
{
	char one[600], two[600], path[700];
	struct error err = { 0 };

	(void)state;
	int first = store_fresh(one, sizeof(one), &err), second = store_fresh(two, sizeof(two), &err);
	assert_true(first >= 0 && second >= 0);
	/* As a crash leaves it: 2000 folders deep, and some that nobody may enter. */
	int deep = openat(first, ".", O_RDONLY | O_CLOEXEC);
	for (int i = 0; i < 2000; i++) {
		assert_int_equal(mkdirat(deep, "d", 0700), 0);
		int next = openat(deep, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (i % 500 == 499)
			fchmod(deep, 0);
		close(deep);
		deep = next;
	}
	close(deep);
	snprintf(path, sizeof(path), "%s/x", one);
	assert_int_equal(symlink("/", path), 0);
	assert_int_equal(store_clear(), 0);
	close(first);
	assert_int_equal(store_clear(), 1);
	assert_int_equal(access(one, F_OK), -1);
	assert_int_equal(access(two, F_OK), 0);
	close(second);
	assert_int_equal(store_clear(), 1);
}

/* What is lent is empty each time, lies in the user's scratch, is held there, and goes when it is returned; the
 * user's own stays. */
static void test_lent(void **state)
{
	cleanup_image struct image image = { 0 };
	char own[600], path[600], made[600], scratch[700];
	struct error err;

	(void)state;
	put_image("images/kept:latest", "kept:latest");
	assert_int_equal(store_path(own, sizeof(own), &err), 0);
	snprintf(scratch, sizeof(scratch), "%s/scratch", own);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(store_lend(&err), 0);
		assert_int_equal(store_path(path, sizeof(path), &err), 0);
		assert_int_equal(strncmp(path, scratch, strlen(scratch)), 0);
		assert_int_equal(image_find("kept", &image, &err), -1);
		assert_int_equal(err.code, ENOENT);
		assert_int_equal(access(path, F_OK), -1);
		assert_int_equal(store_volumes(made, sizeof(made), &err), 0);
		assert_int_equal(access(made, F_OK), 0);
	}
	assert_int_equal(scratch_clear(scratch, remove_tree), 0);
	store_return();
	assert_int_equal(rmdir(scratch), 0);
	assert_int_equal(store_path(path, sizeof(path), &err), 0);
	assert_string_equal(path, own);
	assert_int_equal(image_find("kept", &image, &err), 0);
}

/* What stands in a stack of layers, as overlay would show it. */
static void test_entries(void **state)
{
	char upper[600], lower[600], marks[700];
	struct image_entries entries;
	size_t seen = 0;

	(void)state;
	put("upper/etc/motd", "");
	put("lower/etc/motd", "");
	put("lower/etc/passwd", "");
	put("lower/etc/deleted", "");
	put("lower/bin/sh", "");
	snprintf(upper, sizeof(upper), "%s/stave/upper", home);
	snprintf(lower, sizeof(lower), "%s/stave/lower", home);
	snprintf(marks, sizeof(marks), "%s/etc/deleted", upper);
	if (mknod(marks, S_IFCHR, makedev(0, 0)) < 0)
		skip(); /* Linux before 5.8 lets root alone */
	const char *const layers[] = { upper, lower, NULL };
	image_entries(layers, "etc/", &entries);
	for (size_t i = 0; i < entries.count; i++)
		seen += entries.list[i].hidden ? 100 : strcmp(entries.list[i].name, "deleted") == 0 ? 1000 : 1;
	assert_int_equal(seen, 102);
	image_entries_done(&entries);
	image_entries(layers, "", &entries);
	assert_int_equal(entries.count, 2);
	assert_true(entries.list[0].folder && entries.list[1].folder);
	image_entries_done(&entries);
}

/* Publish an image of the one layer, which lies in the store and not in made. */
static int publish(const char *made, const struct image_below *below)
{
	struct image_made ret = { .name = "again:1" };
	struct error err = { 0 };
	json_t *result = json_pack("{ss ss s[s] s[]}", "manifest", manifest + strlen(DIGEST_PREFIX), "config",
				   config + strlen(DIGEST_PREFIX), "folders", HEX63 "4", "blobs");

	assert_non_null(result);
	int failed = image_publish(made, result, below, &ret, &err);
	json_decref(result);
	return failed;
}

static void test_a_layer_that_was_there_has_to_be_there_still(void **state)
{
	cleanup_arena struct arena arena = { 0 };
	cleanup_text struct text known = { 0 };
	struct image_below below = { 0 };
	struct there *there;
	struct error err;
	char made[100], path[200], aside[200];

	(void)state;
	snprintf(made, sizeof(made), "%s/made", home);
	snprintf(path, sizeof(path), "%s/stave/layers/sha256/" HEX63 "4", home);
	snprintf(aside, sizeof(aside), "%s/aside", home);
	assert_int_equal(mkdir(made, 0700), 0);
	put_image("images/b:1", "b:1");
	put("layers/sha256/" HEX63 "4/file", "content");
	assert_true(there_list(made, &arena, &there, &below.there_count));
	below.there = there;
	cleanup_fd int fd = open(made, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(read_file(fd, "known", 10000, &known), 0);
	assert_non_null(strstr(text_of(&known), HEX63 "3 " HEX63 "4\n"));

	assert_int_equal(publish(made, &below), 0);
	cleanup_image struct image image = { 0 };
	assert_int_equal(image_find("again:1", &image, &err), 0);

	assert_int_equal(rename(path, aside), 0);
	assert_int_equal(publish(made, &below), IMAGE_CHANGED);
	assert_int_equal(mkdir(path, 0700), 0); /* by another shell */
	assert_int_equal(publish(made, &below), IMAGE_CHANGED);
	free(there);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_a_layer_that_was_there_has_to_be_there_still),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_scratch),
		cmocka_unit_test(test_lent),
	};

	return cmocka_run_group_tests_name("image", tests, open_store, close_store);
}
