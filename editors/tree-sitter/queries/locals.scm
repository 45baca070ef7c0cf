; How far a name reaches
[
  (flow_declaration)
  (action_declaration)
  (test_declaration)
  (block)
  (switch_arm)
  (choice_arm)
  (wait_arm)
  (for_statement)
  (try_statement)
] @local.scope

; Where it is declared
(flow_declaration name: (identifier) @local.definition.function)
(action_declaration name: (path (identifier) @local.definition.function))
(fields_declaration name: (identifier) @local.definition.type)
(enum_declaration name: (identifier) @local.definition.type)
(parameter name: (identifier) @local.definition.parameter)
(let_statement name: (identifier) @local.definition.var)
(for_statement name: (identifier) @local.definition.var)
(event_pattern name: (identifier) @local.definition.var)
(choice_arm name: (identifier) @local.definition.var)
(try_statement name: (identifier) @local.definition.var)

; Where it is named
(identifier) @local.reference
