/* The table: every row says all it has to, and says it in print. */
#include "random_op.h"

#include <errno.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/error.h"
#include "base/list.h"
#include "base/text.h"
#include "ops/template.h"

static void test_every_row_is_whole(void **state)
{
	(void)state;
	for (enum op_kind kind = 0; kind < OP_COUNT; kind++) {
		const struct op_info *info = op_info(kind);
		size_t hints = 0;
		assert_non_null(info);
		assert_true(info->name && *info->name);
		assert_true(info->does && *info->does && info->run && info->fields);
		/* "mount(2)": a page and its section. */
		size_t length = strlen(info->man);
		assert_true(length > 3 && info->man[length - 3] == '(' &&
			    info->man[length - 2] >= '1' && info->man[length - 2] <= '8' &&
			    info->man[length - 1] == ')');
		for (const struct hint *hint = info->hints; hint && hint->code; hint++, hints++) {
			assert_string_not_equal(errno_name(hint->code), "E?");
			assert_true(hint->why && strlen(hint->why) > 10);
			assert_true(!hint->fix || *hint->fix);
			assert_ptr_equal(op_hint(kind, hint->code), hint); /* no second row for it */
		}
		if (hints == 0)
			print_error("%s has no hints\n", info->name);
		assert_true(hints > 0);
	}
}

/* The slots of a template name fields, their flags and ways to say them. */
static void test_templates_name_what_there_is(void **state)
{
	(void)state;
	for (enum op_kind kind = 0; kind < OP_COUNT; kind++) {
		const struct op_info *info = op_info(kind);
		const char *templates[] = { info->does, info->call, info->shell };
		for (size_t i = 0; i < 3; i++) {
			if (templates[i] && !template_fits(templates[i], info))
				print_error("%s: %s\n", info->name, templates[i]);
			assert_true(!templates[i] || template_fits(templates[i], info));
		}
		assert_false(info->call && info->call_by);
		assert_false(info->shell && info->shell_by);
	}
	const char *wrong[] = { "{nosuch}", "{target|nosuch}", "{mountflags|sh}", "{inside?{nosuch}}",
				"{mountflags&MS_NOSUCH?x}" };
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_false(template_fits(wrong[i], op_info(OP_mount)));
}

/* Pages that came with man-pages 6.17, which the oldest supported distribution does not have. */
static void test_no_row_names_a_page_that_debian_12_lacks(void **state)
{
	static const char *const later[] = { "fsopen(2)", "fsconfig(2)", "fsmount(2)", "move_mount(2)",
					     "open_tree(2)", "fspick(2)" };

	(void)state;
	for (enum op_kind kind = 0; kind < OP_COUNT; kind++)
		for (size_t i = 0; i < COUNT(later); i++)
			assert_string_not_equal(op_info(kind)->man, later[i]);
}

static void assert_filled(const struct op *op, const char *template, const char *expected)
{
	cleanup_text struct text text = { 0 };

	template_fill(template, op, 0, &text);
	assert_string_equal(text_of(&text), expected);
}

static void test_a_template_says_only_what_is_set(void **state)
{
	struct op op = op_new(OP_mount);

	(void)state;
	op.mount.target = "/a/b c";
	op.mount.flags = MS_BIND;
	assert_filled(&op, "{source?x {source}}{source!none}", "none");
	assert_filled(&op, "{target?<{inside!{target|sh}}>}", "<'/a/b c'>");
	assert_filled(&op, "{target|parent}", "openat2(root, \"/a\", RESOLVE_IN_ROOT), \"b c\"");
	assert_filled(&op, "{mountflags&MS_BIND?bind}{mountflags&MS_REC?rec}", "bind");
	assert_filled(&op, "{x={target|length}, {{mountflags|hex}}}", "{x=6, {0x1000}}");
}

static bool lies_at(const struct op_info *info, size_t at, unsigned kinds)
{
	const struct field *field = info->fields;

	while (field->name && (field->at != at || !(kinds >> field->kind & 1)))
		field++;
	return !at || field->name;
}

/* A column that says where something lies points at a field that travels to the child. */
static void test_columns_point_at_fields(void **state)
{
	enum { PATHS = 1 << FIELD_STRING | 1 << FIELD_FD };

	(void)state;
	for (enum op_kind kind = 0; kind < OP_COUNT; kind++) {
		const struct op_info *info = op_info(kind);
		assert_true(lies_at(info, info->keeps, PATHS));
		assert_true(lies_at(info, info->cgroup, PATHS));
		assert_true(lies_at(info, info->path, PATHS));
		assert_true(lies_at(info, info->inside, 1 << FIELD_BOOL));
		assert_true(lies_at(info, info->undo_path, PATHS));
		assert_int_equal(info->path != 0, info->inside != 0);
		assert_true(info->gives_up || !info->rule);
		assert_true(info->starts == STARTS_PROGRAM || !info->becomes);
	}
}

static void assert_printable(const char *s, const char *name, const char *where)
{
	cleanup_text struct text again = { 0 };
	size_t backslashes = 0;

	for (const char *p = s; *p; p++)
		backslashes += *p == '\\';
	text_add_visible(&again, s, strlen(s));
	if (again.len != strlen(s) + backslashes)
		print_error("%s of %s: %s\n", where, name, text_of(&again));
	assert_int_equal(again.len, strlen(s) + backslashes);
}

/* A list that has a word in it, as a program's name is. */
static void random_program(struct op *op, const struct field *field, struct arena *arena)
{
	const char **list = arena_new(arena, 2 * sizeof(*list));

	list[0] = random_string(arena);
	*(const char *const **)((char *)op + field->at) = list;
}

/* Whatever the arguments are, no walker over the table prints them raw. */
static void test_nothing_foreign_is_said_raw(void **state)
{
	(void)state;
	srand(7);
	for (enum op_kind kind = 0; kind < OP_COUNT; kind++)
		for (int round = 0; round < 300; round++) {
			const struct op_info *info = op_info(kind);
			cleanup_arena struct arena arena = { 0 };
			cleanup_text struct text said = { 0 }, does = { 0 }, shell = { 0 };
			struct op op = op_new(kind);
			for (const struct field *field = info->fields; field->name; field++) {
				random_field(&op, field, &arena, -1, false);
				if (field->kind == FIELD_FD)
					((struct op_fd *)((char *)&op + field->at))->path =
						random_string(&arena);
				if (field->kind == FIELD_LIST)
					random_program(&op, field, &arena);
			}
			op_say(&op, 4711, &said);
			op_does(&op, &does);
			assert_printable(text_of(&said), info->name, "the call");
			assert_printable(text_of(&does), info->name, "the sentence");
			op_shell(&op, &shell);
			assert_printable(text_of(&shell), info->name, "the command");
		}
}

static void assert_said(const struct op *op, pid_t pid, const char *call)
{
	cleanup_text struct text text = { 0 };

	op_say(op, pid, &text);
	assert_string_equal(text.s, call);
}

static void test_calls_read_as_in_c(void **state)
{
	struct op op = op_new(OP_mount);

	(void)state;
	op.mount.source = "/home";
	op.mount.target = "/test";
	op.mount.flags = MS_BIND | MS_REC;
	assert_said(&op, 0, "mount(\"/home\", \"/test\", NULL, MS_BIND|MS_REC, NULL)");
	op.mount.source = NULL;
	op.mount.target = "/a \"b\"";
	op.mount.fstype = "tmpfs";
	op.mount.flags = 0x40000000;
	op.mount.data = "size=1m,mode=755";
	assert_said(&op, 0, "mount(NULL, \"/a \\\"b\\\"\", \"tmpfs\", 0x40000000, "
			    "\"size=1m,mode=755\")");

	op = op_new(OP_unshare);
	op.unshare.flags = CLONE_NEWNS | CLONE_NEWUTS;
	assert_said(&op, 0, "unshare(CLONE_NEWNS|CLONE_NEWUTS)");
	op.unshare.flags = 0;
	assert_said(&op, 0, "unshare(0)");

	op = op_new(OP_pin);
	op.pin.type = "uts";
	op.pin.target = "/run/p";
	assert_said(&op, 5101, "mount(\"/proc/5101/ns/uts\", \"/run/p\", NULL, MS_BIND, NULL)");
	assert_said(&op, 0, "mount(\"/proc/PID/ns/uts\", \"/run/p\", NULL, MS_BIND, NULL)");

	op = op_new(OP_umount);
	op.umount.target = "/x";
	op.umount.flags = MNT_DETACH;
	assert_said(&op, 0, "umount2(\"/x\", MNT_DETACH)");

	op = op_new(OP_mkdir);
	op.mkdir.path = "/d";
	op.mkdir.mode = 0755;
	assert_said(&op, 0, "mkdir(\"/d\", 0755)");
	op.mkdir.mode = 01777;
	assert_said(&op, 0, "mkdir(\"/d\", 01777)");

	op = op_new(OP_chown);
	op.chown.path = "/d";
	op.chown.gid = 42;
	assert_said(&op, 0, "lchown(\"/d\", -1, 42)");
	op = op_new(OP_chmod);
	op.chmod.path = "/d";
	op.chmod.mode = 02755;
	assert_said(&op, 0, "chmod(\"/d\", 02755)");
	op = op_new(OP_setxattr);
	op.setxattr.path = "/d";
	op.setxattr.name = "user.a";
	op.setxattr.value = (struct op_bytes){ "y", 1 };
	assert_said(&op, 0, "lsetxattr(\"/d\", \"user.a\", \"y\", 1, 0)");
	op.setxattr.value = (struct op_bytes){ "\2\0", 2 };
	assert_said(&op, 0, "lsetxattr(\"/d\", \"user.a\", 0x0200, 2, 0)");

	op = op_new(OP_chroot);
	op.chroot.path = "/srv";
	assert_said(&op, 0, "chroot(\"/srv\")");

	op = op_new(OP_pivot_root);
	op.pivot_root.new_root = op.pivot_root.put_old = ".";
	assert_said(&op, 0, "pivot_root(\".\", \".\")");

	op = op_new(OP_sethostname);
	op.sethostname.name = "box";
	assert_said(&op, 0, "sethostname(\"box\", 3)");

	op = op_new(OP_setns);
	op.setns.fd.path = "/proc/%p/ns/mnt";
	op.setns.nstype = CLONE_NEWNS;
	assert_said(&op, 77, "setns(open(\"/proc/77/ns/mnt\"), CLONE_NEWNS)");
	assert_said(&op, 0, "setns(open(\"/proc/PID/ns/mnt\"), CLONE_NEWNS)");
}

static void test_a_whiteout_is_said_as_its_device(void **state)
{
	cleanup_text struct text text = { 0 };
	struct op op = op_new(OP_mknod);

	(void)state;
	op.mknod.path = "/u/foo";
	op.mknod.type = 0020000;
	op.mknod.device = makedev(1, 3);
	op_say(&op, 0, &text);
	assert_non_null(strstr(text.s, "\"/u/foo\""));
	assert_non_null(strstr(text.s, "makedev(1, 3)"));
}

static void assert_typed(const struct op *op, const char *expected)
{
	cleanup_text struct text text = { 0 };

	assert_true(op_shell(op, &text));
	assert_string_equal(text_of(&text), expected);
}

static void test_what_depends_on_the_arguments_reads_as_it_is_done(void **state)
{
	struct op mask = op_new(OP_mask), clone = op_new(OP_clone), limit = op_new(OP_rlimit), node = op_new(OP_mknod);

	(void)state;
	mask.mask.target = "/proc/a b";
	assert_said(&mask, 0, "mount(\"tmpfs\", \"/proc/a b\", \"tmpfs\", MS_RDONLY|MS_NOSUID|MS_NODEV|MS_NOEXEC, "
		    "\"size=4k,nr_inodes=1,mode=0555\")");
	assert_typed(&mask, "mount -t tmpfs -o ro,nosuid,nodev,noexec,size=4k,nr_inodes=1,mode=0555 tmpfs '/proc/a b'");
	mask.mask.source = "/m";
	assert_said(&mask, 0, "mount(\"/m\" /* what hides it */, \"/proc/a b\", NULL, MS_BIND, NULL)");
	assert_typed(&mask, "mount --bind /m '/proc/a b'");
	assert_said(&clone, 0, "clone3({flags=0, exit_signal=SIGCHLD})");
	clone.clone.cgroup.path = "/g";
	assert_said(&clone, 0, "clone3({flags=CLONE_INTO_CGROUP, exit_signal=SIGCHLD, cgroup=\"/g\"})");
	clone.clone.flags = CLONE_NEWPID | CLONE_NEWNS;
	assert_said(&clone, 0, "clone3({flags=CLONE_NEWNS|CLONE_NEWPID|CLONE_INTO_CGROUP, exit_signal=SIGCHLD, cgroup=\"/g\"})");
	limit.rlimit.resource = RLIMIT_NOFILE;
	limit.rlimit.soft = limit.rlimit.hard = 64;
	assert_typed(&limit, "prlimit --nofile=64:64");
	node.mknod.path = "/dev/x y";
	node.mknod.type = S_IFCHR;
	node.mknod.mode = 0666;
	node.mknod.device = makedev(1, 3);
	assert_typed(&node, "mknod -m 0666 '/dev/x y' c 1 3");
	node.mknod.type = S_IFREG;
	assert_typed(&node, ": > '/dev/x y'");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_row_is_whole),
		cmocka_unit_test(test_no_row_names_a_page_that_debian_12_lacks),
		cmocka_unit_test(test_templates_name_what_there_is),
		cmocka_unit_test(test_columns_point_at_fields),
		cmocka_unit_test(test_a_template_says_only_what_is_set),
		cmocka_unit_test(test_nothing_foreign_is_said_raw),
		cmocka_unit_test(test_calls_read_as_in_c),
		cmocka_unit_test(test_a_whiteout_is_said_as_its_device),
		cmocka_unit_test(test_what_depends_on_the_arguments_reads_as_it_is_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
