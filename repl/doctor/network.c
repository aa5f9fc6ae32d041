/* Trials: interfaces, rules and ways out, in a network namespace of their own. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/await.h"
#include "base/fd.h"
#include "base/net/inside.h"
#include "base/net/netlink.h"
#include "doctor/trial.h"
#include "snapshot/network/rules.h"

int try_lo(const struct trial *trial, struct outcome *outcome)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	cleanup_fd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)trial;
	if (fd < 0)
		return trial_failed(outcome, "lo", "socket(AF_INET, SOCK_DGRAM, 0)");
	return ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? trial_failed(outcome, "lo", "ioctl(SIOCSIFFLAGS, {\"lo\", IFF_UP})") : 0;
}

static int ask(struct netlink *request, const char *type, const char *call, struct outcome *outcome)
{
	cleanup_fd int fd = netlink_open();

	if (fd < 0)
		return trial_failed(outcome, type, "socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)");
	return netlink_ask(fd, request, NULL, 0) < 0 ? trial_failed(outcome, type, "%s(%s)", call, type) : 0;
}

static int make_link(const char *type, struct outcome *outcome)
{
	struct ifinfomsg body = { 0 };
	struct netlink request;

	netlink_begin(&request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof(body));
	netlink_add_text(&request, IFLA_IFNAME, "try");
	size_t info = netlink_nest(&request, IFLA_LINKINFO, NULL, 0);
	netlink_add_text(&request, IFLA_INFO_KIND, type);
	netlink_end(&request, info);
	return ask(&request, type, "RTM_NEWLINK", outcome);
}

int try_veth(const struct trial *trial, struct outcome *outcome)
{
	(void)trial;
	return make_link("veth", outcome);
}

int try_bridge(const struct trial *trial, struct outcome *outcome)
{
	(void)trial;
	return make_link("bridge", outcome);
}

int try_netem(const struct trial *trial, struct outcome *outcome)
{
	struct tcmsg body = { .tcm_family = AF_UNSPEC, .tcm_ifindex = 1 /* lo */, .tcm_parent = TC_H_ROOT,
			      .tcm_handle = 0x10000 };
	struct tc_netem_qopt options = { .limit = 1000 };
	struct netlink request;

	(void)trial;
	netlink_begin(&request, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof(body));
	netlink_add_text(&request, TCA_KIND, "netem");
	netlink_end(&request, netlink_nest(&request, TCA_OPTIONS, &options, sizeof(options)));
	int ret = ask(&request, "netem", "RTM_NEWQDISC", outcome);
	/* What other requests call EOPNOTSUPP. */
	if (ret < 0 && errno == ENOENT)
		outcome->code = errno = EOPNOTSUPP;
	return ret;
}

/* nft(8) makes a table, where the kernel knows tables at all. */
int try_nft(const struct trial *trial, struct outcome *outcome)
{
	char path[256];
	int status;

	(void)trial;
	errno = ENOENT;
	if (!inside_program("nft", path, sizeof(path)))
		return trial_failed(outcome, "nft", "%s", "");
	if (rules_any() < 0)
		return trial_failed(outcome, "nf_tables", "NFT_MSG_GETTABLE()");
	pid_t pid = fork();
	if (pid == 0) {
		execl(path, path, "add table inet try { chain c { type filter hook input priority 0; } ; }", (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || await_exit(pid, AWAIT_FOREVER, &status) < 0)
		return trial_failed(outcome, "nft", "fork()");
	errno = EOPNOTSUPP;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 :
	       trial_failed(outcome, "nf_tables", "%s add table inet try", path);
}

/* Through the host's device file; the interface is in the network namespace of who opens it. */
int try_tun(const struct trial *trial, struct outcome *outcome)
{
	struct ifreq request = { .ifr_name = "try", .ifr_flags = IFF_TUN | IFF_NO_PI };
	cleanup_fd int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	(void)trial;
	if (fd < 0)
		return trial_failed(outcome, "/dev/net/tun", "open(\"/dev/net/tun\", O_RDWR)");
	return ioctl(fd, TUNSETIFF, &request) < 0 ? trial_failed(outcome, "/dev/net/tun", "ioctl(TUNSETIFF, IFF_TUN)") : 0;
}

/* It is run once, for its version: what it needs besides is the tun device. */
int try_outlet(const struct trial *trial, struct outcome *outcome)
{
	char path[256];
	int status;

	(void)trial;
	errno = ENOENT;
	if (!inside_program("pasta", path, sizeof(path)) && !inside_program("slirp4netns", path, sizeof(path)))
		return trial_failed(outcome, "pasta", "%s", "");
	pid_t pid = fork();
	if (pid == 0) {
		execl(path, path, "--version", (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || await_exit(pid, AWAIT_FOREVER, &status) < 0)
		return trial_failed(outcome, path, "fork()");
	errno = ENOEXEC;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : trial_failed(outcome, path, "%s --version", path);
}
