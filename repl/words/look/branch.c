#include "words/look/branch.h"

#include "base/text.h"

void branch_passes(struct text *text, bool utf8, bool goes_on)
{
	text_add(text, !goes_on ? "   " : utf8 ? "│  " : "|  ");
}

void branch_leads(struct text *text, bool utf8, bool last)
{
	if (utf8)
		text_add(text, last ? "└─ " : "├─ ");
	else
		text_add(text, last ? "`- " : "|- ");
}
