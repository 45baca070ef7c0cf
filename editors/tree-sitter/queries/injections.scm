; `TODO` and its like
((comment) @injection.content
  (#set! injection.language "comment"))

; Documentation is Markdown, behind its three signs.
([(doc_comment) (file_doc)] @injection.content
  (#offset! @injection.content 0 3 0 0)
  (#set! injection.language "markdown_inline"))
