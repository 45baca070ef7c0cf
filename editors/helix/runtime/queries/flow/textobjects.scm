(flow_declaration body: (block) @function.inside) @function.around
(action_declaration) @function.around
(test_declaration body: (block) @test.inside) @test.around

(fields_declaration body: (field_list) @class.inside) @class.around
(enum_declaration body: (variant_list) @class.inside) @class.around

(parameter) @parameter.inside
(argument) @parameter.inside

(comment) @comment.inside
[(comment) (doc_comment) (file_doc)]+ @comment.around

(entry value: (_) @entry.inside) @entry.around
