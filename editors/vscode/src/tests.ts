// The tests of a project in the editor's own view of tests: found by their titles, carried out by `flow test`.

import * as path from "node:path";
import * as vscode from "vscode";
import { run } from "./command";

/** What `flow test --json` says of one test. */
interface Result {
  test: string;
  file: string;
  line: number;
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
function told(failure: NonNullable<Result["failure"]>, file: string): vscode.TestMessage {
  const help = failure.help === null ? "" : `\n${failure.help}`;
  const differs = failure.expected.length > 0 || failure.found.length > 0;
  const message = differs
    ? vscode.TestMessage.diff(failure.message + help, failure.expected.join("\n"), failure.found.join("\n"))
    : new vscode.TestMessage(failure.message + help);
  const place = new vscode.Range(failure.line - 1, failure.column - 1, failure.end_line - 1, failure.end_column - 1);
  message.location = new vscode.Location(vscode.Uri.file(file), place);
  return message;
}

export class Tests implements vscode.Disposable {
  private readonly controller = vscode.tests.createTestController("flow", "Flow");
  private readonly watched: vscode.Disposable[] = [];

  constructor() {
    this.controller.createRunProfile("Run", vscode.TestRunProfileKind.Run, (asked) => this.carryOut(asked), true);
    const files = vscode.workspace.createFileSystemWatcher("**/*.flow");
    this.watched.push(
      files,
      files.onDidCreate((file) => this.find(file)),
      files.onDidChange((file) => this.find(file)),
      files.onDidDelete((file) => this.controller.items.delete(file.toString())),
    );
    this.controller.resolveHandler = async (item) => {
      if (item === undefined) {
        const found = await vscode.workspace.findFiles("**/*.flow", "**/target/**");
        await Promise.all(found.map((file) => this.find(file)));
      }
    };
  }

  dispose(): void {
    this.watched.forEach((one) => one.dispose());
    this.controller.dispose();
  }

  private async find(file: vscode.Uri): Promise<void> {
    const text = Buffer.from(await vscode.workspace.fs.readFile(file)).toString("utf8");
    const item = this.controller.createTestItem(file.toString(), path.basename(file.fsPath), file);
    text.split(/\r?\n/).forEach((line, number) => {
      const found = /^test\s+"((?:[^"\\]|\\.)*)"/.exec(line);
      if (found !== null) {
        const test = this.controller.createTestItem(`${file.toString()}#${found[1]}`, found[1], file);
        test.range = new vscode.Range(number, 0, number, line.length);
        item.children.add(test);
      }
    });
    if (item.children.size > 0) {
      this.controller.items.add(item);
    } else {
      this.controller.items.delete(item.id);
    }
  }

  private async carryOut(asked: vscode.TestRunRequest): Promise<void> {
    const going = this.controller.createTestRun(asked);
    const files = new Map<string, vscode.TestItem[]>();
    const add = (item: vscode.TestItem): void => {
      if (item.children.size > 0) {
        item.children.forEach(add);
      } else if (item.uri !== undefined && asked.exclude?.includes(item) !== true) {
        files.set(item.uri.fsPath, [...(files.get(item.uri.fsPath) ?? []), item]);
      }
    };
    if (asked.include === undefined) {
      this.controller.items.forEach(add);
    } else {
      asked.include.forEach(add);
    }
    for (const [file, tests] of files) {
      tests.forEach((test) => going.started(test));
      const done = await run(["test", file, "--json"], path.dirname(file));
      const results = new Map<string, Result>();
      for (const line of done.out.split("\n").filter((line) => line.startsWith("{"))) {
        const result = JSON.parse(line) as Result;
        results.set(result.test, result);
      }
      for (const test of tests) {
        const result = results.get(test.label);
        if (result === undefined) {
          going.errored(test, new vscode.TestMessage(done.err || "The project does not compile."));
        } else if (result.status === "passed") {
          going.passed(test, result.ms);
        } else if (result.failure !== undefined) {
          going.failed(test, told(result.failure, file), result.ms);
        }
      }
      going.appendOutput(done.err.replace(/\r?\n/g, "\r\n"));
    }
    going.end();
  }
}
