//! Compiles the grammar.

fn main() {
    cc::Build::new().std("c11").include("src").file("src/parser.c").file("src/scanner.c").compile("tree-sitter-flow");
    println!("cargo:rerun-if-changed=src");
}
