/* WarmThroughput: what a table or index takes at once. It grows with what is asked for and with the capacity
 * that was ever provisioned, and never falls. Nothing is warmed. Source: findings against the service in
 * 2026. */
#include "services/dynamodb/tables.h"

#define WARM_READ_ON_DEMAND 12000
#define WARM_WRITE_ON_DEMAND 4000

static int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* What was kept, at least what the capacity of now gives. */
static struct warm_level level_of(bool on_demand, int64_t read, int64_t write, int64_t kept_read,
                                  int64_t kept_write) {
    return (struct warm_level){larger(kept_read, on_demand ? WARM_READ_ON_DEMAND : read),
                               larger(kept_write, on_demand ? WARM_WRITE_ON_DEMAND : write), NULL};
}

struct warm_level warm_of_table(struct call *call, const struct table *table) {
    return level_of(table->read_units == 0, table->read_units, table->write_units,
                    table_number(call, table, SETTING_WARM_READ),
                    table_number(call, table, SETTING_WARM_WRITE));
}

struct warm_level warm_of_index(const struct table *table, const struct table_index *index) {
    return level_of(table->read_units == 0, index->read_units, index->write_units, index->warm_read_units,
                    index->warm_write_units);
}

void warm_keep(struct call *call, struct table *table) {
    struct warm_level level = warm_of_table(call, table);
    table_set_number(call, table, SETTING_WARM_READ, level.read);
    table_set_number(call, table, SETTING_WARM_WRITE, level.write);
    for (size_t i = 0; i < table->index_count; i++) {
        struct table_index *index = &table->indexes[i];
        if (index->global) {
            level = warm_of_index(table, index);
            index->warm_read_units = level.read;
            index->warm_write_units = level.write;
        }
    }
}

bool check_warm(struct call *call, struct input warm, const struct warm_level *least, const char *what,
                struct result *refusal) {
    const struct {
        const char *member;
        int64_t least;
        const char *provisioned;
    } units[] = {{"ReadUnitsPerSecond", least->read, "ReadCapacityUnits of ProvisionedThroughput"},
                 {"WriteUnitsPerSecond", least->write, "WriteCapacityUnits of ProvisionedThroughput"}};
    for (size_t i = 0; warm.value && i < 2; i++) {
        if (input_integer(warm, units[i].member, units[i].least) < units[i].least) {
            return table_fail(call, refusal,
                              INVALID_VALUES "Requested %s for WarmThroughput for %s is lower than %s",
                              units[i].member, what, least->name ? least->name : units[i].provisioned);
        }
    }
    return true;
}
