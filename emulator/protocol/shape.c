#include "emulator/protocol/shape.h"

#include "emulator/protocol/shape_types.h"

const struct operation_model *service_model_operation(const struct service_model *model, struct text name) {
    int low = 0;
    int high = model->operation_count;
    while (low < high) {
        int middle = (low + high) / 2;
        const struct operation_model *operation = &model->operations[middle];
        size_t size = strlen(operation->name);
        size_t shorter = size < name.size ? size : name.size;
        int order = shorter ? memcmp(operation->name, name.data, shorter) : 0;
        if (order == 0 && size == name.size) {
            return operation;
        }
        if (order < 0 || (order == 0 && size < name.size)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

const struct shape_member *shape_member(const struct shape *structure, struct text name) {
    for (unsigned index = 0; index < structure->member_count; index++) {
        const struct shape_member *member = &structure->members[index];
        if (member->name_size == name.size && memcmp(member->name, name.data, name.size) == 0) {
            return member;
        }
    }
    return NULL;
}

const struct shape_member *shape_wire_member(const struct shape *structure, struct text name) {
    for (unsigned index = 0; index < structure->member_count; index++) {
        const struct shape_member *member = &structure->members[index];
        if (member->wire_size == name.size && memcmp(member->wire_name, name.data, name.size) == 0) {
            return member;
        }
    }
    return NULL;
}
