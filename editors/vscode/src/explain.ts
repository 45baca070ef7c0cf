// The page of a code, such as E0101, beside the text.

import * as vscode from "vscode";
import { run } from "./command";

/** The scheme of the addresses of pages: what stands behind it is a code. */
export const PAGES = "flow-explain";

/** Pages as documents that nobody can change, so that the editor's own preview shows them. */
export class Pages implements vscode.TextDocumentContentProvider, vscode.CodeActionProvider {
  static register(): vscode.Disposable {
    const pages = new Pages();
    return vscode.Disposable.from(
      vscode.workspace.registerTextDocumentContentProvider(PAGES, pages),
      vscode.languages.registerCodeActionsProvider({ language: "flow" }, pages, {
        providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
      }),
      vscode.commands.registerCommand("flow.explain", explain),
      // A code is a link to its page, which has no ending that would say what it is written in.
      vscode.workspace.onDidOpenTextDocument((document) => {
        return document.uri.scheme === PAGES ? vscode.languages.setTextDocumentLanguage(document, "markdown") : undefined;
      }),
    );
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const page = await run(["explain", uri.path.replace(/^\//, "").replace(/\.md$/, "")]);
    return page.out || page.err;
  }

  provideCodeActions(_: vscode.TextDocument, __: vscode.Range, context: vscode.CodeActionContext): vscode.CodeAction[] {
    const codes = context.diagnostics.filter((one) => one.source === "flow").flatMap(({ code }) => {
      const told = typeof code === "object" ? code.value : code;
      return typeof told === "string" ? [told] : [];
    });
    return [...new Set(codes)].map((code) => {
      const action = new vscode.CodeAction(`Explain ${code}`, vscode.CodeActionKind.QuickFix);
      action.command = { command: "flow.explain", title: action.title, arguments: [code] };
      return action;
    });
  }
}

async function explain(code?: unknown): Promise<void> {
  const told = typeof code === "string" ? code : undefined;
  const asked = told ?? (await vscode.window.showInputBox({ prompt: "A code, such as E0101", placeHolder: "E0101" }));
  if (asked === undefined || asked === "") {
    return;
  }
  const uri = vscode.Uri.from({ scheme: PAGES, path: `/${asked.trim().toUpperCase()}.md` });
  try {
    await vscode.commands.executeCommand("markdown.showPreviewToSide", uri);
  } catch {
    // An editor without its preview of Markdown shows the text.
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preview: true });
  }
}
