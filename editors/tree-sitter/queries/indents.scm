; What stands between brackets is one step further in.
[
  (block)
  (field_list)
  (variant_list)
  (map)
  (list)
  (arguments)
  (parameters)
  (group)
  (switch_statement)
  (switch_expression)
  (choice_statement)
  (wait_arms)
  (parallel_statement)
  (race_statement)
  (split_statement)
] @indent.begin

; The lines of a flow's header.
(flow_declaration) @indent.begin
(flow_declaration body: (block "{" @indent.branch))

["}" ")" "]"] @indent.branch
["}" ")" "]"] @indent.end

(comment) @indent.auto
(string) @indent.ignore
(ERROR) @indent.auto
