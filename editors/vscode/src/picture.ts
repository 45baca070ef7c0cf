// The picture of a flow beside its text: drawn again when the file is saved, and each box leads to its line.

import * as vscode from "vscode";
import { run } from "./command";

interface Shown {
  panel: vscode.WebviewPanel;
  file: vscode.Uri;
  flow: string | undefined;
}

/** Where a box of the picture stands in the text, from 1. */
interface Node {
  id: number;
  line: number;
}

export class Pictures implements vscode.Disposable {
  private shown: Shown | undefined;
  private readonly saved: vscode.Disposable;

  constructor() {
    this.saved = vscode.workspace.onDidSaveTextDocument((document) => {
      if (document.languageId === "flow" && this.shown !== undefined) {
        void this.draw(this.shown);
      }
    });
  }

  dispose(): void {
    this.saved.dispose();
    this.shown?.panel.dispose();
  }

  /** Shows the picture of a flow; of the only one of the file where none is named. */
  async show(editor: vscode.TextEditor, flow: string | undefined): Promise<void> {
    const file = editor.document.uri;
    if (this.shown === undefined) {
      const beside = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
      const panel = vscode.window.createWebviewPanel("flow.graph", "Flow", beside, { enableScripts: true });
      this.shown = { panel, file, flow };
      panel.onDidDispose(() => (this.shown = undefined));
      panel.webview.onDidReceiveMessage((message: { line: number }) => this.lead(message.line));
    } else {
      this.shown.file = file;
      this.shown.flow = flow;
      this.shown.panel.reveal(undefined, true);
    }
    await this.draw(this.shown);
  }

  private async draw(shown: Shown): Promise<void> {
    const target = shown.file.fsPath + (shown.flow === undefined ? "" : `:${shown.flow}`);
    const [picture, nodes] = await Promise.all([run(["graph", target]), run(["graph", target, "--json"])]);
    shown.panel.title = shown.flow ?? "Flow";
    const known = nodes.code === 0 ? (JSON.parse(nodes.out) as { nodes: Node[] }).nodes : [];
    shown.panel.webview.html = picture.code === 0 ? page(picture.out, known) : page(`<pre>${escaped(picture.err)}</pre>`, []);
  }

  /** Leads to a line of the file that is shown. */
  private async lead(line: number): Promise<void> {
    if (this.shown === undefined) {
      return;
    }
    const document = await vscode.workspace.openTextDocument(this.shown.file);
    const place = new vscode.Range(line - 1, 0, line - 1, 0);
    await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.One, selection: place });
  }
}

function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
}

function page(body: string, nodes: Node[]): string {
  const nonce = Array.from({ length: 24 }, () => Math.floor(Math.random() * 36).toString(36)).join("");
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-${nonce}'`;
  const lines = JSON.stringify(Object.fromEntries(nodes.map((node) => [node.id, node.line])));
  return `<!DOCTYPE html>
<html>
<head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">
<style>body { padding: 12px; background: var(--vscode-editor-background); } svg { max-width: 100%; height: auto; } [data-node] { cursor: pointer; }</style></head>
<body>${body}
<script nonce="${nonce}">
  const vscode = acquireVsCodeApi();
  const lines = ${lines};
  document.addEventListener("click", (event) => {
    const node = event.target.closest("[data-node]");
    const line = node && lines[node.dataset.node];
    if (line) { event.preventDefault(); vscode.postMessage({ line }); }
  });
</script></body>
</html>`;
}
