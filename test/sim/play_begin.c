#include "stage.h"
const struct script play_begin[] = {{.rule = RULE_NONE}};
