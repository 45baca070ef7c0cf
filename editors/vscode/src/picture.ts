// The picture of a flow beside its text: drawn as the text is typed, of the flow that the cursor is in; a box leads to its line.

import * as vscode from "vscode";
import { flowAbove, Target } from "./flows";
import { page } from "./page";
import { Server } from "./server";

/** What the server says of a flow. */
interface Picture {
  /** Its qualified name. */
  flow: string;
  svg: string;
  /** Where each box stands in the text, from 1. */
  nodes: { id: number; line: number }[];
}

/** Milliseconds without a key before it is drawn anew. */
const REST_MS = 250;

export class Pictures implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private target: Target | undefined;
  private timer: NodeJS.Timeout | undefined;
  private lines: { id: number; line: number }[] = [];
  /** What is drawn. */
  private drawn: Target | undefined;
  private readonly listening: vscode.Disposable;

  constructor(
    private readonly server: Server,
    private readonly icon: vscode.Uri,
  ) {
    this.listening = vscode.Disposable.from(
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.later(document)),
      vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => this.follow(textEditor)),
      vscode.window.onDidChangeActiveTextEditor((editor) => editor !== undefined && this.follow(editor)),
      vscode.window.onDidChangeActiveColorTheme(() => this.panel?.webview.postMessage({ theme: true })),
    );
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.listening.dispose();
    this.panel?.dispose();
  }

  /** Shows the picture of a flow; of the first of the file where none is named. */
  async show(target: Target): Promise<void> {
    this.target = target;
    if (this.panel === undefined) {
      const beside = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
      const panel = vscode.window.createWebviewPanel("flow.graph", "Flow", beside, {
        enableScripts: true,
        retainContextWhenHidden: true,
        localResourceRoots: [],
      });
      panel.iconPath = this.icon;
      panel.onDidDispose(() => (this.panel = undefined));
      panel.webview.onDidReceiveMessage((message: { line?: number; ready?: boolean }) => {
        return message.line === undefined ? this.draw() : this.lead(message.line);
      });
      panel.webview.html = page();
      this.panel = panel;
    } else {
      this.panel.reveal(undefined, true);
      await this.draw();
    }
  }

  private later(document: vscode.TextDocument): void {
    if (this.panel !== undefined && document.languageId === "flow") {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => void this.draw(), REST_MS);
    }
  }

  /** Draws the flow that the cursor went into, and marks the box of its line. */
  private follow(editor: vscode.TextEditor): void {
    if (this.panel === undefined || editor.document.languageId !== "flow") {
      return;
    }
    const flow = flowAbove(editor);
    const same = this.target?.file.toString() === editor.document.uri.toString() && this.target.flow === flow;
    if (!same && flow !== undefined) {
      this.target = { file: editor.document.uri, flow };
      this.later(editor.document);
    }
    this.mark(editor);
  }

  private async draw(): Promise<void> {
    const { panel, target } = this;
    if (panel === undefined || target === undefined) {
      return;
    }
    const picture = await this.server.ask<Picture | null>("flow/graph", {
      textDocument: { uri: target.file.toString() },
      flow: target.flow,
    });
    if (this.panel !== panel || this.target !== target) {
      return;
    }
    if (picture === undefined || picture === null) {
      const why = picture === null ? "Nothing can be drawn: there is no flow, or a mistake is in the way." : "The language server does not answer.";
      await panel.webview.postMessage({ why });
      return;
    }
    panel.title = picture.flow.split(".").pop() ?? picture.flow;
    this.drawn = target;
    this.lines = picture.nodes.map(({ id, line }) => ({ id, line }));
    await panel.webview.postMessage({ flow: picture.flow, svg: picture.svg, nodes: this.lines });
    const editor = vscode.window.visibleTextEditors.find((one) => one.document.uri.toString() === target.file.toString());
    if (editor !== undefined) {
      this.mark(editor);
    }
  }

  /** Marks the box whose text the cursor is in: the last that begins at or above its line. */
  private mark(editor: vscode.TextEditor): void {
    const line = editor.selection.active.line + 1;
    const above = this.drawn === this.target ? this.lines.filter((node) => node.line <= line) : [];
    const here = above.reduce<(typeof above)[number] | undefined>((best, node) => (best && best.line > node.line ? best : node), undefined);
    void this.panel?.webview.postMessage({ mark: here?.id ?? null });
  }

  /** Leads to a line of the file that is shown. */
  private async lead(line: number): Promise<void> {
    if (this.target === undefined) {
      return;
    }
    const shown = vscode.window.visibleTextEditors.find((one) => one.document.uri.toString() === this.target?.file.toString());
    const document = await vscode.workspace.openTextDocument(this.target.file);
    const text = document.lineAt(Math.min(line, document.lineCount) - 1);
    const place = new vscode.Position(text.lineNumber, text.firstNonWhitespaceCharacterIndex);
    const editor = await vscode.window.showTextDocument(document, {
      viewColumn: shown?.viewColumn ?? vscode.ViewColumn.One,
      selection: new vscode.Range(place, place),
    });
    editor.revealRange(text.range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    // The click was in the picture; one goes on typing in the text.
    await vscode.commands.executeCommand("workbench.action.focusActiveEditorGroup");
  }
}
