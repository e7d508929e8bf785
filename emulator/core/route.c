#include "emulator/core/route.h"

/* ---- the tables ---- */

static bool speaks_query(const struct service_model *model) {
    return model->protocol == PROTOCOL_QUERY || model->also_query;
}

static bool speaks_rest(const struct service_model *model) {
    return model->protocol == PROTOCOL_REST_JSON || model->protocol == PROTOCOL_REST_XML;
}

static const struct service *find_service(const struct service *const *services, const char *name) {
    for (; *services; services++) {
        if ((*services)->model && strcmp((*services)->model->name, name) == 0) {
            return *services;
        }
    }
    return NULL;
}

static const struct operation_row *find_row(const struct service *service, const char *operation) {
    for (const struct operation_row *row = service->operations; row && row->name; row++) {
        if (strcmp(row->name, operation) == 0) {
            return row;
        }
    }
    return NULL;
}

static void choose(struct route *route, const struct service *service,
                   const struct operation_model *operation, const struct codec *codec) {
    route->service = service;
    route->operation = operation;
    route->row = operation ? find_row(service, operation->name) : NULL;
    route->codec = codec;
}

/* ---- JSON: X-Amz-Target ---- */

static bool route_target(const struct service *const *services, const struct http_request *request,
                         struct route *route) {
    struct text target = http_request_header(request, "x-amz-target");
    ptrdiff_t dot = target.data ? text_find_char(target, '.') : -1;
    if (dot < 0) {
        return false;
    }
    struct text prefix = text_slice(target, 0, (size_t)dot);
    struct text name = text_slice(target, (size_t)dot + 1, target.size);
    for (; *services; services++) {
        const struct service_model *model = (*services)->model;
        if (model && model->target_prefix && text_equals(prefix, model->target_prefix)) {
            choose(route, *services, service_model_operation(model, name), &codec_json);
            route->error = &error_unknown_operation;
            return true;
        }
    }
    return false;
}

/* ---- query: Action and Version ---- */

/* A parameter of a query string or form, undecoded: action and version names need no decoding. */
static struct text form_value(struct text form, const char *name) {
    size_t name_size = strlen(name);
    while (form.data) {
        struct text pair = text_cut(&form, '&');
        if (pair.size > name_size && pair.data[name_size] == '=' && memcmp(pair.data, name, name_size) == 0) {
            return text_slice(pair, name_size + 1, pair.size);
        }
    }
    return TEXT_NONE;
}

static struct text query_parameter(const struct http_request *request, const char *name) {
    struct text value = form_value(request->query, name);
    return value.data ? value : form_value(request->body, name);
}

static bool host_begins_with(const struct http_request *request, const char *label) {
    struct text host = http_request_header(request, "host");
    size_t size = strlen(label);
    return host.size > size && host.data[size] == '.' && memcmp(host.data, label, size) == 0;
}

/* How sure we are that this request is for the service: 0 not at all. */
static int query_claim(const struct service_model *model, const struct http_request *request,
                       const char *signing_service, struct text version) {
    int claim = 0;
    if (signing_service && strcmp(signing_service, model->signing_name) == 0) {
        claim += 4;
    }
    if (host_begins_with(request, model->endpoint_prefix)) {
        claim += 2;
    }
    if (version.data && text_equals(version, model->api_version)) {
        claim += 3;
    }
    return claim;
}

/* /123456789012/name: a resource's own URL, for services whose requests may come there (SQS). */
static bool is_resource_path(struct text path) {
    size_t digits = 0;
    while (digits + 1 < path.size && path.data[digits + 1] >= '0' && path.data[digits + 1] <= '9') {
        digits++;
    }
    return digits == 12 && path.size > 14 && path.data[13] == '/';
}

static bool route_query(const struct service *const *services, const struct http_request *request,
                        const char *signing_service, struct route *route) {
    if (signing_service && strcmp(signing_service, "s3") == 0) {
        return false;
    }
    struct text action = query_parameter(request, "Action");
    if (!action.data) {
        return false;
    }
    struct text version = query_parameter(request, "Version");
    const struct service *best = NULL;
    int best_claim = 0;
    for (; *services; services++) {
        const struct service_model *model = (*services)->model;
        if (!model || !speaks_query(model)) {
            continue;
        }
        int claim = query_claim(model, request, signing_service, version);
        if (claim == 0 && !version.data && service_model_operation(model, action)) {
            claim = 1; /* an unsigned link without version */
        }
        if (claim == 0 && model->path_member && is_resource_path(request->path)) {
            claim = 1;
        }
        if (claim > best_claim) {
            best = *services;
            best_claim = claim;
        }
    }
    if (!best) {
        return false;
    }
    choose(route, best, service_model_operation(best->model, action), &codec_query);
    route->error = &error_invalid_action;
    if (!route->operation) {
        route->message = best->model->also_query
                             ? arena_printf(request->arena, "The action %.*s is not valid for this endpoint.",
                                            TEXT_ARGUMENTS(action))
                             : arena_printf(request->arena, "Could not find operation %.*s for version %s",
                                            TEXT_ARGUMENTS(action), best->model->api_version);
    }
    return true;
}

/* ---- REST: method, path, query ---- */

/* One segment of a template: a literal, {Label} or {Label+}. */
static struct text cut_segment(struct text *rest) {
    return text_cut(rest, '/');
}

int route_match_path(const char *template, struct text path, struct text *values, int maximum_values) {
    struct text pattern = text_of(template);
    ptrdiff_t question = text_find_char(pattern, '?');
    if (question >= 0) {
        pattern = text_slice(pattern, 0, (size_t)question);
    }
    int score = 0;
    int count = 0;
    while (pattern.data) {
        struct text wanted = cut_segment(&pattern);
        if (wanted.size > 2 && wanted.data[0] == '{' && wanted.data[wanted.size - 2] == '+') {
            if (!path.data || path.size == 0 || count == maximum_values) {
                return -1;
            }
            values[count++] = path; /* greedy: the rest, slashes included */
            return score + 1;
        }
        if (!path.data) {
            /* "/functions/" in the model is also met as "/functions" */
            return wanted.size == 0 && !pattern.data ? score : -1;
        }
        struct text segment = cut_segment(&path);
        if (wanted.size > 0 && wanted.data[0] == '{') {
            if (segment.size == 0 || count == maximum_values) {
                return -1;
            }
            values[count++] = segment;
            score += 1;
        } else if (text_same(wanted, segment)) {
            score += 4;
        } else {
            return -1;
        }
    }
    /* a trailing slash on the wire */
    return !path.data || path.size == 0 ? score : -1;
}

static bool has_query(struct text query, struct text name) {
    while (query.data) {
        struct text pair = text_cut(&query, '&');
        struct text key = text_cut(&pair, '=');
        if (text_same(key, name)) {
            return true;
        }
    }
    return false;
}

/* What the template's own query ("?uploads", "?list-type=2") asks for: its parts, or -1. */
static int match_literal_query(const char *template, struct text query) {
    const char *question = strchr(template, '?');
    int score = 0;
    struct text rest = question ? text_of(question + 1) : TEXT_NONE;
    while (rest.data) {
        struct text pair = text_cut(&rest, '&');
        struct text key = pair;
        struct text wanted_key = text_cut(&key, '=');
        bool has_value = key.data != NULL;
        bool found = false;
        struct text given = query;
        while (given.data && !found) {
            struct text part = text_cut(&given, '&');
            found = has_value ? text_same(part, pair) : text_same(text_cut(&part, '='), wanted_key);
        }
        if (!found) {
            return -1;
        }
        score += 100;
    }
    return score;
}

/* Required members outside of path and body tell apart what shares a path: CopyObject from PutObject. */
static int match_required(const struct operation_model *operation, const struct http_request *request) {
    int score = 0;
    const struct shape *input = operation->input;
    for (int i = 0; input && i < input->member_count; i++) {
        const struct shape_member *member = &input->members[i];
        bool present;
        if (!member->required) {
            continue;
        }
        if (member->location == LOCATION_QUERY) {
            present = has_query(request->query, text_of(member->wire_name));
        } else if (member->location == LOCATION_HEADER) {
            present = http_request_header(request, member->wire_name).data != NULL;
        } else {
            continue;
        }
        score += present ? 10 : -1000;
    }
    return score;
}

/* S3's models keep operations that newer ones of the same address have replaced (PutBucketLifecycle). */
static bool supersedes(const struct service *service, const struct operation_model *operation,
                       const struct operation_model *other) {
    return find_row(service, operation->name) && !find_row(service, other->name);
}

/* False: the literal beginnings or ends differ, so that the path cannot match. A quick look: a service has a
 * hundred templates, and a path fits few. */
static bool may_match(const char *template, struct text path) {
    size_t common = 0;
    while (common < path.size && template[common] && template[common] != '{' &&
           template[common] == path.data[common]) {
        common++;
    }
    char differs = template[common];
    if (differs != '\0' && differs != '{' && differs != '?' && !(differs == '/' && common == path.size)) {
        return false;
    }
    const char *label = strrchr(template, '}');
    if (!label || strchr(label, '?') || text_ends_with(path, "/")) {
        return true;
    }
    size_t tail = strlen(label + 1);
    return tail == 0 || label[tail] == '/' ||
           (path.size > tail && memcmp(label + 1, path.data + path.size - tail, tail) == 0);
}

static bool match_rest(const struct service *service, const struct http_request *request, struct text path,
                       struct route *route) {
    const struct service_model *model = service->model;
    struct text values[ROUTE_MAXIMUM_LABELS];
    const struct operation_model *best = NULL;
    int best_score = 0;
    for (int i = 0; i < model->operation_count; i++) {
        const struct operation_model *operation = &model->operations[i];
        if (!text_equals(request->method, operation->http_method) || !may_match(operation->uri, path)) {
            continue;
        }
        int score = route_match_path(operation->uri, path, values, ROUTE_MAXIMUM_LABELS);
        if (score < 0) {
            continue;
        }
        int literal = match_literal_query(operation->uri, request->query);
        if (literal < 0) {
            continue;
        }
        score += literal + match_required(operation, request);
        if (!best || score > best_score || (score == best_score && supersedes(service, operation, best))) {
            best = operation;
            best_score = score;
        }
    }
    if (!best) {
        return false;
    }
    struct text *kept = arena_zalloc(request->arena, sizeof(values));
    route_match_path(best->uri, path, kept, ROUTE_MAXIMUM_LABELS);
    route->uri_values = kept;
    choose(route, service, best, codec_of(model->protocol));
    return true;
}

/* ---- S3: the bucket may be in the host name ---- */

/* bucket.s3.amazonaws.com, bucket.s3.eu-west-1.amazonaws.com, bucket.s3-eu-west-1..., bucket.s3.localhost...,
 * bucket.localhost: the bucket's name; absent: path style. */
static struct text bucket_of_host(const struct http_request *request) {
    struct text host = http_request_header(request, "host");
    ptrdiff_t colon = host.data ? text_find_char(host, ':') : -1;
    if (colon >= 0) {
        host = text_slice(host, 0, (size_t)colon);
    }
    if (!host.data) {
        return TEXT_NONE;
    }
    static const char *const marks[] = {".s3.", ".s3-", ".localhost"};
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        ptrdiff_t at = text_find(host, marks[i]);
        if (at > 0 && !(i == 2 && (text_starts_with(host, "s3.") || (size_t)at + 10 != host.size))) {
            return text_slice(host, 0, (size_t)at);
        }
    }
    return TEXT_NONE;
}

static bool route_s3(const struct service *s3, const struct http_request *request, struct route *route) {
    struct text path = request->path;
    struct text bucket = bucket_of_host(request);
    if (bucket.data) {
        path =
            text_of(arena_printf(request->arena, "/%.*s%.*s", TEXT_ARGUMENTS(bucket), TEXT_ARGUMENTS(path)));
    }
    if (match_rest(s3, request, path, route)) {
        return true;
    }
    static const struct error_shape method_not_allowed = {.name = "MethodNotAllowed", .status = 405};
    choose(route, s3, NULL, &codec_rest_xml);
    route->error = &method_not_allowed;
    route->message = "The specified method is not allowed against this resource.";
    return true;
}

static bool is_s3(const struct service *service) {
    return service->model && service->model->protocol == PROTOCOL_REST_XML;
}

static bool route_rest(const struct service *const *services, const struct http_request *request,
                       const char *signing_service, struct route *route) {
    const struct service *signed_for = NULL;
    for (const struct service *const *service = services; *service; service++) {
        const struct service_model *model = (*service)->model;
        if (!model || !speaks_rest(model) || is_s3(*service)) {
            continue;
        }
        bool signed_here = signing_service && strcmp(signing_service, model->signing_name) == 0;
        if (signed_here) {
            signed_for = *service;
        }
        if ((signed_here || !signing_service) && match_rest(*service, request, request->path, route)) {
            return true;
        }
    }
    if (signed_for) {
        static const struct error_shape unknown_path = {.name = "UnknownOperationException", .status = 404};
        choose(route, signed_for, NULL, codec_of(signed_for->model->protocol));
        route->error = &unknown_path;
        return true;
    }
    return false;
}

/* ---- entry points ---- */

/* A signed request to a JSON or query service without a target or action. */
static bool route_signed_without_operation(const struct service *const *services, const char *signing_service,
                                           struct route *route) {
    for (; signing_service && *services; services++) {
        const struct service_model *model = (*services)->model;
        if (model && !speaks_rest(model) && strcmp(model->signing_name, signing_service) == 0) {
            bool json = model->protocol == PROTOCOL_JSON;
            choose(route, *services, NULL, json ? &codec_json : &codec_query);
            static const struct error_shape missing_action = {.name = "MissingAction", .status = 400};
            route->error = json ? &error_unknown_operation : &missing_action;
            route->message =
                json ? NULL : "Could not find Action query parameter. Check your request and try again.";
            return true;
        }
    }
    return false;
}

/* Signed for a service that no row of ours has: AWS has it, stackrig does not. */
static bool route_unknown_service(const struct service *const *services, const struct http_request *request,
                                  const char *signing_service, struct route *route) {
    if (!signing_service) {
        return false;
    }
    for (; *services; services++) {
        const struct service_model *model = (*services)->model;
        if (model && strcmp(model->signing_name, signing_service) == 0) {
            return false;
        }
    }
    route->error = &error_not_implemented;
    route->message =
        arena_printf(request->arena, "stackrig does not emulate the service %s", signing_service);
    return true;
}

void route_request(const struct service *const *services, const struct http_request *request,
                   const char *signing_service, struct route *route) {
    *route = (struct route){0};
    if (route_target(services, request, route) || route_query(services, request, signing_service, route) ||
        route_rest(services, request, signing_service, route) ||
        route_signed_without_operation(services, signing_service, route) ||
        route_unknown_service(services, request, signing_service, route)) {
        return;
    }
    for (const struct service *const *service = services; *service; service++) {
        if (is_s3(*service)) {
            route_s3(*service, request, route);
            return;
        }
    }
    route->error = &error_unknown_operation;
}

void route_internal(const struct service *const *services, const char *service, const char *operation,
                    struct route *route) {
    *route = (struct route){.error = &error_unknown_operation};
    const struct service *found = find_service(services, service);
    if (found) {
        choose(route, found, service_model_operation(found->model, text_of(operation)), &codec_internal);
    }
}
