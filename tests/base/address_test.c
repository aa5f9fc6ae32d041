/* Addresses as ip(8) writes them, and messages of rtnetlink that are put together and read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/list.h"
#include "base/net/address.h"
#include "base/net/netlink.h"

static void test_an_address_is_read_and_said_the_same(void **state)
{
	const char *const same[] = { "10.0.0.1/24", "0.0.0.0/0", "10.0.0.1", "fd00::1/64", "::/0", "::1" };
	char text[ADDRESS_TEXT];
	struct address address;

	(void)state;
	for (size_t i = 0; i < COUNT(same); i++) {
		assert_true(address_parse(same[i], &address));
		assert_string_equal(address_print(&address, text), same[i]);
	}
}

static void test_what_is_no_address_is_refused(void **state)
{
	const char *const bad[] = { "", "/", "/24", "10.0.0.1/", "10.0.0.1/33", "10.0.0.1/-1", "10.0.0.1/024",
				    "10.0.0.1/0x8", "10.0.0.1/8/8", "10.1", "10.0.0.256", " 10.0.0.1",
				    "fd00::1/129", "fe80::1%lo", "host", "1:2:3:4:5:6:7:8:9" };
	struct address address;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(address_parse(bad[i], &address));
}

static void test_a_network_has_no_bit_behind_its_prefix(void **state)
{
	struct address address;
	char text[ADDRESS_TEXT];

	(void)state;
	assert_true(address_parse("10.8.1.1/13", &address));
	assert_false(address_is_network(&address));
	address_clear_host(&address);
	assert_true(address_is_network(&address));
	assert_string_equal(address_print(&address, text), "10.8.0.0/13");
}

static void test_attributes_are_found_and_none_is_read_beyond_the_end(void **state)
{
	struct netlink request;
	size_t length, size = 0;

	(void)state;
	netlink_begin(&request, 16, 0, NULL, 0);
	netlink_add_text(&request, 3, "eth0");
	size_t nest = netlink_nest(&request, 18, NULL, 0);
	netlink_add_number(&request, 1, 7);
	netlink_end(&request, nest);
	const void *first = netlink_attributes(&request.header, 0, &length);
	assert_string_equal(netlink_find(first, length, 3, &size), "eth0");
	assert_int_equal(size, 5);
	const void *inner = netlink_find(first, length, 18, &size);
	assert_non_null(netlink_find(inner, size, 1, NULL));
	assert_null(netlink_find(first, length, 99, NULL));
	for (size_t cut = 0; cut < length; cut++)
		netlink_find(first, cut, 99, NULL);
	assert_null(netlink_find(first, 7, 3, NULL));
}

static void test_a_request_that_is_too_long_is_not_sent(void **state)
{
	struct netlink request;
	char big[4096] = { 0 };

	(void)state;
	netlink_begin(&request, 16, 0, NULL, 0);
	netlink_add(&request, 1, big, sizeof(big));
	assert_true(request.full);
	assert_true(request.header.nlmsg_len <= sizeof(request.bytes));
	assert_int_equal(netlink_ask(-1, &request, NULL, 0), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_address_is_read_and_said_the_same),
		cmocka_unit_test(test_what_is_no_address_is_refused),
		cmocka_unit_test(test_a_network_has_no_bit_behind_its_prefix),
		cmocka_unit_test(test_attributes_are_found_and_none_is_read_beyond_the_end),
		cmocka_unit_test(test_a_request_that_is_too_long_is_not_sent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
