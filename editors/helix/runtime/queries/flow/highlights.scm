; Made by editors/tree-sitter/copies from editors/tree-sitter/queries/highlights.scm.
; What an editor paints. Where two patterns catch the same node, the later one means it; there is one such pair, fields and methods.

; Comments
(comment) @comment
[(doc_comment) (file_doc)] @comment.line.documentation

; Texts
(string ["\"" "\"\"\""] @string)
(content) @string
(escape) @constant.character.escape
(interpolation ["{{" "}}"] @punctuation.special)

; Numbers and what else is written out
[(integer) (number) (percentage) (time)] @constant.numeric
(unit) @constant.numeric
(boolean) @constant.builtin.boolean
(null) @constant.builtin
(anchor) @label

; Words that declare
[
  "record" "entity" "extend" "form" "event" "enum" "calendar" "action" "connector" "flow" "test" "team" "tag" "template"
  "selection" "article" "secret" "project" "interest" "link" "category"
] @keyword
["let" "var"] @keyword

; Words that do something
["if" "else" "switch" "choice" "split"] @keyword.control.conditional
["for" "while" "repeat" "break" "continue" "again"] @keyword.control.repeat
["return" "stop"] @keyword.control.return
["fail" "try" "failure" "fails" "undo"] @keyword.control.exception
["ask" "say" "wait" "parallel" "race" "launch" "start" "fire" "expect" "mock" "advance" "path"] @keyword
[
  "on" "once" "overlap" "exit" "goal" "cap" "send" "holdout" "priority" "per" "every" "within" "when" "in" "at" "where" "from"
  "show" "after" "returns" "then" "with" "as" "until" "forever"
] @keyword
(with_priority) @keyword
["and" "or" "not"] @keyword.operator

; What is declared
(flow_declaration name: (identifier) @function)
(action_declaration name: (path (identifier) @function))
(event_declaration name: (path (identifier) @type))
(fields_declaration name: (identifier) @type)
(enum_declaration name: (identifier) @type)
(calendar_declaration name: (identifier) @constant)
(connector_declaration name: (identifier) @module)
(declared_name name: (identifier) @constant)
(field_declaration name: (identifier) @variable.other.member)
(variant_declaration name: (identifier) @type.enum.variant)
(parameter name: (identifier) @variable.parameter)
(action_template kind: (identifier) @keyword)
(annotation "@" @attribute name: (identifier) @attribute)

; Where it is named
(named_type name: (path (identifier) @type))
(event_pattern event: (path (identifier) @type))
(fire_statement event: (path (identifier) @type))
(mock_statement action: (path (identifier) @function))
(variant "." @type.enum.variant (variant_name) @constructor)
(call callee: (identifier) @function
  (#match? @function "^[a-z_]"))
(call callee: (identifier) @type
  (#match? @type "^[A-Z]"))
(field_expression name: (field_name) @variable.other.member)
(call callee: (field_expression name: (field_name) @function))
(argument name: (identifier) @variable.other.member)
(entry key: (identifier) @variable.other.member)
(path_arm name: (identifier) @label)
(split_arm name: (identifier) @label)

; Signs
["->" "=" "+=" "-=" "==" "!=" "<=" ">=" "<" ">" "+" "-" "*" "/" "??" "?"] @operator
["?."] @operator
["(" ")" "[" "]" "{" "}"] @punctuation.bracket
["," ":"] @punctuation.delimiter
