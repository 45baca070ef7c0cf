// Starts the language server, and puts the command's own views beside the text: tests, pictures, pages.

import * as vscode from "vscode";
import { LanguageClient, ServerOptions } from "vscode-languageclient/node";
import { Pictures } from "./picture";
import { Tests } from "./tests";
import { command, run } from "./command";

let client: LanguageClient | undefined;

async function start(): Promise<void> {
  const server: ServerOptions = { command: command(), args: ["lsp"] };
  client = new LanguageClient("flow", "Flow", server, {
    documentSelector: [{ language: "flow" }],
    synchronize: {
      fileEvents: vscode.workspace.createFileSystemWatcher("**/{*.flow,flow.toml,templates/*,articles/*,scripts/*,specs/*}"),
    },
  });
  try {
    await client.start();
  } catch {
    client = undefined;
    const choice = await vscode.window.showErrorMessage(
      `The command \`${command()}\` cannot be started. Install Flow, or say in the settings where it is.`,
      "Open the settings",
    );
    if (choice !== undefined) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "flow.command");
    }
  }
}

async function restart(): Promise<void> {
  await client?.stop();
  client = undefined;
  await start();
}

/** The flow whose declaration is nearest above the cursor. */
function flowAbove(editor: vscode.TextEditor): string | undefined {
  for (let line = editor.selection.active.line; line >= 0; line--) {
    const found = /^\s*flow\s+([A-Za-z_][A-Za-z0-9_]*)/.exec(editor.document.lineAt(line).text);
    if (found !== null) {
      return found[1];
    }
  }
  return undefined;
}

function runHere(): void {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined || editor.document.languageId !== "flow") {
    return;
  }
  const flow = flowAbove(editor);
  const target = editor.document.uri.fsPath + (flow === undefined ? "" : `:${flow}`);
  const terminal = vscode.window.createTerminal({ name: flow ?? "flow", shellPath: command(), shellArgs: ["run", target] });
  terminal.show();
}

async function explain(code?: string): Promise<void> {
  const asked = code ?? (await vscode.window.showInputBox({ prompt: "A code, such as E0101", placeHolder: "E0101" }));
  if (asked === undefined || asked === "") {
    return;
  }
  const page = await run(["explain", asked]);
  const document = await vscode.workspace.openTextDocument({ language: "markdown", content: page.out || page.err });
  await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preview: true });
}

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const pictures = new Pictures();
  context.subscriptions.push(
    pictures,
    new Tests(),
    vscode.commands.registerCommand("flow.run", runHere),
    vscode.commands.registerCommand("flow.graph", () => {
      const editor = vscode.window.activeTextEditor;
      return editor === undefined ? undefined : pictures.show(editor, flowAbove(editor));
    }),
    vscode.commands.registerCommand("flow.explain", explain),
    vscode.commands.registerCommand("flow.restart", restart),
    vscode.workspace.onDidChangeConfiguration((change) => {
      return change.affectsConfiguration("flow.command") ? restart() : undefined;
    }),
  );
  await start();
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}
