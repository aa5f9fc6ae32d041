/* Who forbids what a trial was refused, by files as other machines have them: Kubernetes, WSL, Ubuntu with
 * AppArmor, docker, podman, CI, a chroot. places/ has what a program would see of /proc there; it was written by
 * hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include <errno.h>

#include "doctor/doctor.h"
#include "snapshot/facts.h"

/* Relative to the tree, where the tests are run. */
static struct site site_of(const char *place)
{
	static char root[4096];

	snprintf(root, sizeof(root), "tests/doctor/places/%s", place);
	return (struct site){ root };
}

static const struct facts user = { .kernel_major = 6, .kernel_minor = 8, .uid = 1000 };
static const struct facts root = { .kernel_major = 6, .kernel_minor = 8, .root = true, .caps = UINT64_MAX };

static struct forbidder ask(const char *place, const struct facts *facts, enum trial_id trial, struct outcome outcome)
{
	struct site site = site_of(place);
	const struct inquiry at = { &trials[trial], &outcome, &site, facts };
	struct forbidder ret;

	forbid_find(&at, &ret);
	return ret;
}

static void is(struct forbidder ret, const char *id, const char *fix)
{
	assert_string_equal(ret.id, id);
	if (!strstr(ret.fix, fix))
		print_error("fix: %s\n", ret.fix);
	assert_non_null(strstr(ret.fix, fix));
	assert_true(ret.evidence[0]);
}

static void test_each_place_is_known(void **state)
{
	static const struct { const char *folder; enum place place; } places[] = {
		{ "ubuntu", HOST_BARE }, { "wsl", HOST_WSL }, { "kubernetes", HOST_KUBERNETES }, { "docker", HOST_DOCKER },
		{ "leftover", HOST_BARE }, { "podman", HOST_PODMAN }, { "chroot", HOST_CHROOT }, { "ci", HOST_CI },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		struct site site = site_of(places[i].folder);
		assert_int_equal(site_place(&site), places[i].place);
	}
}

/* The namespace is made, and the next call that takes a capability is refused. */
static void test_ubuntus_apparmor_is_named_by_its_second_step(void **state)
{
	const struct outcome uts = { .code = EPERM, .call = "unshare(CLONE_NEWUTS)", .about = "uts",
				     .label = "unprivileged_userns (enforce)" };
	const struct outcome map = { .code = EPERM, .call = "write(\"/proc/self/uid_map\", \"0 1000 1\")", .about = "uid_map",
				     .label = "unprivileged_userns (enforce)" };

	(void)state;
	is(ask("ubuntu", &user, TRIAL_USER, uts), "apparmor", "flags=(unconfined) { userns, }");
	is(ask("ubuntu", &user, TRIAL_USER, map), "apparmor", "apparmor_parser -r");
	is(ask("ci", &user, TRIAL_USER, uts), "apparmor", "apparmor_parser -r");
}

static void test_apparmor_is_not_blamed_for_what_it_does_not_forbid(void **state)
{
	const struct outcome plain = { .code = ENOSPC, .call = "unshare(CLONE_NEWUSER)", .about = "user", .label = "unconfined" };

	(void)state;
	is(ask("ubuntu", &user, TRIAL_USER, plain), "limit", "user.max_user_namespaces");
}

static void test_a_pod_is_told_its_own_fields(void **state)
{
	const struct outcome filtered = { .code = EPERM, .call = "unshare(CLONE_NEWUSER)", .about = "user",
					  .filtered = "unshare(0x10000000|1): EPERM, EINVAL" };
	const struct outcome proc = { .code = EPERM, .call = "mount(\"proc\")", .about = "proc", .caps = UINT64_MAX,
				      .label = "unconfined" };
	const struct outcome confined = { .code = EACCES, .call = "mount(\"stave\")", .about = "tmpfs", .caps = UINT64_MAX,
					  .label = "cri-containerd.apparmor.d (enforce)" };
	const struct outcome weak = { .code = EPERM, .call = "unshare(CLONE_NEWNS)", .about = "mnt", .label = "unconfined" };

	(void)state;
	is(ask("kubernetes", &user, TRIAL_USER, filtered), "filter", "seccompProfile: {type: Unconfined}");
	is(ask("kubernetes", &user, TRIAL_PROC, proc), "covered", "procMount: Unmasked");
	is(ask("kubernetes", &root, TRIAL_TMPFS, confined), "profile", "appArmorProfile: {type: Unconfined}");
	is(ask("kubernetes", &root, TRIAL_MNT, weak), "capability", "capabilities: {add: [SYS_ADMIN]}");
}

static void test_docker_and_podman_have_their_own_flags(void **state)
{
	const struct outcome proc = { .code = EPERM, .call = "mount(\"proc\")", .about = "proc", .caps = UINT64_MAX };
	const struct outcome tun = { .code = ENOENT, .call = "open(\"/dev/net/tun\", O_RDWR)", .about = "/dev/net/tun" };
	struct forbidder ret;

	(void)state;
	ret = ask("docker", &user, TRIAL_PROC, proc);
	is(ret, "covered", "systempaths=unconfined");
	assert_non_null(strstr(ret.evidence, "/proc/bus"));
	is(ask("podman", &user, TRIAL_PROC, proc), "covered", "unmask=ALL");
	is(ask("docker", &user, TRIAL_TUN, tun), "device", "--device /dev/net/tun");
	is(ask("ubuntu", &user, TRIAL_TUN, tun), "device", "modprobe tun");
}

static void test_a_kernel_without_the_option_is_named(void **state)
{
	const struct outcome veth = { .code = EOPNOTSUPP, .call = "RTM_NEWLINK(veth)", .about = "veth" };
	const struct outcome landlock = { .code = ENOSYS, .call = "landlock_create_ruleset()", .about = "landlock" };

	(void)state;
	is(ask("wsl", &root, TRIAL_VETH, veth), "module", "wsl --update");
	is(ask("ubuntu", &root, TRIAL_VETH, veth), "module", "modprobe veth");
	is(ask("docker", &root, TRIAL_VETH, veth), "module", "as root of the host");
	is(ask("wsl", &root, TRIAL_LANDLOCK, landlock), "kernel", "CONFIG_SECURITY_LANDLOCK");
}

/* Who has no /proc/modules loads none, whatever the trial's module is called. */
static void test_a_kernel_that_loads_no_modules_is_not_told_to(void **state)
{
	const struct outcome veth = { .code = EOPNOTSUPP, .call = "RTM_NEWLINK(veth)", .about = "veth" };
	const struct outcome tun = { .code = ENOENT, .call = "open(\"/dev/net/tun\", O_RDWR)", .about = "/dev/net/tun" };

	(void)state;
	is(ask("ci", &root, TRIAL_VETH, veth), "kernel", "CONFIG_VETH");
	is(ask("ci", &root, TRIAL_TUN, tun), "device", "CONFIG_TUN");
}

/* user.max_*_namespaces is each user namespace's own: who is its root writes it. */
static void test_a_limit_of_ones_own_is_raised_here(void **state)
{
	const struct outcome net = { .code = ENOSPC, .call = "unshare(CLONE_NEWNET)", .about = "net" };
	const struct facts inner = { .root = true }, guest = { .uid = 1000 };

	(void)state;
	assert_string_equal(ask("chroot", &inner, TRIAL_NET, net).fix, "sysctl -w user.max_net_namespaces=15000");
	is(ask("chroot", &guest, TRIAL_NET, net), "limit", "as root of this user namespace");
}

static void test_a_group_of_v1_is_nobodys_but_roots(void **state)
{
	struct facts facts = user;
	struct trial trial = trials[TRIAL_CPU];
	const struct site site = site_of("ci");
	const struct outcome none = { 0 };
	const struct inquiry at = { &trial, &none, &site, &facts };
	struct forbidder ret = { .id = "cgroup-denied" };

	(void)state;
	facts.cgroup[trial.number].version = 1;
	fix_find(&at, "", &ret);
	assert_null(strstr(ret.fix, "systemd-run"));
	facts.cgroup[trial.number].version = 2;
	fix_find(&at, "", &ret);
	assert_non_null(strstr(ret.fix, "systemd-run"));
}

/* newuidmap(1) wants a name, and usermod(8) takes one. */
static void test_ranges_are_given_to_the_user_by_name(void **state)
{
	const struct outcome ranges = { .about = "/etc/subuid" };
	const struct facts named = { .uid = 1000 }, unnamed = { .uid = 61234 };

	(void)state;
	is(ask("ubuntu", &named, TRIAL_IDMAP, ranges), "subids", "100000-165535 ann");
	is(ask("ubuntu", &unnamed, TRIAL_IDMAP, ranges), "subids", "useradd --uid 61234");
}

/* Neither its link in /proc nor its mounts show that it is one. */
static void test_a_chroot_that_is_a_mount_is_seen_by_leaving_it(void **state)
{
	const struct outcome made = { .code = EPERM, .call = "unshare(CLONE_NEWUSER)", .about = "user", .caps = UINT64_MAX, .chrooted = true };
	const struct outcome mapped = { .code = EPERM, .call = "mount_setattr(MOUNT_ATTR_IDMAP)", .about = "tmpfs", .caps = UINT64_MAX, .chrooted = true };

	(void)state;
	is(ask("wsl", &root, TRIAL_USER, made), "chroot", "outside of the chroot");
	is(ask("wsl", &root, TRIAL_IDMAPPED, mapped), "chroot", "outside of the chroot");
}

/* Nor does a container need it there. */
static void test_an_old_kernel_has_no_unions_in_user_namespaces(void **state)
{
	const struct outcome outcome = { .code = EPERM, .call = "mount(\"overlay\")", .about = "overlay", .caps = UINT64_MAX };
	struct facts old = { .kernel_major = 5, .kernel_minor = 10, .uid = 1000 };
	struct doctor doctor = { .facts = &old, .site = site_of("ubuntu") };

	(void)state;
	is(ask("ubuntu", &old, TRIAL_OVERLAY, outcome), "kernel-old", "5.11");
	assert_false(doctor_needs(&doctor, TRIAL_OVERLAY));
	old.root = true; /* of a user namespace */
	is(ask("ubuntu", &old, TRIAL_OVERLAY, outcome), "kernel-old", "5.11");
	assert_false(doctor_needs(&doctor, TRIAL_OVERLAY));
	old.initial_userns = true;
	assert_true(doctor_needs(&doctor, TRIAL_OVERLAY));
	old = (struct facts){ .kernel_major = 5, .kernel_minor = 11, .uid = 1000 };
	assert_true(doctor_needs(&doctor, TRIAL_OVERLAY));
}

static void test_a_chroot_is_named_where_there_is_one(void **state)
{
	const struct outcome made = { .code = EPERM, .call = "unshare(CLONE_NEWUSER)", .about = "user" };

	(void)state;
	is(ask("chroot", &user, TRIAL_USER, made), "chroot", "outside of the chroot");
	is(ask("wsl", &user, TRIAL_USER, made), "unknown", "");
}

static void test_ids_that_are_not_mapped_are_named(void **state)
{
	const struct outcome made = { .code = EPERM, .call = "unshare(CLONE_NEWUSER)", .about = "user" };
	const struct facts nobody = { .kernel_major = 6, .kernel_minor = 1, .uid = 70000 };

	(void)state;
	is(ask("podman", &nobody, TRIAL_USER, made), "unmapped", "70000");
}

static void test_the_reader_of_archives_is_told_from_its_libraries(void **state)
{
	const struct outcome missing = { .code = ENOENT, .about = "stave-archive" };
	const struct outcome loader = { .code = ENOENT, .call = "execve(\"stave-archive\")", .about = "stave-archive" };
	const struct outcome full = { .code = ENOSPC, .call = "unshare(CLONE_NEWNS|CLONE_NEWPID|CLONE_NEWNET|...)", .about = "net" };

	(void)state;
	is(ask("ubuntu", &user, TRIAL_ARCHIVE, missing), "program-own", "make");
	is(ask("docker", &root, TRIAL_ARCHIVE, loader), "program-libraries", "ldd stave-archive");
	is(ask("ubuntu", &user, TRIAL_ARCHIVE, full), "limit", "user.max_net_namespaces");
}

static void test_programs_are_installed_by_the_systems_own_tool(void **state)
{
	const struct outcome tool = { .code = ENOENT, .about = "newuidmap" }, nft = { .code = ENOENT, .about = "nft" };

	(void)state;
	is(ask("ubuntu", &user, TRIAL_IDMAP, tool), "program", "apt-get install uidmap");
	is(ask("podman", &user, TRIAL_IDMAP, tool), "program", "dnf install shadow-utils");
	is(ask("kubernetes", &user, TRIAL_NFT, nft), "program", "apk add nftables");
}

/* What is before another in the order of trials is tried first. */
static void test_each_trial_comes_behind_what_it_needs(void **state)
{
	(void)state;
	for (int i = 0; i < TRIALS; i++) {
		assert_true(trials[i].after < i);
		assert_non_null(trials[i].name);
		assert_true(trials[i].run || trials[i].ground == GROUND_SEEN);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_place_is_known),
		cmocka_unit_test(test_ubuntus_apparmor_is_named_by_its_second_step),
		cmocka_unit_test(test_apparmor_is_not_blamed_for_what_it_does_not_forbid),
		cmocka_unit_test(test_a_pod_is_told_its_own_fields),
		cmocka_unit_test(test_docker_and_podman_have_their_own_flags),
		cmocka_unit_test(test_a_kernel_without_the_option_is_named),
		cmocka_unit_test(test_a_kernel_that_loads_no_modules_is_not_told_to),
		cmocka_unit_test(test_a_limit_of_ones_own_is_raised_here),
		cmocka_unit_test(test_a_group_of_v1_is_nobodys_but_roots),
		cmocka_unit_test(test_ranges_are_given_to_the_user_by_name),
		cmocka_unit_test(test_a_chroot_that_is_a_mount_is_seen_by_leaving_it),
		cmocka_unit_test(test_an_old_kernel_has_no_unions_in_user_namespaces),
		cmocka_unit_test(test_a_chroot_is_named_where_there_is_one),
		cmocka_unit_test(test_ids_that_are_not_mapped_are_named),
		cmocka_unit_test(test_the_reader_of_archives_is_told_from_its_libraries),
		cmocka_unit_test(test_programs_are_installed_by_the_systems_own_tool),
		cmocka_unit_test(test_each_trial_comes_behind_what_it_needs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
