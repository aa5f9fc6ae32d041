/* What can be asked in a check. A predicate is one row of the table at the end; AUTHORING.md has
 * the same table in words, and a test compares them. */
#include "lesson/check/predicates.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "image/image.h"

static bool fits_type(const char *word, struct error *err)
{
	if (ns_type_find(word) >= 0 && ns_type_find(word) < NS_TYPES)
		return true;
	cleanup_text struct text types = { 0 };
	ns_type_names(" ", &types);
	fail_id(err, ERR_CHECK_SYNTAX, 0, "no such namespace type: %s", vis(word));
	fail_fix(err, "one of: %s", text_of(&types));
	return false;
}

bool argument_fits(const char *name, const char *word, struct error *err)
{
	uint64_t number;

	if (strcmp(name, "TYPE") == 0)
		return fits_type(word, err);
	if (strcmp(name, "CONTROLLER") == 0)
		return fits_controller(word, err);
	if (strcmp(name, "CAP") == 0)
		return fits_capability(word, err);
	if (strcmp(name, "CAPS") == 0)
		return fits_caps(word, err);
	if (strcmp(name, "CALL") == 0)
		return fits_call(word, err);
	if (strcmp(name, "OFFSET") == 0)
		return fits_offset(word, err);
	if (strcmp(name, "OWNER") == 0)
		return fits_owner(word, err);
	if (strcmp(name, "SHARE") == 0 || strcmp(name, "SIZE") == 0 || strcmp(name, "COUNT") == 0)
		return fits_limit(name, word, err);
	if (strcmp(name, "ADDRESS") == 0 || strcmp(name, "ADDRESSES") == 0 || strcmp(name, "PREFIX") == 0 ||
	    strcmp(name, "TARGET") == 0)
		return fits_network(name, word, err);
	if (strcmp(name, "IMAGE") == 0) {
		cleanup_arena struct arena arena = { 0 };
		return image_name(word, &arena, err) != NULL;
	}
	if (strcmp(name, "N") == 0 && !parse_number(word, &number)) {
		fail_id(err, ERR_CHECK_SYNTAX, 0, "%s: not a number", vis(word));
		return false;
	}
	if (!word[0] && strcmp(name, "TEXT") != 0) {
		fail_id(err, ERR_CHECK_SYNTAX, 0, "%s may not be empty", name);
		return false;
	}
	return true;
}

const struct predicate predicates[] = {
	{ "ns TYPE own|host", predicate_ns },
	{ "ns TYPE owned by own user", predicate_ns_owned },
	{ "ns TYPE shared with WHOM", predicate_ns_shared },
	{ "mount PATH present|absent", predicate_mount },
	{ "mount PATH alone", predicate_mount_alone },
	{ "mount PATH type FSTYPE", predicate_mount_type },
	{ "mount PATH from host", predicate_mount_from_host },
	{ "mount PATH from host PATH", predicate_mount_from_hosts },
	{ "mount PATH from SOURCE", predicate_mount_from },
	{ "mount PATH shows PATH", predicate_mount_shows },
	{ "mount PATH unites PATH...", predicate_unites },
	{ "mount PATH of image IMAGE", predicate_mount_image },
	{ "mount PATH ro|rw", predicate_mount_rights },
	{ "mount PATH option OPTION", predicate_mount_option },
	{ "mount PATH propagation private|shared|slave|unbindable", predicate_propagation },
	{ "no mount from host", predicate_no_hosts_mount },
	{ "proc PATH own", predicate_proc },
	{ "file PATH absent", predicate_file_absent },
	{ "file PATH present|folder|regular|executable|link|device|pipe|socket|whiteout", predicate_file },
	{ "file PATH contains TEXT", predicate_file_contains },
	{ "file PATH is TEXT", predicate_file_is },
	{ "file PATH owner OWNER", predicate_file_owner },
	{ "file PATH caps only CAPS...", predicate_file_caps },
	{ "file PATH same as PATH", predicate_file_same },
	{ "dir PATH empty", predicate_dir },
	{ "dir PATH holds exactly ENTRY...", predicate_dir },
	{ "pid inside N", predicate_pid },
	{ "hostname NAME", predicate_hostname },
	{ "root own|host|pivoted|chrooted", predicate_root },
	{ "cwd inside|outside", predicate_cwd },
	{ "clock boottime|monotonic OFFSET", predicate_clock },
	{ "cgroup CONTROLLER own|host", predicate_cgroup },
	{ "cgroup cpu SHARE", predicate_cpu },
	{ "cgroup memory SIZE", predicate_memory },
	{ "cgroup pids COUNT", predicate_pids },
	{ "cap CAP present|absent|effective|ambient|bounded", predicate_cap },
	{ "caps only CAPS...", predicate_caps_only },
	{ "caps effective|permitted|inheritable|bounding|ambient only CAPS...", predicate_caps_set },
	{ "nonewprivs", predicate_nonewprivs },
	{ "seccomp filter|off", predicate_seccomp },
	{ "seccomp docker", predicate_seccomp_docker },
	{ "call CALL denied|allowed", predicate_call },
	{ "call CALL denied|allowed as docker", predicate_call },
	{ "keyring own|host", predicate_keyring },
	{ "uid inside|outside N", predicate_id },
	{ "gid inside|outside N", predicate_id },
	{ "net lo up|down", predicate_lo },
	{ "net forward on|off", predicate_forward },
	{ "net link LINK present|absent|up|down", predicate_link },
	{ "net link LINK port of LINK", predicate_link_port },
	{ "net link LINK mtu N", predicate_link_mtu },
	{ "net link LINK to LINK of WHOM", predicate_link_peer },
	{ "net addr LINK none", predicate_addr },
	{ "net addr LINK only ADDRESSES...", predicate_addr },
	{ "net route PREFIX absent", predicate_route },
	{ "net route PREFIX via ADDRESS", predicate_route },
	{ "net route PREFIX dev LINK", predicate_route },
	{ "net neighbour ADDRESS known|unknown|permanent", predicate_neighbour },
	{ "net rules N", predicate_rules },
	{ "net rule TEXT present|absent", predicate_rule },
	{ "net answers icmp ADDRESS", predicate_answers },
	{ "net answers tcp|udp TARGET", predicate_answers },
	{ "run CMD prints|says TEXT", predicate_prints },
	{ "run CMD succeeds|fails", predicate_status },
	{ "job NAME running|absent", predicate_job },
	{ "image IMAGE present|absent", predicate_image },
	{ "image IMAGE layers N", predicate_image_layers },
	{ "image IMAGE shares N layers with IMAGE", predicate_image_shares },
	{ "host unchanged", predicate_host },
	{ 0 }
};
