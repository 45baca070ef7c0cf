// Which flow a command is about.

import * as vscode from "vscode";

/** A flow of a file; without a name the one that is called like the file, or the only one. */
export interface Target {
  file: vscode.Uri;
  flow: string | undefined;
}

/** The flow whose declaration is nearest above the cursor. */
export function flowAbove(editor: vscode.TextEditor): string | undefined {
  for (let line = editor.selection.active.line; line >= 0; line--) {
    const found = /^\s*flow\s+([A-Za-z_][A-Za-z0-9_]*)/.exec(editor.document.lineAt(line).text);
    if (found !== null) {
      return found[1];
    }
  }
  return undefined;
}

/**
 * What a command is about: what it is told (a code lens tells a file and a name; a button above the text a file and more that is
 * no name), else where the cursor stands.
 */
export function target(file: unknown, flow: unknown): Target | undefined {
  const told = typeof file === "string" ? vscode.Uri.parse(file) : file instanceof vscode.Uri ? file : undefined;
  if (told !== undefined && typeof flow === "string") {
    return { file: told, flow };
  }
  const shown = vscode.window.visibleTextEditors.find((one) => one.document.uri.toString() === told?.toString());
  const editor = shown ?? vscode.window.activeTextEditor;
  if (editor === undefined || editor.document.languageId !== "flow") {
    return told === undefined ? undefined : { file: told, flow: undefined };
  }
  return { file: editor.document.uri, flow: flowAbove(editor) };
}
