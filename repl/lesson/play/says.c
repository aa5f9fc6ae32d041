#include "lesson/play/says.h"

#include <string.h>

static const struct {
	const char *en, *zh;
} says[SAYS] = {
	[SAY_STEP] = { "step %zu of %zu", "第 %zu 步，共 %zu 步" },
	[SAY_MORE] = { "Enter: read on", "回车：继续读" },
	[SAY_GUESS] = { "What do you expect? Type its number or your words; Enter skips. Commands work.",
			"你猜会怎样？输入编号或自己的话；按回车跳过。命令照常可用。" },
	[SAY_GUESS_PROMPT] = { "your guess: ", "你的猜测：" },
	[SAY_GUESSED] = { "You expected: %s.", "你猜的是：%s。" },
	[SAY_RUNS] = { "Enter runs:  %s", "回车运行：%s" },
	[SAY_NEXT] = { "Enter: next step", "回车：下一步" },
	[SAY_END] = { "Enter: the end of the lesson", "回车：结束本课" },
	[SAY_TASK] = { "Your task", "任务" },
	[SAY_TASK_HELP] = { "Type commands until you reach it. For help: hint, check, solution.",
			    "输入命令，直到达成目标。需要帮助：hint、check、solution。" },
	[SAY_TASK_LOCKED] = { "Type commands until you reach it. For help: hint, check.",
			      "输入命令，直到达成目标。需要帮助：hint、check。" },
	[SAY_REMEMBER] = { "To remember", "记住" },
	[SAY_REACHED] = { "Reached.", "达成了。" },
	[SAY_HINT] = { "Hint", "提示" },
	[SAY_NO_HINT] = { "This step has no hints.", "这一步没有提示。" },
	[SAY_ALL_HINTS] = { "Those were all the hints; here they are again.", "提示已经给完，再给一遍。" },
	[SAY_SOLUTION] = { "The solution, played from where the task began:", "解答，从任务开始处演示：" },
	[SAY_RESTORED] = { "(restored the lesson's state, commands played: %zu)",
			   "（已用 %zu 条命令重建本课的状态）" },
	[SAY_PASSED_OVER] = { "Skipped step %s: it needs %s", "跳过步骤 %s，它需要 %s" },
	[SAY_FINISHED] = { "The lesson is done. The child stays as it is, for you to try things.",
			   "本课完成。子进程保持原样，可以继续尝试。" },
	[SAY_COMES_NEXT] = { "Next: lesson %s", "下一课：lesson %s" },
	[SAY_LEFT] = { "Left the lesson at step %zu of %zu. lesson continues it.",
		       "已离开本课（第 %zu 步，共 %zu 步）。输入 lesson 可继续。" },
	[SAY_RIGHT] = { "That is right.", "猜对了。" },
	[SAY_IT_WAS] = { "It is %zu: %s", "答案是 %zu：%s" },
	[SAY_LOST] = { "This step needs what is not there any more: %s (%s). again restores it.",
		       "这一步所需的状态已经没有了：%s（%s）。输入 again 可重新建立。" },
	[SAY_GUESSES] = { "predictions: %zu of %zu right", "预测：%zu 次猜对，共 %zu 次" },
	[SAY_STORE] = { "(images and volumes: this lesson has a store of its own; yours is not touched)",
			"（镜像和卷：本课有自己的存储，你的存储不受影响）" },
	[SAY_STORE_STAYS] = { "Its store stays as well; lesson quit ends both, and returns to yours.",
			      "本课的存储也还在；lesson quit 会结束二者，并换回你自己的存储。" },
	[SAY_STORE_GONE] = { "Its child and its store are gone; images and volumes are yours again.",
			     "本课的子进程和存储已删除；镜像和卷又是你自己的了。" },
	[SAY_DONE] = { "done", "已完成" },
	[SAY_NOT_YET] = { "%zu of %zu hold", "%zu 项成立，共 %zu 项" },
};

const char *say_in(const char *language, enum say say)
{
	return strcmp(language, "zh") == 0 ? says[say].zh : says[say].en;
}
