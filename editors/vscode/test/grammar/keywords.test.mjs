// Every word of the language, as the compiler's lexer lists them, is coloured as one somewhere in the sample.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const oniguruma = require("vscode-oniguruma");
const textmate = require("vscode-textmate");
const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

/** The words between two of the lexer's comments. */
function words(from, to) {
  const source = readFileSync(path("../../../../compiler/syntax/token.rs"), "utf8");
  const begin = source.indexOf(from);
  const end = source.indexOf(to, begin);
  assert.ok(begin >= 0 && end > begin, `the lexer has no part between \`${from}\` and \`${to}\``);
  return [...source.slice(begin, end).matchAll(/#\[token\("([a-z]+)"\)\]/g)].map((found) => found[1]);
}

async function grammar() {
  await oniguruma.loadWASM(readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")).buffer);
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => textmate.parseRawGrammar(readFileSync(path("../../syntaxes/flow.tmLanguage.json"), "utf8"), "flow.json"),
  });
  return registry.loadGrammar("source.flow");
}

/** Every piece of a text with its scopes. */
function pieces(grammar, text) {
  let stack = textmate.INITIAL;
  return text.split("\n").flatMap((line) => {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, stack);
    stack = ruleStack;
    return tokens.map((token) => ({ text: line.slice(token.startIndex, token.endIndex), scopes: token.scopes }));
  });
}

const isWord = (scope) => /^(keyword\.(?!operator\.flow)|storage\.type|constant\.language)/.test(scope);

test("every word of the lexer is coloured", async () => {
  const sample = readFileSync(path("sample.flow"), "utf8")
    .split("\n")
    .filter((line) => !/^\/\/ +[<^]/.test(line))
    .join("\n");
  const coloured = new Set(
    pieces(await grammar(), sample)
      .filter((piece) => piece.scopes.some(isWord))
      .flatMap((piece) => piece.text.trim().split(/\s+/)),
  );
  const all = [...words("// Reserved words.", "// Words with a meaning"), ...words("// Words with a meaning", "/// Inside `\"")];
  assert.ok(all.length > 80, `only ${all.length} words were found`);
  assert.deepEqual(all.filter((word) => !coloured.has(word)), []);
});

test("a reserved word is coloured where a statement begins", async () => {
  const loaded = await grammar();
  const plain = words("// Reserved words.", "// Words with a meaning").filter((word) => {
    return !pieces(loaded, `    ${word} x`).some((piece) => piece.text === word && piece.scopes.some(isWord));
  });
  assert.deepEqual(plain, []);
});
