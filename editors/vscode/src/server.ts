// The language server: started, started anew, asked.

import * as vscode from "vscode";
import { LanguageClient, RevealOutputChannelOn, State } from "vscode-languageclient/node";
import { command } from "./command";
import { PAGES } from "./explain";

export class Server {
  private client: LanguageClient | undefined;

  async start(): Promise<void> {
    const executable = { command: command(), args: ["lsp"] };
    const client = new LanguageClient("flow", "Flow", executable, {
      documentSelector: [{ language: "flow" }],
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      // What may stand above flows, tests and places that wait; and where the pages of codes are.
      initializationOptions: { commands: ["flow.run", "flow.test", "flow.graph", "flow.waiting"], pages: `${PAGES}:/` },
      synchronize: {
        fileEvents: vscode.workspace.createFileSystemWatcher("**/{*.flow,flow.toml,templates/*,articles/*,scripts/*,specs/*}"),
      },
    });
    this.client = client;
    try {
      await client.start();
    } catch {
      this.client = undefined;
      const choice = await vscode.window.showErrorMessage(
        `The command \`${command()}\` cannot be started. Install Flow, or say in the settings where it is.`,
        "Open the Settings",
      );
      if (choice !== undefined) {
        await vscode.commands.executeCommand("workbench.action.openSettings", "flow.command");
      }
    }
  }

  async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    if (client?.state === State.Running) {
      await client.stop();
    }
    await client?.dispose();
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Asks the server; `undefined` where it does not run or refuses. */
  async ask<T>(method: string, params: unknown): Promise<T | undefined> {
    try {
      return await this.client?.sendRequest<T>(method, params);
    } catch {
      return undefined;
    }
  }
}
