#include "emulator/base/transitions.h"

#include "emulator/base/die.h"

bool transition_allowed(const struct transition_table *table, int from, int to) {
    for (size_t i = 0; i < table->row_count; i++) {
        if (table->rows[i].from == from && table->rows[i].to == to) {
            return true;
        }
    }
    return false;
}

void transition_check(const struct transition_table *table, int from, int to) {
    if (!transition_allowed(table, from, to)) {
        die("%s: no move from %s to %s", table->name, table->state_names[from], table->state_names[to]);
    }
}
