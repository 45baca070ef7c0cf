/**
 * The surface of Flow for editors. The rules follow `grammar/flow.lalrpop` of the project; where that one takes something
 * only to say what is wrong with it, this one does not.
 *
 * Which line ends separate is decided in `src/scanner.c`, as the compiler's lexer does.
 */

/// <reference types="tree-sitter-cli/dsl" />

const PREC = { or: 1, and: 2, not: 3, compare: 4, default: 5, sum: 6, product: 7, negative: 8, postfix: 9 };

/** `a, b` */
const commas1 = (rule) => seq(rule, repeat(seq(",", rule)));
/** The same with an optional last comma; may be empty. */
const commas = (rule) => optional(seq(commas1(rule), optional(",")));

module.exports = grammar({
  name: "flow",

  externals: ($) => [$._newline, $._error_sentinel],

  // A `;` that separates nothing (after another, before a `}`) is allowed, as a blank line is.
  extras: ($) => [/[ \t\r\n\uFEFF]/, ";", $.comment, $.doc_comment, $.file_doc],

  word: ($) => $.identifier,

  supertypes: ($) => [$.declaration, $.statement, $.expression, $.type],

  inline: ($) => [
    $._field_name,
    $._more_arguments,
    $._body,
    $._result,
  ],

  rules: {
    source_file: ($) => optional(seq($._item, repeat(seq($._newline, $._item)))),

    // ------------------------------------------------------------------------------------------------------ items

    _item: ($) => seq(repeat(seq($.annotation, optional($._newline))), $.declaration),

    annotation: ($) => seq("@", field("name", $.identifier), field("arguments", optional($.arguments))),

    declaration: ($) =>
      choice(
        $.names_declaration,
        $.fields_declaration,
        $.event_declaration,
        $.enum_declaration,
        $.calendar_declaration,
        $.action_declaration,
        $.connector_declaration,
        $.flow_declaration,
        $.test_declaration,
      ),

    names_declaration: ($) =>
      seq(
        field(
          "kind",
          choice(
            "team",
            "tag",
            "template",
            "selection",
            "article",
            "secret",
            "project",
            "interest",
            "link",
            "category",
          ),
        ),
        commas1($.declared_name),
      ),

    declared_name: ($) =>
      seq(
        field("name", $.identifier),
        field("parameters", optional($.parameters)),
        field("label", optional($.string)),
        optional(seq("->", field("to", choice(seq($.identifier, optional(seq("in", $.identifier))), $.string)))),
      ),

    fields_declaration: ($) =>
      seq(
        field("kind", choice("record", "entity", "extend", "form")),
        field("name", $.identifier),
        field("body", $.field_list),
      ),

    field_list: ($) => seq("{", entries($, $.field_declaration), "}"),

    field_declaration: ($) =>
      seq(
        field("name", $.identifier),
        ":",
        field("type", $.type),
        optional(seq("=", field("default", $.expression))),
        repeat($.annotation),
      ),

    event_declaration: ($) => seq("event", field("name", $.path), field("parameters", optional($.parameters))),

    enum_declaration: ($) => seq("enum", field("name", $.identifier), field("body", $.variant_list)),

    variant_list: ($) => seq("{", entries($, $.variant_declaration), "}"),

    variant_declaration: ($) => seq(field("name", $.identifier), field("label", optional($.string))),

    calendar_declaration: ($) => seq("calendar", field("name", $.identifier), field("body", $.map)),

    action_declaration: ($) =>
      seq(
        "action",
        field("name", $.path),
        field("parameters", $.parameters),
        optional($._result),
        optional(seq("fails", commas1($.variant))),
        optional(seq("=", $.action_template)),
      ),

    action_template: ($) => seq(field("kind", $.identifier), field("body", $.map)),

    connector_declaration: ($) =>
      seq(
        "connector",
        field("name", $.identifier),
        "from",
        field("format", $.identifier),
        field("source", $.string),
        optional(seq("with", field("settings", $.map))),
      ),

    test_declaration: ($) => seq("test", field("title", $.string), field("body", $.block)),

    flow_declaration: ($) =>
      seq(
        "flow",
        field("name", $.identifier),
        field("parameters", $.parameters),
        optional($._result),
        repeat(choice(seq($._newline, $._clause), alias($._with_priority, $.priority_clause))),
        optional($._newline),
        field("body", $.block),
      ),

    _result: ($) => seq("->", field("result", $.type)),

    parameters: ($) => seq("(", commas($.parameter), ")"),

    parameter: ($) =>
      seq(field("name", $.identifier), ":", field("type", $.type), optional(seq("=", field("default", $.expression)))),

    // ---------------------------------------------------------------------------------------- the header of a flow

    _clause: ($) =>
      choice(
        $.on_clause,
        $.once_clause,
        $.overlap_clause,
        $.exit_clause,
        $.goal_clause,
        $.cap_clause,
        $.send_clause,
        $.holdout_clause,
        $.priority_clause,
        alias($._with_priority, $.priority_clause),
      ),

    on_clause: ($) => seq("on", $.event_pattern),
    once_clause: ($) => seq("once", "per", $.expression, optional(seq("every", $.expression))),
    overlap_clause: ($) => seq("overlap", $.identifier),
    exit_clause: ($) => seq("exit", choice(seq("when", $.expression), seq("on", $.event_pattern))),
    goal_clause: ($) => seq("goal", $.expression, optional(seq("within", $.expression))),
    cap_clause: ($) => seq("cap", $.expression, "per", choice($.identifier, $.duration)),
    send_clause: ($) => seq("send", "within", $.expression),
    holdout_clause: ($) => seq("holdout", $.expression),
    priority_clause: ($) => seq("priority", $.expression),
    _with_priority: ($) => seq($.with_priority, $.expression),
    // One word, because a `with` behind a call begins its policy.
    with_priority: () => token(prec(1, /with[ \t]+priority/)),

    event_pattern: ($) =>
      prec.right(
        seq(
          field("event", $.path),
          field("arguments", optional($.arguments)),
          optional(seq("as", field("name", $.identifier))),
          optional(seq("where", field("filter", $.expression))),
        ),
      ),

    // ------------------------------------------------------------------------------------------------- statements

    block: ($) => seq("{", lines($, $.statement), "}"),

    // What follows an arm's `->`.
    _body: ($) => field("body", choice($.block, $.statement)),

    statement: ($) =>
      choice(
        $.let_statement,
        $.assignment,
        $.call_statement,
        $.if_statement,
        $.switch_statement,
        $.for_statement,
        $.while_statement,
        $.repeat_statement,
        $.jump_statement,
        $.return_statement,
        $.fail_statement,
        $.launch_statement,
        $.fire_statement,
        $.say_statement,
        $.choice_statement,
        $.wait_statement,
        $.parallel_statement,
        $.race_statement,
        $.split_statement,
        $.try_statement,
        $.expect_statement,
        $.mock_statement,
        $.advance_statement,
      ),

    let_statement: ($) =>
      seq(
        choice("let", "var"),
        field("name", $.identifier),
        optional(seq(":", field("type", $.type))),
        "=",
        field("value", $._value),
        optional($.undo),
        optional($.otherwise),
      ),

    assignment: ($) =>
      seq(
        field("target", $._place),
        field("operator", choice("=", "+=", "-=")),
        field("value", $._value),
        optional($.undo),
        optional($.otherwise),
      ),

    undo: ($) => seq("undo", $.block),
    otherwise: ($) => seq("else", $.block),

    call_statement: ($) => choice(seq(choice($._place, $.start_expression), optional($.undo)), $.ask_expression),

    if_statement: ($) =>
      seq(
        "if",
        field("condition", $.expression),
        field("then", $.block),
        repeat($.else_if),
        optional(seq("else", field("else", $.block))),
      ),

    else_if: ($) => seq("else", "if", field("condition", $.expression), field("then", $.block)),

    switch_statement: ($) => seq("switch", field("subject", $.expression), "{", lines($, $.switch_arm), "}"),

    switch_arm: ($) => seq(choice(commas1(field("pattern", $.expression)), "else"), "->", $._body),

    for_statement: ($) =>
      seq(
        "for",
        field("name", $.identifier),
        "in",
        field("list", $.expression),
        optional(seq("where", field("filter", $.expression))),
        field("body", $.block),
      ),

    while_statement: ($) => seq("while", field("condition", $.expression), field("body", $.block)),
    repeat_statement: ($) => seq("repeat", field("count", $.expression), field("body", $.block)),
    jump_statement: () => choice("break", "continue", "again", "stop"),
    return_statement: ($) => seq("return", optional($._value)),
    fail_statement: ($) => seq("fail", $._reason),
    launch_statement: ($) => seq("launch", $.expression),
    fire_statement: ($) => seq("fire", field("event", $.path), field("arguments", $.arguments)),
    say_statement: ($) => seq("say", field("text", $.expression), optional($._more_arguments)),

    // `.declined, "why"`
    _reason: ($) => seq(field("what", $.expression), optional(seq(",", field("why", $.expression)))),

    choice_statement: ($) =>
      seq(
        "choice",
        field("anchor", optional($.anchor)),
        field("prompt", $.expression),
        optional($._more_arguments),
        "{",
        lines($, $.choice_arm),
        "}",
      ),

    choice_arm: ($) =>
      seq(
        choice(
          seq(
            field("anchor", optional($.anchor)),
            field("label", $.string),
            optional(seq("if", field("guard", $.expression))),
          ),
          seq("else", optional(seq("as", field("name", $.identifier)))),
          seq("after", $.moment),
        ),
        "->",
        $._body,
      ),

    wait_statement: ($) =>
      seq(
        "wait",
        choice(
          seq(
            field("anchor", optional($.anchor)),
            choice($.moment, seq("until", alias($._until_moment, $.moment)), seq(optional("forever"), $.wait_arms)),
          ),
          seq("forever", field("anchor", $.anchor), $.wait_arms),
        ),
      ),

    wait_arms: ($) => seq("{", lines($, $.wait_arm), "}"),

    wait_arm: ($) =>
      seq(choice(seq("on", $.event_pattern), seq("when", $.expression), seq("after", $.moment)), "->", $._body),

    // `3 days at 15:00 in contact.timezone`. Begins with no `{`, which opens the arms of a `wait`.
    moment: ($) => seq(field("amount", $._amount), optional($._at)),
    _until_moment: ($) => seq(field("amount", $.expression), optional($._at)),
    _at: ($) => seq("at", field("at", $.expression), optional(seq("in", field("zone", $.expression)))),

    _amount: ($) => choice($._place, $.duration, alias($._amount_sum, $.binary_expression)),
    _amount_sum: ($) =>
      choice(
        prec.left(
          PREC.sum,
          seq(field("left", $._amount), field("operator", choice("+", "-")), field("right", $.expression)),
        ),
        prec.left(
          PREC.product,
          seq(field("left", $._amount), field("operator", choice("*", "/")), field("right", $.expression)),
        ),
      ),

    parallel_statement: ($) => seq("parallel", $._paths),
    race_statement: ($) => seq("race", $._paths),
    _paths: ($) => seq(field("anchor", optional($.anchor)), "{", lines($, $.path_arm), "}"),
    path_arm: ($) => seq("path", field("name", $.identifier), field("body", $.block)),

    split_statement: ($) => seq("split", field("anchor", optional($.anchor)), "{", lines($, $.split_arm), "}"),
    split_arm: ($) => seq(field("share", $.percentage), field("name", $.identifier), "->", $._body),

    try_statement: ($) =>
      seq(
        "try",
        field("body", $.block),
        "on",
        "failure",
        optional(seq("as", field("name", $.identifier))),
        field("handler", $.block),
      ),

    expect_statement: ($) => seq("expect", $.expression),

    mock_statement: ($) =>
      seq(
        "mock",
        field("action", $.path),
        field("arguments", optional($.arguments)),
        optional(seq($.outcome, repeat(seq("then", $.outcome)))),
      ),

    outcome: ($) => choice(seq("returns", $.expression), seq("fails", $._reason)),

    advance_statement: ($) =>
      seq("advance", choice(alias($._advance_moment, $.moment), seq("until", alias($._until_moment, $.moment)))),
    _advance_moment: ($) => seq(field("amount", $.duration), optional($._at)),

    // ------------------------------------------------------------------------------------------------ expressions

    _value: ($) => choice($.expression, $.ask_expression),

    ask_expression: ($) =>
      seq(
        "ask",
        field("anchor", optional($.anchor)),
        field("prompt", $.expression),
        optional(
          choice(
            seq("as", field("type", $.type)),
            seq("from", field("source", $.expression), optional(seq("show", field("show", $.identifier)))),
          ),
        ),
        optional($._more_arguments),
      ),

    expression: ($) =>
      choice(
        $._atom,
        $.map,
        $.switch_expression,
        $.field_expression,
        $.call,
        $.duration,
        $.start_expression,
        $.not_expression,
        $.negative,
        $.binary_expression,
      ),

    binary_expression: ($) =>
      choice(
        ...[
          [PREC.or, "or"],
          [PREC.and, "and"],
          [PREC.compare, choice("==", "!=", "<", "<=", ">", ">=")],
          [PREC.sum, choice("+", "-")],
          [PREC.product, choice("*", "/")],
        ].map(([level, operator]) =>
          prec.left(
            level,
            seq(field("left", $.expression), field("operator", operator), field("right", $.expression)),
          ),
        ),
        prec.right(
          PREC.default,
          seq(field("left", $.expression), field("operator", "??"), field("right", $.expression)),
        ),
      ),

    not_expression: ($) => prec(PREC.not, seq("not", $.expression)),
    negative: ($) => prec(PREC.negative, seq("-", $.expression)),

    start_expression: ($) => prec(PREC.negative, seq("start", $.expression)),

    switch_expression: ($) =>
      seq("switch", field("subject", $.expression), "{", lines($, alias($._value_arm, $.switch_arm)), "}"),

    _value_arm: ($) =>
      seq(choice(commas1(field("pattern", $.expression)), "else"), "->", field("value", $.expression)),

    field_expression: ($) =>
      prec(PREC.postfix, seq(field("base", $.expression), choice(".", "?."), field("name", $._field_name))),

    call: ($) =>
      prec.right(
        PREC.postfix,
        seq(field("callee", $.expression), field("arguments", $.arguments), optional($.policy)),
      ),

    // What a statement may begin with: as above, but with no `{` and no `switch` in front.
    _place: ($) =>
      choice(
        $._atom,
        alias(choice("mock", "advance"), $.identifier),
        alias($._place_field, $.field_expression),
        alias($._place_call, $.call),
      ),
    _place_field: ($) => seq(field("base", $._place), choice(".", "?."), field("name", $._field_name)),
    _place_call: ($) =>
      prec.right(seq(field("callee", $._place), field("arguments", $.arguments), optional($.policy))),

    _field_name: ($) => alias($.identifier, $.field_name),

    policy: ($) => seq("with", $.map),

    arguments: ($) => seq("(", commas($.argument), ")"),

    argument: ($) =>
      seq(
        optional(
          seq(
            field(
              "name",
              choice(
                $.identifier,
                // Before a `:` every word is a name.
                alias(choice("start", "switch", "not", "true", "false", "null"), $.identifier),
              ),
            ),
            ":",
          ),
        ),
        field("value", choice($.expression, $.anchor)),
      ),

    // `, image: "…", in: other` behind a text.
    _more_arguments: ($) => repeat1(seq(",", $.argument)),

    _atom: ($) =>
      choice(
        $.group,
        $.null,
        $.boolean,
        $.integer,
        $.number,
        $.percentage,
        $.time,
        $.string,
        $.identifier,
        $.variant,
        $.list,
      ),

    group: ($) => seq("(", $.expression, ")"),
    list: ($) => seq("[", commas($.expression), "]"),
    map: ($) => seq("{", entries($, $.entry), "}"),
    entry: ($) => seq(field("key", choice($.identifier, $.string)), ":", field("value", $.expression)),

    null: () => "null",
    boolean: () => choice("true", "false"),

    duration: ($) =>
      prec.right(PREC.negative, seq($.integer, $.unit, optional(seq("in", field("calendar", $.expression))))),

    unit: () =>
      choice(
        ...["second", "minute", "hour", "day", "week", "month", "year"].flatMap((unit) => [unit, `${unit}s`]),
        seq("business", choice("day", "days", "hour", "hours")),
      ),

    // ----------------------------------------------------------------------------------------------- names, types

    path: ($) => prec.right(seq($.identifier, repeat(seq(".", $.identifier)))),

    variant: ($) => seq(".", alias($.identifier, $.variant_name)),

    anchor: () => /#[A-Za-z_][A-Za-z0-9_]*/,

    type: ($) => choice($.named_type, $.optional_type),

    named_type: ($) =>
      prec.right(seq(field("name", $.path), optional(seq("<", commas1(field("argument", $.type)), ">")))),

    optional_type: ($) => seq($.type, "?"),

    // ----------------------------------------------------------------------------------------------------- tokens

    string: ($) =>
      choice(
        seq('"', repeat(choice(alias($._text, $.content), $.escape, $.interpolation)), token.immediate(prec(2, '"'))),
        seq('"""', repeat(choice(alias($._block_text, $.content), $.escape, $.interpolation)), token.immediate(prec(2, '"""'))),
      ),

    _text: () => token.immediate(prec(1, /[^"\\{\r\n]+|\{/)),
    _block_text: () => token.immediate(prec(1, /[^"\\{]+|\{|"|""/)),
    escape: () => token.immediate(/\\([nt"\\]|\{\{|u\{[0-9A-Fa-f]{1,6}\})/),
    interpolation: ($) => seq(token.immediate(prec(2, "{{")), $.expression, "}}"),

    identifier: () => /[A-Za-z_][A-Za-z0-9_]*/,
    integer: () => /[0-9][0-9_]*/,
    number: () => /[0-9][0-9_]*\.[0-9][0-9_]*/,
    percentage: () => /[0-9][0-9_]*(\.[0-9][0-9_]*)?%/,
    time: () => /[0-9][0-9]?:[0-9][0-9](:[0-9][0-9])?/,

    // `///` documents what follows; four are a comment. Of two that are as long the first counts.
    doc_comment: () => /\/\/\/([^\/\r\n][^\r\n]*)?/,
    file_doc: () => /\/\/![^\r\n]*/,
    comment: () => /\/\/[^\r\n]*/,
  },
});

/** One a line; may be empty. */
function lines($, rule) {
  return optional(seq(rule, repeat(seq($._newline, rule))));
}

/** A comma or a line end separates; a comma may stand behind the last. */
function entries($, rule) {
  return optional(seq(rule, repeat(seq(choice(",", $._newline), rule)), optional(",")));
}
