// SPDX-License-Identifier: GPL-2.0
/*
 * A filter's words: or, and, not, parentheses and comparisons, into a program of tests.
 *
 *	any   = all { "or" all }
 *	all   = one { [ "and" ] one }
 *	one   = "not" one | "(" any ")" | asked
 *
 *	asked = FIELD [ "=" | "!=" | "<" | "<=" | ">" | ">=" ] VALUE
 */
#include "filter_value.h"
#include "parse.h"
#include "util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/naru_genl.h>

#define DEPTH_MAX	64	/* parentheses and nots in each other */
#define LINE_SHOWN	72	/* characters of the line around the place of an error */

enum node_kind { NODE_TRUE, NODE_FALSE, NODE_TEST, NODE_NOT, NODE_AND, NODE_OR };

struct node {
	enum node_kind kind;
	struct node *left, *right;	/* of NODE_NOT the left one alone */
	struct node *next;		/* made before */
	struct filter_test test;
};

/* What `state` and `exclude` say of a chain of ands: names join, and `exclude` takes away */
struct chain {
	struct node *node;
	bool has_states;
	uint32_t states;
};

struct token {
	size_t at, len;		/* in the line; 0 bytes: the end */
	bool quoted;
};

struct parser {
	const char *line;
	struct token token;	/* the next */
	struct node *nodes;
	struct filter *filter;
	unsigned int depth, tests;
	const char *why;	/* what is wrong, or NULL */
	size_t where;
};

/* ---- words ---- */

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static bool is_sign(char c)
{
	return c && strchr("()=!<>&|", c);
}

static size_t sign_len(const char *text)
{
	static const char *const two[] = { "==", "!=", "<=", ">=", "&&", "||" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(two); i++)
		if (!strncmp(text, two[i], 2))
			return 2;
	return 1;
}

static void fail_at(struct parser *p, const char *why, size_t where)
{
	if (p->why)
		return;
	p->why = why;
	p->where = where;
}

static void next(struct parser *p)
{
	size_t at = p->token.at + p->token.len + p->token.quoted;
	struct token *t = &p->token;
	const char *line = p->line;

	while (is_space(line[at]))
		at++;
	t->quoted = line[at] == '"' || line[at] == '\'';
	t->at = at + t->quoted;
	if (t->quoted) {
		const char *end = strchr(line + t->at, line[at]);

		t->len = end ? end - line - t->at : 0;
		if (end && t->len)
			return;
		t->quoted = false;
		t->len = strlen(line + t->at);
		fail_at(p, end ? "nothing between the quotes" : "the quotes are not closed", at);
	} else if (is_sign(line[at])) {
		t->len = sign_len(line + at);
	} else {
		for (t->len = 0; line[at + t->len] && !is_space(line[at + t->len]) && !is_sign(line[at + t->len]);)
			t->len++;
	}
}

static bool is(const struct parser *p, const char *word)
{
	return !p->token.quoted && strlen(word) == p->token.len &&
	       !strncmp(p->line + p->token.at, word, p->token.len);
}

static bool is_one_of(const struct parser *p, const char *a, const char *b, const char *c)
{
	return is(p, a) || is(p, b) || is(p, c);
}

static bool take(struct parser *p, const char *a, const char *b, const char *c)
{
	if (!is_one_of(p, a, b, c))
		return false;
	next(p);
	return true;
}

/* The token's text, for free() */
static char *text_of(struct parser *p)
{
	char *text = strndup(p->line + p->token.at, p->token.len);

	if (!text)
		fail_at(p, "no memory", p->token.at);
	return text;
}

/* ---- nodes ---- */

static struct node *new_node(struct parser *p, enum node_kind kind, struct node *left, struct node *right)
{
	struct node *node = calloc(1, sizeof(*node));

	if (!node) {
		fail_at(p, "no memory", p->token.at);
		return NULL;
	}
	node->kind = kind;
	node->left = left;
	node->right = right;
	node->next = p->nodes;
	p->nodes = node;
	return node;
}

/* What is always so, or never, is taken out; NULL: something was wrong */
static struct node *join(struct parser *p, enum node_kind kind, struct node *left, struct node *right)
{
	enum node_kind unit = kind == NODE_AND ? NODE_TRUE : NODE_FALSE;

	if (!left || !right)
		return NULL;
	if (left->kind == unit)
		return right;
	if (right->kind == unit)
		return left;
	if (left->kind == NODE_TRUE || left->kind == NODE_FALSE)
		return left;
	if (right->kind == NODE_TRUE || right->kind == NODE_FALSE)
		return right;
	return new_node(p, kind, left, right);
}

static struct node *negate(struct parser *p, struct node *node)
{
	if (!node)
		return NULL;
	if (node->kind == NODE_TRUE || node->kind == NODE_FALSE)
		return new_node(p, node->kind == NODE_TRUE ? NODE_FALSE : NODE_TRUE, NULL, NULL);
	return new_node(p, NODE_NOT, node, NULL);
}

static struct node *test_node(struct parser *p, const struct filter_test *test)
{
	struct node *node = new_node(p, NODE_TEST, NULL, NULL);

	if (++p->tests > NARU_PROGRAM_TESTS)
		fail_at(p, "too long: more than 512 comparisons", p->token.at);
	if (node)
		node->test = *test;
	return node;
}

static struct node *value_node(struct parser *p, const struct filter_value *value)
{
	struct node *node = new_node(p, value->never || value->any ? NODE_FALSE : NODE_TRUE, NULL, NULL);
	unsigned int i;

	for (i = 0; i < value->num && !value->never; i++)
		node = join(p, i < value->any ? NODE_OR : NODE_AND, node, test_node(p, &value->test[i]));
	return node;
}

/* ---- comparisons ---- */

static enum filter_op take_op(struct parser *p)
{
	static const struct {
		const char *a, *b, *c;
		enum filter_op op;
	} ops[] = {
		{ "=", "==", "eq", FILTER_EQ }, { "!=", "ne", "neq", FILTER_NE }, { "<", "lt", "lss", FILTER_LT },
		{ "<=", "le", "leq", FILTER_LE }, { ">", "gt", "gtr", FILTER_GT }, { ">=", "ge", "geq", FILTER_GE },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ops); i++)
		if (take(p, ops[i].a, ops[i].b, ops[i].c))
			return ops[i].op;
	return FILTER_EQ;
}

static bool at_value(const struct parser *p)
{
	return p->token.len && (p->token.quoted || !is_sign(p->line[p->token.at]));
}

/* The field, how it is compared, and what with; false: something is wrong */
static bool read_comparison(struct parser *p, const struct field *field, enum filter_op *op,
			    struct filter_value *value)
{
	const char *why;
	char *text;

	*op = take_op(p);
	if (!at_value(p)) {
		fail_at(p, "a value is missing", p->token.at);
		return false;
	}
	text = text_of(p);
	why = text ? filter_value_read(field, *op, text, value) : NULL;
	if (why)
		fail_at(p, why, p->token.at);
	free(text);
	next(p);
	return !p->why;
}

static const struct field *take_field(struct parser *p, bool *exclude)
{
	const struct field *field;
	char *name;

	if (!p->token.len) {
		fail_at(p, "something is missing at the end", p->token.at);
		return NULL;
	}
	*exclude = is(p, "exclude");
	name = text_of(p);
	field = !name || p->token.quoted ? NULL : field_find(*exclude ? "state" : name);
	free(name);
	if (!field || field->number == NARU_FIELD_COUNT) {
		fail_at(p, "not a word of a filter", p->token.at);
		return NULL;
	}
	next(p);
	return field;
}

/* @outer: names of states are not in the node but in the chain */
static struct node *parse_comparison(struct parser *p, struct chain *outer)
{
	struct filter_value value;
	const struct field *field;
	enum filter_op op;
	bool exclude;

	field = take_field(p, &exclude);
	if (!field || !read_comparison(p, field, &op, &value))
		return NULL;
	exclude ^= op == FILTER_NE;
	if (field->kind == FIELD_STATE)
		p->filter->states_named = true;
	if (field->kind == FIELD_STATE && outer) {
		uint32_t have = outer->has_states ? outer->states : exclude ? NARU_STATES_ALL : 0;

		outer->states = exclude ? have & ~value.test[0].states : have | value.test[0].states;
		outer->has_states = true;
		return new_node(p, NODE_TRUE, NULL, NULL);
	}
	return exclude ? negate(p, value_node(p, &value)) : value_node(p, &value);
}

/* ---- chains ---- */

static struct node *chain_node(struct parser *p, const struct chain *chain)
{
	struct filter_test test = { .field = NARU_FIELD_STATE, .states = chain->states };

	return chain->has_states ? join(p, NODE_AND, chain->node, test_node(p, &test)) : chain->node;
}

static struct chain parse_any(struct parser *p);

static struct node *parse_one(struct parser *p, struct chain *outer)
{
	struct node *node = NULL;
	struct chain inner;

	if (++p->depth > DEPTH_MAX) {
		fail_at(p, "nested too deep", p->token.at);
	} else if (take(p, "not", "!", "NOT")) {
		node = negate(p, parse_one(p, NULL));
	} else if (take(p, "(", "(", "(")) {
		inner = parse_any(p);
		node = chain_node(p, &inner);
		if (!take(p, ")", ")", ")"))
			fail_at(p, "a ) is missing", p->token.at);
	} else {
		node = parse_comparison(p, outer);
	}
	p->depth--;
	return node;
}

static bool at_end_of_chain(const struct parser *p)
{
	return p->why || !p->token.len || is_one_of(p, "or", "|", "||") || is(p, ")");
}

static struct chain parse_all(struct parser *p)
{
	struct chain chain = { .node = new_node(p, NODE_TRUE, NULL, NULL) };

	do {
		struct node *one = parse_one(p, &chain);

		chain.node = join(p, NODE_AND, chain.node, one);
		if (take(p, "and", "&", "&&") && at_end_of_chain(p))
			fail_at(p, "something is missing here", p->token.at);
	} while (!at_end_of_chain(p));
	return chain;
}

static struct chain parse_any(struct parser *p)
{
	struct chain chain = parse_all(p), other;

	while (!p->why && take(p, "or", "|", "||")) {
		other = parse_all(p);
		chain.node = join(p, NODE_OR, chain_node(p, &chain), chain_node(p, &other));
		chain.has_states = false;
	}
	return chain;
}

/* ---- the program ---- */

/* Puts tests before those at *@at; a test leads to one behind it. Returns where it begins */
static unsigned int emit(const struct node *node, struct filter_test *test, unsigned int *at, unsigned int yes,
			 unsigned int no)
{
	switch (node->kind) {
	case NODE_NOT:
		return emit(node->left, test, at, no, yes);
	case NODE_AND:
		return emit(node->left, test, at, emit(node->right, test, at, yes, no), no);
	case NODE_OR:
		return emit(node->left, test, at, yes, emit(node->right, test, at, yes, no));
	default:
		test[--*at] = node->test;
		test[*at].yes = yes;
		test[*at].no = no;
		return *at;
	}
}

/* Places of tests count from the end while it is made, and then from the beginning */
static void shift(struct filter_test *test, unsigned int num, unsigned int by)
{
	unsigned int i;

	for (i = 0; i < num; i++) {
		test[i].yes -= test[i].yes < NARU_TEST_LEAVE ? by : 0;
		test[i].no -= test[i].no < NARU_TEST_LEAVE ? by : 0;
	}
}

/* What must hold besides what the filter has already */
static bool add_program(struct filter *f, const struct node *node, unsigned int tests)
{
	unsigned int at = tests, num, i;
	struct filter_test *test;

	if (node->kind == NODE_TRUE)
		return true;
	test = calloc(tests + f->num, sizeof(*test));
	if (!test)
		return false;
	for (i = 0; i < f->num; i++) {
		test[tests + i] = f->test[i];
		test[tests + i].yes += test[tests + i].yes < NARU_TEST_LEAVE ? tests : 0;
		test[tests + i].no += test[tests + i].no < NARU_TEST_LEAVE ? tests : 0;
	}
	emit(node, test, &at, f->num ? tests : NARU_TEST_TAKE, NARU_TEST_LEAVE);
	num = tests - at + f->num;
	memmove(test, test + at, num * sizeof(*test));
	shift(test, num, at);
	free(f->test);
	f->test = test;
	f->num = num;
	return true;
}

/* A test that never holds, for a filter that never does */
static struct node *make_never(struct parser *p)
{
	static const struct filter_test never = { .field = NARU_FIELD_ID, .min = 1, .max = 0 };

	return test_node(p, &never);
}

/* `id N` and no more: the kernel then says where there is none */
static bool is_id_alone(const struct node *node)
{
	return node->kind == NODE_TEST && node->test.field == NARU_FIELD_ID && node->test.min == node->test.max &&
	       node->test.min <= UINT32_MAX;
}

static const struct node *find_id(const struct node *node)
{
	const struct node *id;

	if (node->kind != NODE_AND)
		return is_id_alone(node) ? node : NULL;
	id = find_id(node->left);
	return id ? id : find_id(node->right);
}

static void finish(struct parser *p, const struct chain *chain)
{
	struct filter *f = p->filter;
	struct node *node = chain->node;
	const struct node *id;

	if (node->kind == NODE_FALSE)
		node = make_never(p);
	if (p->tests + f->num > NARU_PROGRAM_TESTS)
		fail_at(p, "too long: more than 512 comparisons", 0);
	if (p->why)
		return;
	id = find_id(node);
	if (id && !filter_has(f, NARU_FILTER_ID))
		filter_set_id(f, id->test.min);
	if (chain->has_states)
		filter_set_states(f, filter_has(f, NARU_FILTER_STATES) ? f->states & chain->states : chain->states);
	if (!is_id_alone(node) || f->id != node->test.min)
		if (!add_program(f, node, p->tests))
			fail_at(p, "no memory", 0);
}

static void free_nodes(struct parser *p)
{
	struct node *node;

	while ((node = p->nodes)) {
		p->nodes = node->next;
		free(node);
	}
}

/* ---- complaints ---- */

static bool is_continuation(char c)
{
	return (c & 0xc0) == 0x80;
}

/* What is wrong, and where there is room for it, the line and a caret under the place */
static void complain(const struct parser *p, char *error, size_t size)
{
	size_t len = strlen(p->line), from = 0, i, column = 0;
	char shown[LINE_SHOWN + 1];

	if (p->where > LINE_SHOWN / 2 && len > LINE_SHOWN)
		from = p->where - LINE_SHOWN / 2;
	while (is_continuation(p->line[from]))
		from++;
	snprintf(shown, sizeof(shown), "%s", p->line + from);
	for (i = 0; shown[i]; i++) {
		if ((unsigned char)shown[i] < ' ' || shown[i] == 0x7f)
			shown[i] = '?';
		if (from + i < p->where)
			column += !is_continuation(shown[i]);
	}
	if (size >= FILTER_ERROR)
		snprintf(error, size, "%s\n  %s\n  %*s^", p->why, shown, (int)column, "");
	else
		snprintf(error, size, "%s: %.*s", p->why, (int)strcspn(p->line + p->where, " \t\n"), p->line + p->where);
}

static char *join_words(int argc, char **argv)
{
	size_t size = 1;
	char *line;
	int i;

	for (i = 0; i < argc; i++)
		size += strlen(argv[i]) + 1;
	line = malloc(size);
	if (!line)
		return NULL;
	*line = '\0';
	for (i = 0, size = 0; i < argc; i++)
		size += sprintf(line + size, "%s%s", i ? " " : "", argv[i]);
	return line;
}

static void parse(struct parser *p)
{
	struct chain chain;

	next(p);
	chain = parse_any(p);
	if (!p->why && p->token.len)
		fail_at(p, is(p, ")") ? "this ) closes nothing" : "not a word of a filter", p->token.at);
	if (!p->why)
		finish(p, &chain);
	free_nodes(p);
}

/**
 * filter_parse() - read a filter's words
 * @f: filter, zeroed or set before; the words add to it, for filter_free()
 * @argc: how many words
 * @argv: words, as naru help sock has them; one may have several of them
 * @error: filled when a word is wrong, in more than one line where there is room for FILTER_ERROR bytes
 * @size: bytes of @error
 *
 * Return: whether all words make sense.
 */
bool filter_parse(struct filter *f, int argc, char **argv, char *error, size_t size)
{
	struct parser p = { .filter = f };
	char *line = join_words(argc, argv);

	p.line = line ? line : "";
	if (!line)
		fail_at(&p, "no memory", 0);
	else if (line[strspn(line, " \t\n")])
		parse(&p);
	if (p.why)
		complain(&p, error, size);
	free(line);
	return !p.why;
}
