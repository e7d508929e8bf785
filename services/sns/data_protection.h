/*
 * Data protection policies: only their form is checked, nothing is audited or masked. Pure.
 * Source: SNS developer guide, "Anatomy of a data protection policy" and "Data protection policy operations".
 */
#ifndef STACKRIG_SNS_DATA_PROTECTION_H
#define STACKRIG_SNS_DATA_PROTECTION_H

#include "emulator/base/json_value.h"

/* NULL: good; else what is wrong, in our own words: no source tells AWS's. */
const char *data_protection_problem(struct arena *arena, struct text policy);

#endif
