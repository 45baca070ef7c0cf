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
] @indent

["}" ")" "]"] @outdent
