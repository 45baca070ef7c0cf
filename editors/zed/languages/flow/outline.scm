(flow_declaration "flow" @context name: (_) @name) @item
(action_declaration "action" @context name: (_) @name) @item
(test_declaration "test" @context title: (_) @name) @item
(fields_declaration kind: _ @context name: (_) @name) @item
(enum_declaration "enum" @context name: (_) @name) @item
(event_declaration "event" @context name: (_) @name) @item
(calendar_declaration "calendar" @context name: (_) @name) @item
(connector_declaration "connector" @context name: (_) @name) @item
[(doc_comment) (file_doc)] @annotation
