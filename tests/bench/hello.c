/* The least that a program does between execve(2) and what a person reads: a line. Statically linked. */
#include <stdio.h>

int main(void)
{
	puts("hello");
	getchar();
	return 0;
}
