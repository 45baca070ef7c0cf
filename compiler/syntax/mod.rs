//! Text to tree: tokens, grammar, recovery, AST.
