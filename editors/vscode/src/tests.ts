// The tests of a project in the editor's own view of tests: found by their titles, carried out by `flow test`.

import { existsSync } from "node:fs";
import * as path from "node:path";
import * as vscode from "vscode";
import { Done, projectOf, run } from "./command";

/** What `flow test --json` says of one test. Files are relative to the project, lines and columns from 1. */
interface Result {
  test: string;
  status: string;
  ms: number;
  failure?: {
    message: string;
    file: string;
    line: number;
    column: number;
    end_line: number;
    end_column: number;
    expected: string[];
    found: string[];
    help: string | null;
  };
}

/** A failure as the editor shows it: where it is, and what differs. */
function told(failure: NonNullable<Result["failure"]>, test: vscode.TestItem, project: string): vscode.TestMessage {
  const help = failure.help === null ? [] : [failure.help];
  const [expected, found] = [failure.expected.join("\n"), failure.found.join("\n")];
  // One line differs at a glance; several are compared side by side.
  const long = failure.expected.length > 1 || failure.found.length > 1;
  const differs = [expected && `expected: ${expected}`, found && `found: ${found}`].filter((line) => line !== "");
  const message = long
    ? vscode.TestMessage.diff([failure.message, ...help].join("\n"), expected, found)
    : new vscode.TestMessage([failure.message, ...differs, ...help].join("\n"));
  const file = path.join(project, failure.file);
  if (existsSync(file)) {
    const place = new vscode.Range(failure.line - 1, failure.column - 1, failure.end_line - 1, failure.end_column - 1);
    message.location = new vscode.Location(vscode.Uri.file(file), place);
  } else if (test.uri !== undefined && test.range !== undefined) {
    // It failed in what the standard library declares.
    message.location = new vscode.Location(test.uri, test.range);
  }
  return message;
}

/** The tests of a text: titles as the command tells them, and where they stand. */
function titles(text: string): { title: string; range: vscode.Range }[] {
  return text.split(/\r?\n/).flatMap((line, number) => {
    const found = /^test\s+"((?:[^"\\]|\\.)*)"/.exec(line);
    const range = new vscode.Range(number, 0, number, line.length);
    return found === null ? [] : [{ title: found[1].replace(/\\(["\\])/g, "$1"), range }];
  });
}

export class Tests implements vscode.Disposable {
  private readonly controller = vscode.tests.createTestController("flow", "Flow");
  private readonly listening: vscode.Disposable;
  private readonly profile: vscode.TestRunProfile;
  private searched: Promise<void> | undefined;

  constructor() {
    const kind = vscode.TestRunProfileKind.Run;
    this.profile = this.controller.createRunProfile("Run", kind, (asked, token) => this.carryOut(asked, token), true);
    const files = vscode.workspace.createFileSystemWatcher("**/*.flow");
    this.listening = vscode.Disposable.from(
      files,
      files.onDidCreate((file) => this.find(file)),
      files.onDidChange((file) => this.find(file)),
      files.onDidDelete((file) => this.controller.items.delete(file.toString())),
      vscode.workspace.onDidOpenTextDocument((document) => this.read(document)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.read(document)),
    );
    this.controller.resolveHandler = (item) => (item === undefined ? this.search() : undefined);
    this.controller.refreshHandler = () => {
      this.searched = undefined;
      return this.search();
    };
  }

  dispose(): void {
    this.listening.dispose();
    this.controller.dispose();
  }

  /** Carries out a test of a file, or all of them where no name is told, or no file either. */
  async ask(file: unknown, name: unknown): Promise<void> {
    await this.search();
    const active = vscode.window.activeTextEditor?.document.uri;
    const uri = typeof file === "string" ? vscode.Uri.parse(file) : file instanceof vscode.Uri ? file : active;
    const item = uri && this.controller.items.get(uri.toString());
    if (item === undefined) {
      void vscode.window.showInformationMessage("This file has no tests.");
      return;
    }
    const named = typeof name === "string" ? item.children.get(`${item.id}#${name}`) : undefined;
    const source = new vscode.CancellationTokenSource();
    // What is shown is unfolded above it.
    const shown = named ?? [...item.children].map(([, test]) => test)[0];
    await vscode.commands.executeCommand("vscode.revealTestInExplorer", shown);
    await this.carryOut(new vscode.TestRunRequest([named ?? item], undefined, this.profile), source.token);
  }

  private search(): Promise<void> {
    this.searched ??= (async () => {
      const found = await vscode.workspace.findFiles("**/*.flow", "**/{target,node_modules}/**");
      await Promise.all(found.map((file) => this.find(file)));
    })();
    return this.searched;
  }

  /** Takes over the tests of a file of the disk; what is open counts more. */
  private async find(file: vscode.Uri): Promise<void> {
    const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === file.toString());
    if (open !== undefined) {
      return this.read(open);
    }
    try {
      this.take(file, Buffer.from(await vscode.workspace.fs.readFile(file)).toString("utf8"));
    } catch {
      this.controller.items.delete(file.toString());
    }
  }

  private read(document: vscode.TextDocument): void {
    if (document.languageId === "flow" && document.uri.scheme === "file") {
      this.take(document.uri, document.getText());
    }
  }

  private take(file: vscode.Uri, text: string): void {
    const found = titles(text);
    if (found.length === 0) {
      this.controller.items.delete(file.toString());
      return;
    }
    // What was there before keeps its result.
    const known = this.controller.items.get(file.toString());
    const item = known ?? this.controller.createTestItem(file.toString(), path.basename(file.fsPath), file);
    const children = found.map(({ title, range }) => {
      const id = `${item.id}#${title}`;
      const test = item.children.get(id) ?? this.controller.createTestItem(id, title, file);
      test.range = range;
      test.sortText = String(range.start.line).padStart(6, "0");
      return test;
    });
    item.children.replace(children);
    if (known === undefined) {
      this.controller.items.add(item);
    }
  }

  private async carryOut(asked: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
    await this.search();
    // The command reads the disk.
    await vscode.workspace.saveAll(false);
    const going = this.controller.createTestRun(asked);
    const files = new Map<string, vscode.TestItem[]>();
    const add = (item: vscode.TestItem): void => {
      if (asked.exclude?.includes(item) === true) {
        return;
      }
      if (item.children.size > 0) {
        item.children.forEach(add);
      } else if (item.uri !== undefined) {
        files.set(item.uri.fsPath, [...(files.get(item.uri.fsPath) ?? []), item]);
      }
    };
    (asked.include ?? [...this.controller.items].map(([, item]) => item)).forEach(add);
    for (const tests of files.values()) {
      tests.forEach((test) => going.enqueued(test));
    }
    for (const [file, tests] of files) {
      if (token.isCancellationRequested) {
        tests.forEach((test) => going.skipped(test));
        continue;
      }
      tests.forEach((test) => going.started(test));
      const project = projectOf(file);
      const only = tests.length === 1 ? ["--filter", tests[0].label] : [];
      tell(going, tests, await run(["test", file, "--json", ...only], project, token), project);
    }
    going.end();
  }
}

/** Tells the editor what became of the tests of one file. */
function tell(going: vscode.TestRun, tests: vscode.TestItem[], done: Done, project: string): void {
  const results = new Map<string, Result>();
  for (const line of done.out.split("\n").filter((line) => line.startsWith("{"))) {
    const result = JSON.parse(line) as Result;
    results.set(result.test, result);
  }
  for (const test of tests) {
    const result = results.get(test.label);
    const place = test.uri && test.range && new vscode.Location(test.uri, test.range);
    if (result === undefined) {
      const why = new vscode.TestMessage(done.err || "The command said nothing of this test.");
      why.location = place;
      going.errored(test, why);
    } else if (result.failure === undefined) {
      going.passed(test, result.ms);
      going.appendOutput(`passed  ${test.label}\r\n`, undefined, test);
    } else {
      going.failed(test, told(result.failure, test, project), result.ms);
      going.appendOutput(`failed  ${test.label}: ${result.failure.message}\r\n`, undefined, test);
    }
  }
  going.appendOutput(done.err.replace(/\r?\n/g, "\r\n"));
}
