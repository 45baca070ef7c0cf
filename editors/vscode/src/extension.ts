// Starts the language server, and puts the command's own views beside the text: tests, pictures, pages, terminals.

import * as vscode from "vscode";
import { Pages } from "./explain";
import { target, Target } from "./flows";
import { Pictures } from "./picture";
import { Server } from "./server";
import { listRuns, startRun, Tasks } from "./terminal";
import { Tests } from "./tests";

const server = new Server();

/** A command about a flow: of a code lens, of a button, or of where the cursor stands. */
function aboutFlow(name: string, carryOut: (target: Target) => unknown): vscode.Disposable {
  return vscode.commands.registerCommand(name, (file: unknown, flow: unknown) => {
    const found = target(file, flow);
    return found === undefined ? undefined : carryOut(found);
  });
}

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const pictures = new Pictures(server, vscode.Uri.joinPath(context.extensionUri, "images/icon.svg"));
  const tests = new Tests();
  context.subscriptions.push(
    pictures,
    tests,
    Pages.register(),
    vscode.tasks.registerTaskProvider("flow", new Tasks()),
    aboutFlow("flow.run", startRun),
    aboutFlow("flow.waiting", listRuns),
    aboutFlow("flow.graph", (found) => pictures.show(found)),
    vscode.commands.registerCommand("flow.test", (file: unknown, name: unknown) => tests.ask(file, name)),
    vscode.commands.registerCommand("flow.restart", () => server.restart()),
    vscode.workspace.onDidChangeConfiguration((change) => {
      return change.affectsConfiguration("flow.command") ? server.restart() : undefined;
    }),
  );
  await server.start();
}

export async function deactivate(): Promise<void> {
  await server.stop();
}
