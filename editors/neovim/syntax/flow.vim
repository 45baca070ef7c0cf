" What is painted where the parser of tree-sitter is not installed.
if exists('b:current_syntax')
  finish
endif

syntax case match
syntax keyword flowConditional if else switch choice split
syntax keyword flowRepeat for while repeat break continue again
syntax keyword flowStatement ask say wait parallel race try launch start return stop fail fire undo until forever
syntax keyword flowStorage let var
syntax keyword flowOperator and or not as with
syntax keyword flowBoolean true false
syntax keyword flowConstant null
syntax match flowTest /^\s*\%(expect\|mock\|advance\)\>\%(\s*[:(=.]\)\@!/
syntax match flowClause /^\s*\%(on\|once\s\+per\|overlap\|exit\s\+\%(when\|on\)\|goal\|cap\|send\s\+within\|holdout\|priority\|path\|after\|when\)\>\%(\s*[:(=.]\)\@!/
syntax match flowWord /\<\%(in\|at\|where\|from\|per\|every\|within\|then\|on\|failure\|returns\|fails\|show\)\>\ze\s\+[A-Za-z0-9_."[(#{]/
syntax match flowDeclaration /^\s*\%(flow\|action\|record\|entity\|extend\|form\|enum\|event\|connector\|calendar\|test\|team\|tag\|template\|selection\|article\|secret\|project\|interest\|link\|category\)\>\ze\s\+["A-Za-z_]/
syntax match flowType /\.\@<!\<[A-Z][A-Za-z0-9_]*\>/
syntax match flowCall /\<[a-z_][A-Za-z0-9_]*\ze(/
syntax match flowKey /\<[A-Za-z_][A-Za-z0-9_]*\ze\s*:/
syntax match flowVariant /[A-Za-z0-9_)\]?"]\@1<!\.[A-Za-z_][A-Za-z0-9_]*/
syntax match flowAnchor /#[A-Za-z_][A-Za-z0-9_]*/
syntax match flowAnnotation /@[A-Za-z_][A-Za-z0-9_]*/
syntax match flowNumber /\<[0-9][0-9_]*\%(\.[0-9][0-9_]*\)\?\>%\?/
syntax match flowNumber /\<[0-9]\{1,2}:[0-9]\{2}\%(:[0-9]\{2}\)\?\>/
syntax match flowUnit /\%([0-9]\s\+\)\@<=\%(business\s\+\%(day\|hour\)\|second\|minute\|hour\|day\|week\|month\|year\)s\?\>/
syntax match flowEscape /\\\%([nt"\\]\|{{\|u{\x\{1,6}}\)/ contained
syntax region flowHole matchgroup=flowHoleSign start=/{{/ end=/}}/ contained contains=TOP
syntax region flowText start=/"/ skip=/\\./ end=/"/ end=/$/ contains=flowEscape,flowHole
syntax region flowText start=/"""/ skip=/\\./ end=/"""/ contains=flowEscape,flowHole
syntax match flowComment ,//.*$, contains=@Spell
syntax match flowDocs ,//[/!].*$, contains=@Spell

highlight default link flowConditional Conditional
highlight default link flowRepeat Repeat
highlight default link flowStatement Statement
highlight default link flowStorage StorageClass
highlight default link flowOperator Operator
highlight default link flowBoolean Boolean
highlight default link flowConstant Constant
highlight default link flowTest Keyword
highlight default link flowClause Keyword
highlight default link flowWord Keyword
highlight default link flowDeclaration Keyword
highlight default link flowType Type
highlight default link flowCall Function
highlight default link flowKey Identifier
highlight default link flowVariant Constant
highlight default link flowAnchor Label
highlight default link flowAnnotation PreProc
highlight default link flowNumber Number
highlight default link flowUnit Number
highlight default link flowEscape SpecialChar
highlight default link flowHoleSign Special
highlight default link flowText String
highlight default link flowComment Comment
highlight default link flowDocs SpecialComment

let b:current_syntax = 'flow'
